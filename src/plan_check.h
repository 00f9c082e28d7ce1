#ifndef STEPDOWN_PLAN_CHECK_H
#define STEPDOWN_PLAN_CHECK_H

#include "plan.h"

/* Refusals that must come before anything is touched: what is asked for cannot be had. */

/* Root may take on IDENTITY: CAP_SETUID and CAP_SETGID are there, as far as ids differ. */
bool plan_check_ids(const struct world *world, const struct identity *identity,
                    struct error *error);
/* The ids are mapped in this user namespace, as far as is known. */
bool plan_check_mapped(const struct world *world, const struct identity *identity,
                       struct error *error);
/* The bounding set can be dropped, or no_new_privs makes it harmless. */
bool plan_check_bounding(const struct world *world, const struct creds_wish *wish,
                         struct error *error);

#endif
