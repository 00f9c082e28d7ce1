#include "identity.h"

#include "accounts.h"
#include "environment.h"

bool planner_out_of_memory(const struct planner *planner)
{
	return error_set(planner->error, "planning", NULL,
	                 "the arguments, environment or group lists are too large", NULL);
}

bool identity_find_user(struct planner *planner, struct slice name, struct account *ret_entry)
{
	return passwd_find_name(planner->world->passwd, name, ret_entry) ||
	       error_set_slice(planner->error, "looking up the user", name,
	                       "no such user in /etc/passwd", "a number needs no entry");
}

bool identity_find_group(const struct spec_ref *group, const struct world *world,
                         struct account *ret_entry, struct error *error)
{
	if (group->is_id) {
		*ret_entry = (struct account){.gid = group->id};
		return true;
	}
	if (!group_find_name(world->group, group->name, ret_entry))
		return error_set_slice(error, "looking up the group", group->name,
		                       "no such group in /etc/group", "a number needs no entry");
	return true;
}

/* NAME=UID[:GROUP]: the entry as it will be. */
static bool find_defined(struct planner *planner, const struct user_spec *spec, gid_t gid,
                         struct account *account)
{
	const struct world *world = planner->world;
	struct account_change *change = &planner->plan.change;
	struct account_wish *wish = &planner->plan.wish;

	*wish = (struct account_wish){spec->account, spec->user.id, spec->group.given, gid,
	                              planner->options->home};
	if (!account_change_plan(world->passwd, world->group, wish, planner->arena, change,
	                         planner->error))
		return false;
	account->name = wish->name;
	if (change->by_number)
		(void)passwd_find_uid(world->passwd, wish->uid, account);
	else
		(void)passwd_find_name(world->passwd, wish->name, account);
	account->uid = wish->uid;
	account->gid = change->gid;
	return true;
}

/* The home as the entry has it; an empty one is the root directory, as login(1) takes it. Without
 * an entry HOME stays, unless it is root's. NULL when the arena is used up. */
static const char *find_home(const struct planner *planner, const struct account *account)
{
	const struct world *world = planner->world;
	const char *home = environment_get(world->environment, "HOME");
	struct account root;

	if (planner->options->home != NULL)
		return planner->options->home;
	if (account->home.length > 0)
		return arena_copy(planner->arena, account->home);
	if (account->name.length > 0 || planner->plan.creds.style == CREDS_COMPAT || home == NULL ||
	    home[0] == '\0' || strcmp(home, "/root") == 0 ||
	    (passwd_find_uid(world->passwd, 0, &root) && slice_is(root.home, home)))
		return "/";
	return home;
}

bool identity_find(struct planner *planner, const struct user_spec *spec)
{
	const struct world *world = planner->world;
	struct identity *identity = &planner->plan.identity;
	struct account account = {0};
	struct account group = {0};

	if (spec->group.given && !identity_find_group(&spec->group, world, &group, planner->error))
		return false;
	if (spec->defines_account) {
		if (!find_defined(planner, spec, group.gid, &account))
			return false;
	} else if (spec->user.given && !spec->user.is_id) {
		if (!identity_find_user(planner, spec->user.name, &account))
			return false;
	} else {
		account.uid = spec->user.given ? spec->user.id : world->creds.ruid;
		/* Never 0 for want of an entry (S8). */
		account.gid = planner->plan.creds.style == CREDS_COMPAT ? world->creds.rgid
		                                                        : account.uid;
		(void)passwd_find_uid(world->passwd, account.uid, &account);
	}
	identity->uid = account.uid;
	identity->gid = spec->group.given ? group.gid : account.gid;
	identity->name = account.name;
	identity->home = find_home(planner, &account);
	return identity->home != NULL || planner_out_of_memory(planner);
}
