#ifndef STEPDOWN_CORE_EXPLAIN_H
#define STEPDOWN_CORE_EXPLAIN_H

#include "base/text.h"
#include "core/plan.h"

/* STEP as lines of TEXT, or nothing; REPORT is needed for a STEP_VOLUME alone. */
void explain_step(const struct plan *plan, const struct plan_step *step,
                  const struct ownership_report *report, struct text *text);
/* PLAN in plain words and in order, as lines of TEXT. REPORTS holds, for each STEP_VOLUME in turn,
 * what a look at the path found. */
void explain_plan(const struct plan *plan, const struct ownership_report *reports,
                  struct text *text);

/* The one line about what was (or would be) changed under a path, and the one about what was left
 * alone and why; both are whole messages. EFFECTIVE are the capabilities at work. */
void explain_changed(const struct declared_path *volume, const struct ownership_report *report,
                     struct text *text);
/* That PATH can be exchanged (S47): a whole message. */
void explain_exchange(const struct declared_path *volume, struct text *text);
void explain_skipped(const struct declared_path *volume, const struct ownership_report *report,
                     uint64_t effective, struct text *text);

#endif
