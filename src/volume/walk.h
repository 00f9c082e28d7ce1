#ifndef STEPDOWN_VOLUME_WALK_H
#define STEPDOWN_VOLUME_WALK_H

#include "volume/tally.h"

/* FD is on a file system whose directories change through this kernel alone. False for one that is
 * not known. */
bool fd_is_local(int fd);
/* All that is below the directory TOP (O_PATH will do) and on its mount, each directory after its
 * own entries; TOP itself is not changed. Counts in OWN. False when memory was used up before the
 * end. The threads that it started have ended when it returns. */
bool walk(struct chown_worker *chowner, struct dir *top);

#endif
