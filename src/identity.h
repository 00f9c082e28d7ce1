#ifndef STEPDOWN_IDENTITY_H
#define STEPDOWN_IDENTITY_H

#include "accounts.h"
#include "plan.h"

/* What is planned from, and the plan as far as it is made. */
struct planner {
	const struct options *options;
	const struct world *world;
	struct arena *arena;
	struct error *error;
	struct plan plan; /* its creds.style says in whose manner */
	char words[512];  /* for a part of a message */
};

/* Sets the error of an arena that is used up, and returns false. */
bool planner_out_of_memory(const struct planner *planner);

/* Who SPEC means: the plan's identity without its groups, and for NAME=UID what has to be written:
 * its wish and its change. What SPEC does not say is as the process has it. */
bool identity_find(struct planner *planner, const struct user_spec *spec);

/* The entry of a user. */
bool identity_find_user(struct planner *planner, struct slice name, struct account *ret_entry);
/* The entry of a group that is meant by name; by number it has just that. */
bool identity_find_group(const struct spec_ref *group, const struct world *world,
                         struct account *ret_entry, struct error *error);

/* The supplementary groups of IDENTITY, which must have its ids and name, once CHANGE is made. */
bool identity_find_groups(const struct options *options, const struct world *world,
                          const struct account_change *change, struct arena *arena,
                          struct identity *identity, struct error *error);
bool identity_find_groups_compat(const struct user_spec *spec, const struct world *world,
                                 struct arena *arena, struct identity *identity,
                                 struct error *error);

#endif
