/* SPDX-License-Identifier: MIT */
#include "core/plan_user.h"

#include "base/text.h"
#include "core/plan_account.h"
#include "core/plan_groups.h"
#include "core/plan_identity.h"

/* Finds the first alternative of --user that exists and is allowed. With --allow-root, a path owned
 * by root is still skipped if another alternative follows, because that one has fewer
 * privileges. */
static bool find_allowed_user(const struct planner *planner, struct found_user *ret_user)
{
	const struct options *options = planner->options;
	const struct user_spec *last = &options->users[options->user_count - 1];

	for (const struct user_spec *user = options->users;; user++) {
		enum lookup found = identity_find(planner, user, ret_user);

		if (found == LOOKUP_FOUND &&
		    (ret_user->identity.ids.uid != 0 ||
		     (options->allow_root && (user == last || !user->user.is_path))))
			return true;
		if (found == LOOKUP_FOUND && user == last)
			return error_set(planner->error, "stepping down", user->text, "it is uid 0",
			                 "name another user, or see --allow-root");
		if (found == LOOKUP_FAILED || user == last)
			return false;
	}
}

static bool set_identity(const struct planner *planner, const struct identity *identity,
                         struct plan *plan)
{
	struct identity *copy = arena_allocate(planner->arena, 1, sizeof(*copy));

	if (copy == NULL)
		return planner_out_of_memory(planner);
	*copy = *identity;
	plan->identity = copy;
	return true;
}

static bool plan_user_as_root(const struct planner *planner, struct plan *plan)
{
	struct found_user user;

	if (!find_allowed_user(planner, &user))
		return error_add_note(planner->error, user.spec.variables);
	if (!plan_account(planner, &user, plan))
		return false;
	if (user.identity.ids.gid == 0 && user.spec.may_not_be_gid_0)
		return planner_refuse_gid_0(planner, "--user", user.spec.text, user.spec.variables);
	if (user.spec.user.is_path || planner->options->user_count > 1)
		plan->chosen = user.spec.text;
	if (!identity_find_groups(planner, &user, plan))
		return false;
	if (account_is_written(&user.change) && !account_is_written(&plan->change))
		identity_drop_unwritten_name(planner, &user.identity);
	return set_identity(planner, &user.identity, plan);
}

/* Checks the groups of a process that is not root, because such a process keeps its groups. */
static bool check_kept_groups(const struct planner *planner, struct plan *plan)
{
	if (!planner->facts->may_hide_groups)
		return true;
	error_set(planner->error, "stepping down", "65534",
	          "a group may not be mapped in this user namespace, and stays",
	          "start without groups that /proc/self/gid_map does not hold");
	if (plan->strict)
		return false;
	planner_warn(planner, plan);
	return true;
}

/* Compares USER, which --user means, with the ids of the process. */
static bool check_is_asked_user(const struct planner *planner, const struct found_user *user,
                                struct plan *plan)
{
	const struct creds_state *creds = &planner->facts->creds;
	struct text message;

	if (user->identity.ids.uid == creds->ruid && user->identity.ids.gid == creds->rgid) {
		if (!account_is_written(&user->change))
			return true;
		error_set_slice(planner->error, "making the account", user->spec.account,
		                "not root at the start, so the ids are used by number", NULL);
		planner_warn(planner, plan);
		return true;
	}
	message = error_begin(planner->error, "stepping down", slice_of(user->spec.text));
	text_format(&message, "not root at the start, but uid %u gid %u", creds->ruid, creds->rgid);
	error_end(&message, "start the container as root, or as that user and group");
	if (plan->strict)
		return false;
	planner_warn(planner, plan);
	return true;
}

static bool plan_user_as_non_root(const struct planner *planner, struct plan *plan)
{
	static const struct user_spec own_user;
	const struct creds_state *creds = &planner->facts->creds;
	struct found_user user;
	const char *home;

	/* An @PATH that cannot be resolved is only a warning. The ids in USER are then 0, so the
	 * comparison below finds other ids than those of the process. */
	if (!find_allowed_user(planner, &user) && !user.spec.user.is_path)
		return error_add_note(planner->error, user.spec.variables);
	if (planner->options->action == ACTION_SETUP_ONLY)
		return error_set(planner->error, "setting up", NULL, "not root", "run it as root");
	if (!check_kept_groups(planner, plan) || !check_is_asked_user(planner, &user, plan))
		return false;
	/* The home is that of a start as root if the uid is the same. */
	home = user.identity.ids.uid == creds->ruid ? user.identity.home : NULL;
	if (identity_find(planner, &own_user, &user) != LOOKUP_FOUND)
		return false;
	if (home != NULL)
		user.identity.home = home;
	user.identity.ids.gid = creds->rgid;
	user.identity.ids.groups = creds->groups;
	user.identity.ids.group_count = creds->group_count;
	return set_identity(planner, &user.identity, plan);
}

bool plan_user(const struct planner *planner, struct plan *plan)
{
	return plan->was_root ? plan_user_as_root(planner, plan)
	                      : plan_user_as_non_root(planner, plan);
}

bool plan_user_gosu(const struct planner *planner, struct plan *plan)
{
	struct found_user user;

	return identity_find(planner, planner->options->users, &user) == LOOKUP_FOUND &&
	       identity_find_groups(planner, &user, plan) &&
	       set_identity(planner, &user.identity, plan);
}
