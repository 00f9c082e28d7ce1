#ifndef STEPDOWN_CORE_PLAN_IDENTITY_H
#define STEPDOWN_CORE_PLAN_IDENTITY_H

#include "core/passwd_parse.h"
#include "core/planner.h"

/* Resolves ASKED. Sets the plan's identity except its groups, and for NAME=UID the plan's account
 * request and change. If ASKED has no user, the uid is that of the process. An @PATH also gives the
 * gid, unless the path's group is 0 or not mapped (S8). A uid without entry and without group gets
 * the gid of the same number (S8); gosu semantics take the gid of the process.
 * Errors: no such user, group or path; those of account_change_plan(); the arena is used up. Sets
 * planner->is_absent if the user or the path does not exist. On failure the identity is not
 * valid. */
bool identity_find(struct planner *planner, const struct user_spec *asked);

/* Finds the entry of the user NAME in passwd. Sets planner->is_absent. An unknown user is an error;
 * *ret_entry is then untouched. */
bool identity_find_user(struct planner *planner, struct slice name, struct account *ret_entry);
/* Finds GROUP. For a name *ret_entry is the line of group; for a number or a path only its gid is
 * set. Errors: no such group; the path does not exist, or its group is 0 (S8) or not mapped. */
bool identity_find_group(struct planner *planner, const struct spec_ref *group,
                         struct account *ret_entry);

#endif
