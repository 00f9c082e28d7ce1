#ifndef STEPDOWN_WALK_H
#define STEPDOWN_WALK_H

#include "own.h"

/* All that is below the directory FD (O_PATH will do) and on its mount, each directory after what
 * is in it; FD itself is not changed. False is out of memory. One thread at a time. */
bool walk(struct own *own, int fd);

#endif
