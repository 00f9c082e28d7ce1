#ifndef STEPDOWN_WALK_H
#define STEPDOWN_WALK_H

#include "own.h"

/* All that is below the directory FD (O_PATH will do) and on its mount, each directory after its own
 * entries; FD itself is not changed. Counts in OWN. 0, or an errno when it was not finished: ENOMEM,
 * EBUSY when a thread would not end. Has the process for itself again when it returns. */
int walk(struct own *own, int fd);

#endif
