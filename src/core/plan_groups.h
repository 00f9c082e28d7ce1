/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_GROUPS_H
#define STEPDOWN_CORE_PLAN_GROUPS_H

#include "core/plan_identity.h"

/* Sets the groups of USER's identity as they are after its account change: sorted, unique, the
 * primary gid among them. The list holds the user's groups of /etc/group, the groups of --group,
 * and those that the process inherited (S9). Errors: an unknown group, group 0 by a variable (S38),
 * more than GROUPS_MAX groups. PLAN gets a note about root's groups that are left out. On failure
 * the identity is untouched. */
bool identity_find_groups(const struct planner *planner, struct found_user *user,
                          struct plan *plan);

#endif
