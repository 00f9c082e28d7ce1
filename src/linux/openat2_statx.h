/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_LINUX_OPENAT2_STATX_H
#define STEPDOWN_LINUX_OPENAT2_STATX_H

#include "linux/as_owner.h"
#include "linux/inode.h"

/* openat2(2) and statx(2), because some C libraries lack them. */

/* Opens NAME in DIR with FLAGS. The kernel does not leave the mount (EXDEV), follows no symbolic
 * link (ELOOP), and goes upwards only if NAME is "..". With O_PATH and O_NOFOLLOW a symbolic link
 * is opened itself. Returns the descriptor, or -1 and errno. */
int openat2_in_dir(struct dir *dir, const char *name, int flags);

/* Opens the absolute PATH with O_PATH, on any mount. A symbolic link on the way is ELOOP; one at
 * the end is opened itself. Returns the descriptor, or -1 and errno. */
int openat2_path(const char *path);

/* Returns true if the kernel has openat2(2) and no system call filter refuses it. */
bool openat2_works(void);

/* Reads the inode of NAME in DIR by statx(2) with FLAGS. The mount is MOUNT_ID_UNKNOWN before Linux
 * 5.8. Returns 0 or an errno; ENOSYS before Linux 4.11. *RET_INODE is untouched on failure. */
int statx_in_dir(struct dir *dir, const char *name, int flags, struct inode *ret_inode);

#endif
