#ifndef STEPDOWN_CORE_PLAN_CHECKS_H
#define STEPDOWN_CORE_PLAN_CHECKS_H

#include "core/planner.h"

/* Checks that refuse a plan before any file is touched, or store a warning in the plan. */

/* Checks the user that identity_find() found last. If the process is not root, the user must be the
 * process's own uid and gid: another user is an error with --strict, else a warning, and
 * --setup-only is always an error. If the process is root and /etc cannot be written, an account
 * that must be written is an error. Else a warning says that the ids are used by number, and the
 * plan's account change becomes ACCOUNT_KEEP. Returns false with planner->error set. */
bool plan_check_user(struct planner *planner);

/* Checks the capabilities that STEP_DROP needs; does nothing unless a command will run.
 * CAP_SETUID and CAP_SETGID must be effective if the uid, the gid or the groups change. Every
 * capability of --cap must be permitted and in the bounding set. --allow-new-privs needs
 * CAP_SETPCAP, because else a setuid program could regain the bounding set.
 * A missing capability is an error. If the process is not root and --strict is off, a capability
 * of --cap or CAP_SETPCAP is only a warning. Sets the plan's creds.keep and may set
 * creds.no_new_privs. Returns false with planner->error set. */
bool plan_check_drop(struct planner *planner);

/* True if PLAN adds or changes a line of passwd or group. */
bool plan_writes_account(const struct plan *plan);

/* Fills ERROR with the reason ERRNUM why the account NAME cannot be written. ETIMEDOUT means that
 * another process holds the lock of the account files. Returns true if that is an error: with
 * --strict, or if no command follows. Returns false if the ids can be used by number; the caller
 * prints the message as a warning then. */
bool plan_refuse_account(const struct plan *plan, struct slice name, int errnum,
                         struct error *error);

#endif
