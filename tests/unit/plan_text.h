#ifndef STEPDOWN_TESTS_PLAN_TEXT_H
#define STEPDOWN_TESTS_PLAN_TEXT_H

/* The parts of a plan as text. */

#include "cases.h"
#include "core/explain.h"
#include "core/plan_account.h"
#include "core/plan_make.h"

/* "UID:GID [GROUP ...] NAME HOME", "-" for what there is none of. */
static inline void append_identity(char *found, const struct plan *plan)
{
	const struct identity *identity = plan->identity;

	append(found, "%u:%u [", identity->ids.uid, identity->ids.gid);
	for (size_t i = 0; i < identity->ids.group_count; i++)
		append(found, "%s%u", i == 0 ? "" : " ", identity->ids.groups[i]);
	append(found, "] %.*s %s", identity->name.length == 0 ? 1 : (int)identity->name.length,
	       identity->name.length == 0 ? "-" : identity->name.bytes,
	       identity->home == NULL ? "-" : identity->home);
}

/* The kinds of the steps, with the path where there is one, and the owners of --own-from. */
static inline void append_steps(char *found, const struct plan *plan)
{
	static const char *const names[] = {
		[STEP_ACCOUNT] = "account", [STEP_STDIO] = "stdio",
		[STEP_UMASK] = "umask",     [STEP_DROP] = "drop",
		[STEP_COMMAND] = "command", [STEP_CHECK_WRITABLE] = "check",
		[STEP_VOLUME] = "volume",   [STEP_FINISH_VOLUMES] = "finish",
	};
	static const char *const depths[][2] = {
		[DEPTH_TOP] = {"top", "mkdir"},
		[DEPTH_TREE_IF_TOP_WRONG] = {"once", "mkdir+once"},
		[DEPTH_TREE] = {"own", "mkdir+own"},
	};

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		append(found, "%s%s", i == 0 ? "" : " ",
		       step->kind == STEP_VOLUME ? depths[step->volume->depth][step->volume->make]
		                                 : names[step->kind]);
		if (step->volume != NULL)
			append(found, ":%s%s", step->volume->path,
			       step->volume->must_be_directory ? "/" : "");
	}
	for (size_t i = 0; i < plan->request.from_count; i++)
		append(found, "%s%u", i == 0 ? " from " : ",", plan->request.from[i]);
}

static inline void append_environment(char *found, const struct plan *plan)
{
	for (char *const *at = plan->environment; *at != NULL; at++)
		append(found, "%s%s", at == plan->environment ? "" : " ", *at);
}

static inline void append_notes(char *found, const struct plan *plan)
{
	for (size_t i = 0; i < plan->note_count; i++)
		append(found, "%s%s", i == 0 ? "" : "\n", plan->notes[i]);
	for (size_t i = 0; i < plan->warning_count; i++)
		append(found, "%s%s", i == 0 ? "" : "\n", plan->warnings[i]);
}

/* The changes of passwd and group, and the account that was asked for, with its home. */
static inline void append_account(char *found, const struct plan *plan)
{
	static const char *const actions[] = {"keep", "add", "renumber"};
	const struct account_request *request = &plan->account_request;

	append(found, "%s %s%s", actions[plan->change.passwd.action],
	       actions[plan->change.group.action], plan->change.by_number ? " by number" : "");
	if (request->name.length > 0)
		append(found, " %.*s=%u", (int)request->name.length, request->name.bytes,
		       request->uid);
	if (request->gid_given)
		append(found, ":%u", request->gid);
	if (request->home != NULL)
		append(found, " %s", request->home);
}

/* The capabilities that are kept, as a mask, and what else the drop leaves. */
static inline void append_creds(char *found, const struct plan *plan)
{
	append(found, "%#jx%s%s%s", (uintmax_t)plan->creds.keep,
	       plan->creds.no_new_privs ? " no_new_privs" : "",
	       plan->creds.keep_bounding ? " bounding" : "",
	       plan->creds.semantics == SEMANTICS_GOSU ? " gosu" : "");
}

/* Appends the lines of a dry run. Its first paths are found like this, and the others are right. */
static inline void append_explained(char *found, const struct plan *plan)
{
	static const struct ownership_report reports[8] = {
		{.made = true},
		{.changed = 4, .first_wrong = "/a/b", .former_count = 1, .former = {{{0, 0}, 4}}},
		/* Names from the volume cannot begin a line (S29). */
		{.skipped = 1, .first_skipped = "/b\nstepdown: \033", .first_reason = EROFS},
	};
	struct text text = text_in(found, FOUND_BYTES);

	explain_plan(plan, reports, &text);
}

#endif
