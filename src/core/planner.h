#ifndef STEPDOWN_CORE_PLANNER_H
#define STEPDOWN_CORE_PLANNER_H

#include "core/plan.h"

/* The inputs of a plan, and the plan as far as it is made. */
struct planner {
	const struct options *options;
	const struct facts *facts;
	struct arena *arena;
	struct error *error;
	/* The user that identity_find() resolved last. An @PATH is already replaced by numbers. */
	struct user_spec user;
	bool is_absent;   /* the user or the path does not exist: try the next alternative */
	struct plan plan; /* creds.semantics is set before the first decision */
};

/* Sets the error that the arena is used up (E2BIG). Always returns false. */
bool planner_out_of_memory(const struct planner *planner);

/* Sets the error that a variable chose group 0 in the WORD of OPTION (S38). Always returns
 * false. */
bool planner_refuse_gid_0(const struct planner *planner, const char *option, const char *word);

#endif
