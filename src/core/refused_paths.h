/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_REFUSED_PATHS_H
#define STEPDOWN_CORE_REFUSED_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Returns true if RESOLVED is a directory of the system (S20). These are "/", /root, /var, and the
 * directories of programs, libraries and configuration. Directories below them are refused if root
 * executes or trusts their files. Everything in /proc, /sys and /dev is refused, except /dev/shm.
 * RESOLVED is absolute and has no symbolic links, no "." and "..", no double and no trailing
 * slashes. */
bool path_is_refused(struct slice resolved);

/* The rule for the paths below a refused path. */
enum refused_below {
	BELOW_IS_ALLOWED,
	BELOW_IS_REFUSED,
	/* Refused too, except /dev/shm. For these the caller compares the type of the file system
	 * and not the inode. */
	BELOW_IS_THE_KERNELS,
};

#define REFUSED_PATHS_MAX 128

/* Returns refused path number INDEX, or NULL after the last one. The caller compares the inodes of
 * these paths too, because a bind mount gives a system directory another path. *ret_below is
 * untouched if the result is NULL. */
const char *refused_path(size_t index, enum refused_below *ret_below);

#endif
