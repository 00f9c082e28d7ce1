#include "core/plan_identity.h"

#include <errno.h>

#include "core/environment.h"
#include "core/passwd_parse.h"

bool identity_find_user(struct planner *planner, struct slice name, struct account *ret_entry)
{
	planner->is_absent = !passwd_find_name(planner->facts->passwd, name, ret_entry);
	return !planner->is_absent ||
	       error_set_slice(planner->error, "looking up the user", name,
	                       "no such user in /etc/passwd",
	                       planner->plan.creds.semantics == SEMANTICS_GOSU
	                               ? "a number needs none"
	                               : "NAME=UID makes one, a number needs none");
}

/* Finds the owner of PATH. Fails if the id that the caller wants (the gid if IS_GROUP, else the
 * uid) is not mapped. A gid 0 is an error too, because files that nobody assigned have it (S8). */
static const struct path_owner *find_path_owner(struct planner *planner, struct slice path,
                                                bool is_group)
{
	const struct path_owner *owner = planner->facts->owners;
	const char *reason = "it does not exist";
	const char *hint = "mount it, or give the number";

	while (owner != NULL && !slice_equal(owner->path, path))
		owner = owner->next;
	if (owner != NULL) {
		uint32_t id = is_group ? owner->gid : owner->uid;

		hint = "give the number";
		reason = "its group is root's";
		if (id == IDENT_OVERFLOW)
			reason = "nobody's, or not mapped in this user namespace";
		else if (id != 0 || !is_group)
			return owner;
	}
	planner->is_absent = true;
	error_set_slice(planner->error, "finding the path", path, reason, hint);
	return NULL;
}

bool identity_find_group(struct planner *planner, const struct spec_ref *group,
                         struct account *ret_entry)
{
	if (group->is_path) {
		const struct path_owner *owner = find_path_owner(planner, group->name, true);

		*ret_entry = (struct account){.gid = owner == NULL ? 0 : owner->gid};
		return owner != NULL;
	}
	if (group->is_id) {
		*ret_entry = (struct account){.gid = group->id};
		return true;
	}
	return group_find_name(planner->facts->group, group->name, ret_entry) ||
	       error_set_slice(planner->error, "looking up the group", group->name,
	                       "no such group in /etc/group", "a number needs none");
}

/* Replaces the @PATH of the user by the path's uid, and an omitted group by the path's gid. Group 0
 * is never taken from a path (S8). */
static bool replace_path_by_ids(struct planner *planner)
{
	struct user_spec *user = &planner->user;
	const struct path_owner *owner = find_path_owner(planner, user->user.name, false);

	if (owner == NULL)
		return false;
	user->user.is_id = true;
	user->user.id = owner->uid;
	if (!user->group.given && owner->gid != 0 && owner->gid != IDENT_OVERFLOW)
		user->group = (struct spec_ref){.given = true, .is_id = true, .id = owner->gid};
	return true;
}

/* NAME=UID[:GROUP]: plans the change of the account files and fills *ACCOUNT with the entry as it
 * is after that change. */
static bool find_defined_account(struct planner *planner, const struct user_spec *spec, gid_t gid,
                                 struct account *account)
{
	const struct facts *facts = planner->facts;
	struct account_change *change = &planner->plan.change;
	struct account_request *account_request = &planner->plan.account_request;

	*account_request = (struct account_request){spec->account, spec->user.id, spec->group.given,
	                                            gid, planner->options->home};
	if (!account_change_plan(facts->passwd, facts->group, account_request, planner->arena,
	                         change, planner->error))
		return false;
	account->name = account_request->name;
	if (change->by_number)
		(void)passwd_find_uid(facts->passwd, account_request->uid, account);
	else
		(void)passwd_find_name(facts->passwd, account_request->name, account);
	account->uid = account_request->uid;
	account->gid = change->gid;
	return true;
}

/* Chooses the home: --home, else the entry's. An empty home in the entry is "/", as for login(1);
 * gosu leaves it empty. Without entry HOME stays, unless it is root's. Returns NULL if the arena is
 * used up. */
static const char *choose_home(const struct planner *planner, const struct account *account)
{
	const struct facts *facts = planner->facts;
	bool is_gosu = planner->plan.creds.semantics == SEMANTICS_GOSU;
	const char *home = environment_get(facts->environment, "HOME");
	struct account root;

	if (planner->options->home != NULL)
		return planner->options->home;
	if (account->home.length > 0 || (is_gosu && account->name.length > 0))
		return arena_copy(planner->arena, account->home);
	if (account->name.length > 0 || is_gosu || home == NULL || home[0] == '\0' ||
	    strcmp(home, "/root") == 0 ||
	    (passwd_find_uid(facts->passwd, 0, &root) && slice_is(root.home, home)))
		return "/";
	return home;
}

bool identity_find(struct planner *planner, const struct user_spec *asked)
{
	const struct facts *facts = planner->facts;
	const struct user_spec *spec = &planner->user;
	struct identity *identity = &planner->plan.identity;
	struct account account = {0};
	struct account group = {0};

	planner->user = *asked;
	planner->is_absent = false;
	planner->plan.change = (struct account_change){0};
	if (spec->user.is_path && !replace_path_by_ids(planner))
		return false;
	if (spec->group.given && !identity_find_group(planner, &spec->group, &group))
		return false;
	if (spec->defines_account) {
		if (!find_defined_account(planner, spec, group.gid, &account))
			return false;
	} else if (spec->user.given && !spec->user.is_id) {
		if (!identity_find_user(planner, spec->user.name, &account))
			return false;
	} else {
		account.uid = spec->user.given ? spec->user.id : facts->creds.ruid;
		/* A uid without entry never gets gid 0 (S8), except in gosu semantics. */
		account.gid = planner->plan.creds.semantics == SEMANTICS_GOSU ? facts->creds.rgid
		                                                              : account.uid;
		(void)passwd_find_uid(facts->passwd, account.uid, &account);
	}
	identity->uid = account.uid;
	identity->gid = spec->group.given ? group.gid : account.gid;
	identity->name = account.name;
	identity->home = choose_home(planner, &account);
	return identity->home != NULL || planner_out_of_memory(planner);
}
