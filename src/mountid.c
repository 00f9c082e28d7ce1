#include "mountid.h"

#include <errno.h>
#include <string.h>
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

int mountid_open(struct door *door, const char *name, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	if (strcmp(name, "..") != 0)
		how.resolve |= RESOLVE_BENEATH;
	return (int)pin_call(door, SYS_openat2, (long)name, (long)&how, sizeof(how), 0);
}

int mountid_open_path(const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

bool mountid_can_open(void)
{
	/* Any other refusal of what is no request concerns the call: ENOSYS, or EPERM from a
	 * seccomp profile that is older than the call. */
	return syscall(SYS_openat2, -1, NULL, NULL, 0) < 0 && errno == EINVAL;
}

int mountid_stat(struct door *door, const char *name, int flags, struct inode *ret_inode)
{
	struct statx from;

	if (pin_call(door, SYS_statx, (long)name, flags, STATX_BASIC_STATS | STATX_MNT_ID,
	             (long)&from) != 0)
		return errno;
	*ret_inode = (struct inode){
		.device = makedev(from.stx_dev_major, from.stx_dev_minor),
		.number = from.stx_ino,
		.mount = (from.stx_mask & STATX_MNT_ID) == 0 ? PIN_NO_MOUNT : from.stx_mnt_id,
		.changed = pin_time(from.stx_ctime.tv_sec, from.stx_ctime.tv_nsec),
		.mode = from.stx_mode,
		.links = from.stx_nlink,
		.uid = from.stx_uid,
		.gid = from.stx_gid,
	};
	return 0;
}
