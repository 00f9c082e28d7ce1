#ifndef STEPDOWN_CORE_PLAN_VOLUMES_H
#define STEPDOWN_CORE_PLAN_VOLUMES_H

#include "core/planner.h"

/* Merges the declared paths of the options: *RET_VOLUMES gets one record for each distinct path, in
 * the order of execution, in the planner's arena. Two paths are the same if they differ only in
 * doubled slashes and "." components; only the kernel can tell whether two other paths lead to the
 * same directory. A merged record makes the path if one option does, and has the greatest depth.
 * Returns false with planner->error set if the arena is used up. */
bool plan_volumes(const struct planner *planner, struct declared_path **ret_volumes,
                  size_t *ret_count);

#endif
