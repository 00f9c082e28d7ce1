/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_MAKE_H
#define STEPDOWN_CORE_PLAN_MAKE_H

#include "core/gosu_args.h"
#include "core/plan.h"

/* Makes the plan of stepdown. The function is pure: it makes no system call, and the same OPTIONS
 * and FACTS always give the same plan. The plan points into OPTIONS, FACTS and ARENA. On failure it
 * returns false with ERROR set, and *ret_plan is untouched. */
bool plan_make(const struct options *options, const struct facts *facts, struct arena *arena,
               struct plan *ret_plan, struct error *error);

/* Makes the plan that does what gosu and su-exec do, see SEMANTICS_GOSU. Everything else is as for
 * plan_make(). */
bool plan_make_gosu(const struct gosu_options *options, const struct facts *facts,
                    struct arena *arena, struct plan *ret_plan, struct error *error);

#endif
