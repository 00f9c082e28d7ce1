/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_CREDS_H
#define STEPDOWN_CORE_PLAN_CREDS_H

#include "core/planner.h"

/* Decides the credentials after STEP_DROP, and sets plan->creds. The identity of PLAN is set
 * before. If a command will run, the capabilities that the drop needs are checked:
 * CAP_SETUID and CAP_SETGID must be effective if the uid, the gid or the groups change. Every
 * capability of --cap must be permitted and in the bounding set. --allow-new-privs with uid 0 needs
 * CAP_SETPCAP, because execve(2) gives uid 0 the whole bounding set.
 * A missing capability is an error. If the process is not root and --strict is off, a capability
 * of --cap is only a warning. A missing capability of --try-cap is a note. Returns false with
 * planner->error set. */
bool plan_creds(const struct planner *planner, struct plan *plan);

/* Returns the bounding set after STEP_DROP of PLAN. Without CAP_SETPCAP the set stays. */
uint64_t plan_creds_bounding_after(const struct plan *plan);

#endif
