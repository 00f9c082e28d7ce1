/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_EXECUTE_H
#define STEPDOWN_RUN_EXECUTE_H

#include "core/plan.h"
#include "run/reporter.h"

/* Refuses everything that can be refused without a change, then executes the steps of PLAN in
 * order. ETC_FD is the directory /etc, or -1. Returns true if no step is left (--setup-only). A
 * plan that ends with the command returns only on failure.
 *
 * Returns false and sets *error on failure. Some steps may then be done, so the caller must end the
 * process. */
bool execute_plan(const struct plan *plan, int etc_fd, const struct reporter *reporter,
                  struct arena *arena, struct error *error);

#endif
