#include "core/plan_make.h"

#include "core/environment.h"
#include "core/plan_checks.h"
#include "core/plan_groups.h"
#include "core/plan_identity.h"
#include "core/plan_volumes.h"

/* Finds the first alternative of --user that exists and is allowed. With --allow-root, a path owned
 * by root is still skipped if another alternative follows, because that one has fewer
 * privileges. */
static bool find_allowed_user(struct planner *planner)
{
	const struct options *options = planner->options;

	for (const struct user_spec *user = options->users;; user++) {
		bool is_last = user + 1 == options->users + options->user_count;

		if (!identity_find(planner, user)) {
			if (is_last || !planner->is_absent)
				return false;
		} else if (planner->plan.identity.uid != 0 ||
		           (options->allow_root && (is_last || !user->user.is_path))) {
			return true;
		} else if (is_last) {
			return error_set(planner->error, "stepping down", user->text,
			                 "that is root", "name another user, or see --allow-root");
		}
	}
}

static bool plan_identity(struct planner *planner)
{
	const struct user_spec own_user = {0};
	const struct creds_state *creds = &planner->facts->creds;
	struct plan *plan = &planner->plan;

	/* If not started as root, an @PATH that cannot be resolved is only a warning. */
	if (!find_allowed_user(planner) && (plan->was_root || !planner->user.user.is_path))
		return false;
	if (!plan_check_user(planner))
		return false;
	if (plan->was_root) {
		if (plan->identity.gid == 0 && planner->user.may_not_be_gid_0)
			return planner_refuse_gid_0(planner, "--user", planner->user.text);
		if (planner->user.user.is_path || planner->options->user_count > 1)
			plan->chosen = planner->user.text;
		return identity_find_groups(planner);
	}
	/* The command runs with the ids of the process, and no account changes. */
	if (!identity_find(planner, &own_user))
		return false;
	plan->identity.gid = creds->rgid;
	plan->identity.groups = creds->groups;
	plan->identity.group_count = creds->group_count;
	return true;
}

static bool plan_identity_gosu(struct planner *planner)
{
	return identity_find(planner, planner->options->users) && identity_find_groups(planner);
}

static bool plan_owners(struct planner *planner)
{
	const struct options *options = planner->options;
	uid_t *owners = arena_allocate(planner->arena, options->own_from_count, sizeof(*owners));
	struct account entry = {0};

	if (owners == NULL)
		return planner_out_of_memory(planner);
	for (size_t i = 0; i < options->own_from_count; i++) {
		entry.uid = options->own_from[i].id;
		if (!options->own_from[i].is_id &&
		    !identity_find_user(planner, options->own_from[i].name, &entry))
			return false;
		owners[i] = entry.uid;
	}
	planner->plan.request.from = owners;
	planner->plan.request.from_count = options->own_from_count;
	return true;
}

static bool plan_environment(struct planner *planner)
{
	struct plan *plan = &planner->plan;
	char *const *environment = planner->facts->environment;
	const char *name = arena_copy(planner->arena, plan->identity.name);
	struct environment_change changes[] = {
		{"HOME", plan->identity.home}, {"USER", name}, {"LOGNAME", name}};

	plan->environment = environment;
	if (planner->options->keep_env)
		return true;
	if (name == NULL)
		return planner_out_of_memory(planner);
	/* Without entry USER and LOGNAME stay, unless their value is "root". */
	for (size_t i = 1; name[0] == '\0' && i < 3; i++) {
		changes[i].value = environment_get(environment, changes[i].name);
		if (changes[i].value != NULL && strcmp(changes[i].value, "root") == 0)
			changes[i].value = NULL;
	}
	plan->environment = environment_with(environment, changes,
	                                     plan->creds.semantics == SEMANTICS_GOSU ? 1 : 3,
	                                     planner->arena);
	return plan->environment != NULL || planner_out_of_memory(planner);
}

static struct plan_step *add_volume_steps(const struct plan *plan, enum step_kind kind,
                                          struct plan_step *step)
{
	for (size_t i = 0; i < plan->volume_count; i++)
		*step++ = (struct plan_step){kind, &plan->volumes[i]};
	return step;
}

static bool plan_steps(struct planner *planner)
{
	const struct options *options = planner->options;
	bool was_root = planner->plan.was_root;
	bool runs = options->action == ACTION_RUN;
	/* The order of enum step_kind is the order of execution: all that needs root comes before
	 * STEP_DROP. */
	const bool is_needed[] = {
		[STEP_ACCOUNT] = plan_writes_account(&planner->plan),
		[STEP_VOLUME] = was_root,
		[STEP_STDIO] = runs && was_root && planner->plan.creds.semantics != SEMANTICS_GOSU,
		[STEP_UMASK] = runs && options->umask_given,
		[STEP_DROP] = runs,
		[STEP_CHECK_WRITABLE] = runs,
		[STEP_COMMAND] = runs,
	};
	struct plan_step *step =
		arena_allocate(planner->arena, planner->plan.volume_count * 2 + 8, sizeof(*step));

	if (step == NULL)
		return planner_out_of_memory(planner);
	planner->plan.steps = step;
	for (enum step_kind kind = STEP_ACCOUNT; kind <= STEP_COMMAND; kind++) {
		if (!is_needed[kind])
			continue;
		if (kind == STEP_VOLUME || kind == STEP_CHECK_WRITABLE)
			step = add_volume_steps(&planner->plan, kind, step);
		else
			(step++)->kind = kind;
	}
	planner->plan.step_count = (size_t)(step - planner->plan.steps);
	return true;
}

/* Plans with either semantics. */
static bool make_plan(const struct options *options, const struct facts *facts, struct arena *arena,
                      enum semantics semantics, struct plan *ret_plan, struct error *error)
{
	struct planner planner = {
		.options = options, .facts = facts, .arena = arena, .error = error};
	struct plan *plan = &planner.plan;

	plan->was_root = facts->creds.euid == 0;
	plan->strict = options->strict;
	plan->before = &facts->creds;
	plan->umask = options->umask;
	plan->request.jobs = options->own_jobs;
	plan->request.strict = options->strict;
	plan->request.program = facts->program;
	plan->command = options->command;
	plan->creds.semantics = semantics;
	plan->creds.change_ids = plan->was_root || semantics == SEMANTICS_GOSU;
	plan->creds.no_new_privs = !options->allow_new_privs;
	if (semantics == SEMANTICS_GOSU ? !plan_identity_gosu(&planner)
	                                : !plan_identity(&planner) || !plan_check_drop(&planner))
		return false;
	plan->creds.uid = plan->request.uid = plan->identity.uid;
	plan->creds.gid = plan->request.gid = plan->identity.gid;
	plan->creds.groups = plan->identity.groups;
	plan->creds.group_count = plan->identity.group_count;
	if (!plan_owners(&planner) ||
	    !plan_volumes(&planner, &plan->volumes, &plan->volume_count) ||
	    !plan_environment(&planner) || !plan_steps(&planner))
		return false;
	*ret_plan = *plan;
	return true;
}

bool plan_make(const struct options *options, const struct facts *facts, struct arena *arena,
               struct plan *ret_plan, struct error *error)
{
	return make_plan(options, facts, arena, SEMANTICS_STRICT, ret_plan, error);
}

bool plan_make_gosu(const struct gosu_options *options, const struct facts *facts,
                    struct arena *arena, struct plan *ret_plan, struct error *error)
{
	return make_plan(&options->options, facts, arena, SEMANTICS_GOSU, ret_plan, error);
}
