/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_CREDS_H
#define STEPDOWN_CORE_PLAN_CREDS_H

#include "core/planner.h"

/* Decides the credentials after STEP_DROP, and sets plan->creds. The identity of PLAN is set
 * before. If a command will run, these capabilities are checked:
 *
 *   CAP_SETUID, CAP_SETGID   must be effective if the uid, or the gid or the groups change
 *   --cap                    must be permitted and in the bounding set
 *   CAP_SETPCAP              must be effective for --allow-new-privs with uid 0, because execve(2)
 *                            gives uid 0 the whole bounding set
 *
 * A missing capability is an error. If the process is not root and --strict is off, a missing
 * capability of --cap is only a warning. A missing capability of --try-cap is a note.
 *
 * Returns false with planner->error set; PLAN is then not valid. */
bool plan_creds(const struct planner *planner, struct plan *plan);

/* Returns the bounding set after STEP_DROP of PLAN. The set stays if CAP_SETPCAP is missing or
 * --allow-new-privs keeps it. */
uint64_t plan_creds_bounding_after(const struct plan *plan);

#endif
