#include "core/plan_checks.h"

#include <errno.h>
#include <linux/capability.h>

#include "base/text.h"
#include "core/capability_names.h"

bool plan_writes_account(const struct plan *plan)
{
	return plan->change.passwd.action != ACCOUNT_KEEP ||
	       plan->change.group.action != ACCOUNT_KEEP;
}

bool plan_refuse_account(const struct plan *plan, struct slice name, int errnum,
                         struct error *error)
{
	bool must_be_written = plan->strict || plan->command[0] == NULL;

	const char *hint = "the ids are used by number";

	if (must_be_written)
		hint = errnum == ETIMEDOUT ? "by useradd or another stepdown"
		                           : "is /etc read-only, or passwd a mount or a link?";
	error_set_slice(error, "making the account", name,
	                errnum == ETIMEDOUT ? "another process holds a lock on the account files"
	                                    : error_text(errnum),
	                hint);
	return must_be_written;
}

/* Stores the current error message as a warning. If the arena is full, the message is lost, and
 * planning fails later anyway. */
static void store_warning(struct planner *planner)
{
	struct plan *plan = &planner->plan;
	const char *line = arena_copy(planner->arena, slice_of(planner->error->message));

	if (line != NULL)
		plan->warnings[plan->warning_count++] = line;
}

/* Warns that the account of NAME=UID is neither made nor changed, because of REASON. */
static void warn_about_account(struct planner *planner, const char *reason)
{
	error_set_slice(planner->error, "making the account", planner->user.account, reason, NULL);
	store_warning(planner);
}

/* Checks the groups of a process that is not root, because such a process keeps its groups. */
static bool check_kept_groups(struct planner *planner)
{
	if (!planner->facts->may_hide_groups)
		return true;
	error_set(planner->error, "stepping down", "65534",
	          "a group may not be mapped in this user namespace, and stays",
	          "start without groups that /proc/self/gid_map does not hold");
	if (planner->options->strict)
		return false;
	store_warning(planner);
	return true;
}

static bool check_user_as_non_root(struct planner *planner)
{
	const struct options *options = planner->options;
	const struct creds_state *creds = &planner->facts->creds;
	const struct identity *identity = &planner->plan.identity;
	struct text message;

	if (options->action == ACTION_SETUP_ONLY)
		return error_set(planner->error, "setting up", NULL, "not root", "run it as root");
	if (identity->uid == creds->ruid && identity->gid == creds->rgid) {
		if (plan_writes_account(&planner->plan))
			warn_about_account(planner, "not root at the start, so the ids are used by "
			                            "number");
		return true;
	}
	message = error_begin(planner->error, "stepping down", slice_of(planner->user.text));
	text_format(&message, "not root at the start, but uid %u gid %u", creds->ruid, creds->rgid);
	error_end(&message, "start the container as root, or as that user and group");
	if (options->strict)
		return false;
	store_warning(planner);
	return true;
}

/* Failures that only show on writing are reported by execute.c with the same text. */
static bool check_etc_is_writable(struct planner *planner)
{
	struct plan *plan = &planner->plan;
	int errnum = planner->facts->etc_errnum;

	if (errnum == 0 || !plan_writes_account(plan))
		return true;
	if (plan_refuse_account(plan, planner->user.account, errnum, planner->error))
		return false;
	store_warning(planner);
	plan->change.passwd.action = plan->change.group.action = ACCOUNT_KEEP;
	return true;
}

bool plan_check_user(struct planner *planner)
{
	const struct plan *plan = &planner->plan;
	struct text message;

	if (!plan->was_root)
		return check_kept_groups(planner) && check_user_as_non_root(planner);
	if (plan->change.by_number) {
		/* --user names the uid NAME, but passwd has it under another name. */
		message = error_begin(planner->error, "making the account", planner->user.account);
		text_format(&message, "uid %u is '%.*s' and keeps that name", plan->identity.uid,
		            (int)plan->identity.name.length, plan->identity.name.bytes);
		store_warning(planner);
	}
	return check_etc_is_writable(planner);
}

static bool check_missing(struct planner *planner, const char *doing, uint64_t missing)
{
	struct text message;

	if (missing == 0)
		return true;
	message = error_begin(planner->error, doing, (struct slice){NULL, 0});
	text_add(&message, "'");
	capability_add_names(&message, missing);
	text_add(&message, "': missing in the container");
	return error_end(&message, "start it as root with --cap-add of these, or do without");
}

static bool check_id_capabilities(struct planner *planner)
{
	const struct creds_state *creds = &planner->facts->creds;
	const struct identity *identity = &planner->plan.identity;
	uint64_t needed = 0;

	if (identity->uid != creds->ruid)
		needed = CAPABILITY_BIT(CAP_SETUID);
	if (identity->gid != creds->rgid || identity->group_count != creds->group_count ||
	    memcmp(identity->groups, creds->groups, creds->group_count * sizeof(gid_t)) != 0)
		needed |= CAPABILITY_BIT(CAP_SETGID);
	return check_missing(planner, "stepping down", needed & ~creds->effective);
}

/* Stores the current error as a warning and returns true if the process was not root and --strict
 * is off. Else the error stands, and the function returns false. */
static bool accept_less_as_non_root(struct planner *planner)
{
	if (planner->plan.was_root || planner->plan.strict)
		return false;
	store_warning(planner);
	return true;
}

bool plan_check_drop(struct planner *planner)
{
	const struct creds_state *creds = &planner->facts->creds;
	struct plan *plan = &planner->plan;
	uint64_t wanted = planner->options->capabilities;
	uint64_t missing = wanted & ~(creds->permitted & creds->bounding);

	if (planner->options->action != ACTION_RUN)
		return true;
	if (plan->was_root && !check_id_capabilities(planner))
		return false;
	if (!check_missing(planner, "keeping capabilities", missing) &&
	    !accept_less_as_non_root(planner))
		return false;
	plan->creds.keep = wanted & ~missing;
	if (plan->creds.no_new_privs || (creds->bounding & ~plan->creds.keep) == 0 ||
	    check_missing(planner, "allowing new privileges",
	                  CAPABILITY_BIT(CAP_SETPCAP) & ~creds->effective))
		return true;
	plan->creds.no_new_privs = true;
	return accept_less_as_non_root(planner);
}
