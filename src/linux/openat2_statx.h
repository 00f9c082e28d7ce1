#ifndef STEPDOWN_LINUX_OPENAT2_STATX_H
#define STEPDOWN_LINUX_OPENAT2_STATX_H

#include "linux/as_owner.h"
#include "linux/inode.h"

/* openat2(2) and statx(2), which not every C library has. */

/* Opens NAME in DIR: no other mount, no symbolic link (but as the thing itself, with O_PATH and
 * O_NOFOLLOW), and with no upward step unless NAME is just "..". Returns the descriptor, or -1 and
 * errno; EXDEV is another mount. */
int openat2_in_dir(struct dir *dir, const char *name, int flags);
/* Takes hold of the absolute PATH with an O_PATH descriptor, on whatever mount it is and through no link
 * (ELOOP; but its end may be one). Returns the descriptor, or -1 and errno. */
int openat2_path(const char *path);
/* True when the kernel, and whatever filters system calls, knows the call behind openat2_in_dir. */
bool openat2_works(void);
/* What dir_stat tells, and the mount, or MOUNT_ID_UNKNOWN. 0 or an errno: older kernels have no such
 * call. */
int statx_in_dir(struct dir *dir, const char *name, int flags, struct inode *ret_inode);

#endif
