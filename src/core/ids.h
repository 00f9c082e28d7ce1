/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_IDS_H
#define STEPDOWN_CORE_IDS_H

#include <stddef.h>
#include <sys/types.h>

/* The ids and groups of the command. A plan stores them once; the walk and the drop point to
 * them. */
struct ids {
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* sorted, unique, gid among them */
	size_t group_count;
};

#endif
