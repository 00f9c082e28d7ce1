/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_EXPLAIN_H
#define STEPDOWN_CORE_EXPLAIN_H

#include "base/text.h"
#include "core/plan.h"

/* Appends STEP to TEXT as lines. A STEP_ACCOUNT that changes nothing adds no line. Only STEP_VOLUME
 * reads REPORT; it may be NULL for every other step. */
void explain_step(const struct plan *plan, const struct plan_step *step,
                  const struct ownership_report *report, struct text *text);

/* Appends PLAN to TEXT: its warnings, the identity, then all steps in order, as lines. REPORTS is
 * an array with the report of a dry run for each STEP_VOLUME, in the order of the steps. */
void explain_plan(const struct plan *plan, const struct ownership_report *reports,
                  struct text *text);

#endif
