#ifndef STEPDOWN_RUN_EXECUTE_H
#define STEPDOWN_RUN_EXECUTE_H

#include "core/plan.h"
#include "volume/volume.h"

/* Where finished lines go; only main prints. */
struct talk {
	enum verbosity verbosity;
	void (*say)(const char *line);
	volume_progress *progress; /* unless quiet */
};

/* A look at each declared path, in the order of the plan's STEP_VOLUMEs; changes nothing, and
 * refuses what apply_steps() would. NULL on failure. */
const struct volume_report *apply_look(const struct plan *plan, const struct talk *talk,
                                       struct arena *arena, struct error *error);
/* Carries PLAN out, step by step, after all that can be refused without changing anything was.
 * Returns true when no step is left (--setup-only); a plan that ends with the command never returns
 * but on failure, and then the caller must end. */
bool apply_steps(const struct plan *plan, int etc_fd, const struct talk *talk, struct arena *arena,
                 struct error *error);

#endif
