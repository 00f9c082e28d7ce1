#ifndef STEPDOWN_CORE_REFUSED_PATHS_H
#define STEPDOWN_CORE_REFUSED_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* True for a directory of the system (S20): "/", the programs, libraries and configuration as a whole, what
 * root executes or trusts among them, /root, /var, and everything in /proc, /sys and /dev but /dev/shm.
 * RESOLVED is absolute, without links, "." and "..", doubled or trailing slashes. */
bool path_is_refused(struct slice resolved);

/* The refused path number INDEX, or NULL behind the last one: a directory is of the system by whatever
 * path it is reached, so its inode has to be compared too. */
const char *refused_path(size_t index);

#endif
