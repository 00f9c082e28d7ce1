#ifndef STEPDOWN_CORE_PLAN_CHECKS_H
#define STEPDOWN_CORE_PLAN_CHECKS_H

#include "core/planner.h"

/* What must be refused before anything is touched, and what is no more than a warning. */

/* The user that was asked for, as identity_find() left it: when this is not root, whoever cannot be
 * had is refused. */
bool plan_check_user(struct planner *planner);

/* The plan's identity and options ask for nothing that cannot be had. The ids must be mapped in
 * this user namespace, as far as that is known. The capabilities must be there that changing ids
 * takes, as far as ids differ; those to be kept; and the one that drops the bounding set, where
 * no_new_privs does not make it harmless. Sets the plan's creds.keep. */
bool plan_check_drop(struct planner *planner);

bool plan_writes_account(const struct plan *plan);

/* Says why the account cannot be written. True when that is an error; else its ids are used by
 * number. */
bool plan_refuse_account(const struct plan *plan, struct slice name, int errnum,
                         struct error *error);

#endif
