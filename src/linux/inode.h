#ifndef STEPDOWN_LINUX_INODE_H
#define STEPDOWN_LINUX_INODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define MOUNT_ID_UNKNOWN UINT64_MAX /* the kernel does not tell */

/* What is asked of one, a third of struct stat. */
struct inode {
	uint64_t device;
	uint64_t number;
	uint64_t mount;   /* MOUNT_ID_UNKNOWN: not told */
	uint64_t changed; /* its ctime in nanoseconds, whatever that comes to in 64 bits */
	uint32_t mode;
	uint32_t links;
	uid_t uid;
	gid_t gid;
};

#define NS_PER_SECOND INT64_C(1000000000)

static inline uint64_t inode_time(int64_t seconds, int64_t nanoseconds)
{
	return (uint64_t)seconds * NS_PER_SECOND + (uint64_t)nanoseconds;
}

/* What FD is, but for its mount. */
int inode_read(int fd, struct inode *ret_inode);

/* Nanoseconds until the inode's ctime is older than GRANULARITY, 0 or less when it is already: then
 * a change would necessarily leave another one. */
int64_t inode_ns_until_older(const struct inode *inode, int64_t granularity);

static inline bool inode_is_device(const struct inode *inode)
{
	return S_ISBLK(inode->mode) || S_ISCHR(inode->mode);
}

/* close(2), unless FD is negative; errno stays. */
void fd_close(int fd);

#endif
