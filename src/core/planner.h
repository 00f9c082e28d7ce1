#ifndef STEPDOWN_CORE_PLANNER_H
#define STEPDOWN_CORE_PLANNER_H

#include "core/plan.h"

/* What is planned from, and the plan as far as it is made. */
struct planner {
	const struct options *options;
	const struct facts *facts;
	struct arena *arena;
	struct error *error;
	/* The user that was looked for last, by numbers where a path stood for them. */
	struct user_spec user;
	bool is_absent;   /* there is no such user, or no such path: another one may do */
	struct plan plan; /* its creds.semantics says in whose manner */
};

/* Sets the error of an arena that is used up, and returns false. */
bool planner_out_of_memory(const struct planner *planner);

/* Sets the error of the WORD of OPTION by which a variable chose group 0 (S38), and returns false. */
bool planner_refuse_gid_0(const struct planner *planner, const char *option, const char *word);

#endif
