/* SPDX-License-Identifier: MIT */
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

/* Calls on a name in an open directory. They follow no symbolic link and do not leave the mount. If
 * root gets EACCES, they repeat the call with the fsuid of the directory's owner (as_owner_call).
 * The functions dir_... return 0 or an errno. Their results are unspecified on failure unless a
 * comment says more. */

/* The mount that a walk does not leave (S19), and how this kernel tells mounts apart. */
struct mount_boundary {
	bool can_open;            /* openat2(2) works, and refuses another mount with EXDEV */
	enum mount_source source; /* of the mount id */
	uint64_t mount;           /* MOUNT_ID_UNKNOWN: SOURCE is a device, or unknown */
	uint64_t device;          /* st_dev, for MOUNT_BY_DEVICE */
};

/* Finds the mount of FD, which is on DEVICE, and the way to recognise it. If the source is
 * MOUNT_UNKNOWN and can_open is false, a bind mount cannot be recognised, and the caller must enter
 * no directory below FD (S40). */
void dir_find_mount_boundary(int fd, uint64_t device, struct mount_boundary *ret_boundary);

/* Fills *RET_DIR for FD, which stays the caller's, and reads its inode. If FD is negative, returns
 * errno, which the open before has set. *RET_DIR is untouched on failure. */
int dir_from_fd(int fd, struct dir *ret_dir, struct inode *ret_inode);

/* Reads the inode of NAME in DIR, and triggers no automount. */
int dir_stat(struct dir *dir, const struct mount_boundary *boundary, const char *name,
             struct inode *ret_inode);

/* Reads the inode of the top of the mount NAME, as far as the kernel knows it. The call asks no
 * server, so it cannot block. */
int dir_stat_mount(struct dir *dir, const char *name, struct inode *ret_inode);

/* Pins the inode of NAME, which may be "..", by an O_PATH descriptor that the caller closes. The
 * inode may be of any type, a symbolic link included. EXDEV: NAME is on another mount than
 * BOUNDARY. If BOUNDARY is NULL, any mount is accepted. */
int dir_pin(struct dir *dir, const struct mount_boundary *boundary, const char *name,
            struct dir *ret_found, struct inode *ret_inode);

/* Opens the directory NAME for reading; the caller closes the descriptor. ENOTDIR or ELOOP: NAME is
 * no directory. EXDEV: NAME is on another mount than BOUNDARY. */
int dir_open(struct dir *dir, const struct mount_boundary *boundary, const char *name,
             struct dir *ret_child, struct inode *ret_inode);

/* Reads the next entries into BUFFER, which has SIZE bytes, as getdents64(2) does. *RET_LENGTH is
 * the number of bytes, and 0 at the end of the directory. */
int dir_list(struct dir *dir, void *buffer, size_t size, size_t *ret_length);

/* Waits until no rename(2) or unlink(2) of any name in DIR is in progress that began before. Nothing
 * is changed. NAME is any name, and may be gone. EROFS: the mount is read-only. */
int dir_wait_for_rename(struct dir *dir, const char *name);

/* Makes the directory NAME with MODE, whatever the umask is. */
int dir_mkdir(struct dir *dir, const char *name, mode_t mode);

/* Returns the type of the file system of FD, f_type of statfs(2), or 0 if fstatfs(2) fails. */
uint32_t fd_file_system(int fd);

/* Returns true if the mount of FD is read-only. Returns false if fstatfs(2) fails. */
bool fd_is_read_only(int fd);

#endif
