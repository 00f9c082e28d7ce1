/* SPDX-License-Identifier: MIT */
#include "run/exec.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/capability_names.h"
#include "core/environment.h"
#include "core/plan_creds.h"
#include "creds/syscalls.h"
#include "run/file_capabilities.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool error_set_exec(int status, const char *file, const char *reason, const char *hint,
                           struct error *error)
{
	error_set(error, "running", file, reason, hint);
	error->status = status;
	return false;
}

/* Adds the names of SET as a value of --cap, without "cap_". */
static void add_option_names(struct text *text, uint64_t set)
{
	for (unsigned cap = 0; cap < CAPABILITY_BITS; cap++) {
		char buffer[64];
		struct text name = text_in(buffer, sizeof(buffer));

		if ((set & CAPABILITY_BIT(cap)) == 0)
			continue;
		capability_add_names(&name, CAPABILITY_BIT(cap));
		text_add(text, buffer + strlen("cap_"));
		if (set >> cap > 1)
			text_add(text, ",");
	}
}

/* Sets the error for FILE. The bounding set lacks LACKING of its file CAPABILITIES. */
static bool error_set_capabilities(const struct plan *plan, const char *file,
                                   const struct file_capabilities *capabilities, uint64_t lacking,
                                   struct error *error)
{
	bool can_keep = plan->creds.semantics == SEMANTICS_STRICT && !plan->creds.keep_bounding;
	char buffer[PATH_MAX];
	struct text hint = text_in(buffer, sizeof(buffer));
	struct text message = error_begin(error, "running", slice_of(file));

	text_format(&message,
	            "%s: the bounding set lacks the file capabilities of %s: ", error_text(EPERM),
	            capabilities->file == file ? "the program" : "its interpreter");
	capability_add_names(&message, lacking);
	if ((lacking & ~plan->before->bounding) != 0) {
		text_add(&hint, "start the container with --cap-add of these");
		text_add(&hint, can_keep ? " and " : "");
	}
	if (can_keep) {
		text_add(&hint, "--cap ");
		add_option_names(&hint, lacking);
	}
	text_format(&hint, ", or setcap -r %s", capabilities->file);
	error_end(&message, buffer);
	error->status = STATUS_CANNOT_RUN;
	return false;
}

/* Returns the capabilities of SET that the bounding set of this process lacks. */
static uint64_t find_lacking(uint64_t set)
{
	uint64_t lacking = 0;

	for (unsigned cap = 0; cap < CAPABILITY_BITS; cap++) {
		if ((set & CAPABILITY_BIT(cap)) != 0 && credcalls_read_bounding(cap) != 1)
			lacking |= CAPABILITY_BIT(cap);
	}
	return lacking;
}

/* Sets the error for FILE, which exists but which execve(2) refused with ERRNUM. */
static bool cannot_run(const struct plan *plan, const char *file, int errnum, struct arena *arena,
                       struct error *error)
{
	const char *reason = error_text(errnum);
	const char *hint = NULL;
	struct stat status;

	if (errnum == EPERM) {
		struct file_capabilities capabilities = file_capabilities_read(file, arena);
		uint64_t lacking = find_lacking(capabilities.required);

		if (lacking != 0)
			return error_set_capabilities(plan, file, &capabilities, lacking, error);
	}
	if (errnum == ENOEXEC)
		hint = "not for this machine, or a script without #!";
	else if (errnum == ENOENT)
		hint = "its interpreter or loader is missing";
	else if (errnum == ETXTBSY)
		hint = "somebody has it open for writing";
	else if (errnum == EACCES && stat(file, &status) != 0)
		hint = "see the directories above";
	else if (errnum == EACCES && S_ISDIR(status.st_mode))
		reason = "it is a directory";
	else if (errnum == EACCES)
		hint = "see its mode, its interpreter's, and the mount";
	return error_set_exec(STATUS_CANNOT_RUN, file, reason, hint, error);
}

/* Returns true if ERRNUM means that no file of this name exists here. */
static bool is_absence(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ENAMETOOLONG;
}

/* The search of the first word of a command: each directory of PATH, or the word alone. */
struct search {
	const char *name;
	const char *path; /* "" if PATH is not searched */
	const char *next; /* the rest of PATH; NULL at its end */
	bool uses_path;
};

static struct search search_begin(const struct plan *plan)
{
	const char *name = plan->command[0];
	bool uses_path = name[0] != '\0' && strchr(name, '/') == NULL;
	const char *path = uses_path ? environment_get(plan->environment, "PATH") : "";

	if (path == NULL)
		path = DEFAULT_PATH;
	return (struct search){name, path, path, uses_path};
}

/* Returns room for any file of SEARCH, or NULL if ARENA is used up. */
static char *search_allocate(const struct search *search, struct arena *arena)
{
	return arena_allocate(arena, strlen(search->path) + strlen(search->name) + 2, 1);
}

/* Writes the next file of SEARCH, "DIRECTORY/NAME", to FILE. SEARCH must not be
 * at its end. */
static void search_next(struct search *search, char *file)
{
	const char *end = strchrnul(search->next, ':');
	size_t length = (size_t)(end - search->next);

	memcpy(file, search->next, length);
	file += length;
	/* An empty entry of PATH is the current directory. */
	if (length > 0)
		*file++ = '/';
	memcpy(file, search->name, strlen(search->name) + 1);
	search->next = *end == '\0' ? NULL : end + 1;
}

bool exec_command(const struct plan *plan, struct arena *arena, struct error *error)
{
	struct search search = search_begin(plan);
	char *file = NULL;
	const char *found = NULL; /* the first file that could not be run */
	struct stat status;
	int errnum = ENOENT;
	int found_errno = 0;

	while (search.next != NULL) {
		/* A buffer is allocated at first, and again after FOUND has kept the last one. */
		if (file == found)
			file = search_allocate(&search, arena);
		if (file == NULL)
			return error_set_exec(STATUS_FAILED, search.name, error_text(E2BIG), NULL,
			                      error);
		search_next(&search, file);
		execve(file, plan->command, plan->environment);
		errnum = errno;
		if (errnum != EACCES && !is_absence(errnum))
			return cannot_run(plan, file, errnum, arena, error);
		/* The search goes on, as in execvp(3), because a later directory may hold a file
		 * that can be run. */
		if (found == NULL &&
		    (errnum == EACCES || (errnum == ENOENT && stat(file, &status) == 0))) {
			found_errno = errnum;
			found = file;
		}
	}
	if (found != NULL)
		return cannot_run(plan, found, found_errno, arena, error);
	return error_set_exec(STATUS_NOT_FOUND, search.name,
	                      search.uses_path ? "not found in PATH" : "not found",
	                      search.uses_path ? search.path : error_text(errnum), error);
}

/* Returns true if IDENTITY may execute the file of STATUS by its mode bits. */
static bool may_execute(const struct identity *identity, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return false;
	if (status->st_uid == identity->ids.uid)
		return (status->st_mode & S_IXUSR) != 0;
	for (size_t i = 0; i < identity->ids.group_count; i++) {
		if (status->st_gid == identity->ids.groups[i])
			return (status->st_mode & S_IXGRP) != 0;
	}
	return (status->st_mode & S_IXOTH) != 0;
}

bool exec_foresee(const struct plan *plan, struct arena *arena, struct error *error)
{
	struct file_capabilities capabilities;
	struct search search;
	struct stat status;
	uint64_t lacking;
	char *file;

	if (plan->command[0] == NULL)
		return true;
	search = search_begin(plan);
	file = search_allocate(&search, arena);
	if (file == NULL)
		return true;
	do {
		if (search.next == NULL)
			return true;
		search_next(&search, file);
	} while (stat(file, &status) != 0 || !may_execute(plan->identity, &status));
	capabilities = file_capabilities_read(file, arena);
	lacking = capabilities.required & ~plan_creds_bounding_after(plan);
	return lacking == 0 || error_set_capabilities(plan, file, &capabilities, lacking, error);
}
