/* SPDX-License-Identifier: MIT */
#include "core/plan_account.h"

#include <errno.h>

#include "base/text.h"

bool account_is_written(const struct account_change *change)
{
	return change->passwd.action != ACCOUNT_KEEP || change->group.action != ACCOUNT_KEEP;
}

/* Returns the text of ERRNUM, the reason why an account file cannot be written. */
static const char *refusal_text(int errnum)
{
	switch (errnum) {
	case ETIMEDOUT:
		return "another process holds a lock on the account files";
	case EBUSY:
		return "Device or resource busy, because /etc/passwd or /etc/group is a mount";
	case ELOOP:
		return "Too many levels of symbolic links, because /etc/passwd or /etc/group is a "
		       "link";
	default:
		return error_text(errnum);
	}
}

bool account_refuse(bool must_be_written, struct slice name, int errnum, struct error *error)
{
	const char *hint = "the ids are used by number";

	if (must_be_written)
		hint = errnum == ETIMEDOUT ? "by useradd or another stepdown"
		                           : "is /etc read-only, or passwd a mount or a link?";
	error_set_slice(error, "making the account", name, refusal_text(errnum), hint);
	return must_be_written;
}

bool plan_account(const struct planner *planner, const struct found_user *user, struct plan *plan)
{
	int errnum = planner->facts->etc_errnum;
	struct text message;

	plan->account_must_be_written = plan->strict ||
	                                planner->options->action == ACTION_SETUP_ONLY;
	if (user->change.by_number) {
		/* --user names the uid NAME, but passwd has it under another name. */
		message = error_begin(planner->error, "making the account", user->spec.account);
		text_format(&message, "uid %u is '%.*s' and keeps that name",
		            user->identity.ids.uid, (int)user->identity.name.length,
		            user->identity.name.bytes);
		planner_warn(planner, plan);
	}
	if (errnum != 0 && account_is_written(&user->change)) {
		/* Failures that only show on writing are reported by execute.c with the same
		 * text. */
		if (account_refuse(plan->account_must_be_written, user->spec.account, errnum,
		                   planner->error))
			return false;
		planner_warn(planner, plan);
		return true;
	}
	plan->account_request = user->account_request;
	plan->change = user->change;
	return true;
}
