#ifndef STEPDOWN_CORE_PLAN_IDENTITY_H
#define STEPDOWN_CORE_PLAN_IDENTITY_H

#include "core/passwd_parse.h"
#include "core/plan.h"

/* What is planned from, and the plan as far as it is made. */
struct planner {
	const struct options *options;
	const struct facts *world;
	struct arena *arena;
	struct error *error;
	/* The user that was looked for last, by numbers where a path stood for them. */
	struct user_spec user;
	bool is_absent;   /* there is no such user, or no such path: another one may do */
	struct plan plan; /* its creds.style says in whose manner */
};

/* Sets the error of an arena that is used up, and returns false. */
bool planner_out_of_memory(const struct planner *planner);

/* Sets the error of the WORD of OPTION by which a variable chose group 0 (S38), and returns false. */
bool planner_refuse_gid_0(const struct planner *planner, const char *option, const char *word);

/* Who ASKED means: the plan's identity without its groups, and for NAME=UID what has to be written:
 * its wish and its change. What ASKED does not say is as the process has it. A path gives the gid as
 * well, unless that is 0: then it is as for a uid alone. */
bool identity_find(struct planner *planner, const struct user_spec *asked);

/* The entry of a user. */
bool identity_find_user(struct planner *planner, struct slice name, struct account *ret_entry);
/* The entry of a group that is meant by name; by number or path it has just the gid. */
bool identity_find_group(struct planner *planner, const struct spec_ref *group,
                         struct account *ret_entry);

/* The supplementary groups of the plan's identity, once its change is made. */
bool identity_find_groups(struct planner *planner);

#endif
