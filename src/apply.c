#include "apply.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "etcfile.h"
#include "explain.h"
#include "handover.h"
#include "launch.h"

#define LINE_MAX_BYTES 2048

struct applier {
	const struct plan *plan;
	int etc_fd;
	const struct talk *talk;
	struct arena *arena;
	struct error *error;
};

static void say(const struct talk *talk, enum verbosity least, const char *line)
{
	if (talk->verbosity >= least)
		talk->say(line);
}

static bool is_made_by_plan(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == STEP_VOLUME && step->volume->mode == VOLUME_MKDIR &&
		    strcmp(step->volume->path, path) == 0)
			return true;
	}
	return false;
}

bool apply_check(const struct plan *plan, struct error *error)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct volume_option *volume = plan->steps[i].volume;
		enum volume_mode mode;
		bool exists;

		if (plan->steps[i].kind != STEP_VOLUME)
			continue;
		mode = is_made_by_plan(plan, volume->path) ? VOLUME_MKDIR : volume->mode;
		if (!volume_check(volume->path, mode, &exists, error))
			return false;
	}
	return true;
}

const struct volume_report *apply_look(const struct plan *plan, struct arena *arena,
                                       struct error *error)
{
	struct volume_request request = {plan->identity.uid, plan->identity.gid, true};
	struct volume_report *reports = arena_allocate(arena, plan->step_count, sizeof(*reports));
	size_t count = 0;

	if (reports == NULL) {
		error_set(error, "looking", NULL, "too many paths", NULL);
		return NULL;
	}
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct volume_option *volume = plan->steps[i].volume;
		bool exists;

		if (plan->steps[i].kind != STEP_VOLUME)
			continue;
		if (!volume_check(volume->path, VOLUME_MKDIR, &exists, error))
			return NULL;
		if (!exists && volume->mode != VOLUME_MKDIR) /* it will have been made by then */
			reports[count].made = true;
		else if (!volume_apply(volume->path, volume->mode, &request, &reports[count],
		                       error))
			return NULL;
		count++;
	}
	return reports;
}

static void say_line_change(const struct applier *applier, const struct line_change *change,
                            const char *file)
{
	char line[LINE_MAX_BYTES];
	struct text text = text_in(line, sizeof(line));

	if (change->action == ACCOUNT_KEEP)
		return;
	text_add(&text, "making the account: '");
	text_add(&text, file);
	text_add(&text, change->action == ACCOUNT_ADD ? "': added the line " : "': changed ");
	if (change->action == ACCOUNT_RENUMBER) {
		text_add_quoted(&text, change->old_line);
		text_add(&text, " to ");
	}
	text_add_quoted(&text, slice_of(change->new_line));
	say(applier->talk, VERBOSITY_CHANGES, line);
}

static bool apply_account(const struct applier *applier)
{
	const struct plan *plan = applier->plan;
	struct etcfile_outcome outcome;
	bool must_be_written = plan->strict ||
	                       plan->steps[plan->step_count - 1].kind != STEP_COMMAND;

	if (applier->etc_fd < 0)
		return error_set(applier->error, "making the account", "/etc", error_text(ENOENT),
		                 "make that directory in the image");
	if (!etcfile_make_account(applier->etc_fd, &plan->wish, applier->arena, &outcome,
	                          applier->error))
		return false;
	if (outcome.change.gid != plan->identity.gid)
		return error_set_slice(applier->error, "making the account", plan->wish.name,
		                       "/etc/passwd or /etc/group was changed meanwhile",
		                       "start again");
	if (outcome.result == ETCFILE_REFUSED) {
		error_set_slice(applier->error, "making the account", plan->wish.name,
		                error_text(outcome.errnum),
		                must_be_written ? "is /etc mounted read-only, or passwd itself a "
		                                  "mount or link?"
		                                : "the ids are used by number");
		if (must_be_written)
			return false;
		say(applier->talk, VERBOSITY_CHANGES, applier->error->message);
	} else if (outcome.result == ETCFILE_WRITTEN) {
		say_line_change(applier, &outcome.change.group, "/etc/group");
		say_line_change(applier, &outcome.change.passwd, "/etc/passwd");
	}
	return true;
}

static bool fail_or_say(const struct applier *applier, const char *line)
{
	if (applier->plan->strict) {
		struct text text =
			text_in(applier->error->message, sizeof(applier->error->message));

		applier->error->status = STATUS_FAILED;
		text_add(&text, line);
		return false;
	}
	say(applier->talk, VERBOSITY_CHANGES, line);
	return true;
}

static bool apply_volume(const struct applier *applier, const struct volume_option *volume)
{
	const struct plan *plan = applier->plan;
	struct volume_request request = {plan->identity.uid, plan->identity.gid, false};
	struct volume_report report;
	char line[LINE_MAX_BYTES];
	struct text text = text_in(line, sizeof(line));

	if (!volume_apply(volume->path, volume->mode, &request, &report, applier->error))
		return false;
	explain_changed(volume, &report, &text);
	say(applier->talk, report.changed > 0 || report.made ? VERBOSITY_CHANGES : VERBOSITY_STEPS,
	    line);
	if (volume_left(&report) == 0)
		return true;
	text = text_in(line, sizeof(line));
	explain_left(volume, &report, plan->before->effective, &text);
	return fail_or_say(applier, line);
}

/* After the drop, so with the user's own rights (both uids are the same, so access(2) tells). */
static bool check_writable(const struct applier *applier, const struct volume_option *volume)
{
	struct stat status;
	struct error problem;
	int errnum;
	bool is_directory = stat(volume->path, &status) == 0 &&
	                    (status.st_mode & S_IFMT) == S_IFDIR;

	if (access(volume->path, is_directory ? W_OK | X_OK : W_OK) == 0)
		return true;
	errnum = errno;
	error_set_errno(&problem, "checking that the user can write", volume->path, errnum,
	                errnum == EROFS ? "a read-only mount"
	                                : "look at its owner and mode, and at the mount");
	return fail_or_say(applier, problem.message);
}

static bool drop(const struct applier *applier)
{
	const struct plan *plan = applier->plan;
	struct creds_outcome outcome;

	/* However long the walk took, nobody else could change what this process may do. */
	if (!creds_step_down(plan->before, &plan->creds, applier->arena, &outcome, applier->error))
		return false;
	if (outcome.groups_left)
		say(applier->talk, VERBOSITY_CHANGES,
		    "stepping down: setgroups is denied in this user namespace: the groups present "
		    "are all wanted ones and stay");
	if (outcome.bounding_left)
		say(applier->talk, VERBOSITY_STEPS,
		    "stepping down: without CAP_SETPCAP the bounding set stays; no_new_privs makes "
		    "it harmless");
	if (plan->creds.style == CREDS_STEP_DOWN)
		say(applier->talk, VERBOSITY_STEPS,
		    "stepping down: done and read back: ids, groups, all five capability sets");
	return true;
}

static bool apply_step(const struct applier *applier, const struct plan_step *step)
{
	switch (step->kind) {
	case STEP_ACCOUNT:
		return apply_account(applier);
	case STEP_VOLUME:
		return apply_volume(applier, step->volume);
	case STEP_STDIO:
		handover_stdio(applier->plan->identity.uid);
		return true;
	case STEP_UMASK:
		umask((mode_t)applier->plan->umask);
		return true;
	case STEP_DROP:
		return drop(applier);
	case STEP_CHECK_WRITABLE:
		return check_writable(applier, step->volume);
	case STEP_COMMAND:
		break;
	}
	return launch(applier->plan->command, applier->plan->environment, applier->error);
}

bool apply_steps(const struct plan *plan, int etc_fd, const struct talk *talk, struct arena *arena,
                 struct error *error)
{
	struct applier applier = {plan, etc_fd, talk, arena, error};

	for (size_t i = 0; i < plan->warning_count; i++)
		say(talk, VERBOSITY_CHANGES, plan->warnings[i]);
	for (size_t i = 0; i < plan->step_count; i++) {
		if (!apply_step(&applier, &plan->steps[i]))
			return false;
	}
	return true;
}
