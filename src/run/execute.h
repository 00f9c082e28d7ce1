#ifndef STEPDOWN_RUN_EXECUTE_H
#define STEPDOWN_RUN_EXECUTE_H

#include "core/plan.h"

/* The receiver of finished lines, because only main() prints. */
struct reporter {
	enum verbosity verbosity;
	void (*print_line)(const char *line);
	ownership_progress *progress; /* not called if VERBOSITY_QUIET */
};

/* Walks each declared path without a change, and refuses what execute_plan() would refuse. Returns
 * one report for each STEP_VOLUME of PLAN, in the same order, in ARENA. Returns NULL and sets
 * *error on failure. */
const struct ownership_report *execute_look(const struct plan *plan,
                                            const struct reporter *reporter, struct arena *arena,
                                            struct error *error);
/* Refuses everything that can be refused without a change, then executes the steps of PLAN in
 * order. ETC_FD is the directory /etc, or -1. Returns true if no step is left (--setup-only). A
 * plan that ends with the command returns only on failure.
 *
 * Returns false and sets *error on failure. Some steps may then be done, so the caller must end the
 * process. */
bool execute_plan(const struct plan *plan, int etc_fd, const struct reporter *reporter,
                  struct arena *arena, struct error *error);

#endif
