#ifndef STEPDOWN_VOLUME_HARDLINK_CHECK_H
#define STEPDOWN_VOLUME_HARDLINK_CHECK_H

#include "volume/tally.h"

/* S17: whether the file of INODE, which has several links and is to be changed, may be. All its
 * names must have been met in the tree; NAME in the current directory is one, and *ret_change when
 * it was the last. Counts it when it must be left. False is out of memory. */
bool hardlink_check(struct chown_worker *chowner, const struct inode *inode, const char *name,
                    bool *ret_change);

#endif
