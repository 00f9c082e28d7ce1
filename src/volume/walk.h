/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_WALK_H
#define STEPDOWN_VOLUME_WALK_H

#include "volume/chown_job.h"

/* Returns true if directories on the file system of FD change through this kernel only. Returns
 * false for network file systems and for unknown ones. */
bool fd_is_local(int fd);

/* Changes the owner of all entries below the directory TOP and on its mount, each directory after
 * its own entries. TOP itself is not changed. TOP may be an O_PATH descriptor, and stays the
 * caller's. The counts are added to CHOWNER. Returns false if memory is used up; some entries are
 * then changed. All threads that the walk started have ended when the function returns (S31). */
bool walk(struct chown_worker *chowner, struct dir *top);

/* Walks again if TOP is on overlayfs, or on another local file system whose links were counted once
 * more. Changes only names of files whose links were all met. Overlayfs copies a file of the image
 * up when its owner changes. The other names still refer to the file in the image, with the old
 * owner. walk() calls this function if a file became complete. Returns false if memory is used
 * up. */
bool walk_again(struct chown_worker *chowner, struct dir *top);

/* Walks again on a local file system, changes nothing, and counts the links of incomplete files in
 * a further round of the table. The reason: this start may have changed the ctime of a directory
 * after a name of a file was met, by give_top_to_root() or by a copy-up of overlayfs. Returns false
 * if memory is used up. */
bool walk_recount(struct chown_worker *chowner, struct dir *top);

#endif
