#ifndef STEPDOWN_CORE_PLAN_CREDS_H
#define STEPDOWN_CORE_PLAN_CREDS_H

#include "core/planner.h"

/* Decides the credentials after STEP_DROP, and sets plan->creds. The identity of PLAN is set
 * before. If a command will run, the capabilities that the drop needs are checked:
 * CAP_SETUID and CAP_SETGID must be effective if the uid, the gid or the groups change. Every
 * capability of --cap must be permitted and in the bounding set. --allow-new-privs needs
 * CAP_SETPCAP, because else a setuid program could regain the bounding set.
 * A missing capability is an error. If the process is not root and --strict is off, a capability
 * of --cap or CAP_SETPCAP is only a warning. Returns false with planner->error set. */
bool plan_creds(const struct planner *planner, struct plan *plan);

#endif
