/* SPDX-License-Identifier: MIT */
#include "linux/inode.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

void fd_close(int fd)
{
	int errnum = errno;

	if (fd >= 0)
		close(fd);
	errno = errnum;
}

int inode_read(int fd, struct inode *ret_inode)
{
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		return errno;
	*ret_inode = (struct inode){
		.device = status.st_dev,
		.number = status.st_ino,
		.mount = MOUNT_ID_UNKNOWN,
		.changed = inode_time(status.st_ctim.tv_sec, status.st_ctim.tv_nsec),
		.mode = status.st_mode,
		.links = (uint32_t)status.st_nlink,
		.uid = status.st_uid,
		.gid = status.st_gid,
	};
	return 0;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now = {0};

	clock_gettime(clock, &now);
	return inode_time(now.tv_sec, now.tv_nsec);
}

uint64_t inode_clock(void)
{
	/* The kernel takes the ctime of an inode from this clock. */
	return read_clock(CLOCK_REALTIME_COARSE);
}

uint64_t inode_exact_clock(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t inode_ns_until_older(const struct inode *inode, int64_t granularity_ns)
{
	/* A ctime of whole seconds may come from a file system that stores only seconds. */
	if (inode->changed % NS_PER_SECOND == 0)
		granularity_ns = NS_PER_SECOND;
	return (int64_t)(inode->changed - inode_clock() + (uint64_t)granularity_ns);
}

int fd_chown(int fd, uid_t uid, gid_t gid)
{
	char path[32];
	struct text text = text_in(path, sizeof(path));
	int changed = fchownat(fd, "", uid, gid, AT_EMPTY_PATH);

	if (changed == 0 || errno != EBADF)
		return changed;
	text_format(&text, "/proc/self/fd/%u", (unsigned)fd);
	return fchownat(AT_FDCWD, path, uid, gid, 0);
}
