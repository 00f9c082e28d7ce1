#ifndef STEPDOWN_CREDS_PROVE_H
#define STEPDOWN_CREDS_PROVE_H

#include "creds.h"
#include "text.h"

/* "5,1000" or "none". */
void creds_add_groups(struct text *text, const gid_t *groups, size_t count);
bool creds_groups_equal(const struct creds_state *state, const gid_t *groups, size_t count);
/* Whether all groups of STATE are among GROUPS; both are sorted. */
bool creds_groups_within(const struct creds_state *state, const gid_t *groups, size_t count);
/* Whether STATE has group 0 in any place. */
bool creds_holds_gid_0(const struct creds_state *state);

/* An error that names the first thing in which NOW is not WANTED: ids, groups (with GROUPS_LEFT some
 * may be missing), the five sets, and no_new_privs when that is wanted. */
bool creds_prove_equal(const struct creds_state *now, const struct creds_state *wanted,
                       bool groups_left, struct error *error);

/* An error when NOW has uid 0 in any place, or, with TRY, when the kernel gives it back, and then it
 * is back. */
bool creds_prove_no_uid_0(const struct creds_state *now, bool try, struct error *error);
/* Tries to get gid 0 back; an error when the kernel gives it, and then it is back. */
bool creds_prove_no_gid_0(struct error *error);

#endif
