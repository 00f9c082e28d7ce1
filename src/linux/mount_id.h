/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_LINUX_MOUNT_ID_H
#define STEPDOWN_LINUX_MOUNT_ID_H

#include <stdbool.h>
#include <stdint.h>

/* The ways to find the mount of a descriptor, best first (S19, S40). st_dev is no such way in
 * general, because a bind mount of the same file system has the same st_dev. Older kernels lack
 * some of the ways, and system call filters forbid some. */
enum mount_source {
	MOUNT_BY_STATX,  /* stx_mnt_id of statx(2), from Linux 5.8 on */
	MOUNT_BY_HANDLE, /* name_to_handle_at(2), from Linux 2.6.39 on */
	MOUNT_BY_FDINFO, /* mnt_id in /proc/self/fdinfo, from Linux 3.15 on */
	MOUNT_BY_DEVICE, /* st_dev, if /proc/self/mountinfo lists the device once: gVisor */
	MOUNT_UNKNOWN,   /* all ways fail */
};

/* Reads the mount id of FD by SOURCE, which is MOUNT_BY_HANDLE or MOUNT_BY_FDINFO. FD may be an
 * O_PATH descriptor. Returns 0 or an errno. EOVERFLOW or ENODATA: the kernel gives no mount id. */
int mount_read_id(enum mount_source source, int fd, uint64_t *ret_mount);

/* Returns true if /proc/self/mountinfo lists exactly one mount of DEVICE. Returns false if the file
 * cannot be read. */
bool mount_has_own_device(uint64_t device);

#endif
