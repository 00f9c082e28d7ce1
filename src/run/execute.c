/* SPDX-License-Identifier: MIT */
#include "run/execute.h"

#include <errno.h>
#include <sys/stat.h>

#include <linux/capability.h>

#include "accounts/passwd_files.h"
#include "core/capability_names.h"
#include "core/explain.h"
#include "core/explain_volume.h"
#include "core/plan_account.h"
#include "creds/drop.h"
#include "creds/verify.h"
#include "linux/signals.h"
#include "run/exec.h"
#include "run/look.h"
#include "run/stdio.h"
#include "run/writable.h"
#include "volume/volume.h"

#define MAKING_ACCOUNT "making the account"

/* Lines are built in error->message, because --strict may turn them into the error. */
struct executor {
	const struct plan *plan;
	int etc_fd;
	const struct reporter *reporter;
	struct arena *arena;
	struct error *error;
	struct volume_set *set;
	bool nothing_to_change; /* the account and the volumes are right already */
};

static void print_if_verbose(const struct executor *executor, enum verbosity least,
                             const char *line)
{
	if (executor->reporter->verbosity >= least)
		executor->reporter->print_line(line);
}

static struct text new_line(const struct executor *executor)
{
	return text_in(executor->error->message, sizeof(executor->error->message));
}

/* Prints the line in error->message as a warning, or keeps it as the error if FATAL is true.
 * Returns !FATAL. */
static bool warn_or_fail(const struct executor *executor, bool fatal)
{
	if (!fatal)
		print_if_verbose(executor, VERBOSITY_CHANGES, executor->error->message);
	return !fatal;
}

static void print_line_change(const struct executor *executor, const struct line_change *change,
                              const char *file)
{
	struct error *error = executor->error;
	bool is_new = change->action == ACCOUNT_ADD;
	struct text text;

	if (change->action == ACCOUNT_KEEP)
		return;
	text = error_begin(error, MAKING_ACCOUNT, slice_of(file));
	text_add(&text, is_new ? "added the line " : "changed ");
	if (!is_new) {
		text_add_quoted(&text, change->old_line);
		text_add(&text, " to ");
	}
	text_add_quoted(&text, slice_of(change->new_line));
	print_if_verbose(executor, VERBOSITY_CHANGES, text.bytes);
}

static bool execute_account(const struct executor *executor)
{
	const struct plan *plan = executor->plan;
	struct error *error = executor->error;
	struct passwd_files_outcome outcome;
	bool made;

	signals_catch(MAKING_ACCOUNT, NULL, executor->reporter->print_line);
	made = passwd_files_make_account(executor->etc_fd, &plan->account_request, executor->arena,
	                                 &outcome, error);
	signals_release();
	if (!made)
		return false;
	if (outcome.change.gid != plan->identity->ids.gid)
		return error_set(error, MAKING_ACCOUNT, "/etc", "changed meanwhile", "start again");
	print_line_change(executor, &outcome.change.group, "/etc/group");
	print_line_change(executor, &outcome.change.passwd, "/etc/passwd");
	if (outcome.refused == 0)
		return true;
	return warn_or_fail(executor,
	                    account_refuse(plan->account_must_be_written,
	                                   plan->account_request.name, outcome.refused, error));
}

/* Returns the verbosity from which a run prints REMARK. */
static enum verbosity remark_verbosity(enum volume_remark remark,
                                       const struct ownership_report *report)
{
	switch (remark) {
	case REMARK_EXCHANGE:
		return VERBOSITY_STEPS;
	case REMARK_MOUNTS:
		return report->first_mount[0] != '\0' ? VERBOSITY_CHANGES : VERBOSITY_STEPS;
	default:
		return VERBOSITY_CHANGES;
	}
}

/* Prints the lines of a complete report. Returns false if skipped entries are an error. */
static bool report_volume(const struct executor *executor, const struct declared_path *volume,
                          const struct ownership_report *report)
{
	const struct plan *plan = executor->plan;
	struct text text = new_line(executor);

	explain_changed(plan, volume, report, &text);
	print_if_verbose(executor,
	                 report->changed > 0 || report->made ? VERBOSITY_CHANGES : VERBOSITY_STEPS,
	                 text.bytes);
	for (enum volume_remark remark = 0; remark < VOLUME_REMARKS; remark++) {
		text = new_line(executor);
		if (explain_remark(remark, plan, volume, report, "", &text))
			print_if_verbose(executor, remark_verbosity(remark, report), text.bytes);
	}
	if (report->skipped == 0)
		return true;
	return warn_or_fail(executor, !look_judge_skipped(plan, volume, report, executor->error));
}

static bool execute_volume(const struct executor *executor, const struct declared_path *volume)
{
	struct ownership_request request = executor->plan->request;
	struct ownership_report report;

	return look_walk(volume, &request, executor->set, executor->reporter, &report,
	                 executor->error) &&
	       (report.waits || report_volume(executor, volume, &report));
}

/* Finishes the volumes that wait because of their hard links, after the walk of all volumes. */
static bool execute_finish_volumes(const struct executor *executor)
{
	const struct declared_path *volume;
	struct ownership_report report;

	while ((volume = volume_waiting(executor->set)) != NULL) {
		if (!look_finish(volume, executor->set, executor->reporter, &report,
		                 executor->error) ||
		    !report_volume(executor, volume, &report))
			return false;
	}
	volume_set_close(executor->set);
	return true;
}

static bool execute_check_writable(const struct executor *executor,
                                   const struct declared_path *volume)
{
	return writable_check(volume->path, executor->error) ||
	       error_add_note(executor->error, volume->variables) ||
	       warn_or_fail(executor, executor->plan->strict);
}

/* Reports that setgroups(2) was refused, and the groups that are missing. Returns false if that is
 * an error. */
static bool report_kept_groups(const struct executor *executor, const struct creds_outcome *outcome)
{
	struct text text = error_begin(executor->error, "stepping down", (struct slice){NULL, 0});
	char numbers[128];
	struct text list = text_in(numbers, sizeof(numbers));
	bool is_any_missing;

	is_any_missing = creds_add_missing_groups(&list, &executor->plan->creds, outcome->groups,
	                                          outcome->group_count);
	text_add(&text, "the groups stay: setgroups is denied");
	if (is_any_missing)
		text_format(&text, "; missing: %s", numbers);
	return warn_or_fail(executor, is_any_missing && executor->plan->strict);
}

static bool execute_drop(const struct executor *executor)
{
	const struct plan *plan = executor->plan;
	struct creds_outcome outcome;

	/* The state that was read before the walk still holds, because no other process can change
	 * it. */
	if (!creds_step_down(plan->before, &plan->creds, executor->arena, &outcome,
	                     executor->error) ||
	    (outcome.groups_left && !report_kept_groups(executor, &outcome)))
		return false;
	if (outcome.keyring_left)
		print_if_verbose(
			executor, VERBOSITY_STEPS,
			"stepping down: the session keyring stays: a filter refuses keyctl");
	print_if_verbose(
		executor, VERBOSITY_STEPS,
		outcome.bounding_left
			? "stepping down: done; the bounding set stays for want of CAP_SETPCAP"
			: "stepping down: done, and read back");
	return true;
}

/* Prints STEP as a dry run does, unless the step prints lines of its own. */
static void print_step(const struct executor *executor, const struct plan_step *step)
{
	struct text text;

	if (executor->reporter->verbosity < VERBOSITY_STEPS || step->kind <= STEP_FINISH_VOLUMES ||
	    step->kind == STEP_DROP)
		return;
	text = new_line(executor);
	explain_step(executor->plan, step, NULL, &text);
	text.bytes[text.length - 1] = '\0';
	executor->reporter->print_line(text.bytes);
}

/* umask(2) cannot fail, but a seccomp filter can keep the kernel from making the call. The second
 * call returns what the first one has set. */
static bool execute_umask(const struct executor *executor)
{
	const mode_t mask = (mode_t)executor->plan->umask;
	char digits[8];
	struct text text = text_in(digits, sizeof(digits));

	umask(mask);
	if (umask(mask) == mask)
		return true;
	text_add_octal(&text, mask);
	return error_set(executor->error, "setting the umask", digits, "the umask stays",
	                 "a seccomp profile forbids umask");
}

static bool execute_step(const struct executor *executor, const struct plan_step *step)
{
	const struct plan *plan = executor->plan;

	switch (step->kind) {
	case STEP_ACCOUNT:
		return execute_account(executor);
	case STEP_VOLUME:
		return (executor->nothing_to_change &&
		        executor->reporter->verbosity < VERBOSITY_STEPS) ||
		       execute_volume(executor, step->volume);
	case STEP_FINISH_VOLUMES:
		return execute_finish_volumes(executor);
	case STEP_STDIO:
		stdio_give(plan->identity->ids.uid);
		return true;
	case STEP_UMASK:
		return execute_umask(executor);
	case STEP_DROP:
		return execute_drop(executor);
	case STEP_CHECK_WRITABLE:
		return execute_check_writable(executor, step->volume);
	case STEP_COMMAND:
		break;
	}
	return exec_command(plan, executor->arena, executor->error);
}

bool execute_plan(const struct plan *plan, int etc_fd, const struct reporter *reporter,
                  struct arena *arena, struct error *error)
{
	struct volume_set set;
	struct executor executor = {plan, etc_fd, reporter, arena, error, &set, false};

	if (!look_check(plan, arena, &set, &executor.nothing_to_change, error))
		return false;
	for (size_t i = 0; i < plan->warning_count; i++)
		print_if_verbose(&executor, VERBOSITY_CHANGES, plan->warnings[i]);
	for (size_t i = 0; i < plan->note_count; i++)
		print_if_verbose(&executor, VERBOSITY_STEPS, plan->notes[i]);
	for (size_t i = 0; i < plan->step_count; i++) {
		print_step(&executor, &plan->steps[i]);
		if (!execute_step(&executor, &plan->steps[i]))
			return false;
	}
	return true;
}
