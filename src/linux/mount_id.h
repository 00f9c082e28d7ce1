#ifndef STEPDOWN_LINUX_MOUNT_ID_H
#define STEPDOWN_LINUX_MOUNT_ID_H

#include <stdbool.h>
#include <stdint.h>

/* Which mount a descriptor is on (S19, S40). st_dev cannot tell: a bind mount of the same file system has
 * the same. Kernels tell it in different ways, and system call filters may forbid some of them. */
enum mount_source {
	MOUNT_BY_STATX,  /* stx_mnt_id of statx(2), from Linux 5.8 on */
	MOUNT_BY_HANDLE, /* name_to_handle_at(2), from Linux 2.6.39 on */
	MOUNT_BY_FDINFO, /* mnt_id in /proc/self/fdinfo, from Linux 3.15 on */
	MOUNT_BY_DEVICE, /* st_dev, because /proc/self/mountinfo has this device once: gVisor */
	MOUNT_UNKNOWN,
};

/* The mount id of FD by SOURCE, which is MOUNT_BY_HANDLE or MOUNT_BY_FDINFO. O_PATH is enough. Returns 0 or
 * an errno; *ret_mount is untouched on failure. */
int mount_read_id(enum mount_source source, int fd, uint64_t *ret_mount);

/* True if exactly one mount of this mount namespace has DEVICE, as /proc/self/mountinfo lists them. False
 * too if it cannot be read. */
bool mount_has_own_device(uint64_t device);

#endif
