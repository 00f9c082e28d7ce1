#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "faults.h"

#define PATHS 64
#define SMALL_BYTES 1024

/* A path of the world, and its description before a run and as asked for. */
static struct path {
	const char *name;
	char before[2 * SMALL_BYTES];
	char asked_for[2 * SMALL_BYTES];
} paths[PATHS];
static size_t path_count;

const char *breach_of(const char *format, ...)
{
	static char problem[8192];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	return problem;
}

/* The description is a line with the mode, the owner and the attribute. The bytes of a small file follow. */
static void describe(const struct world *world, const char *name, char text[2 * SMALL_BYTES])
{
	const char *path = path_of("%s%s", world->path, name);
	struct stat status;

	if (lstat(path, &status) != 0) {
		strcpy(text, "missing\n");
		return;
	}
	text += sprintf(text, "%o of %u:%u%s\n", status.st_mode, status.st_uid, status.st_gid,
	                lgetxattr(path, "user.note", NULL, 0) == 4 ? " with a note" : "");
	if (S_ISREG(status.st_mode) && status.st_size < SMALL_BYTES)
		read_stream(open(path, O_RDONLY | O_CLOEXEC), text, SMALL_BYTES);
}

void remains_learn(struct world *world)
{
	static const char *const outside[] = {
		"",           "/bin",     "/bin/probe",      "/etc", "/etc/passwd",
		"/etc/group", "/outside", "/outside/secret", "/root"};

	for (size_t i = 0; i < COUNT(outside); i++)
		paths[path_count++].name = outside[i];
	for (const struct entry *entry = world->scenario->entries;
	     entry != NULL && entry->path != NULL; entry++)
		paths[path_count++].name = entry->path;
	for (size_t i = 0; i < path_count; i++)
		describe(world, paths[i].name, paths[i].before);
	world_set(world, AS_ASKED_FOR);
	for (size_t i = 0; i < path_count; i++)
		describe(world, paths[i].name, paths[i].asked_for);
	world_set(world, AS_BEFORE);
}

static bool is_account_file(const struct path *path)
{
	return strncmp(path->name, "/etc/", 5) == 0;
}

bool is_without_accounts(const struct fault *fault)
{
	return fault->call.number == SYS_openat && fault->deed == DEED_FAIL &&
	       fault->errnum == ENOENT &&
	       (strcmp(fault->path, "/etc") == 0 || strcmp(fault->path, "passwd") == 0 ||
	        strcmp(fault->path, "group") == 0);
}

/* The kernel said that it gave the file away, or that there are no attributes. */
static bool hides_metadata(const struct fault *fault)
{
	long number = fault->call.number;

	if (fault->deed == DEED_LIE)
		return number == SYS_fchown;
	return (fault->errnum == ENOTSUP || fault->errnum == ENODATA) &&
	       (number == SYS_flistxattr || number == SYS_fgetxattr || number == SYS_fsetxattr);
}

static bool is_same(const char *now, const char *wanted, bool but_for_metadata)
{
	return strcmp(but_for_metadata ? strchr(now, '\n') : now,
	              but_for_metadata ? strchr(wanted, '\n') : wanted) == 0;
}

/* Returns whether PATH may be what it is NOW, which is neither as before nor as asked for. */
static bool is_between(const struct path *path, const char *now, const struct fault *fault)
{
	/* The new lines fit the command. The command gets what an image without the files gives, which is
	 * never more than with them. */
	if (is_account_file(path))
		return is_without_accounts(fault) &&
		       strncmp(now, path->before, strlen(path->before)) == 0;
	/* A new directory that is not given away yet. */
	return strcmp(path->before, "missing\n") == 0 && strcmp(now, "40755 of 0:0\n") == 0;
}

struct remains remains_of(const struct world *world)
{
	struct remains remains = {.has_accounts = true, .has_volume = true};
	const struct entry *entries = world->scenario->entries;
	char now[2 * SMALL_BYTES];
	struct stat input;

	if (fstat(world_input, &input) == 0 && input.st_uid != 0)
		remains.breach = "the standard input, a null device, has another owner";
	(void)fchown(world_input, 0, 0);
	remains.has_left_over = world_find_others(path_of("%s/etc", world->path), false);
	for (const struct path *path = paths; path < paths + path_count; path++) {
		bool is_account = is_account_file(path);
		bool hidden = is_account && hides_metadata(&world->fault);
		bool is_before, is_asked_for;

		describe(world, path->name, now);
		is_before = is_same(now, path->before, hidden);
		is_asked_for = is_same(now, path->asked_for, hidden);
		if (!is_before && !is_asked_for && !is_between(path, now, &world->fault))
			remains.breach = breach_of("'%s' is neither as before nor as asked for: %s",
			                           path->name, now);
		remains.has_accounts &= is_asked_for || !is_account;
		remains.has_volume &= is_asked_for || is_account;
		if (entries != NULL && path->name == entries[0].path)
			remains.has_top = is_asked_for && !is_before;
	}
	return remains;
}

const char *check_killed(const struct world *world)
{
	struct remains remains = remains_of(world);

	if (remains.breach == NULL && remains.has_top && !remains.has_volume)
		return "the path is right, and below it is not";
	return remains.breach;
}

const char *check_finished(const struct world *world)
{
	struct remains remains = remains_of(world);

	if (!remains.has_accounts)
		return "the account was not made";
	if (!remains.has_volume)
		return "the volume is not as it was asked for";
	return remains.has_left_over ? "a temporary file is left over" : NULL;
}
