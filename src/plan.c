#include "plan.h"

#include "capability.h"
#include "environment.h"
#include "identity.h"
#include "plan_check.h"
#include "text.h"

#define WARNINGS_MAX 4

struct planner {
	const struct options *options;
	const struct world *world;
	struct arena *arena;
	struct error *error;
	struct plan plan;
	struct plan_step *steps;
	const char *warnings[WARNINGS_MAX];
};

static bool out_of_memory(struct error *error)
{
	return error_set(error, "planning", NULL, "the arguments and environment are too large",
	                 NULL);
}

static bool check_kept(struct planner *planner)
{
	const struct creds_state *creds = &planner->world->creds;
	uint64_t missing = planner->options->capabilities & ~(creds->permitted & creds->bounding);
	char names[512];
	struct text text = text_in(names, sizeof(names));

	planner->plan.creds.keep = planner->options->capabilities & ~missing;
	if (missing == 0)
		return true;
	capability_add_names(&text, missing);
	if (planner->plan.was_root || planner->options->strict)
		return error_set(planner->error, "keeping capabilities", names,
		                 "the container does not have them",
		                 "start it as root with --cap-add, or leave them out of --cap");
	planner->warnings[planner->plan.warning_count++] =
		"keeping capabilities: not root at the start, so those of --cap are not there";
	return true;
}

static bool writes_account(const struct plan *plan)
{
	return plan->change.passwd.action != ACCOUNT_KEEP ||
	       plan->change.group.action != ACCOUNT_KEEP;
}

/* The one line about what is left alone because this is not root. */
static bool warn_not_root(struct planner *planner, bool is_asked_user)
{
	const struct creds_state *creds = &planner->world->creds;
	char *line = arena_allocate(planner->arena, 256, 1);
	struct text text;

	if (line == NULL)
		return out_of_memory(planner->error);
	text = text_in(line, 256);
	if (is_asked_user) {
		text_add(&text, "making the account: ");
		text_add_quoted(&text, planner->options->user.account);
		text_add(&text, ": not root at the start, so the ids are used by number");
	} else {
		text_add(&text, "not root at the start: running as uid ");
		text_add_number(&text, creds->ruid);
		text_add(&text, " gid ");
		text_add_number(&text, creds->rgid);
		text_add(&text, ", not as ");
		text_add_quoted(&text, slice_of(planner->options->user_text));
	}
	planner->warnings[planner->plan.warning_count++] = line;
	return true;
}

/* Not root: the command runs as whoever this is, and accounts stay as they are. */
static bool plan_for_user(struct planner *planner)
{
	const struct creds_state *creds = &planner->world->creds;
	struct plan *plan = &planner->plan;
	struct identity *identity = &plan->identity;
	struct options plain = *planner->options;
	bool is_asked_user = identity->uid == creds->ruid && identity->gid == creds->rgid;

	if (!is_asked_user && planner->options->strict)
		return error_set(planner->error, "stepping down", planner->options->user_text,
		                 "not root at the start, and not that user",
		                 "start the container as root, or as that user and group");
	if ((!is_asked_user || writes_account(plan)) && !warn_not_root(planner, is_asked_user))
		return false;
	plain.user = (struct user_spec){.user = {.given = true, .is_id = true, .id = creds->ruid}};
	/* A number alone: so the account change becomes none, too. */
	if (!identity_find(&plain, planner->world, planner->arena, identity, &plan->wish,
	                   &plan->change, planner->error))
		return false;
	identity->gid = creds->rgid;
	identity->groups = creds->groups;
	identity->group_count = creds->group_count;
	return true;
}

/* The author said who this uid is, and the image says otherwise: no error, but no secret. */
static bool note_other_name(struct planner *planner)
{
	const struct plan *plan = &planner->plan;
	char *line = arena_allocate(planner->arena, 256, 1);
	struct text text;

	if (line == NULL)
		return out_of_memory(planner->error);
	text = text_in(line, 256);
	text_add(&text, "making the account: ");
	text_add_quoted(&text, plan->wish.name);
	text_add(&text, ": not made, uid ");
	text_add_number(&text, plan->identity.uid);
	text_add(&text, " is ");
	text_add_quoted(&text, plan->identity.name);
	text_add(&text, " in /etc/passwd and keeps that name");
	planner->warnings[planner->plan.warning_count++] = line;
	return true;
}

static bool plan_for_root(struct planner *planner)
{
	if (planner->plan.change.by_number && !note_other_name(planner))
		return false;
	if (!identity_find_groups(planner->options, planner->world, &planner->plan.change,
	                          planner->arena, &planner->plan.identity, planner->error))
		return false;
	if (!plan_check_mapped(planner->world, &planner->plan.identity, planner->error))
		return false;
	return planner->options->action == ACTION_SETUP_ONLY ||
	       plan_check_ids(planner->world, &planner->plan.identity, planner->error);
}

static bool plan_identity(struct planner *planner)
{
	const struct options *options = planner->options;
	struct plan *plan = &planner->plan;

	if (!identity_find(options, planner->world, planner->arena, &plan->identity, &plan->wish,
	                   &plan->change, planner->error))
		return false;
	if (plan->identity.uid == 0 && !options->allow_root)
		return error_set(planner->error, "stepping down", options->user_text,
		                 "that is root",
		                 "name another user; --allow-root lets it be uid 0 without "
		                 "capabilities");
	if (plan->was_root)
		return plan_for_root(planner);
	if (options->action == ACTION_SETUP_ONLY)
		return error_set(planner->error, "setting up", NULL, "not root",
		                 "--setup-only writes accounts and owners: run it as root");
	return plan_for_user(planner);
}

static bool plan_environment(struct planner *planner)
{
	const struct identity *identity = &planner->plan.identity;
	char *const *environment = planner->world->environment;
	struct environment_change changes[3] = {
		{"HOME", identity->home}, {"USER", NULL}, {"LOGNAME", NULL}};

	planner->plan.environment = environment;
	if (planner->options->keep_env)
		return true;
	for (size_t i = 1; i < 3; i++) {
		const char *present = environment_get(environment, changes[i].name);

		if (identity->name.length > 0) {
			changes[i].value = arena_copy(planner->arena, identity->name);
			if (changes[i].value == NULL)
				return out_of_memory(planner->error);
		} else if (present != NULL && strcmp(present, "root") != 0) {
			changes[i].value = present;
		}
	}
	planner->plan.environment = environment_with(environment, changes, 3, planner->arena);
	return planner->plan.environment != NULL || out_of_memory(planner->error);
}

static void add_step(struct planner *planner, enum step_kind kind,
                     const struct volume_option *volume)
{
	planner->steps[planner->plan.step_count++] = (struct plan_step){kind, volume};
}

static void add_volume_steps(struct planner *planner, enum step_kind kind, bool made_ones)
{
	const struct options *options = planner->options;

	for (size_t i = 0; i < options->volume_count; i++) {
		if (made_ones == (options->volumes[i].mode == VOLUME_MKDIR))
			add_step(planner, kind, &options->volumes[i]);
	}
}

static bool plan_steps(struct planner *planner)
{
	const struct options *options = planner->options;

	planner->steps = arena_allocate(planner->arena, options->volume_count * 2 + 8,
	                                sizeof(*planner->steps));
	if (planner->steps == NULL)
		return out_of_memory(planner->error);
	if (planner->plan.was_root) {
		if (writes_account(&planner->plan))
			add_step(planner, STEP_ACCOUNT, NULL);
		/* Directories first: another option may declare what lies in them. */
		add_volume_steps(planner, STEP_VOLUME, true);
		add_volume_steps(planner, STEP_VOLUME, false);
	}
	if (options->action == ACTION_RUN) {
		if (planner->plan.was_root)
			add_step(planner, STEP_STDIO, NULL);
		if (options->umask_given)
			add_step(planner, STEP_UMASK, NULL);
		add_step(planner, STEP_DROP, NULL);
		add_volume_steps(planner, STEP_CHECK_WRITABLE, true);
		add_volume_steps(planner, STEP_CHECK_WRITABLE, false);
		add_step(planner, STEP_COMMAND, NULL);
	}
	planner->plan.steps = planner->steps;
	return true;
}

static bool copy_warnings(struct planner *planner)
{
	size_t count = planner->plan.warning_count;
	const char **warnings = arena_allocate(planner->arena, count, sizeof(*warnings));

	if (warnings == NULL)
		return out_of_memory(planner->error);
	memcpy(warnings, planner->warnings, count * sizeof(*warnings));
	planner->plan.warnings = warnings;
	return true;
}

static void take_identity(struct plan *plan)
{
	plan->creds.uid = plan->identity.uid;
	plan->creds.gid = plan->identity.gid;
	plan->creds.groups = plan->identity.groups;
	plan->creds.group_count = plan->identity.group_count;
}

bool plan_make(const struct options *options, const struct world *world, struct arena *arena,
               struct plan *ret_plan, struct error *error)
{
	struct planner planner = {
		.options = options, .world = world, .arena = arena, .error = error};
	struct plan *plan = &planner.plan;

	plan->was_root = world->creds.euid == 0;
	plan->strict = options->strict;
	plan->before = &world->creds;
	plan->umask = options->umask;
	plan->command = options->command;
	plan->creds.style = CREDS_STEP_DOWN;
	plan->creds.change_ids = plan->was_root;
	plan->creds.no_new_privs = !options->allow_new_privs;
	if (!plan_identity(&planner))
		return false;
	if (options->action == ACTION_RUN &&
	    (!check_kept(&planner) || !plan_check_bounding(world, &plan->creds, error)))
		return false;
	take_identity(plan);
	if (!plan_environment(&planner) || !plan_steps(&planner) || !copy_warnings(&planner))
		return false;
	*ret_plan = planner.plan;
	return true;
}

bool plan_make_compat(const struct compat_options *options, const struct world *world,
                      struct arena *arena, struct plan *ret_plan, struct error *error)
{
	static const struct plan_step steps[] = {{STEP_DROP, NULL}, {STEP_COMMAND, NULL}};
	struct plan plan = {.was_root = world->creds.euid == 0, .steps = steps, .step_count = 2};
	struct environment_change home = {"HOME", NULL};

	if (!identity_find_compat(&options->user, world, arena, &plan.identity, error) ||
	    !identity_find_groups_compat(&options->user, world, arena, &plan.identity, error))
		return false;
	home.value = plan.identity.home;
	plan.environment = environment_with(world->environment, &home, 1, arena);
	if (plan.environment == NULL)
		return out_of_memory(error);
	plan.before = &world->creds;
	plan.command = options->command;
	plan.creds.style = CREDS_COMPAT;
	plan.creds.change_ids = true;
	take_identity(&plan);
	*ret_plan = plan;
	return true;
}
