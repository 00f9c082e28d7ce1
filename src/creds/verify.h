#ifndef STEPDOWN_CREDS_VERIFY_H
#define STEPDOWN_CREDS_VERIFY_H

#include "base/error.h"
#include "base/text.h"
#include "core/facts.h"

/* "5,1000" or "none"; of a long list the first groups and "...". */
void creds_add_groups(struct text *text, const gid_t *groups, size_t count);
/* Adds the groups of TARGET that are not among the COUNT groups GROUPS, as "5,1000", but not the primary one,
 * because every process has that. Returns how many these are; nothing is added if there are none. */
size_t creds_add_missing_groups(struct text *text, const struct creds_target *target,
                                const gid_t *groups, size_t count);
bool creds_groups_equal(const struct creds_state *state, const gid_t *groups, size_t count);
/* Whether all groups of STATE are among TARGET's. False if one shows as 65534: it may be any group that is not
 * mapped in this user namespace (S45). */
bool creds_groups_within(const struct creds_state *state, const struct creds_target *target);

/* An error that names the first thing in which NOW is not WANTED: ids, no_new_privs, the five sets,
 * groups. */
bool creds_prove_equal(const struct creds_state *now, const struct creds_state *wanted,
                       struct error *error);

/* Where TARGET leaves neither: an error when NOW has uid 0 in any place, or when the kernel gives uid 0
 * or gid 0 back, and then it is back. */
bool creds_prove_no_root(const struct creds_state *now, const struct creds_target *target,
                         struct error *error);

#endif
