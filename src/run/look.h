/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_LOOK_H
#define STEPDOWN_RUN_LOOK_H

#include "core/plan.h"
#include "run/reporter.h"
#include "volume/volume.h"

/* Walks each declared path without a change, and refuses what execute_plan() would refuse. Returns
 * one report for each STEP_VOLUME of PLAN, in the same order, in ARENA. Returns NULL and sets
 * *error on failure. */
const struct ownership_report *look_dry_run(const struct plan *plan,
                                            const struct reporter *reporter, struct arena *arena,
                                            struct error *error);

/* Refuses everything that can be refused without a change: returns false then, and sets *error.
 * Adds all declared paths to SET, whose memory is in ARENA. Sets *RET_NOTHING_TO_CHANGE to true if
 * the steps before the drop change nothing. */
bool look_check(const struct plan *plan, struct arena *arena, struct volume_set *set,
                bool *ret_nothing_to_change, struct error *error);

/* Calls volume_apply() while a signal ends the process (signals_catch). Sets request->progress. */
bool look_walk(const struct declared_path *volume, struct ownership_request *request,
               struct volume_set *set, const struct reporter *reporter,
               struct ownership_report *ret_report, struct error *error);

/* Calls volume_finish() for VOLUME while a signal ends the process. */
bool look_finish(const struct declared_path *volume, struct volume_set *set,
                 const struct reporter *reporter, struct ownership_report *ret_report,
                 struct error *error);

/* Writes the line about skipped entries to ERROR. Returns false if entries were skipped and that is
 * an error (--strict). */
bool look_judge_skipped(const struct plan *plan, const struct declared_path *volume,
                        const struct ownership_report *report, struct error *error);

#endif
