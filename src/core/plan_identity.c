/* SPDX-License-Identifier: MIT */
#include "core/plan_identity.h"

#include <errno.h>

#include "core/environment.h"
#include "core/passwd_parse.h"

enum lookup identity_find_user(const struct planner *planner, struct slice name,
                               struct account *ret_entry)
{
	if (passwd_find_name(planner->facts->passwd, name, ret_entry))
		return LOOKUP_FOUND;
	error_set_slice(planner->error, "looking up the user", name, "no such user in /etc/passwd",
	                planner->semantics == SEMANTICS_GOSU
	                        ? "a numeric uid needs no entry"
	                        : "NAME=UID makes one, a numeric uid needs no entry");
	return LOOKUP_ABSENT;
}

static bool refuse_path(const struct planner *planner, struct slice path, const char *reason,
                        const char *hint)
{
	return error_set_slice(planner->error, "finding the path", path, reason, hint);
}

/* Returns the owner of PATH, or sets the error and returns NULL if PATH does not exist. */
static const struct path_owner *find_path_owner(const struct planner *planner, struct slice path)
{
	const struct path_owner *owner = planner->facts->owners;

	while (owner != NULL && !slice_equal(owner->path, path))
		owner = owner->next;
	if (owner == NULL)
		refuse_path(planner, path, "it does not exist", "mount it, or give the number");
	return owner;
}

/* Returns true if ID, the uid or gid of PATH, can be used. Otherwise sets the error. */
static bool check_path_id(const struct planner *planner, struct slice path, uint32_t id)
{
	if (id == ID_OVERFLOW)
		return refuse_path(planner, path, "nobody's, or not mapped in this user namespace",
		                   "give the number");
	if (id > ID_MAX)
		return refuse_path(planner, path, "its owner is above 2147483647",
		                   "give the number");
	return true;
}

bool identity_find_group(const struct planner *planner, const struct spec_ref *group,
                         struct account *ret_entry)
{
	if (group->is_path) {
		const struct path_owner *owner = find_path_owner(planner, group->name);

		if (owner == NULL || !check_path_id(planner, group->name, owner->gid))
			return false;
		/* Files that nobody assigned have gid 0 (S8). */
		if (owner->gid == 0)
			return refuse_path(planner, group->name, "its group is root's",
			                   "give the number");
		*ret_entry = (struct account){.gid = owner->gid};
		return true;
	}
	if (group->is_id) {
		*ret_entry = (struct account){.gid = group->id};
		return true;
	}
	return group_find_name(planner->facts->group, group->name, ret_entry) ||
	       error_set_slice(planner->error, "looking up the group", group->name,
	                       "no such group in /etc/group", "a numeric gid needs no entry");
}

/* Replaces the @PATH of SPEC by the path's uid, and an omitted group by the path's gid. Group 0 is
 * never taken from a path (S8). */
static bool replace_path_by_ids(const struct planner *planner, struct user_spec *spec)
{
	const struct path_owner *owner = find_path_owner(planner, spec->user.name);

	if (owner == NULL || !check_path_id(planner, spec->user.name, owner->uid))
		return false;
	spec->user.is_id = true;
	spec->user.id = owner->uid;
	if (!spec->group.given && owner->gid != 0 && owner->gid != ID_OVERFLOW &&
	    owner->gid <= ID_MAX)
		spec->group = (struct spec_ref){.given = true, .is_id = true, .id = owner->gid};
	return true;
}

static struct slice without_last_slashes(struct slice path)
{
	while (path.length > 0 && path.bytes[path.length - 1] == '/')
		path.length--;
	return path;
}

/* Returns true if HOME is /root or the home of uid 0. */
static bool is_home_of_root(const struct planner *planner, const char *home)
{
	struct slice path = without_last_slashes(slice_of(home));
	struct account root;

	return slice_is(path, "/root") || (passwd_find_uid(planner->facts->passwd, 0, &root) &&
	                                   slice_equal(path, without_last_slashes(root.home)));
}

/* Chooses the home: --home; else the home of ENTRY, the user's entry before this start, unless that
 * home is empty or "/"; else HOME of the environment, if it is absolute and not root's; else "/".
 * In gosu semantics HOME of the environment never counts, and an empty home stays empty. Returns
 * NULL if the arena is used up. */
static const char *choose_home(const struct planner *planner, const struct account *entry)
{
	const char *home = environment_get(planner->facts->environment, "HOME");
	bool is_gosu = planner->semantics == SEMANTICS_GOSU;

	if (planner->options->home != NULL)
		return planner->options->home;
	if (is_gosu ? entry->name.length > 0
	            : entry->home.length > 0 && !slice_is(entry->home, "/"))
		return arena_copy(planner->arena, entry->home);
	if (is_gosu || home == NULL || home[0] != '/' || is_home_of_root(planner, home))
		return "/";
	return home;
}

/* Does the work of find_account() for NAME=UID[:GROUP]. Plans the change of the account files, and
 * fills *ACCOUNT with the entry as it is after that change. *RET_HOME is the home of NAME, even if
 * the uid belongs to another name. */
static enum lookup find_defined_account(const struct planner *planner, gid_t gid,
                                        struct found_user *user, struct account *account,
                                        const char **ret_home)
{
	const struct facts *facts = planner->facts;
	const struct user_spec *spec = &user->spec;
	struct account_request *request = &user->account_request;
	const char *line_home = planner->options->home;
	struct account before = {0};

	(void)passwd_find_name(facts->passwd, spec->account, &before);
	*ret_home = choose_home(planner, &before);
	/* A HOME of the environment that passwd cannot hold is no reason to fail. */
	if (*ret_home != NULL && account_can_hold_home(*ret_home))
		line_home = *ret_home;
	*request = (struct account_request){spec->account, spec->user.id, spec->group.given, gid,
	                                    line_home};
	if (!account_change_plan(facts->passwd, facts->group, request, planner->arena,
	                         &user->change, planner->error)) {
		(void)error_add_note(planner->error, planner->options->home_variables);
		return LOOKUP_FAILED;
	}
	account->name = request->name;
	if (user->change.by_number)
		(void)passwd_find_uid(facts->passwd, request->uid, account);
	account->uid = request->uid;
	account->gid = user->change.gid;
	return LOOKUP_FOUND;
}

/* Finds the entry that user->spec means, and its home. An @PATH is already replaced. *RET_HOME is
 * NULL if the arena is used up. */
static enum lookup find_account(const struct planner *planner, gid_t gid, struct found_user *user,
                                struct account *account, const char **ret_home)
{
	const struct spec_ref *name = &user->spec.user;
	const struct facts *facts = planner->facts;

	if (user->spec.defines_account)
		return find_defined_account(planner, gid, user, account, ret_home);
	if (name->given && !name->is_id) {
		enum lookup found = identity_find_user(planner, name->name, account);

		*ret_home = choose_home(planner, account);
		return found;
	}
	account->uid = name->given ? name->id : facts->creds.ruid;
	/* A uid without entry never gets gid 0 (S8), except in gosu semantics. */
	account->gid = planner->semantics == SEMANTICS_GOSU ? facts->creds.rgid : account->uid;
	(void)passwd_find_uid(facts->passwd, account->uid, account);
	*ret_home = choose_home(planner, account);
	return LOOKUP_FOUND;
}

void identity_drop_unwritten_name(const struct planner *planner, struct identity *identity)
{
	const struct slice passwd = planner->facts->passwd;
	struct account entry;

	if (passwd_find_name(passwd, identity->name, &entry) && entry.uid == identity->ids.uid)
		return;
	entry.name = (struct slice){NULL, 0};
	(void)passwd_find_uid(passwd, identity->ids.uid, &entry);
	identity->name = entry.name;
}

enum lookup identity_find(const struct planner *planner, const struct user_spec *asked,
                          struct found_user *ret_user)
{
	struct user_spec *spec = &ret_user->spec;
	struct account account = {0};
	struct account group = {0};
	const char *home = NULL;
	enum lookup found;

	*ret_user = (struct found_user){.spec = *asked};
	if (spec->user.is_path && !replace_path_by_ids(planner, spec))
		return LOOKUP_ABSENT;
	if (spec->group.given && !identity_find_group(planner, &spec->group, &group))
		return LOOKUP_FAILED;
	found = find_account(planner, group.gid, ret_user, &account, &home);
	if (found != LOOKUP_FOUND)
		return found;
	if (home == NULL) {
		(void)planner_out_of_memory(planner);
		return LOOKUP_FAILED;
	}
	ret_user->identity.ids.uid = account.uid;
	ret_user->identity.ids.gid = spec->group.given ? group.gid : account.gid;
	ret_user->identity.name = account.name;
	ret_user->identity.home = home;
	return LOOKUP_FOUND;
}
