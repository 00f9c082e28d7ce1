/* SPDX-License-Identifier: MIT */
#include "core/plan_creds.h"

#include <linux/capability.h>
#include <linux/securebits.h>

#include "base/text.h"
#include "core/capability_names.h"

static bool check_missing(const struct planner *planner, const char *doing, uint64_t missing)
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

static bool check_id_capabilities(const struct planner *planner, const struct ids *ids)
{
	const struct creds_state *creds = &planner->facts->creds;
	uint64_t needed = 0;

	if (ids->uid != creds->ruid)
		needed = CAPABILITY_BIT(CAP_SETUID);
	if (ids->gid != creds->rgid || ids->group_count != creds->group_count ||
	    memcmp(ids->groups, creds->groups, creds->group_count * sizeof(gid_t)) != 0)
		needed |= CAPABILITY_BIT(CAP_SETGID);
	return check_missing(planner, "stepping down", needed & ~creds->effective);
}

/* Stores the current error as a warning and returns true if the process was not root and --strict
 * is off. Else the error stands, and the function returns false. */
static bool accept_less_as_non_root(const struct planner *planner, struct plan *plan)
{
	if (plan->was_root || plan->strict)
		return false;
	planner_warn(planner, plan);
	return true;
}

/* Returns the capabilities of --try-cap that the command can keep. The kernel refuses to raise
 * ambient capabilities under SECBIT_NO_CAP_AMBIENT_RAISE, and the drop can clear that bit only with
 * CAP_SETPCAP. */
static uint64_t find_tried_capabilities(const struct planner *planner, struct plan *plan)
{
	const struct creds_state *creds = &planner->facts->creds;
	uint64_t tried = planner->options->tried_capabilities;
	uint64_t found = tried & creds->permitted & creds->bounding;
	bool can_clear = (creds->effective & CAPABILITY_BIT(CAP_SETPCAP)) != 0 &&
	                 (creds->securebits & SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) == 0;
	struct text message;

	if ((creds->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0 && !can_clear)
		found = 0;
	if (found == tried)
		return found;
	message = error_begin(planner->error, "keeping capabilities", (struct slice){NULL, 0});
	text_add(&message, "'");
	capability_add_names(&message, tried & ~found);
	text_add(&message, "': missing in the container");
	error_end(&message, "the command runs without");
	planner_note(planner, plan);
	return found;
}

/* Decides plan->creds.keep. */
static bool plan_kept_capabilities(const struct planner *planner, struct plan *plan)
{
	const struct creds_state *creds = &planner->facts->creds;
	uint64_t wanted = planner->options->capabilities;
	uint64_t missing = wanted & ~(creds->permitted & creds->bounding);

	plan->creds.keep = (wanted & ~missing) | find_tried_capabilities(planner, plan);
	return check_missing(planner, "keeping capabilities", missing) ||
	       accept_less_as_non_root(planner, plan);
}

/* Decides plan->creds.no_new_privs and plan->creds.keep_bounding. */
static bool plan_new_privileges(const struct planner *planner, struct plan *plan)
{
	const struct creds_state *creds = &planner->facts->creds;

	plan->creds.no_new_privs = !planner->options->allow_new_privs;
	plan->creds.keep_bounding = !plan->creds.no_new_privs && plan->identity->ids.uid != 0;
	/* execve(2) gives uid 0 the whole bounding set, so that set must be emptied for uid 0. */
	return plan->creds.no_new_privs || plan->creds.keep_bounding ||
	       (creds->bounding & ~plan->creds.keep) == 0 ||
	       check_missing(planner, "allowing new privileges",
	                     CAPABILITY_BIT(CAP_SETPCAP) & ~creds->effective);
}

uint64_t plan_creds_bounding_after(const struct plan *plan)
{
	bool may_drop = (plan->before->effective & CAPABILITY_BIT(CAP_SETPCAP)) != 0;

	return plan->creds.keep_bounding || !may_drop ? plan->before->bounding : plan->creds.keep;
}

bool plan_creds(const struct planner *planner, struct plan *plan)
{
	plan->creds.semantics = planner->semantics;
	if (planner->semantics == SEMANTICS_GOSU) {
		plan->creds.ids = &plan->identity->ids;
		return true;
	}
	plan->creds.ids = plan->was_root ? &plan->identity->ids : NULL;
	if (planner->options->action != ACTION_RUN)
		return true;
	if (plan->was_root && !check_id_capabilities(planner, &plan->identity->ids))
		return false;
	return plan_kept_capabilities(planner, plan) && plan_new_privileges(planner, plan);
}
