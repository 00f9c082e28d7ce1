#ifndef STEPDOWN_CORE_PLAN_IDENTITY_H
#define STEPDOWN_CORE_PLAN_IDENTITY_H

#include "core/passwd_parse.h"
#include "core/planner.h"

/* Who ASKED means: the plan's identity without its groups, and for NAME=UID what has to be written:
 * its wish and its change. What ASKED does not say is as the process has it. A path gives the gid as
 * well, unless that is 0: then it is as for a uid alone. */
bool identity_find(struct planner *planner, const struct user_spec *asked);

/* The entry of a user. */
bool identity_find_user(struct planner *planner, struct slice name, struct account *ret_entry);
/* The entry of a group that is meant by name; by number or path it has just the gid. */
bool identity_find_group(struct planner *planner, const struct spec_ref *group,
                         struct account *ret_entry);

#endif
