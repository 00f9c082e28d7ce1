#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool fail(int status, const char *file, const char *reason, const char *hint,
                 struct error *error)
{
	error_set(error, "running", file, reason, hint);
	error->status = status;
	return false;
}

/* FILE is there, but execve(2) said ERRNUM. */
static bool cannot_run(const char *file, int errnum, struct error *error)
{
	const char *reason = error_text(errnum);
	const char *hint = NULL;
	struct stat status;

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
	return fail(STATUS_CANNOT_RUN, file, reason, hint, error);
}

/* Such an error says that there is no file of this name here. */
static bool is_absence(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ENAMETOOLONG;
}

/* Writes "DIRECTORY/NAME" to FILE; false when that is too long to be opened. */
static bool join(struct slice directory, const char *name, char file[PATH_MAX])
{
	size_t length = strlen(name);
	size_t used = directory.length;

	if (used + 1 + length >= PATH_MAX)
		return false;
	memcpy(file, directory.bytes, used);
	/* An empty entry is the current directory. */
	if (used > 0)
		file[used++] = '/';
	memcpy(file + used, name, length + 1);
	return true;
}

bool launch(char *const *command, char *const *environment, struct error *error)
{
	/* Not on the stack, where it would be filled with zeros at each start, but on the page of
	 * small variables: what is aligned least comes last. */
	static alignas(1) char file[PATH_MAX];
	const char *name = command[0];
	bool searches = name[0] != '\0' && strchr(name, '/') == NULL;
	const char *path = searches ? environment_get(environment, "PATH") : "";
	const char *begin;
	const char *end;
	struct stat status;
	int errnum = ENAMETOOLONG;
	const char *found = NULL; /* the directory of the first file that could not be run */
	int found_errno = 0;

	if (path == NULL)
		path = DEFAULT_PATH;
	begin = path;
	do {
		end = strchrnul(begin, ':');
		if (join(slice_between(begin, end), name, file)) {
			execve(file, command, environment);
			errnum = errno;
			if (errnum != EACCES && !is_absence(errnum))
				return cannot_run(file, errnum, error);
			/* As execvp(3): a later directory may hold one that can be run. */
			if (found == NULL &&
			    (errnum == EACCES || (errnum == ENOENT && stat(file, &status) == 0))) {
				found_errno = errnum;
				found = begin;
			}
		}
		begin = end + 1;
	} while (*end != '\0');
	if (found != NULL && join(slice_between(found, strchrnul(found, ':')), name, file))
		return cannot_run(file, found_errno, error);
	return fail(STATUS_NOT_FOUND, name, searches ? "not found in PATH" : "not found",
	            searches ? path : error_text(errnum), error);
}
