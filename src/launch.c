#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"
#include "text.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool exists(const char *file)
{
	struct stat status;

	return stat(file, &status) == 0;
}

/* Such an error says that there is no file of this name here. */
static bool is_absence(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ENAMETOOLONG;
}

static bool not_found(const char *command, const char *reason, const char *hint,
                      struct error *error)
{
	error_set(error, "running", command, reason, hint);
	error->status = STATUS_NOT_FOUND;
	return false;
}

static bool denied(const char *file, struct error *error)
{
	struct stat status;

	if (stat(file, &status) != 0)
		return error_set_errno(error, "running", file, EACCES,
		                       "the user may not search a directory on the way to it");
	if (S_ISDIR(status.st_mode))
		return error_set(error, "running", file, "it is a directory", NULL);
	return error_set_errno(error, "running", file, EACCES,
	                       "the user may not execute it or its interpreter, or it lies on a "
	                       "noexec mount");
}

/* FILE is there, but execve(2) said ERRNUM. */
static bool cannot_run(const char *file, int errnum, struct error *error)
{
	const char *hint = NULL;

	if (errnum == ENOEXEC)
		hint = "neither a program for this machine nor a script that begins with #!";
	else if (errnum == ENOENT)
		hint = "the file is there: its interpreter or dynamic loader is missing";
	else if (errnum == ETXTBSY)
		hint = "somebody has it open for writing";
	else if (errnum == E2BIG)
		hint = "the arguments and the environment together are too large";
	if (errnum == EACCES)
		denied(file, error);
	else
		error_set_errno(error, "running", file, errnum, hint);
	error->status = STATUS_CANNOT_RUN;
	return false;
}

/* Writes the next "DIRECTORY/NAME" of the search path at *path to FILE and moves *path on, to NULL
 * behind the last. Entries that are too long to be opened are passed over. */
static bool take_candidate(const char **path, const char *name, char file[PATH_MAX])
{
	while (*path != NULL) {
		struct slice directory = slice_between(*path, strchrnul(*path, ':'));
		const char *end = directory.bytes + directory.length;
		size_t used = directory.length;

		*path = *end == '\0' ? NULL : end + 1;
		if (used + 1 + strlen(name) >= PATH_MAX)
			continue;
		memcpy(file, directory.bytes, used);
		/* An empty entry is the current directory. */
		if (used > 0)
			file[used++] = '/';
		memcpy(file + used, name, strlen(name) + 1);
		return true;
	}
	return false;
}

static bool not_in_path(const char *command, const char *path, struct error *error)
{
	char hint[600];
	struct text text = text_in(hint, sizeof(hint));

	text_add(&text, "no such file in PATH=");
	text_add_visible(&text, slice_of(path));
	return not_found(command, "not found", hint, error);
}

static bool search(char *const *command, char *const *environment, struct error *error)
{
	const char *path = environment_get(environment, "PATH");
	const char *rest = path != NULL ? path : DEFAULT_PATH;
	const char *here = rest;
	const char *found = NULL; /* where in PATH the first file was that could not be run */
	int found_errno = 0;
	char file[PATH_MAX];

	for (; take_candidate(&rest, command[0], file); here = rest) {
		int errnum;

		execve(file, command, environment);
		errnum = errno;
		if (errnum != EACCES && !is_absence(errnum))
			return cannot_run(file, errnum, error);
		/* As execvp(3): a later directory may hold one that can be run. */
		if (found == NULL && (errnum == EACCES || (errnum == ENOENT && exists(file)))) {
			found = here;
			found_errno = errnum;
		}
	}
	if (found == NULL || !take_candidate(&found, command[0], file))
		return not_in_path(command[0], path != NULL ? path : DEFAULT_PATH, error);
	return cannot_run(file, found_errno, error);
}

bool launch(char *const *command, char *const *environment, struct error *error)
{
	int errnum;

	if (command[0][0] == '\0')
		return not_found(command[0], "not found", "the command's name is empty", error);
	if (strchr(command[0], '/') == NULL)
		return search(command, environment, error);
	execve(command[0], command, environment);
	errnum = errno;
	if (!is_absence(errnum) || (errnum == ENOENT && exists(command[0])))
		return cannot_run(command[0], errnum, error);
	return not_found(command[0], "not found", error_text(errnum), error);
}
