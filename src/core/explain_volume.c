/* SPDX-License-Identifier: MIT */
#include "core/explain_volume.h"

#include <errno.h>
#include <linux/capability.h>

#include "core/capability_names.h"
#include "core/passwd_parse.h"
#include "core/variable_note.h"

/* The separator of two lines of a dry run about one path. */
#define NEXT_LINE "\n            "

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
		return "no system call tells where another mount begins";
	case SKIP_YOUNG_HARDLINK:
		return "a file with several links that changed a moment ago, or whose "
		       "directories did";
	case SKIP_LOCKED:
		return "a directory that another process holds a lock on";
	case SKIP_NO_LOCKS:
		return "a directory that cannot be locked";
	case SKIP_IGNORED:
		return "the file system ignores chown";
	default:
		return error_text(report->first_reason);
	}
}

static const char *skipped_hint(const struct ownership_report *report, uint64_t effective)
{
	switch (report->first_reason) {
	case SKIP_HARDLINK:
		return "declare the directories that hold its names";
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
	case SKIP_IGNORED:
		return "a mount option or the host sets the owners there";
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

/* Returns true if the line must name the group of OWNER beside its user (explain_changed). */
static bool must_name_group(const struct plan *plan, struct owner owner)
{
	struct account account = {.gid = owner.uid};

	if (owner.uid == plan->request.owner->uid)
		return true;
	(void)passwd_find_uid(plan->passwd, owner.uid, &account);
	return owner.gid != 0 && owner.gid != account.gid && owner.gid != plan->request.owner->gid;
}

/* Appends NAME, or ID if there is no name. A damaged file may have a name of any length. */
static void add_name_or_id(struct slice name, uint32_t id, struct text *text)
{
	if (name.length == 0)
		text_format(text, "%u", id);
	else
		text_format(text, "%.*s", (int)(name.length < 32 ? name.length : 32), name.bytes);
}

/* A former owner, and whether the line names its group. */
struct named_owner {
	struct former_owner former;
	bool with_group;
};

/* Returns the one of the COUNT owners in NAMED that is UID without a group, or NULL. */
static struct named_owner *find_named(struct named_owner *named, size_t count, uid_t uid)
{
	for (size_t i = 0; i < count; i++) {
		if (!named[i].with_group && named[i].former.owner.uid == uid)
			return &named[i];
	}
	return NULL;
}

/* Writes the former owners of REPORT to NAMED, and returns their number. Former owners with the
 * same user become one if the line does not name their groups. */
static size_t name_former_owners(const struct plan *plan, const struct ownership_report *report,
                                 struct named_owner named[static FORMER_OWNERS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < report->former_count; i++) {
		const struct former_owner *former = &report->former[i];
		bool with_group = must_name_group(plan, former->owner);
		struct named_owner *same = with_group ? NULL
		                                      : find_named(named, count, former->owner.uid);

		if (same != NULL)
			same->former.entries += former->entries;
		else
			named[count++] = (struct named_owner){*former, with_group};
	}
	return count;
}

static void add_named_owner(const struct plan *plan, const struct named_owner *named,
                            struct text *text)
{
	const struct owner *owner = &named->former.owner;
	struct account user = {0};
	struct account group = {0};

	if (!passwd_find_uid(plan->passwd, owner->uid, &user))
		text_add(text, "uid ");
	add_name_or_id(user.name, owner->uid, text);
	if (named->with_group) {
		(void)group_find_gid(plan->group, owner->gid, &group);
		text_add(text, ":");
		add_name_or_id(group.name, owner->gid, text);
	}
	text_format(text, " %ju", (uintmax_t)named->former.entries);
}

static void explain_counts(const char *verb, const char *state, const struct plan *plan,
                           const struct declared_path *volume,
                           const struct ownership_report *report, struct text *text)
{
	struct named_owner named[FORMER_OWNERS_MAX];
	size_t count = name_former_owners(plan, report, named);

	text_format(text, "%s '%s': %sentries %s: %ju of %ju", verb, volume->path,
	            report->made ? "new, " : "", state, (uintmax_t)report->changed,
	            (uintmax_t)report->visited);
	for (size_t i = 0; i < count; i++) {
		text_add(text, i == 0 ? ": " : ", ");
		add_named_owner(plan, &named[i], text);
	}
	if (report->former_others > 0)
		text_format(text, ", others %ju", (uintmax_t)report->former_others);
}

void explain_changed(const struct plan *plan, const struct declared_path *volume,
                     const struct ownership_report *report, struct text *text)
{
	explain_counts("owning:", "changed", plan, volume, report, text);
}

static bool is_irreversible(const struct plan *plan, const struct ownership_report *report)
{
	struct named_owner named[FORMER_OWNERS_MAX];

	return plan->request.from_count == 0 && name_former_owners(plan, report, named) > 2;
}

static void begin_remark(const char *prefix, const char *doing, const struct declared_path *volume,
                         struct text *text)
{
	text_add(text, prefix);
	text_format(text, "%s: '%s': ", doing, volume->path);
}

bool explain_remark(enum volume_remark remark, const struct plan *plan,
                    const struct declared_path *volume, const struct ownership_report *report,
                    const char *prefix, struct text *text)
{
	switch (remark) {
	case REMARK_ODD_PATH:
		if (!report->made || volume->variables == NULL || path_oddity(volume->path) == NULL)
			return false;
		begin_remark(prefix, "making the volume", volume, text);
		text_format(text, "%s (':' stands between paths; %s)", path_oddity(volume->path),
		            volume->variables);
		return true;
	case REMARK_IRREVERSIBLE:
		if (!is_irreversible(plan, report))
			return false;
		begin_remark(prefix, "owning", volume, text);
		text_add(text, "this cannot be undone, because nothing keeps the former owners "
		               "(--own-from USER,... changes only what these users own)");
		return true;
	case REMARK_MOUNTS:
		if (report->mounts == 0)
			return false;
		begin_remark(prefix, "owning", volume, text);
		text_format(text, "other mounts below it stay as they are: %ju",
		            (uintmax_t)report->mounts);
		if (report->first_mount[0] != '\0')
			text_format(text,
			            ", the first that is not the user's is '%s' (declare it too)",
			            report->first_mount);
		return true;
	case REMARK_EXCHANGE:
		if (!report->can_be_exchanged)
			return false;
		begin_remark(prefix, "owning", volume, text);
		text_add(text, "not only root can put another directory in its place (declare the "
		               "directory above it, or let only root write there)");
		return true;
	case VOLUME_REMARKS:
		break;
	}
	return false;
}

void explain_skipped(const struct plan *plan, const struct declared_path *volume,
                     const struct ownership_report *report, struct text *text)
{
	const char *hint = skipped_hint(report, plan->before->effective);

	text_format(text, "owning: '%s': entries skipped: %ju of %ju, the first is '%s': %s",
	            volume->path, (uintmax_t)report->skipped, (uintmax_t)report->visited,
	            report->first_skipped, skipped_reason(report));
	if (hint != NULL)
		text_format(text, " (%s)", hint);
	if (report->unfinished)
		text_format(text, "; '%s' stays root's, so the next start tries again",
		            volume->path);
}

void explain_volume(const struct plan *plan, const struct declared_path *volume,
                    const struct ownership_report *report, struct text *text)
{
	static const char *const verbs[] = {
		[DEPTH_TOP] = "own        ",
		[DEPTH_TREE_IF_TOP_WRONG] = "own, once  ",
		[DEPTH_TREE] = "own all of ",
	};

	/* explain_step() is called without a report only for steps other than STEP_VOLUME. */
	/* cppcheck-suppress ctunullpointer */
	explain_counts(report->made ? "make, own  " : verbs[volume->depth], "wrong", plan, volume,
	               report, text);
	if (report->first_wrong[0] != '\0')
		text_format(text, "%s the first is '%s'", report->former_count > 0 ? ";" : ",",
		            report->first_wrong);
	for (enum volume_remark remark = 0; remark < VOLUME_REMARKS; remark++)
		(void)explain_remark(remark, plan, volume, report, NEXT_LINE, text);
	if (report->skipped > 0) {
		text_add(text, NEXT_LINE);
		explain_skipped(plan, volume, report, text);
	}
	text_add(text, "\n");
}
