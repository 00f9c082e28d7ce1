#include "identity.h"

#include "accounts.h"
#include "environment.h"

static bool out_of_memory(struct error *error)
{
	return error_set(error, "working out the user", NULL, "too much to remember",
	                 "are the environment or the group lists very large?");
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

static bool find_gid(const struct spec_ref *group, const struct world *world, gid_t *ret_gid,
                     struct error *error)
{
	struct account entry;

	if (!identity_find_group(group, world, &entry, error))
		return false;
	*ret_gid = entry.gid;
	return true;
}

static void take_account(const struct account *account, struct identity *identity)
{
	identity->uid = account->uid;
	identity->gid = account->gid;
	identity->name = account->name;
}

/* The home as the entry has it; an empty one is the root directory, as login(1) takes it. */
static bool copy_home(struct slice home, struct arena *arena, struct identity *identity,
                      struct error *error)
{
	identity->home = home.length == 0 ? "/" : arena_copy(arena, home);
	return identity->home != NULL || out_of_memory(error);
}

static bool no_such_user(struct slice name, const char *hint, struct error *error)
{
	return error_set_slice(error, "looking up the user", name, "no such user in /etc/passwd",
	                       hint);
}

static bool find_user(const struct spec_ref *user, const struct world *world, struct arena *arena,
                      struct identity *identity, struct error *error)
{
	struct account account;

	if (!user->is_id) {
		if (!passwd_find_name(world->passwd, user->name, &account))
			return no_such_user(user->name,
			                    "NAME=UID:GID makes it, and a number needs no entry",
			                    error);
	} else if (!passwd_find_uid(world->passwd, user->id, &account)) {
		identity->uid = user->id;
		identity->gid = user->id; /* never 0 for want of an entry (S8) */
		return true;
	}
	take_account(&account, identity);
	return copy_home(account.home, arena, identity, error);
}

/* NAME=UID[:GROUP] */
static bool find_defined(const struct options *options, const struct world *world,
                         struct arena *arena, struct identity *identity, struct account_wish *wish,
                         struct account_change *change, struct error *error)
{
	const struct user_spec *spec = &options->user;
	struct account account;

	wish->name = spec->account;
	wish->uid = spec->user.id;
	wish->gid_given = spec->group.given;
	wish->home = options->home;
	if (spec->group.given && !find_gid(&spec->group, world, &wish->gid, error))
		return false;
	if (!account_change_plan(world->passwd, world->group, wish, arena, change, error))
		return false;
	identity->uid = wish->uid;
	identity->gid = change->gid;
	if (change->by_number) {
		if (!passwd_find_uid(world->passwd, wish->uid, &account))
			return true;
	} else if (!passwd_find_name(world->passwd, wish->name, &account)) {
		account = (struct account){.name = wish->name};
		if (wish->home != NULL)
			account.home = slice_of(wish->home);
	}
	identity->name = account.name;
	return copy_home(account.home, arena, identity, error);
}

static const char *home_without_entry(const struct world *world)
{
	const char *home = environment_get(world->environment, "HOME");
	struct account root;

	if (home == NULL || home[0] == '\0' || strcmp(home, "/root") == 0)
		return "/";
	if (passwd_find_uid(world->passwd, 0, &root) && slice_is(root.home, home))
		return "/";
	return home;
}

bool identity_find(const struct options *options, const struct world *world, struct arena *arena,
                   struct identity *ret_identity, struct account_wish *ret_wish,
                   struct account_change *ret_change, struct error *error)
{
	const struct user_spec *spec = &options->user;
	struct identity identity = {0};
	struct account_wish wish = {0};
	struct account_change change = {0};

	if (spec->defines_account) {
		if (!find_defined(options, world, arena, &identity, &wish, &change, error))
			return false;
	} else {
		if (!find_user(&spec->user, world, arena, &identity, error))
			return false;
		if (spec->group.given && !find_gid(&spec->group, world, &identity.gid, error))
			return false;
	}
	if (options->home != NULL)
		identity.home = options->home;
	else if (identity.home == NULL)
		identity.home = home_without_entry(world);
	*ret_identity = identity;
	*ret_wish = wish;
	*ret_change = change;
	return true;
}

bool identity_find_compat(const struct user_spec *spec, const struct world *world,
                          struct arena *arena, struct identity *ret_identity, struct error *error)
{
	struct identity identity = {
		.uid = world->creds.ruid, .gid = world->creds.rgid, .home = "/"};
	struct account account;
	bool has_entry;

	if (spec->user.given && !spec->user.is_id) {
		if (!passwd_find_name(world->passwd, spec->user.name, &account))
			return no_such_user(spec->user.name, "a number needs no entry", error);
		has_entry = true;
	} else {
		if (spec->user.given)
			identity.uid = spec->user.id;
		has_entry = passwd_find_uid(world->passwd, identity.uid, &account);
	}
	if (has_entry) {
		take_account(&account, &identity);
		if (!copy_home(account.home, arena, &identity, error))
			return false;
	}
	if (spec->group.given && !find_gid(&spec->group, world, &identity.gid, error))
		return false;
	*ret_identity = identity;
	return true;
}
