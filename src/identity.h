#ifndef STEPDOWN_IDENTITY_H
#define STEPDOWN_IDENTITY_H

#include "accounts.h"
#include "plan.h"

/* Who --user means: ids, name and home, and for NAME=UID what has to be written
 * (*ret_change with actions, else all ACCOUNT_KEEP). The groups are not filled in. */
bool identity_find(const struct options *options, const struct world *world, struct arena *arena,
                   struct identity *ret_identity, struct account_wish *ret_wish,
                   struct account_change *ret_change, struct error *error);
/* Who it means to gosu and su-exec: what the spec does not say stays as it is. */
bool identity_find_compat(const struct user_spec *spec, const struct world *world,
                          struct arena *arena, struct identity *ret_identity, struct error *error);

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
