/* SPDX-License-Identifier: MIT */
#include "run/writable.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool writable_check(const char *path, struct error *error)
{
	struct stat status;
	int mode = W_OK | X_OK;
	int errnum;

	if (access(path, mode) == 0)
		return true;
	/* A directory needs search permission as well, because without it no entry can be made. */
	if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
		mode = W_OK;
	if (access(path, mode) == 0)
		return true;
	errnum = errno;
	/* faccessat(3) is not used, because musl starts a child process on kernels without
	 * faccessat2(2). */
	if (syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS) == 0)
		return true;
	return error_set_errno(error, "checking that the user can write", path, errnum,
	                       "see its owner and mode, and the mount");
}
