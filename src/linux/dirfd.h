#ifndef STEPDOWN_LINUX_DIRFD_H
#define STEPDOWN_LINUX_DIRFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "linux/as_owner.h"
#include "linux/inode.h"
#include "linux/mount_id.h"

/* Taking hold of an inode by its name in a directory: without following links, without leaving
 * the mount, and as the directory's owner where root itself may not look into it. All functions
 * return 0 or an errno, and when they return the process is root again (setfsuid). */

/* The mount that must not be left. */
struct mount_boundary {
	bool can_open; /* openat2(2) refuses to leave it */
	enum mount_source source;
	uint64_t mount;  /* by SOURCE; MOUNT_ID_UNKNOWN: by device, or unknown */
	uint64_t device; /* for MOUNT_BY_DEVICE */
};

/* The mount of FD, and how this kernel tells it. Nothing below FD may be entered if that is
 * MOUNT_UNKNOWN and can_open is false: a bind mount could not be seen (S40). */
int dir_find_mount_boundary(int fd, struct mount_boundary *ret_fence);
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
#endif
