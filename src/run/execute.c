#include "run/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "accounts/passwd_files.h"
#include "core/capability_names.h"
#include "core/explain.h"
#include "linux/signals.h"
#include "run/exec.h"
#include "run/stdio.h"

#define MAKING "making the account"

/* Each line is made where an error's message would stand, so that it can be either. */
struct applier {
	const struct plan *plan;
	int etc_fd;
	const struct talk *talk;
	struct arena *arena;
	struct error *error;
	bool settled; /* no account and no volume is to be changed */
};

static void say(const struct applier *applier, enum verbosity least, const char *line)
{
	if (applier->talk->verbosity >= least)
		applier->talk->say(line);
}

static struct text new_line(const struct applier *applier)
{
	return text_in(applier->error->message, sizeof(applier->error->message));
}

/* The line is an error where FATAL is true, and else a warning. */
static bool warn(const struct applier *applier, bool fatal)
{
	applier->error->status = STATUS_FAILED;
	if (!fatal)
		say(applier, VERBOSITY_CHANGES, applier->error->message);
	return !fatal;
}

/* Whether PATH is declared in one of the modes from FIRST to LAST. */
static bool is_declared(const struct plan *plan, const char *path, enum volume_mode first,
                        enum volume_mode last)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == STEP_VOLUME && step->volume->mode >= first &&
		    step->volume->mode <= last && strcmp(step->volume->path, path) == 0)
			return true;
	}
	return false;
}

/* False when what is left of VOLUME is an error; the line says so in any case. */
static bool check_left(const struct plan *plan, const struct volume_option *volume,
                       const struct volume_report *report, struct error *error)
{
	struct text text = text_in(error->message, sizeof(error->message));

	error->status = STATUS_FAILED;
	explain_left(volume, report, plan->before->effective, &text);
	return report->left == 0 || !plan->strict;
}

/* What a dry run asks for of VOLUME. */
static struct volume_request dry_request(const struct plan *plan,
                                         const struct volume_option *volume)
{
	struct volume_request request = plan->request;

	request.dry_run = true;
	if ((plan->before->effective & CAPABILITY_BIT(CAP_CHOWN)) == 0)
		request.dry_errnum = EPERM;
	request.make = is_declared(plan, volume->path, VOLUME_MKDIR, VOLUME_MKDIR);
	return request;
}

/* Refuses whatever can be refused without changing anything. *RET_SETTLED: nothing will be changed before
 * the drop. */
static bool check(const struct plan *plan, bool *ret_settled, struct error *error)
{
	bool settled = plan->steps[0].kind != STEP_ACCOUNT;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct volume_option *volume = plan->steps[i].volume;
		struct volume_request request;
		bool right;

		if (plan->steps[i].kind != STEP_VOLUME)
			continue;
		request = dry_request(plan, volume);
		if (!volume_check(volume, &request, &right, error))
			return false;
		settled = settled && right && volume->mode != VOLUME_OWN;
	}
	*ret_settled = settled;
	/* If nothing is to be changed before the drop, the kernel's own answer comes early enough. */
	return settled || plan->creds.style != CREDS_STEP_DOWN || plan->command[0] == NULL ||
	       creds_check(plan->before, &plan->creds, error);
}

/* volume_apply(), which signals may end. */
static bool walk_volume(const struct volume_option *volume, struct volume_request *request,
                        const struct talk *talk, struct volume_report *ret_report,
                        struct error *error)
{
	bool ok;

	if (talk->verbosity > VERBOSITY_QUIET)
		request->progress = talk->progress;
	signals_catch("changing the owner", volume->path, talk->say);
	ok = volume_apply(volume, request, ret_report, error);
	signals_release();
	return ok;
}

/* Fills in one of REPORTS for each path. */
static bool look(const struct plan *plan, const struct talk *talk, struct volume_report *reports,
                 struct error *error)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct volume_option *volume = plan->steps[i].volume;
		struct volume_request request;

		if (plan->steps[i].kind != STEP_VOLUME)
			continue;
		request = dry_request(plan, volume);
		if (!walk_volume(volume, &request, talk, reports, error) ||
		    !check_left(plan, volume, reports++, error))
			return false;
	}
	return true;
}

const struct volume_report *apply_look(const struct plan *plan, const struct talk *talk,
                                       struct arena *arena, struct error *error)
{
	struct volume_report *reports = arena_allocate(arena, plan->step_count, sizeof(*reports));
	bool settled;

	if (reports == NULL)
		error_set(error, "checking the volume", NULL, "too many paths", NULL);
	else if (!check(plan, &settled, error) || !look(plan, talk, reports, error))
		reports = NULL;
	return reports;
}

static void say_line_change(const struct applier *applier, const struct line_change *change,
                            const char *file)
{
	struct error *error = applier->error;
	bool is_new = change->action == ACCOUNT_ADD;
	struct text text;

	if (change->action == ACCOUNT_KEEP)
		return;
	text = error_begin(error, MAKING, slice_of(file));
	text_add(&text, is_new ? "added the line " : "changed ");
	if (!is_new) {
		text_add_quoted(&text, change->old_line);
		text_add(&text, " to ");
	}
	text_add_quoted(&text, slice_of(change->new_line));
	say(applier, VERBOSITY_CHANGES, text.bytes);
}

static bool apply_account(const struct applier *applier)
{
	const struct plan *plan = applier->plan;
	struct error *error = applier->error;
	struct etcfile_outcome outcome;
	bool made;

	signals_catch(MAKING, NULL, applier->talk->say);
	made = etcfile_make_account(applier->etc_fd, &plan->wish, applier->arena, &outcome, error);
	signals_release();
	if (!made)
		return false;
	if (outcome.change.gid != plan->identity.gid)
		return error_set(error, MAKING, "/etc", "changed meanwhile", "start again");
	say_line_change(applier, &outcome.change.group, "/etc/group");
	say_line_change(applier, &outcome.change.passwd, "/etc/passwd");
	if (outcome.refused == 0)
		return true;
	return warn(applier, plan_refuse_account(plan, plan->wish.name, outcome.refused, error));
}

static bool apply_volume(const struct applier *applier, const struct volume_option *volume)
{
	const struct plan *plan = applier->plan;
	static const uid_t nobody = (uid_t)-1;
	struct volume_request request = plan->request;
	struct volume_report report;
	struct text text = new_line(applier);

	if (volume->mode == VOLUME_MKDIR) {
		request.make = true;
		/* Then it is not to be right before what lies in it is. */
		if (is_declared(plan, volume->path, VOLUME_OWN, VOLUME_OWN_ONCE)) {
			request.from = &nobody;
			request.from_count = 1;
		}
	}
	if (!walk_volume(volume, &request, applier->talk, &report, applier->error))
		return false;
	explain_changed(volume, &report, &text);
	say(applier, report.changed > 0 || report.made ? VERBOSITY_CHANGES : VERBOSITY_STEPS,
	    text.bytes);
	if (report.can_be_exchanged) {
		text = new_line(applier);
		explain_exchange(volume, &text);
		say(applier, VERBOSITY_STEPS, text.bytes);
	}
	if (report.left == 0)
		return true;
	return warn(applier, !check_left(plan, volume, &report, applier->error));
}

/* After the drop, so with the user's own rights: what access(2) says for both uids are the same, but
 * that it leaves out capabilities that were kept. */
static bool check_writable(const struct applier *applier, const char *path)
{
	struct stat status;
	int mode = W_OK | X_OK;
	int errnum;

	if (access(path, mode) == 0)
		return true;
	/* Without the right to search there is nothing in a directory to be written to. */
	if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
		mode = W_OK;
	if (access(path, mode) == 0)
		return true;
	errnum = errno;
	/* Not faccessat(3): on kernels without faccessat2(2) musl answers AT_EACCESS by a child process. */
	if (syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS) == 0)
		return true;
	error_set_errno(applier->error, "checking that the user can write", path, errnum,
	                "see its owner and mode, and the mount");
	return warn(applier, applier->plan->strict);
}

static bool drop(const struct applier *applier)
{
	const struct plan *plan = applier->plan;
	struct creds_outcome outcome;

	/* However long the walk took, nobody else could change what this process may do. */
	if (!creds_step_down(plan->before, &plan->creds, applier->arena, &outcome, applier->error))
		return false;
	if (outcome.groups_left)
		say(applier, VERBOSITY_CHANGES,
		    "stepping down: the groups stay: setgroups is denied");
	say(applier, VERBOSITY_STEPS,
	    outcome.bounding_left
	            ? "stepping down: done; the bounding set stays for want of CAP_SETPCAP"
	            : "stepping down: done, and read back");
	return true;
}

/* Of the steps that have no line of their own, in the words of a dry run. */
static void say_step(const struct applier *applier, const struct plan_step *step)
{
	struct text text;

	if (applier->talk->verbosity < VERBOSITY_STEPS || step->kind <= STEP_VOLUME ||
	    step->kind == STEP_DROP)
		return;
	text = new_line(applier); /* a page that is not touched at every start */
	explain_step(applier->plan, step, NULL, &text);
	text.bytes[text.length - 1] = '\0';
	applier->talk->say(text.bytes);
}

static bool apply_step(const struct applier *applier, const struct plan_step *step)
{
	const struct plan *plan = applier->plan;

	switch (step->kind) {
	case STEP_ACCOUNT:
		return apply_account(applier);
	case STEP_VOLUME:
		return (applier->settled && applier->talk->verbosity < VERBOSITY_STEPS) ||
		       apply_volume(applier, step->volume);
	case STEP_STDIO:
		handover_stdio(plan->identity.uid);
		return true;
	case STEP_UMASK:
		umask((mode_t)plan->umask);
		return true;
	case STEP_DROP:
		return drop(applier);
	case STEP_CHECK_WRITABLE:
		return check_writable(applier, step->volume->path);
	case STEP_COMMAND:
		break;
	}
	return launch(plan->command, plan->environment, applier->arena, applier->error);
}

bool apply_steps(const struct plan *plan, int etc_fd, const struct talk *talk, struct arena *arena,
                 struct error *error)
{
	struct applier applier = {plan, etc_fd, talk, arena, error, false};

	if (!check(plan, &applier.settled, error))
		return false;
	for (size_t i = 0; i < plan->warning_count; i++)
		say(&applier, VERBOSITY_CHANGES, plan->warnings[i]);
	for (size_t i = 0; i < plan->step_count; i++) {
		say_step(&applier, &plan->steps[i]);
		if (!apply_step(&applier, &plan->steps[i]))
			return false;
	}
	return true;
}
