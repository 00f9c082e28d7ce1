#include <inttypes.h>
#include <linux/capability.h>

#include "core/explain_volume.h"
#include "core/progress.h"
#include "plan_world.h"

/* A row is a walk of a declared path, and its explanation. The user to be is app (1000:77). */
struct report_row {
	const char *lines;  /* below the first one; if there is a REASON, what is told of it */
	int reason;         /* for which 3 entries are skipped, or 0 */
	const char *former; /* "UID:GID ENTRIES ..." */
	const char *counts; /* behind "entries changed: " or "entries wrong: "; NULL: "0 of 0" */
	const char *path, *variables, *options;
	uint64_t missing;
	struct ownership_report report;
};

#define BELOW "\n            "
#define OWNING BELOW "owning: '/data': "

static void explain_row(const struct plan *plan, const struct report_row *row)
{
	struct declared_path volume = {row->path == NULL ? "/data" : row->path, DEPTH_TREE,
	                               .variables = row->variables};
	struct ownership_report report = row->report;
	const char *made = report.made ? "new, " : "";
	const char *counts = row->counts == NULL ? "0 of 0" : row->counts;
	char found[FOUND_BYTES], wanted[FOUND_BYTES] = "";
	struct text text = text_in(found, sizeof(found));
	int length = 0;

	report.first_reason = row->reason;
	report.skipped = row->reason == 0 ? 0 : 3;
	report.unfinished = row->reason == SKIP_LOCKED;
	for (const char *at = row->former == NULL ? "" : row->former; *at != '\0'; at += length) {
		struct former_owner *former = &report.former[report.former_count++];

		sscanf(at, "%u:%u %" SCNu64 " %n", &former->owner.uid, &former->owner.gid,
		       &former->entries, &length);
	}
	explain_volume(plan, &volume, &report, &text);
	append(wanted, "%s '%s': %sentries wrong: %s%s%s\n",
	       report.made ? "make, own  " : "own all of ", volume.path, made, counts,
	       row->reason == 0 ? "" : OWNING "entries skipped: 3 of 0, the first is '': ",
	       row->lines);
	assert_found(row->lines, found, wanted);
	text = text_in(found, sizeof(found));
	explain_changed(plan, &volume, &report, &text);
	wanted[0] = '\0';
	append(wanted, "owning: '%s': %sentries changed: %s", volume.path, made, counts);
	assert_found(row->lines, found, wanted);
	for (enum volume_remark remark = 0; remark < VOLUME_REMARKS; remark++) {
		text = text_in(found, sizeof(found));
		assert_true(explain_remark(remark, plan, &volume, &report, "", &text) ==
		            (found[0] != '\0'));
	}
}

#define BYTES_31 "abcdefghijklmnopqrstuvwxyz01234"

static void are_explained(void **state)
{
	for (const struct report_row *row = *state; row->lines != NULL; row++) {
		struct facts world = world_of_container();
		struct planned planned;
		char words[FOUND_BYTES] = "-u app:77 -o /data";

		world.passwd =
			slice_of(PASSWD "\n" BYTES_31 ":x:2:2:::\n" BYTES_31 "xyz:x:3:3:::\n");
		world.creds.effective &= ~row->missing;
		append(words, "%s", row->options == NULL ? "" : row->options);
		must_plan(&planned, &world, words);
		explain_row(&planned.plan, row);
	}
}

#define MOUNTS OWNING "other mounts below it stay as they are: 2"

TABLE(struct report_row, each_remark_is_one_line_with_a_reason, are_explained) = {
	{MOUNTS, .report.mounts = 2},
	{MOUNTS ", the first that is not the user's is '/' (declare it too)", .report.mounts = 2,
         .report.first_mount = "/"},
	{OWNING "not only root can put another directory in its place (declare the directory above "
                "it, or let only root write there)",
         .report.can_be_exchanged = true},
	{BELOW
         "making the volume: '/a,/b': a comma stands in it (':' stands between paths; V is 'x')",
         .path = "/a,/b", .variables = "V is 'x'", .report.made = true},
	{"", .path = "/a", .variables = "V is 'x'", .report.made = true},
	{"", .path = "/a,/b", .report.made = true},
	{"", .path = "/a,/b", .variables = "V is 'x'"},
};

#define IRREVERSIBLE                                                                               \
	OWNING "this cannot be undone, because nothing keeps the former owners "                   \
	       "(--own-from USER,... changes only what these users own)"

/* The entries of one user are one owner, unless a group tells more. */
TABLE(struct report_row, former_owners_are_named, are_explained) = {
	{"", 0, "", "5000000000 of 18446744073709551615", .report.changed = 5000000000,
         .report.visited = UINT64_MAX},
	{"", 0, "33:0 1 0:0 9 33:33 2 0:77 3", "0 of 0: www 3, root 12"},
	{"", 0, "41:999 1", "0 of 0: oddgroup 1, others 1", .report.former_others = 1},
	/* The author knows the owners. */
	{"", 0, "0:0 10 33:6 2 33:33 45", "0 of 0: root 10, www:disk 2, www 45",
         .options = " --own-from root,www,44"},
	/* Only the group was wrong. */
	{IRREVERSIBLE, 0, "0:0 1 1000:0 4 1000:33 1", "0 of 0: root 1, app:root 4, app:www 1"},
	/* Without entries. */
	{"", 0, "5000:5000 7 5000:5001 1", "0 of 0: uid 5000 7, uid 5000:5001 1"},
	{IRREVERSIBLE, 0, "0:0 1 1:1 2 2:2 3 3:3 4",
         "0 of 0: root 1, uid 1 2, " BYTES_31 " 3, " BYTES_31 "x 4, others 5000000000",
         .report.former_others = 5000000000},
};

#define CHOWN CAPABILITY_BIT(CAP_CHOWN)
#define NOT_MAPPED "(not mapped on that mount or in this namespace)"

TABLE(struct report_row, S36_skipped_entries_are_one_line_with_the_first_one, are_explained) = {
	{"a file with hard links elsewhere (declare the directories that hold its names)",
         SKIP_HARDLINK},
	{"a device node", SKIP_DEVICE},
	{"Stale file handle (another process moved it)", SKIP_MOVED},
	{"this program, or a directory that holds it (whoever may replace it is root at the next "
         "start)",
         SKIP_PROGRAM},
	{"no system call tells where another mount begins (mount /proc, or allow openat2 or statx)",
         SKIP_MOUNT_UNKNOWN},
	{"a file with several links that changed a moment ago, or whose directories did (start "
         "again in a minute)",
         SKIP_YOUNG_HARDLINK},
	{"a directory that another process holds a lock on (is another stepdown at work there?); "
         "'/data' stays root's, so the next start tries again",
         SKIP_LOCKED},
	{"a directory that cannot be locked (a seccomp profile forbids flock)", SKIP_NO_LOCKS},
	{"the file system ignores chown (a mount option or the host sets the owners there)",
         SKIP_IGNORED},
	{"Permission denied (start the container with --cap-add CHOWN)", EACCES, .missing = CHOWN},
	{"Operation not permitted (immutable, not mapped, or a root_squash server)", EPERM},
	{"Permission denied (a root_squash server, or no CAP_DAC_OVERRIDE)", EACCES},
	{"Value too large for defined data type " NOT_MAPPED, EOVERFLOW},
};

TEST(progress_line_has_counts_and_rate)
{
	char lines[256];
	struct text text = text_in(lines, sizeof(lines));

	progress_write(&text, "/a\nb", 5, 5, 0);
	/* More than 32 bits hold, for a month. */
	progress_write(&text, "/c", 300000000000, 5000000000, 3000000000);
	assert_string_equal(
		lines,
		"changing the owner: '/a\\nb': 5 entries visited, 5 changed, 0 a second"
		"changing the owner: '/c': 300000000000 entries visited, 5000000000 changed, "
		"100000 a second");
}

#define HAND_OVER "hand over   standard streams that are pipes or terminals\n"
#define DROP_ALL "drop        all capabilities, bounding and ambient sets included\n"
#define DROP_OTHERS "drop        all capabilities; the bounding set stays for "
#define NO_SETPCAP DROP_OTHERS "want of CAP_SETPCAP\n"
#define FOR_SETUID DROP_OTHERS "setuid programs, which may make the user root again\n"
#define AS_7 "run as      uid 7 (by number, no entry in /etc/passwd), gid 7, groups 7\n" HAND_OVER
#define AS_ROOT "become      HOME='/root' USER='root' LOGNAME='root' 'cmd'\n"
#define CHECK "check       that the user can write to "

PLANS(the_whole_plan_in_the_order_of_its_steps, in_a_container) = {
	/* --mkdir comes first. */
	{"-n -u new=10001:10002 -g 7 -o /a --own-top /b --mkdir /c --umask 27 --cap "
         "net_bind_service cmd -x",
         .explained =
                 "note        working out the groups: '4 6': left out, because /etc/group gives "
                 "them to root (--group keeps one that the container was granted)\n"
                 "run as      uid 10001 (new, made in /etc/passwd), gid 10002, groups 7 10002\n"
                 "add line    'new:*:10002:' in /etc/group\n"
                 "add line    'new:*:10001:10002::/:/sbin/nologin' in /etc/passwd\n"
                 "make, own   '/c': new, entries wrong: 0 of 0\n"
                 "own all of  '/a': entries wrong: 4 of 0: root 4; the first is '/a/b'\n"
                 "own         '/b': entries wrong: 0 of 0\n"
                 "            owning: '/b': entries skipped: 1 of 0, the first is "
                 "'/b\\nstepdown: \\x1b': Read-only file system (a read-only mount)\n" HAND_OVER
                 "set         umask 0027\n" DROP_ALL
                 "keep        cap_net_bind_service; no_new_privs is set\n" CHECK "'/c'\n" CHECK
                 "'/a'\n" CHECK "'/b'\n"
                 "become      HOME='/' USER='new' LOGNAME='new' 'cmd' '-x'\n"},
	{"-u 7 --try-cap kill,sys_admin",
         .explained =
                 "note        working out the groups: '4 6': left out, because /etc/group gives "
                 "them to root (--group keeps one that the container was granted)\n"
                 "note        keeping capabilities: 'cap_sys_admin': missing in the container (the "
                 "command runs without)\n" AS_7 DROP_ALL
                 "keep        cap_kill; no_new_privs is set\n"
                 "become      HOME='/' 'cmd'\n"},
};

static void with_a_path(void **state)
{
	static const struct path_owner owner = {{"/srv", 4}, 1000, 33, NULL};
	struct facts world = world_of_container();

	world.owners = &owner;
	world.creds.group_count = 1; /* no note about root's groups */
	check_plans(&world, *state);
}

PLANS(identity_drop_and_command_are_explained, with_a_path) = {
	/* The look-up has a line of its own if the option holds no name or id. */
	{"-u @/srv --setup-only",
         .explained = "look up     '@/srv'\n"
                      "run as      uid 1000 (app, in /etc/passwd), gid 33, groups 33\n"},
	{"-u @/none,${NONE},app:app --setup-only",
         .explained = "look up     'app:app'\n"
                      "run as      uid 1000 (app, in /etc/passwd), gid 1000, groups 1000\n"},
	{"-u app=10001:10001 --setup-only",
         .explained = "run as      uid 10001 (app, in /etc/passwd), gid 10001, groups 10001\n"
                      "change line 'app:x:1000:' to 'app:x:10001:' in /etc/group\n"
                      "change line 'app:x:1000:1000::/home/app:/bin/sh' to "
                      "'app:x:10001:10001::/home/app:/bin/sh' in /etc/passwd\n"},
	{"-u oddgroup=41 --setup-only",
         .explained = "run as      uid 41 (oddgroup, in /etc/passwd), gid 999, groups 999\n"
                      "add line    'oddgroup:*:999:' in /etc/group\n"},
	/* A start as not root announces no account that the plan would have made. A bounding set that stays is not
	 * explained as dropped (S33). */
	{"-u new=10001 -o /a --cap kill",
         .explained = "note        stepping down: 'new=10001': not root at the start, but uid 33 "
                      "gid 33 (start the container as root, or as that user and group)\n"
                      "note        keeping capabilities: 'cap_kill': missing in the container "
                      "(start it as root with --cap-add of these, or do without)\n"
                      "run as      uid 33 (www, in /etc/passwd), gid 33, groups 33\n" NO_SETPCAP
                      "keep        none; no_new_privs is set\n" CHECK "'/a'\n"
                      "become      HOME='/var/www' USER='www' LOGNAME='www' 'cmd'\n",
         AS(33, 33)},
	{"-u 7 --clear-groups --keep-env --allow-new-privs --cap kill",
         .explained = AS_7 FOR_SETUID "keep        cap_kill; no_new_privs is left off\n" AS_ROOT},
	/* Nothing takes the engine's flag back. */
	{"-u 7 --clear-groups --keep-env --allow-new-privs",
         .explained = AS_7 FOR_SETUID
         "keep        none; no_new_privs is set already, so setuid programs gain nothing\n" AS_ROOT,
         .no_new_privs = true},
	/* Nothing is to be dropped from the bounding set if it holds no more than what is kept. */
	{"-u 7 --clear-groups --keep-env --cap kill",
         .explained = AS_7 DROP_ALL "keep        cap_kill; no_new_privs is set\n" AS_ROOT,
         LACKS(SETPCAP), .not_bounding = ~CAPABILITY_BIT(CAP_KILL)},
	/* Words of the command line cannot begin a line. */
	{"HOME=/a\nb -u 7 --clear-groups cmd a\nb\033 ''",
         .explained = AS_7 DROP_ALL "keep        none; no_new_privs is set\n"
                                    "become      HOME='/a\\nb' 'cmd' 'a\\nb\\x1b' ''\n"},
};
