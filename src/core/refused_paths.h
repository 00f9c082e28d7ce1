#ifndef STEPDOWN_CORE_REFUSED_PATHS_H
#define STEPDOWN_CORE_REFUSED_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* True for a directory of the system (S20): "/", the programs, libraries and configuration as a whole, what
 * root executes or trusts among them, /root, /var, and everything in /proc, /sys and /dev but /dev/shm.
 * RESOLVED is absolute, without links, "." and "..", doubled or trailing slashes. */
bool path_is_refused(struct slice resolved);

/* What holds for the paths below a refused one. */
enum refused_below {
	BELOW_IS_ALLOWED,
	BELOW_IS_REFUSED,
	BELOW_IS_THE_KERNELS, /* refused too, but for /dev/shm; the type of the file system tells, not the inode */
};

#define REFUSED_PATHS_MAX 128

/* The refused path number INDEX, of at most REFUSED_PATHS_MAX, or NULL behind the last one: a directory belongs
 * to the system by whatever mount it is reached, so its inode has to be compared too. */
const char *refused_path(size_t index, enum refused_below *ret_below);

#endif
