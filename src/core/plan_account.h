/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_ACCOUNT_H
#define STEPDOWN_CORE_PLAN_ACCOUNT_H

#include "core/plan_identity.h"

/* Decides whether the account change of USER is written, and sets it in PLAN. If /etc cannot be
 * written, an account that must be written is an error. Else a warning says that the ids are used
 * by number, and PLAN changes no account. Returns false with planner->error set; PLAN is then not
 * valid. */
bool plan_account(const struct planner *planner, const struct found_user *user, struct plan *plan);

/* Returns true if CHANGE adds or changes a line of passwd or group. */
bool account_is_written(const struct account_change *change);

/* Fills ERROR with the reason ERRNUM why the account NAME cannot be written. ETIMEDOUT means that
 * another process holds the lock of the account files. Returns MUST_BE_WRITTEN: true if
 * that is an error, false if the ids can be used by number and the message is a warning. */
bool account_refuse(bool must_be_written, struct slice name, int errnum, struct error *error);

#endif
