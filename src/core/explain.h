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

/* The next three functions each append one complete message without a newline. */

/* Appends the number of entries that were changed, or that a dry run would change. */
void explain_changed(const struct declared_path *volume, const struct ownership_report *report,
                     struct text *text);
/* Appends that a user other than root can replace the volume by another directory (S47). */
void explain_exchange(const struct declared_path *volume, struct text *text);
/* Appends the number of skipped entries, the first of them and its reason. A hint names --cap-add
 * CHOWN if EFFECTIVE, the capabilities during the walk, lacks CAP_CHOWN. */
void explain_skipped(const struct declared_path *volume, const struct ownership_report *report,
                     uint64_t effective, struct text *text);

#endif
