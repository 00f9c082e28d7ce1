/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_USER_H
#define STEPDOWN_CORE_PLAN_USER_H

#include "core/planner.h"

/* Chooses the identity of the command, and sets it in PLAN together with the account change.
 *
 * If the process was started as root, the identity is the first alternative of --user that exists
 * and is allowed. Root is refused without --allow-root, and group 0 if a variable chose it (S38).
 *
 * If the process was not started as root, the identity is the ids and groups of the process. Other
 * ids in --user are an error with --strict, else a warning. A group that may not be mapped (S45) is
 * treated in the same way. --setup-only is always an error.
 *
 * Returns false with planner->error set; PLAN is then not valid. */
bool plan_user(const struct planner *planner, struct plan *plan);

/* Chooses the identity as gosu and su-exec do: the user of the first word, root included. */
bool plan_user_gosu(const struct planner *planner, struct plan *plan);

#endif
