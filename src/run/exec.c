#include "run/exec.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/environment.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool error_set_exec(int status, const char *file, const char *reason, const char *hint,
                           struct error *error)
{
	error_set(error, "running", file, reason, hint);
	error->status = status;
	return false;
}

/* Sets the error for FILE, which exists but which execve(2) refused with ERRNUM. */
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
	return error_set_exec(STATUS_CANNOT_RUN, file, reason, hint, error);
}

/* Returns true if ERRNUM means that no file of this name exists here. */
static bool is_absence(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ENAMETOOLONG;
}

/* Writes "DIRECTORY/NAME" to FILE, which must have room for it. */
static void join_path(struct slice directory, const char *name, char *file)
{
	memcpy(file, directory.bytes, directory.length);
	file += directory.length;
	/* An empty entry of PATH is the current directory. */
	if (directory.length > 0)
		*file++ = '/';
	memcpy(file, name, strlen(name) + 1);
}

bool exec_command(char *const *command, char *const *environment, struct arena *arena,
                  struct error *error)
{
	const char *name = command[0];
	bool searches = name[0] != '\0' && strchr(name, '/') == NULL;
	const char *path = searches ? environment_get(environment, "PATH") : "";
	const char *begin;
	const char *end;
	char *file = NULL;
	const char *found = NULL; /* the first file that could not be run */
	struct stat status;
	int errnum;
	int found_errno = 0;

	if (path == NULL)
		path = DEFAULT_PATH;
	begin = path;
	do {
		/* A buffer is allocated at first, and again after FOUND has kept the last one. */
		if (file == found)
			file = arena_allocate(arena, strlen(path) + strlen(name) + 2, 1);
		if (file == NULL)
			return error_set_exec(STATUS_FAILED, name, error_text(E2BIG), NULL, error);
		end = strchrnul(begin, ':');
		join_path(slice_between(begin, end), name, file);
		execve(file, command, environment);
		errnum = errno;
		if (errnum != EACCES && !is_absence(errnum))
			return cannot_run(file, errnum, error);
		/* The search goes on, as in execvp(3), because a later directory may hold a file
		 * that can be run. */
		if (found == NULL &&
		    (errnum == EACCES || (errnum == ENOENT && stat(file, &status) == 0))) {
			found_errno = errnum;
			found = file;
		}
		begin = end + 1;
	} while (*end != '\0');
	if (found != NULL)
		return cannot_run(found, found_errno, error);
	return error_set_exec(STATUS_NOT_FOUND, name, searches ? "not found in PATH" : "not found",
	                      searches ? path : error_text(errnum), error);
}
