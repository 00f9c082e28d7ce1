/* SPDX-License-Identifier: MIT */
#include "run/look.h"

#include <errno.h>
#include <linux/capability.h>

#include "core/capability_names.h"
#include "core/explain_volume.h"
#include "creds/drop.h"
#include "linux/signals.h"

bool look_judge_skipped(const struct plan *plan, const struct declared_path *volume,
                        const struct ownership_report *report, struct error *error)
{
	struct text text = text_in(error->message, sizeof(error->message));

	error->status = STATUS_FAILED;
	explain_skipped(plan, volume, report, &text);
	return report->skipped == 0 || !plan->strict;
}

/* Returns the request of PLAN for a walk that changes nothing. */
static struct ownership_request dry_request(const struct plan *plan)
{
	struct ownership_request request = plan->request;

	request.dry_run = true;
	if ((plan->before->effective & CAPABILITY_BIT(CAP_CHOWN)) == 0)
		request.dry_errnum = EPERM;
	return request;
}

bool look_check(const struct plan *plan, struct arena *arena, struct volume_set *set,
                bool *ret_nothing_to_change, struct error *error)
{
	struct declared_top *tops = arena_allocate(arena, plan->volume_count, sizeof(*tops));
	const struct ownership_request request = dry_request(plan);
	bool nothing_to_change = plan->steps[0].kind != STEP_ACCOUNT;

	if (tops == NULL)
		return error_set(error, "checking the volume", NULL, "too many paths", NULL);
	volume_set_open(set, tops);
	for (size_t i = 0; plan->was_root && i < plan->volume_count; i++) {
		const struct declared_path *volume = &plan->volumes[i];
		bool is_right;

		if (!volume_check(volume, &request, set, &is_right, error))
			return error_add_note(error, volume->variables);
		nothing_to_change = nothing_to_change && is_right && volume->depth != DEPTH_TREE;
	}
	*ret_nothing_to_change = nothing_to_change;
	/* If nothing changes before the drop, as always with SEMANTICS_GOSU, the drop itself fails
	 * early enough. */
	return nothing_to_change || plan->command[0] == NULL ||
	       creds_check(plan->before, &plan->creds, error);
}

bool look_walk(const struct declared_path *volume, struct ownership_request *request,
               struct volume_set *set, const struct reporter *reporter,
               struct ownership_report *ret_report, struct error *error)
{
	bool ok;

	if (reporter->verbosity > VERBOSITY_QUIET)
		request->progress = reporter->progress;
	signals_catch("changing the owner", volume->path, reporter->print_line);
	ok = volume_apply(volume, request, set, ret_report, error);
	signals_release();
	return ok || error_add_note(error, volume->variables);
}

bool look_finish(const struct declared_path *volume, struct volume_set *set,
                 const struct reporter *reporter, struct ownership_report *ret_report,
                 struct error *error)
{
	bool ok;

	signals_catch("changing the owner", volume->path, reporter->print_line);
	ok = volume_finish(set, ret_report, error);
	signals_release();
	return ok;
}

/* Walks each declared path without a change, and fills in the report with the same index. */
static bool look_at_volumes(const struct plan *plan, struct volume_set *set,
                            const struct reporter *reporter, struct ownership_report *reports,
                            struct error *error)
{
	const struct declared_path *volume;

	if (!plan->was_root)
		return true;
	for (size_t i = 0; i < plan->volume_count; i++) {
		struct ownership_request request = dry_request(plan);

		if (!look_walk(&plan->volumes[i], &request, set, reporter, &reports[i], error))
			return false;
	}
	while ((volume = volume_waiting(set)) != NULL) {
		if (!look_finish(volume, set, reporter, &reports[volume - plan->volumes], error))
			return false;
	}
	for (size_t i = 0; i < plan->volume_count; i++) {
		if (!look_judge_skipped(plan, &plan->volumes[i], &reports[i], error))
			return false;
	}
	return true;
}

const struct ownership_report *look_dry_run(const struct plan *plan,
                                            const struct reporter *reporter, struct arena *arena,
                                            struct error *error)
{
	struct ownership_report *reports =
		arena_allocate(arena, plan->volume_count, sizeof(*reports));
	struct volume_set set;
	bool nothing_to_change;

	if (reports == NULL)
		error_set(error, "checking the volume", NULL, "too many paths", NULL);
	else if (!look_check(plan, arena, &set, &nothing_to_change, error) ||
	         !look_at_volumes(plan, &set, reporter, reports, error))
		reports = NULL;
	return reports;
}
