#ifndef STEPDOWN_RUN_EXECUTE_H
#define STEPDOWN_RUN_EXECUTE_H

#include "core/plan.h"

/* Where finished lines go; only main prints. */
struct reporter {
	enum verbosity verbosity;
	void (*print_line)(const char *line);
	ownership_progress *progress; /* unless quiet */
};

/* A look at each declared path, in the order of the plan's STEP_VOLUMEs; changes nothing, and
 * refuses what execute_plan() would. NULL on failure. */
const struct ownership_report *execute_look(const struct plan *plan,
                                            const struct reporter *reporter, struct arena *arena,
                                            struct error *error);
/* Carries PLAN out, step by step, after all that can be refused without changing anything was.
 * Returns true when no step is left (--setup-only); a plan that ends with the command never returns
 * but on failure, and then the caller must end. */
bool execute_plan(const struct plan *plan, int etc_fd, const struct reporter *reporter,
                  struct arena *arena, struct error *error);

#endif
