/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_MOUNTS_BELOW_H
#define STEPDOWN_VOLUME_MOUNTS_BELOW_H

#include "volume/chown_job.h"

/* Mounts below a declared path. The walk does not enter them (S19). The report counts them,
 * because the user may need to write there. A mount that is declared itself is not counted. */

/* Counts the mount NAME in the current directory, in the first round only. The owner of its top is
 * read as the kernel knows it, because the server of the mount may never answer. */
void mounts_below_count(struct chown_worker *chowner, const char *name);

/* Counts the mount NAME, whose top is INODE, as mounts_below_count() does. */
void mounts_below_count_inode(struct chown_worker *chowner, const char *name,
                              const struct inode *inode);

#endif
