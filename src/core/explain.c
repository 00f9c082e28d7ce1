/* SPDX-License-Identifier: MIT */
#include "core/explain.h"

#include <linux/capability.h>

#include "core/capability_names.h"
#include "core/environment.h"
#include "core/explain_volume.h"
#include "core/plan_creds.h"

static void explain_identity(const struct plan *plan, struct text *text)
{
	const struct identity *identity = plan->identity;
	const struct ids *ids = &identity->ids;
	struct slice name = identity->name;
	const char *origin = plan->change.passwd.action == ACCOUNT_ADD ? "made " : "";

	if (name.length == 0) {
		name = slice_of("by number");
		origin = "no entry ";
	}
	if (plan->chosen != NULL)
		text_format(text, "look up     '%s'\n", plan->chosen);
	text_format(text, "run as      uid %u (%.*s, %sin /etc/passwd), gid %u, groups", ids->uid,
	            (int)name.length, name.bytes, origin, ids->gid);
	for (size_t i = 0; i < ids->group_count; i++)
		text_format(text, " %u", ids->groups[i]);
	text_add(text, "\n");
}

static void explain_line_change(const struct line_change *change, const char *file,
                                struct text *text)
{
	if (change->action == ACCOUNT_ADD)
		text_format(text, "add line    '%s' in %s\n", change->new_line, file);
	else if (change->action == ACCOUNT_RENUMBER)
		text_format(text, "change line '%.*s' to '%s' in %s\n",
		            (int)change->old_line.length, change->old_line.bytes, change->new_line,
		            file);
}

static void explain_drop(const struct plan *plan, struct text *text)
{
	const char *bounding = ", bounding and ambient sets included";

	if (plan->creds.keep_bounding)
		bounding = "; the bounding set stays for setuid programs, which may make the user "
			   "root again";
	else if ((plan_creds_bounding_after(plan) & ~plan->creds.keep) != 0)
		bounding = "; the bounding set stays for want of CAP_SETPCAP";
	text_format(text, "drop        all capabilities%s\nkeep        ", bounding);
	capability_add_names(text, plan->creds.keep);
	text_format(text, "; no_new_privs is %s\n",
	            plan->creds.no_new_privs     ? "set"
	            : plan->before->no_new_privs ? "set already, so setuid programs gain nothing"
	                                         : "left off");
}

static void explain_command(const struct plan *plan, struct text *text)
{
	static const char *const names[] = {"HOME", "USER", "LOGNAME"};

	text_add(text, "become     ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = environment_get(plan->environment, names[i]);

		if (value != NULL)
			text_format(text, " %s='%s'", names[i], value);
	}
	for (char *const *word = plan->command; *word != NULL; word++)
		text_format(text, " '%s'", *word);
	text_add(text, "\n");
}

void explain_step(const struct plan *plan, const struct plan_step *step,
                  const struct ownership_report *report, struct text *text)
{
	switch (step->kind) {
	case STEP_ACCOUNT:
		explain_line_change(&plan->change.group, "/etc/group", text);
		explain_line_change(&plan->change.passwd, "/etc/passwd", text);
		break;
	case STEP_VOLUME:
		explain_volume(plan, step->volume, report, text);
		break;
	case STEP_FINISH_VOLUMES: /* the lines of STEP_VOLUME tell it */
		break;
	case STEP_STDIO:
		text_add(text, "hand over   standard streams that are pipes or terminals\n");
		break;
	case STEP_UMASK:
		text_format(text, "set         umask %o\n", plan->umask);
		break;
	case STEP_DROP:
		explain_drop(plan, text);
		break;
	case STEP_CHECK_WRITABLE:
		text_format(text, "check       that the user can write to '%s'\n",
		            step->volume->path);
		break;
	case STEP_COMMAND:
		explain_command(plan, text);
		break;
	}
}

void explain_plan(const struct plan *plan, const struct ownership_report *reports,
                  struct text *text)
{
	for (size_t i = 0; i < plan->warning_count; i++)
		text_format(text, "note        %s\n", plan->warnings[i]);
	for (size_t i = 0; i < plan->note_count; i++)
		text_format(text, "note        %s\n", plan->notes[i]);
	explain_identity(plan, text);
	for (size_t i = 0; i < plan->step_count; i++) {
		explain_step(plan, &plan->steps[i], reports, text);
		if (plan->steps[i].kind == STEP_VOLUME)
			reports++;
	}
}
