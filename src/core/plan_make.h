#ifndef STEPDOWN_CORE_PLAN_MAKE_H
#define STEPDOWN_CORE_PLAN_MAKE_H

#include "core/gosu_args.h"
#include "core/plan.h"

/* Pure: the same options and facts always give the same plan. On failure *ret_plan is untouched. */
bool plan_make(const struct options *options, const struct facts *facts, struct arena *arena,
               struct plan *ret_plan, struct error *error);
/* What gosu and su-exec do. */
bool plan_make_gosu(const struct gosu_options *options, const struct facts *facts,
                    struct arena *arena, struct plan *ret_plan, struct error *error);

#endif
