#include "mountid.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#ifndef SYS_openat2
#define SYS_openat2 437 /* the same on every architecture */
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif

int mountid_open(int fd, const char *name, int flags, bool upward, int *ret_fd)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long result;

	if (!upward)
		how.resolve |= RESOLVE_BENEATH;
	result = syscall(SYS_openat2, fd, name, &how, sizeof(how));
	if (result < 0)
		return errno;
	*ret_fd = (int)result;
	return 0;
}

bool mountid_can_open(void)
{
	/* "/" needs no permission, so whatever refusal there is concerns the call: ENOSYS, or
	 * EPERM from a seccomp profile that is older than the call. */
	int fd = -1;
	int errnum = mountid_open(AT_FDCWD, "/", O_PATH | O_CLOEXEC, true, &fd);

	if (errnum == 0)
		close(fd);
	return errnum == 0 || errnum == EMFILE || errnum == ENFILE;
}

int mountid_stat(int fd, const char *name, int flags, struct stat *ret_status, uint64_t *ret_mount)
{
	struct statx from;

	if (syscall(SYS_statx, fd, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &from) != 0)
		return errno;
	*ret_status = (struct stat){
		.st_dev = makedev(from.stx_dev_major, from.stx_dev_minor),
		.st_ino = from.stx_ino,
		.st_mode = from.stx_mode,
		.st_nlink = from.stx_nlink,
		.st_uid = from.stx_uid,
		.st_gid = from.stx_gid,
		.st_ctim = {.tv_sec = from.stx_ctime.tv_sec, .tv_nsec = from.stx_ctime.tv_nsec},
	};
	*ret_mount = from.stx_mnt_id;
	return 0;
}

bool mountid_get(int fd, uint64_t *ret_id)
{
	struct statx status = {.stx_mask = 0};

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0 ||
	    (status.stx_mask & STATX_MNT_ID) == 0)
		return false;
	*ret_id = status.stx_mnt_id;
	return true;
}
