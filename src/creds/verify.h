/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CREDS_VERIFY_H
#define STEPDOWN_CREDS_VERIFY_H

#include "base/error.h"
#include "base/text.h"
#include "core/facts.h"

/* Adds GROUPS to TEXT, as "5,1000", or "none" if COUNT is 0. A long list is cut and ends with
 * "...". */
void creds_add_groups(struct text *text, const gid_t *groups, size_t count);

/* Adds the groups of TARGET that are not among the COUNT groups GROUPS, as "5,1000". The primary
 * gid does not count, because every process has it. Returns false and leaves TEXT unchanged if no
 * group is missing. */
bool creds_add_missing_groups(struct text *text, const struct creds_target *target,
                              const gid_t *groups, size_t count);

/* Returns true if the COUNT groups GROUPS, which are sorted, are the groups of STATE. */
bool creds_groups_equal(const struct creds_state *state, const gid_t *groups, size_t count);

/* Returns true if TARGET contains every group of STATE. Returns false if STATE contains 65534,
 * because 65534 may stand for any group without a mapping in this user namespace (S45). */
bool creds_groups_within(const struct creds_state *state, const struct creds_target *target);

/* Returns true if NOW equals WANTED in the ids, no_new_privs, the five capability sets and the
 * groups. Otherwise sets *error to the first part that differs, and returns false. */
bool creds_prove_equal(const struct creds_state *now, const struct creds_state *wanted,
                       struct error *error);

/* Fails if a uid of NOW is 0, or if the kernel gives uid 0 or gid 0 back. Sets *error then.
 * TARGET may set uid 0, and then uid 0 is not checked. An id is not tried if NOW has the capability
 * to set it. gid 0 is not tried if NOW has it.
 *
 * On failure the process may have regained the id, so the caller must end the process. */
bool creds_prove_no_root(const struct creds_state *now, const struct creds_target *target,
                         struct error *error);

#endif
