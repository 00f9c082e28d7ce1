/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CREDS_DROP_H
#define STEPDOWN_CREDS_DROP_H

#include "base/arena.h"
#include "base/error.h"
#include "core/facts.h"

/* Predicts two failures of creds_step_down(): an id without a mapping in this user namespace
 * (EINVAL), and a denied setgroups(2) (EPERM). Returns false and sets *error in these cases. Asks
 * the kernel by setting the saved ids, and restores them. */
bool creds_check(const struct creds_state *before, const struct creds_target *target,
                 struct error *error);

struct creds_outcome {
	/* The supplementary groups that were read back; empty if the ids were not to change. */
	const gid_t *groups;
	size_t group_count;
	bool groups_left;   /* setgroups(2) was denied, but TARGET contains every present group */
	bool bounding_left; /* CAP_SETPCAP is missing; no_new_privs makes the set harmless */
	bool keyring_left;  /* a filter refuses keyctl(2), to the command too */
};

/* Changes the credentials of this process to TARGET for good, and proves the change. The proof
 * reads the whole state back, and tries to regain uid 0 and gid 0. BEFORE is the last result of
 * creds_read(). The process must have one thread, because the system calls change the calling
 * thread only (S31).
 *
 * Returns false and sets *error on failure; *ret_outcome is then untouched. The credentials may
 * then be anything between BEFORE and TARGET, so the caller must end the process (S30). */
bool creds_step_down(const struct creds_state *before, const struct creds_target *target,
                     struct arena *arena, struct creds_outcome *ret_outcome, struct error *error);

#endif
