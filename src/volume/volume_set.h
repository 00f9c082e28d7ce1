/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_VOLUME_SET_H
#define STEPDOWN_VOLUME_VOLUME_SET_H

#include "core/ownership.h"
#include "linux/inode.h"
#include "volume/hardlinks.h"

/* An inode, whatever path leads to it. */
struct declared_top {
	uint64_t device;
	uint64_t number;
};

/* The state that the walks of all declared paths of one start share. */
struct volume_set {
	struct declared_top *tops; /* the declared paths that exist */
	size_t top_count;
	/* Names of one file may lie below several declared paths. */
	struct hardlinks links;
	struct volume_job *waiting; /* in the order of their walks (volume_finish) */
};

/* Begins with an empty set. TOPS has room for each path that volume_check() is called for. */
void volume_set_open(struct volume_set *set, struct declared_top *tops);

/* Adds the INODE of a declared path. */
void volume_set_add_top(struct volume_set *set, const struct inode *inode);

/* Returns true if INODE is a declared path. */
bool volume_set_has_top(const struct volume_set *set, const struct inode *inode);

#endif
