#ifndef STEPDOWN_VOLUME_CHOWN_ENTRY_H
#define STEPDOWN_VOLUME_CHOWN_ENTRY_H

#include "volume/tally.h"

/* The entry NAME of the current directory. A directory is left alone and told. */
bool chown_entry(struct chown_worker *chowner, const char *name, bool *ret_is_directory);
/* The non-directory that FD pins, INODE being fresh. */
bool chown_pinned(struct chown_worker *chowner, int fd, const struct inode *inode,
                  const char *name);
/* The current directory, or the declared one when there is none: to be called after what is in
 * it. FD is open for reading, or nobody changes anything by name. */
void chown_directory(struct chown_worker *chowner, int fd);
/* It is somebody's whose files are to be changed, and not yet the user's. */
bool chown_needs(const struct chown_worker *chowner, const struct inode *inode);

/* The same for the current directory, which is counted as left if it holds this program (S37). */
bool chown_needs_directory(struct chown_worker *chowner, const struct inode *inode);

#endif
