#include "core/explain.h"

#include <errno.h>
#include <linux/capability.h>

#include "core/capability_names.h"
#include "core/environment.h"
#include "core/plan_creds.h"

static const char *skipped_reason(const struct ownership_report *report)
{
	switch (report->first_reason) {
	case SKIP_HARDLINK:
		return "a file with hard links elsewhere";
	case SKIP_DEVICE:
		return "a device node";
	case SKIP_MOVED:
		return error_text(ESTALE);
	case SKIP_PROGRAM:
		return "this program, or a directory that holds it";
	case SKIP_MOUNT_UNKNOWN:
		return "nothing tells here where another mount begins";
	case SKIP_YOUNG_HARDLINK:
		return "a file with several links on a server, changed less than a minute ago";
	case SKIP_LOCKED:
		return "a directory that another process holds a lock on";
	case SKIP_NO_LOCKS:
		return "a directory that cannot be locked";
	default:
		return error_text(report->first_reason);
	}
}

static const char *skipped_hint(const struct ownership_report *report, uint64_t effective)
{
	switch (report->first_reason) {
	case SKIP_HARDLINK:
		return "copy it";
	case SKIP_MOVED:
		return "another process moved it";
	case SKIP_PROGRAM:
		return "whoever may replace it is root at the next start";
	case SKIP_MOUNT_UNKNOWN:
		return "mount /proc, or allow openat2 or statx";
	case SKIP_YOUNG_HARDLINK:
		return "start again in a minute";
	case SKIP_LOCKED:
		return "is another stepdown at work there?";
	case SKIP_NO_LOCKS:
		return "a seccomp profile forbids flock";
	case EPERM:
	case EACCES:
		if ((effective & CAPABILITY_BIT(CAP_CHOWN)) == 0)
			return "start the container with --cap-add CHOWN";
		return report->first_reason == EPERM
		               ? "immutable, not mapped, or a root_squash server"
		               : "a root_squash server, or no CAP_DAC_OVERRIDE";
	case EROFS:
		return "a read-only mount";
	case EOVERFLOW:
	case EINVAL:
		return "not mapped on that mount or in this namespace";
	default:
		return NULL;
	}
}

static void explain_counts(const char *verb, const char *state, const struct declared_path *volume,
                           const struct ownership_report *report, struct text *text)
{
	text_format(text, "%s '%s': %sentries %s: %ju of %ju", verb, volume->path,
	            report->made ? "new, " : "", state, (uintmax_t)report->changed,
	            (uintmax_t)report->visited);
}

void explain_changed(const struct declared_path *volume, const struct ownership_report *report,
                     struct text *text)
{
	explain_counts("owning:", "changed", volume, report, text);
}

void explain_exchange(const struct declared_path *volume, struct text *text)
{
	text_format(text,
	            "owning: '%s': not only root can put another directory in its place (declare "
	            "the directory above it, or let only root write there)",
	            volume->path);
}

void explain_skipped(const struct declared_path *volume, const struct ownership_report *report,
                     uint64_t effective, struct text *text)
{
	const char *hint = skipped_hint(report, effective);

	text_format(text, "owning: '%s': entries skipped: %ju of %ju, the first is '%s': %s",
	            volume->path, (uintmax_t)report->skipped, (uintmax_t)report->visited,
	            report->first_skipped, skipped_reason(report));
	if (hint != NULL)
		text_format(text, " (%s)", hint);
	if (report->unfinished)
		text_format(text, "; '%s' stays root's, so the next start tries again",
		            volume->path);
}

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

static void explain_volume(const struct declared_path *volume,
                           const struct ownership_report *report, uint64_t effective,
                           struct text *text)
{
	static const char verbs[][12] = {
		[DEPTH_TOP] = "own        ",
		[DEPTH_TREE_IF_TOP_WRONG] = "own, once  ",
		[DEPTH_TREE] = "own all of ",
	};

	explain_counts(report->made ? "make, own  " : verbs[volume->depth], "wrong", volume, report,
	               text);
	if (report->first_wrong[0] != '\0')
		text_format(text, ", the first is '%s'", report->first_wrong);
	if (report->skipped > 0) {
		text_add(text, "\n            ");
		explain_skipped(volume, report, effective, text);
	}
	if (report->can_be_exchanged) {
		text_add(text, "\n            ");
		explain_exchange(volume, text);
	}
	text_add(text, "\n");
}

static void explain_drop(const struct plan *plan, struct text *text)
{
	const char *bounding = ", bounding and ambient sets included";

	if (plan->creds.keep_bounding)
		bounding = "; the bounding set stays for setuid programs, which may make the user "
			   "root again";
	else if ((creds_bounding_after(plan) & ~plan->creds.keep) != 0)
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
	static const char names[][8] = {"HOME", "USER", "LOGNAME"};

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
		explain_volume(step->volume, report, plan->before->effective, text);
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
	explain_identity(plan, text);
	for (size_t i = 0; i < plan->step_count; i++) {
		explain_step(plan, &plan->steps[i], reports, text);
		if (plan->steps[i].kind == STEP_VOLUME)
			reports++;
	}
}
