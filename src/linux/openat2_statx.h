#ifndef STEPDOWN_LINUX_OPENAT2_STATX_H
#define STEPDOWN_LINUX_OPENAT2_STATX_H

#include "linux/dirfd.h"

/* openat2(2) and statx(2), which not every C library has. */

/* Opens NAME in DOOR: no other mount, no symbolic link (but as the thing itself, with O_PATH and
 * O_NOFOLLOW), and with no upward step unless NAME is just "..". Returns the descriptor, or -1 and
 * errno; EXDEV is another mount. */
int mountid_open(struct door *door, const char *name, int flags);
/* Takes hold of the absolute PATH with an O_PATH descriptor, on whatever mount it is and through no link
 * (ELOOP; but its end may be one). Returns the descriptor, or -1 and errno. */
int mountid_open_path(const char *path);
/* True when the kernel, and whatever filters system calls, knows the call behind mountid_open. */
bool mountid_can_open(void);
/* What pin_stat tells, and the mount, or PIN_NO_MOUNT. 0 or an errno: older kernels have no such
 * call. */
int mountid_stat(struct door *door, const char *name, int flags, struct inode *ret_inode);

#endif
