#ifndef STEPDOWN_LINUX_DIRFD_H
#define STEPDOWN_LINUX_DIRFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "linux/mount_id.h"

/* Taking hold of an inode by its name in a directory: without following links, without leaving
 * the mount, and as the directory's owner where root itself may not look into it. All functions
 * return 0 or an errno, and when they return the process is root again (setfsuid). */

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

/* The mount that must not be left. */
struct mount_boundary {
	bool can_open; /* openat2(2) refuses to leave it */
	enum mount_source source;
	uint64_t mount;  /* by SOURCE; MOUNT_ID_UNKNOWN: by device, or unknown */
	uint64_t device; /* for MOUNT_BY_DEVICE */
};

/* A directory and how it is looked into. */
struct dir {
	int fd;
	uid_t owner;
	/* Root without CAP_DAC_OVERRIDE, or squashed by a server: found out on the way (S35). */
	bool as_owner;
};

/* The system call NUMBER with the descriptor of DIR and these arguments: as root, and where root may
 * not (EACCES), for file system access as the owner of DIR. Its result, or -1 and errno; never one
 * that leaves the thread another than root. */
long as_owner_call(struct dir *dir, long number, long first, long second, long third, long fourth);

/* The mount of FD, and how this kernel tells it. Nothing below FD may be entered if that is
 * MOUNT_UNKNOWN and can_open is false: a bind mount could not be seen (S40). */
int dir_find_mount_boundary(int fd, struct mount_boundary *ret_fence);
/* What FD is, but for its mount. */
int inode_read(int fd, struct inode *ret_inode);
/* The same, and how it is looked into; it stays the caller's. Where it is none, what errno says. */
int dir_from_fd(int fd, struct dir *ret_door, struct inode *ret_inode);

/* What NAME is, without following and without mounting anything. */
int dir_stat(struct dir *dir, const struct mount_boundary *boundary, const char *name,
             struct inode *ret_inode);
/* Takes hold of whatever NAME is, ".." included, with an O_PATH descriptor that is the caller's.
 * BOUNDARY may be NULL: any mount. EXDEV: another one. */
int dir_pin(struct dir *dir, const struct mount_boundary *boundary, const char *name,
            struct dir *ret_found, struct inode *ret_inode);
/* The directory NAME, opened to be listed; the descriptor is the caller's. ENOTDIR or ELOOP when
 * it is something else, EXDEV when it is on another mount. */
int dir_open(struct dir *dir, const struct mount_boundary *boundary, const char *name,
             struct dir *ret_child, struct inode *ret_inode);
/* The next entries as getdents64(2) gives them; *ret_length is 0 at the end. */
int dir_list(struct dir *dir, void *buffer, size_t size, size_t *ret_length);
/* Waits until whoever was moving or removing the name has finished, for good: changes nothing.
 * ENOENT when there is no such name any more, EROFS where nothing can be moved. */
int dir_wait_for_rename(struct dir *dir, const char *name);
/* Makes the directory NAME, mode 0755 whatever the umask. */
int dir_mkdir(struct dir *dir, const char *name);
/* Whether FD is on a file system of one of TYPES (as statfs(2) has them), of which the last is 0. */
bool fd_is_on_file_system(int fd, const uint32_t *types);
/* Whether nobody can change anything on the mount that FD is on. */
bool fd_is_read_only(int fd);
void fd_close(int fd);

#endif
