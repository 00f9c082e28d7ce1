#ifndef STEPDOWN_CORE_PLAN_GROUPS_H
#define STEPDOWN_CORE_PLAN_GROUPS_H

#include "core/planner.h"

/* The supplementary groups of the plan's identity, once its change is made. */
bool identity_find_groups(struct planner *planner);

#endif
