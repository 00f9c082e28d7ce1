/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_LINUX_INODE_H
#define STEPDOWN_LINUX_INODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define MOUNT_ID_UNKNOWN UINT64_MAX /* the kernel gives no mount id */

/* The fields of stat(2) that this program reads, and the mount. */
struct inode {
	uint64_t device;
	uint64_t number;
	uint64_t mount;   /* mount id, or MOUNT_ID_UNKNOWN */
	uint64_t changed; /* ctime in nanoseconds since 1970, modulo 2^64 */
	uint32_t mode;
	uint32_t links;
	uid_t uid;
	gid_t gid;
};

#define NS_PER_SECOND INT64_C(1000000000)

/* Returns a time of stat(2) in nanoseconds, modulo 2^64. */
static inline uint64_t inode_time(int64_t seconds, int64_t nanoseconds)
{
	return (uint64_t)seconds * NS_PER_SECOND + (uint64_t)nanoseconds;
}

/* Reads the inode of FD by fstat(2); the mount is MOUNT_ID_UNKNOWN. Returns 0 or an errno. If FD is
 * negative, returns the errno that the open before has set. *RET_INODE is untouched on failure. */
int inode_read(int fd, struct inode *ret_inode);

/* Returns the time that a change of an inode now would set as its ctime, as in inode.changed. */
uint64_t inode_clock(void);

/* Returns the present time, as in inode.changed. No ctime that was set before is later. From Linux
 * 6.13 on a ctime may be later than inode_clock(), because it may be finer than a tick. */
uint64_t inode_exact_clock(void);

/* Returns the nanoseconds until the ctime of INODE is older than GRANULARITY_NS. The result is 0 or
 * less if the ctime is older already: a change of the inode then gives it another ctime. If the
 * ctime is a whole second, the granularity is one second. */
int64_t inode_ns_until_older(const struct inode *inode, int64_t granularity_ns);

/* Returns true for a block or character device. */
static inline bool inode_is_device(const struct inode *inode)
{
	return S_ISBLK(inode->mode) || S_ISCHR(inode->mode);
}

/* Returns true if a user other than root may rename names in the directory that has this owner and
 * mode. Such a user can exchange a name there for another directory. With the
 * sticky bit only the owner of a name may rename the name. */
static inline bool inode_lets_others_rename(uid_t owner, mode_t mode)
{
	return owner != 0 || ((mode & (S_IWGRP | S_IWOTH)) != 0 && (mode & S_ISVTX) == 0);
}

/* Closes FD unless it is negative. errno is untouched. */
void fd_close(int fd);

/* Changes the owner of the inode that FD refers to; O_PATH is enough. A GID of -1 leaves the group.
 * gVisor fails with EBADF for AT_EMPTY_PATH and an O_PATH descriptor, but takes the path of the
 * descriptor in /proc/self/fd. That path leads to the inode of FD, even if the inode is a symbolic
 * link. Returns 0, or -1 and errno. */
int fd_chown(int fd, uid_t uid, gid_t gid);

#endif
