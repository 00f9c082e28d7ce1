/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_CHOWN_ENTRY_H
#define STEPDOWN_VOLUME_CHOWN_ENTRY_H

#include "volume/chown_job.h"

/* Functions that return bool return false if memory is used up, unless their comment says
 * otherwise. Entries that cannot or must not be changed are counted, and are no failure. */

/* A look at an entry of the current directory. */
struct entry_look {
	const char *name;
	int errnum; /* of the look; 0: INODE is valid */
	struct inode inode;
};

/* Looks at the entry NAME. */
void chown_look(struct chown_worker *chowner, const char *name, struct entry_look *ret_look);

/* Changes the owner of the entry of LOOK, if needed. *WAITED tells whether the removals that were
 * in progress at the look have ended (g of hardlink_check.h). If an entry must be pinned, this
 * function waits for their end and sets *WAITED. So one wait serves several looks that precede it.
 * A directory is not changed: *RET_IS_DIRECTORY is then true. */
bool chown_entry(struct chown_worker *chowner, const struct entry_look *look, bool *waited,
                 bool *ret_is_directory);

/* Changes the owner of the file that FD pins, if needed. The file is no directory, and INODE was
 * read through FD. FIRST and NAME are those of hardlink_check(). */
bool chown_pinned(struct chown_worker *chowner, int fd, const struct inode *first,
                  const struct inode *inode, const char *name);

/* Changes the owner of the directory FD, which is the current one, or the declared one if the stack
 * is empty. FORMER is its owner up to now, or NULL if the directory is new. The caller has
 * changed all entries before. FD must be open for reading if the file system is local, because
 * flock(2) needs that (chown_by_name_exclude). */
void chown_directory(struct chown_worker *chowner, int fd, const struct owner *former);

/* Returns true if INODE has another owner than the request wants, and an owner that may be changed
 * (--own-from). */
bool chown_needs(const struct chown_worker *chowner, const struct inode *inode);

/* Returns the result of chown_needs() for the current directory. If the directory holds this
 * program (S37), it is counted as skipped, and the result is false. */
bool chown_needs_directory(struct chown_worker *chowner, const struct inode *inode);

#endif
