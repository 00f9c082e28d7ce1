/* SPDX-License-Identifier: MIT */
#include "core/plan_make.h"

#include "core/environment.h"
#include "core/plan_account.h"
#include "core/plan_creds.h"
#include "core/plan_user.h"
#include "core/plan_volumes.h"

static bool plan_environment(const struct planner *planner, struct plan *plan)
{
	char *const *environment = planner->facts->environment;
	const char *name = arena_copy(planner->arena, plan->identity->name);
	struct environment_change changes[] = {
		{"HOME", plan->identity->home}, {"USER", name}, {"LOGNAME", name}};

	plan->environment = environment;
	if (planner->options->keep_env)
		return true;
	if (name == NULL)
		return planner_out_of_memory(planner);
	/* Without an entry in passwd USER and LOGNAME stay, unless their value is "root". */
	for (size_t i = 1; name[0] == '\0' && i < 3; i++) {
		changes[i].value = environment_get(environment, changes[i].name);
		if (changes[i].value != NULL && strcmp(changes[i].value, "root") == 0)
			changes[i].value = NULL;
	}
	plan->environment = environment_with(
		environment, changes, planner->semantics == SEMANTICS_GOSU ? 1 : 3, planner->arena);
	return plan->environment != NULL || planner_out_of_memory(planner);
}

static struct plan_step *add_volume_steps(const struct plan *plan, enum step_kind kind,
                                          struct plan_step *step)
{
	for (size_t i = 0; i < plan->volume_count; i++)
		*step++ = (struct plan_step){kind, &plan->volumes[i]};
	return step;
}

static bool plan_steps(const struct planner *planner, struct plan *plan)
{
	const struct options *options = planner->options;
	bool was_root = plan->was_root;
	bool runs = options->action == ACTION_RUN;
	/* The order of enum step_kind is the order of execution: all that needs root comes before
	 * STEP_DROP. */
	const bool is_needed[] = {
		[STEP_ACCOUNT] = account_is_written(&plan->change),
		[STEP_VOLUME] = was_root,
		[STEP_FINISH_VOLUMES] = was_root && plan->volume_count > 0,
		[STEP_STDIO] = runs && was_root && planner->semantics != SEMANTICS_GOSU,
		[STEP_UMASK] = runs && options->umask_given,
		[STEP_DROP] = runs,
		[STEP_CHECK_WRITABLE] = runs,
		[STEP_COMMAND] = runs,
	};
	struct plan_step *step = arena_allocate(
		planner->arena, plan->volume_count * 2 + STEP_COMMAND + 1, sizeof(*step));

	if (step == NULL)
		return planner_out_of_memory(planner);
	plan->steps = step;
	for (enum step_kind kind = STEP_ACCOUNT; kind <= STEP_COMMAND; kind++) {
		if (!is_needed[kind])
			continue;
		if (kind == STEP_VOLUME || kind == STEP_CHECK_WRITABLE)
			step = add_volume_steps(plan, kind, step);
		else
			(step++)->kind = kind;
	}
	plan->step_count = (size_t)(step - plan->steps);
	return true;
}

static bool make_plan(const struct planner *planner, struct plan *ret_plan)
{
	const struct options *options = planner->options;
	struct plan plan = {
		.was_root = planner->facts->creds.euid == 0,
		.strict = options->strict,
		.before = &planner->facts->creds,
		.passwd = planner->facts->passwd,
		.group = planner->facts->group,
		.umask = options->umask,
		.command = options->command,
	};

	if (planner->semantics == SEMANTICS_GOSU ? !plan_user_gosu(planner, &plan)
	                                         : !plan_user(planner, &plan))
		return false;
	if (!plan_creds(planner, &plan) || !plan_volumes(planner, &plan) ||
	    !plan_environment(planner, &plan) || !plan_steps(planner, &plan))
		return false;
	*ret_plan = plan;
	return true;
}

bool plan_make(const struct options *options, const struct facts *facts, struct arena *arena,
               struct plan *ret_plan, struct error *error)
{
	const struct planner planner = {options, facts, SEMANTICS_STRICT, arena, error};

	return make_plan(&planner, ret_plan);
}

bool plan_make_gosu(const struct gosu_options *options, const struct facts *facts,
                    struct arena *arena, struct plan *ret_plan, struct error *error)
{
	const struct planner planner = {&options->options, facts, SEMANTICS_GOSU, arena, error};

	return make_plan(&planner, ret_plan);
}
