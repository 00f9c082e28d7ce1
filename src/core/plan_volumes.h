/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_VOLUMES_H
#define STEPDOWN_CORE_PLAN_VOLUMES_H

#include "core/planner.h"

/* Sets the volumes of PLAN and the request for their walks. The identity of PLAN is set before.
 *
 * PLAN gets one record for each distinct declared path, in the order of execution. Two paths are
 * the same if they differ only in doubled slashes and "." components; only the kernel can tell
 * whether two other paths lead to the same directory. A merged record makes the path if one option
 * does, and has the greatest depth.
 *
 * Errors: --own-from names an unknown user; the arena is used up. Returns false with planner->error
 * set. */
bool plan_volumes(const struct planner *planner, struct plan *plan);

#endif
