/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_LINUX_AS_OWNER_H
#define STEPDOWN_LINUX_AS_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* An open directory, and the file system UID that may search it. */
struct dir {
	int fd;
	uid_t owner;
	/* Root got EACCES and OWNER did not, so calls are made as OWNER at once (S35). Root has no
	 * CAP_DAC_OVERRIDE, or an NFS server squashes root. */
	bool as_owner;
};

/* Makes the system call NUMBER with DIR->fd and the arguments FIRST to FOURTH. If the call fails
 * with EACCES as root, it is repeated with the fsuid of the owner of DIR (setfsuid(2)), and
 * DIR->as_owner remembers the outcome. Returns the result of the call, or -1 and errno. The fsuid
 * is 0 again afterwards, unless the kernel refuses every setfsuid(0): then CAP_CHOWN has no effect
 * any more. */
long as_owner_call(struct dir *dir, long number, long first, long second, long third, long fourth);

#endif
