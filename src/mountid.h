#ifndef STEPDOWN_MOUNTID_H
#define STEPDOWN_MOUNTID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* System calls whose structures only the kernel's headers have everywhere (musl has neither
 * statx nor openat2); those headers clash with the C library's, so they stay in one file. */

/* Opens NAME below FD: no other mount, no symbolic link (but as the thing itself, with O_PATH and
 * O_NOFOLLOW), and with no upward step unless NAME is just "..". Returns 0 or an errno; EXDEV is
 * another mount. */
int mountid_open(int fd, const char *name, int flags, int *ret_fd);
/* True when the kernel, and whatever filters system calls, knows the call behind mountid_open. */
bool mountid_can_open(void);
/* What pin_stat tells, and the mount, or PIN_NO_MOUNT. 0 or an errno: older kernels have no such
 * call. */
int mountid_stat(int fd, const char *name, int flags, struct stat *ret_status, uint64_t *ret_mount);

#endif
