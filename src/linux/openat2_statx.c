/* SPDX-License-Identifier: MIT */
#include "linux/openat2_statx.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/openat2.h>

#ifndef SYS_openat2
#define SYS_openat2 437 /* the same on every architecture */
#endif

/* struct statx and its masks as Linux 4.11 and 5.8 fixed them (statx(2)), under other names,
 * because the C libraries disagree. musl before 1.2.5 has no struct statx. musl 1.2.5 has one
 * without stx_mnt_id, and <linux/stat.h> cannot be included beside that. */
#define KERNEL_STATX_BASIC_STATS 0x000007ffU
#define KERNEL_STATX_MNT_ID 0x00001000U

struct kernel_statx_time {
	int64_t seconds;
	uint32_t nanoseconds;
	/* cppcheck-suppress unusedStructMember */
	int32_t reserved;
};

struct kernel_statx {
	uint32_t mask;
	uint32_t block_size;
	uint64_t attributes;
	uint32_t links;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint16_t reserved;
	uint64_t inode;
	uint64_t size;
	uint64_t blocks;
	uint64_t attributes_mask;
	struct kernel_statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor;
	uint32_t dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t spare[13];
};

_Static_assert(offsetof(struct kernel_statx, ctime) == 0x60, "stx_ctime");
_Static_assert(offsetof(struct kernel_statx, mnt_id) == 0x90, "stx_mnt_id");
_Static_assert(sizeof(struct kernel_statx) == 0x100, "struct statx");

int openat2_in_dir(struct dir *dir, const char *name, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	if (strcmp(name, "..") != 0)
		how.resolve |= RESOLVE_BENEATH;
	return (int)as_owner_call(dir, SYS_openat2, (long)name, (long)&how, sizeof(how), 0);
}

int openat2_path(const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

bool openat2_works(void)
{
	/* A size of 0 is invalid, so a kernel that has the call returns EINVAL. An older kernel
	 * returns ENOSYS, and a seccomp profile that is older than the call returns EPERM. */
	return syscall(SYS_openat2, -1, NULL, NULL, 0) < 0 && errno == EINVAL;
}

int statx_in_dir(struct dir *dir, const char *name, int flags, struct inode *ret_inode)
{
	struct kernel_statx from;

	if (as_owner_call(dir, SYS_statx, (long)name, flags,
	                  KERNEL_STATX_BASIC_STATS | KERNEL_STATX_MNT_ID, (long)&from) != 0)
		return errno;
	*ret_inode = (struct inode){
		.device = makedev(from.dev_major, from.dev_minor),
		.number = from.inode,
		.mount = (from.mask & KERNEL_STATX_MNT_ID) == 0 ? MOUNT_ID_UNKNOWN : from.mnt_id,
		.changed = inode_time(from.ctime.seconds, from.ctime.nanoseconds),
		.mode = from.mode,
		.links = from.links,
		.uid = from.uid,
		.gid = from.gid,
	};
	return 0;
}
