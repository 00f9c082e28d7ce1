/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_IDENTITY_H
#define STEPDOWN_CORE_PLAN_IDENTITY_H

#include "core/passwd_parse.h"
#include "core/planner.h"

/* The result of a lookup. planner->error is set unless it is LOOKUP_FOUND. */
enum lookup {
	LOOKUP_FAILED,
	LOOKUP_ABSENT, /* the user or the path does not exist: the next alternative counts */
	LOOKUP_FOUND,
};

/* One alternative of --user, looked up. */
struct found_user {
	struct user_spec spec;                  /* an @PATH is replaced by the ids of its owner */
	struct identity identity;               /* without groups */
	struct account_request account_request; /* of NAME=UID, else empty */
	struct account_change change;           /* of NAME=UID, else nothing changes */
};

/* Resolves ASKED. If ASKED has no user, the uid is that of the process. An @PATH also gives the
 * gid, unless the path's group is 0 or not mapped (S8). A uid without entry and without group gets
 * the gid of the same number (S8); gosu semantics take the gid of the process.
 * Errors: no such user, group or path; those of account_change_plan(); the arena is used up. Unless
 * the result is LOOKUP_FOUND, only the spec in *RET_USER is valid, and the rest is zero. */
enum lookup identity_find(const struct planner *planner, const struct user_spec *asked,
                          struct found_user *ret_user);

/* Sets the name of IDENTITY to the name of its uid in passwd, because the account of NAME=UID is
 * not written. Called after the groups are found, because the account still gives its groups. */
void identity_drop_unwritten_name(const struct planner *planner, struct identity *identity);

/* Finds the entry of the user NAME in passwd. If there is none, *RET_ENTRY is untouched. */
enum lookup identity_find_user(const struct planner *planner, struct slice name,
                               struct account *ret_entry);

/* Finds GROUP. For a name *RET_ENTRY is the line of group; for a number or a path only its gid is
 * set. Errors: the path does not exist; its group is 0 (S8) or not mapped; no such group. */
bool identity_find_group(const struct planner *planner, const struct spec_ref *group,
                         struct account *ret_entry);

#endif
