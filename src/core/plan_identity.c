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

/* Whose PATH is, as far as it is asked for: its group's, which is not that of root for being
 * nobody else's (S8), or its user's. */
static const struct path_owner *find_owner(struct planner *planner, struct slice path,
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
		const struct path_owner *owner = find_owner(planner, group->name, true);

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

/* Puts numbers in the place of the path; group 0 only where it is written (S8). */
static bool fill_in_owner(struct planner *planner)
{
	struct user_spec *user = &planner->user;
	const struct path_owner *owner = find_owner(planner, user->user.name, false);

	if (owner == NULL)
		return false;
	user->user.is_id = true;
	user->user.id = owner->uid;
	if (!user->group.given && owner->gid != 0 && owner->gid != IDENT_OVERFLOW)
		user->group = (struct spec_ref){.given = true, .is_id = true, .id = owner->gid};
	return true;
}

/* NAME=UID[:GROUP]: the entry as it will be. */
static bool find_defined(struct planner *planner, const struct user_spec *spec, gid_t gid,
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

/* The home as the entry has it; an empty one is the root directory, as login(1) takes it, and gosu
 * leaves it empty. Without an entry HOME stays, unless it is root's. NULL when the arena is used up. */
static const char *find_home(const struct planner *planner, const struct account *account)
{
	const struct facts *facts = planner->facts;
	bool is_compat = planner->plan.creds.semantics == SEMANTICS_GOSU;
	const char *home = environment_get(facts->environment, "HOME");
	struct account root;

	if (planner->options->home != NULL)
		return planner->options->home;
	if (account->home.length > 0 || (is_compat && account->name.length > 0))
		return arena_copy(planner->arena, account->home);
	if (account->name.length > 0 || is_compat || home == NULL || home[0] == '\0' ||
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
	if (spec->user.is_path && !fill_in_owner(planner))
		return false;
	if (spec->group.given && !identity_find_group(planner, &spec->group, &group))
		return false;
	if (spec->defines_account) {
		if (!find_defined(planner, spec, group.gid, &account))
			return false;
	} else if (spec->user.given && !spec->user.is_id) {
		if (!identity_find_user(planner, spec->user.name, &account))
			return false;
	} else {
		account.uid = spec->user.given ? spec->user.id : facts->creds.ruid;
		/* Never 0 for want of an entry (S8). */
		account.gid = planner->plan.creds.semantics == SEMANTICS_GOSU ? facts->creds.rgid
		                                                              : account.uid;
		(void)passwd_find_uid(facts->passwd, account.uid, &account);
	}
	identity->uid = account.uid;
	identity->gid = spec->group.given ? group.gid : account.gid;
	identity->name = account.name;
	identity->home = find_home(planner, &account);
	return identity->home != NULL || planner_out_of_memory(planner);
}
