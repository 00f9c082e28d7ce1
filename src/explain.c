#include "explain.h"

#include <errno.h>
#include <linux/capability.h>

#include "capability.h"
#include "environment.h"

static const char *left_reason(const struct volume_report *report)
{
	if (report->first_errnum != 0)
		return error_text(report->first_errnum);
	return report->first_is_link ? "a file with hard links elsewhere" : "a device node";
}

static const char *left_hint(const struct volume_report *report, uint64_t effective)
{
	int errnum = report->first_errnum;

	if (report->first_is_moved)
		return "it was moved during the walk: another process changes the tree";
	switch (errnum) {
	case EPERM:
	case EACCES:
		if ((effective >> CAP_CHOWN & 1) == 0)
			return "root lacks CAP_CHOWN: start the container with --cap-add CHOWN";
		if (errnum == EACCES)
			return "a server that maps root to nobody, or CAP_DAC_OVERRIDE is missing";
		return "immutable, a server that maps root to nobody, or its id is not mapped here";
	case EROFS:
		return "a read-only mount: nothing can be changed there";
	case EOVERFLOW:
	case EINVAL:
		return "the id is not mapped there: an idmapped mount or a user namespace";
	default:
		return NULL;
	}
}

static const char *doing(const struct volume_option *volume)
{
	return volume->mode == VOLUME_MKDIR ? "making the directory: " : "owning: ";
}

void explain_changed(const struct volume_option *volume, const struct volume_report *report,
                     struct text *text)
{
	text_add(text, doing(volume));
	text_add_quoted(text, slice_of(volume->path));
	text_add(text, ": ");
	if (report->made)
		text_add(text, "made, ");
	text_add_number(text, report->changed);
	text_add(text, " of ");
	text_add_count(text, report->looked, "entry changed", "entries changed");
}

static void add_part(struct text *text, uint64_t count, const char *what, bool *first)
{
	if (count == 0)
		return;
	text_add(text, *first ? "" : ", ");
	text_add_number(text, count);
	text_add(text, what);
	*first = false;
}

void explain_left(const struct volume_option *volume, const struct volume_report *report,
                  uint64_t effective, struct text *text)
{
	bool first = true;
	const char *hint = left_hint(report, effective);

	text_add(text, doing(volume));
	text_add_quoted(text, slice_of(volume->path));
	text_add(text, ": left as they are: ");
	add_part(text, report->left_failed, " that could not be changed", &first);
	add_part(text, report->left_links, " with hard links elsewhere", &first);
	add_part(text, report->left_devices, " device nodes", &first);
	text_add(text, " of ");
	text_add_count(text, report->looked, "entry", "entries");
	if (report->first_path[0] == '\0')
		return;
	text_add(text, "; the first is ");
	text_add_quoted(text, slice_of(report->first_path));
	text_add(text, ": ");
	text_add(text, left_reason(report));
	if (hint != NULL) {
		text_add(text, " (");
		text_add(text, hint);
		text_add(text, ")");
	}
}

static void explain_identity(const struct plan *plan, struct text *text)
{
	const struct identity *identity = &plan->identity;

	text_add(text, plan->was_root ? "run as      uid " : "stay        uid ");
	text_add_number(text, identity->uid);
	if (identity->name.length > 0) {
		text_add(text, " (");
		text_add_visible(text, identity->name);
		text_add(text, plan->change.passwd.action == ACCOUNT_ADD ? ", made in /etc/passwd)"
		                                                         : ", in /etc/passwd)");
	} else {
		text_add(text, " (by number, no entry in /etc/passwd)");
	}
	text_add(text, ", gid ");
	text_add_number(text, identity->gid);
	text_add(text, ", groups");
	for (size_t i = 0; i < identity->group_count; i++) {
		text_add(text, " ");
		text_add_number(text, identity->groups[i]);
	}
	text_add(text, "\n");
}

static void explain_line(const struct line_change *change, const char *file, struct text *text)
{
	if (change->action == ACCOUNT_KEEP)
		return;
	text_add(text, change->action == ACCOUNT_ADD ? "add line    " : "change line ");
	if (change->action == ACCOUNT_RENUMBER) {
		text_add_quoted(text, change->old_line);
		text_add(text, " to ");
	}
	text_add_quoted(text, slice_of(change->new_line));
	text_add(text, " in ");
	text_add(text, file);
	text_add(text, "\n");
}

static void explain_volume(const struct volume_option *volume, const struct volume_report *report,
                           uint64_t effective, struct text *text)
{
	static const char *const verbs[] = {"own all of  ", "own         ", "make, own   "};

	text_add(text, verbs[volume->mode]);
	text_add_quoted(text, slice_of(volume->path));
	text_add(text, ": ");
	if (report->made)
		text_add(text, "missing, ");
	text_add_number(text, report->changed);
	text_add(text, " of ");
	text_add_count(text, report->looked, "entry wrong", "entries wrong");
	if (report->first_wrong[0] != '\0') {
		text_add(text, ", the first is ");
		text_add_quoted(text, slice_of(report->first_wrong));
	}
	text_add(text, "\n");
	if (volume_left(report) > 0) {
		text_add(text, "            ");
		explain_left(volume, report, effective, text);
		text_add(text, "\n");
	}
}

static void explain_drop(const struct plan *plan, struct text *text)
{
	bool bounding_stays = (plan->before->bounding & ~plan->creds.keep) != 0 &&
	                      (plan->before->effective & CAPABILITY_BIT(CAP_SETPCAP)) == 0;

	text_add(text, bounding_stays ? "drop        all capabilities; the bounding set stays for "
	                                "want of CAP_SETPCAP\n"
	                              : "drop        all capabilities, bounding and ambient sets "
	                                "included\n");
	text_add(text, "keep        ");
	capability_add_names(text, plan->creds.keep);
	text_add(text, plan->creds.no_new_privs ? "; no_new_privs is set\n"
	                                        : "; no_new_privs is left off\n");
}

static void explain_command(const struct plan *plan, struct text *text)
{
	static const char *const names[] = {"HOME", "USER", "LOGNAME"};

	text_add(text, "with        ");
	for (size_t i = 0; i < 3; i++) {
		const char *value = environment_get(plan->environment, names[i]);

		text_add(text, i == 0 ? "" : " ");
		text_add(text, names[i]);
		text_add(text, value == NULL ? " unset" : "=");
		if (value != NULL)
			text_add_visible(text, slice_of(value));
	}
	text_add(text, "\nbecome     ");
	for (char *const *word = plan->command; *word != NULL; word++) {
		text_add(text, " ");
		text_add_quoted(text, slice_of(*word));
	}
	text_add(text, "\n");
}

static void explain_step(const struct plan *plan, const struct plan_step *step,
                         const struct volume_report *report, struct text *text)
{
	switch (step->kind) {
	case STEP_ACCOUNT:
		explain_line(&plan->change.group, "/etc/group", text);
		explain_line(&plan->change.passwd, "/etc/passwd", text);
		break;
	case STEP_VOLUME:
		explain_volume(step->volume, report, plan->before->effective, text);
		break;
	case STEP_STDIO:
		text_add(text, "hand over   standard streams that are pipes or terminals\n");
		break;
	case STEP_UMASK:
		text_add(text, "set         umask ");
		text_add_octal(text, plan->umask);
		text_add(text, "\n");
		break;
	case STEP_DROP:
		explain_drop(plan, text);
		break;
	case STEP_CHECK_WRITABLE:
		text_add(text, "check       that the user can write to ");
		text_add_quoted(text, slice_of(step->volume->path));
		text_add(text, "\n");
		break;
	case STEP_COMMAND:
		explain_command(plan, text);
		break;
	}
}

void explain_plan(const struct plan *plan, const struct volume_report *reports, struct text *text)
{
	for (size_t i = 0; i < plan->warning_count; i++) {
		text_add(text, "note        ");
		text_add(text, plan->warnings[i]);
		text_add(text, "\n");
	}
	explain_identity(plan, text);
	for (size_t i = 0; i < plan->step_count; i++) {
		explain_step(plan, &plan->steps[i], reports, text);
		if (plan->steps[i].kind == STEP_VOLUME)
			reports++;
	}
}
