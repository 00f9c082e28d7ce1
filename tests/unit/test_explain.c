#include <inttypes.h>
#include <linux/capability.h>

#include "core/explain.h"
#include "core/explain_volume.h"
#include "core/progress.h"
#include "plan_world.h"

static const struct declared_path data = {.path = "/data", .depth = DEPTH_TREE};

/* An empty line stands for no reason for the remark. */
static void assert_remark(enum volume_remark remark, const struct plan *plan,
                          const struct declared_path *volume, const struct ownership_report *report,
                          const char *wanted)
{
	char line[512] = "";
	struct text text = text_in(line, sizeof(line));

	assert_true(explain_remark(remark, plan, volume, report, "", &text) == (line[0] != '\0'));
	assert_string_equal(line, wanted);
}

#define MOUNTS "owning: '/data': other mounts below it stay as they are: 2"
#define ODD(path, is) "making the volume: '" path "': " is " (':' stands between paths; V is 'x')"

static struct remark_row {
	const char *path, *variables;
	enum volume_remark remark;
	const char *wanted;
	struct ownership_report report;
} each_remark_is_one_line_with_a_reason[] = {
	{"/data", NULL, REMARK_MOUNTS, ""},
	{"/data", NULL, REMARK_MOUNTS, MOUNTS, {.mounts = 2}},
	{"/data",
         NULL,
         REMARK_MOUNTS,
         MOUNTS ", the first that is not the user's is '/data/cache' (declare it too)",
         {.mounts = 2, .first_mount = "/data/cache"}},
	{"/data", NULL, REMARK_EXCHANGE, ""},
	{"/data",
         NULL,
         REMARK_EXCHANGE,
         "owning: '/data': not only root can put another directory in its place (declare the "
         "directory above it, or let only root write there)",
         {.can_be_exchanged = true}},
	{"/a /b",
         "V is 'x'",
         REMARK_ODD_PATH,
         ODD("/a /b", "white space stands in it"),
         {.made = true}},
	{"/a,/b",
         "V is 'x'",
         REMARK_ODD_PATH,
         ODD("/a,/b", "a comma stands in it"),
         {.made = true}},
	{"/a", "V is 'x'", REMARK_ODD_PATH, "", {.made = true}},
	{"/a /b", NULL, REMARK_ODD_PATH, "", {.made = true}},
	{"/a /b", "V is 'x'", REMARK_ODD_PATH, ""},
	{0},
};

static void is_remarked(void **state)
{
	for (const struct remark_row *row = *state; row->path != NULL; row++) {
		struct declared_path volume = {.path = row->path, .variables = row->variables};

		assert_remark(row->remark, &(struct plan){0}, &volume, &row->report, row->wanted);
	}
}
TABLE(each_remark_is_one_line_with_a_reason, is_remarked);

#define IRREVERSIBLE                                                                               \
	"owning: '/data': this cannot be undone, because nothing keeps the former owners "         \
	"(--own-from USER,... changes only what these users own)"

/* The user to be is app (1000:1000). The entries of one user are one owner, unless a group tells more. */
static struct changed_row {
	const char *former; /* "UID:GID ENTRIES ..." */
	const char *wanted; /* behind "entries changed: " */
	bool irreversible;
	uint64_t changed, visited, others;
} former_owners_are_named[] = {
	{"", "0 of 0"},
	{"", "3 of 7", .changed = 3, .visited = 7},
	{"", "5000000000 of 18446744073709551615", .changed = 5000000000, .visited = UINT64_MAX},
	{"0:0 9", "0 of 0: root 9"},
	{"0:0 9 33:0 1 33:33 2 33:1000 3", "0 of 0: root 9, www 6"},
	{"0:0 10 33:33 45 33:998 2", "0 of 0: root 10, www 45, www:docker 2", true},
	{"0:44 1 33:33 2", "0 of 0: root:video 1, www 2"},
	/* Only the group was wrong. */
	{"1000:0 4 1000:33 1", "0 of 0: app:root 4, app:www 1"},
	{"0:0 1 1000:0 4 1000:33 1", "0 of 0: root 1, app:root 4, app:www 1", true},
	/* Without entries. */
	{"5000:5000 7 5000:5001 1", "0 of 0: uid 5000 7, uid 5000:5001 1"},
	{"0:0 1 1:1 2 2:2 3 3:3 4", "0 of 0: root 1, uid 1 2, uid 2 3, uid 3 4, others 5000000000",
         true, .others = 5000000000},
	{0},
};

/* --own-from says that the author knows the owners, so no warning is needed. */
static void are_named(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;
	struct planned own_from;

	must_plan(&planned, &world, "-u app -o /data");
	must_plan(&own_from, &world, "-u app -o /data --own-from root,www,44");
	for (const struct changed_row *row = *state; row->former != NULL; row++) {
		struct ownership_report report = {.visited = row->visited,
		                                  .changed = row->changed,
		                                  .former_others = row->others};
		char line[256];
		char wanted[FOUND_BYTES] = "owning: '/data': entries changed: ";
		struct text text = text_in(line, sizeof(line));
		int length = 0;

		for (const char *at = row->former; *at != '\0'; at += length) {
			struct former_owner *former = &report.former[report.former_count++];

			sscanf(at, "%u:%u %" SCNu64 " %n", &former->owner.uid, &former->owner.gid,
			       &former->entries, &length);
		}
		append(wanted, "%s", row->wanted);
		explain_changed(&planned.plan, &data, &report, &text);
		assert_found(row->former, line, wanted);
		assert_remark(REMARK_IRREVERSIBLE, &own_from.plan, &data, &report, "");
		assert_remark(REMARK_IRREVERSIBLE, &planned.plan, &data, &report,
		              row->irreversible ? IRREVERSIBLE : "");
	}
}
TABLE(former_owners_are_named, are_named);

#define CHOWN CAPABILITY_BIT(CAP_CHOWN)
#define NO_CHOWN "start the container with --cap-add CHOWN"
#define NOT_MAPPED "not mapped on that mount or in this namespace"

static struct skipped {
	int reason;         /* an errno has its own words */
	const char *wanted; /* the rest */
	uint64_t effective;
	const char *first;
} S36_skipped_entries_are_one_line_with_the_first_one[] = {
	{SKIP_HARDLINK,
         "a file with hard links elsewhere (declare the directories that hold its names)"},
	{SKIP_DEVICE, "a device node"},
	{SKIP_MOVED, "Stale file handle (another process moved it)"},
	{SKIP_PROGRAM, "this program, or a directory that holds it (whoever may replace it is root "
                       "at the next start)"},
	{SKIP_MOUNT_UNKNOWN, "no system call tells where another mount begins (mount /proc, or "
                             "allow openat2 or statx)"},
	{SKIP_YOUNG_HARDLINK, "a file with several links on a server, changed less than a minute "
                              "ago (start again in a minute)"},
	{SKIP_LOCKED, "a directory that another process holds a lock on (is another stepdown at "
                      "work there?); '/data' stays root's, so the next start tries again"},
	{SKIP_NO_LOCKS, "a directory that cannot be locked (a seccomp profile forbids flock)"},
	{SKIP_IGNORED, "the file system ignores chown (a mount option or the host sets the owners "
                       "there)"},
	{EROFS, " (a read-only mount)", CHOWN},
	{EROFS, " (a read-only mount)"},
	{EPERM, " (" NO_CHOWN ")"},
	{EACCES, " (" NO_CHOWN ")"},
	{EPERM, " (" NO_CHOWN ")", ~CHOWN},
	{EPERM, " (immutable, not mapped, or a root_squash server)", CHOWN},
	{EACCES, " (a root_squash server, or no CAP_DAC_OVERRIDE)", CHOWN},
	{EOVERFLOW, " (" NOT_MAPPED ")", CHOWN},
	{EINVAL, " (" NOT_MAPPED ")", CHOWN},
	{EIO, ""},
	{ENOENT, "", CHOWN},
	/* Names from the volume cannot begin a line (S29). */
	{EIO, "", .first = "/data/\nstepdown: fine\033]0;x\a"},
	{0},
};

static void are_explained(void **state)
{
	struct ownership_report report = {.visited = 9};

	for (const struct skipped *row = *state; row->wanted != NULL; row++) {
		struct plan plan = {.before = &(struct creds_state){.effective = row->effective}};
		char line[1024];
		char wanted[FOUND_BYTES] = "";
		struct text text = text_in(line, sizeof(line));

		report.skipped++;
		report.first_reason = row->reason;
		report.unfinished = row->reason == SKIP_LOCKED;
		strcpy(report.first_skipped, row->first == NULL ? "/data/x" : row->first);
		append(wanted,
		       "owning: '/data': entries skipped: %ju of 9, the first is '%s': %s%s",
		       (uintmax_t)report.skipped,
		       row->first == NULL ? "/data/x" : "/data/\\nstepdown: fine\\x1b]0;x\\x07",
		       row->reason > 0 ? strerror(row->reason) : "", row->wanted);
		explain_skipped(&plan, &data, &report, &text);
		assert_string_equal(line, wanted);
	}
}
TABLE(S36_skipped_entries_are_one_line_with_the_first_one, are_explained);

#define PROGRESS "changing the owner: '/a\\nb': "

static struct progress_row {
	const char *wanted;
	uint64_t visited;
	uint64_t changed;
	uint32_t milliseconds;
} progress_line_has_counts_and_rate[] = {
	{PROGRESS "2 entries visited, 0 changed, 0 a second", 2, 0, 3000},
	{PROGRESS "12345 entries visited, 67 changed, 4938 a second", 12345, 67, 2500},
	{PROGRESS "5 entries visited, 5 changed, 0 a second", 5, 5, 0},
	/* More than 32 bits hold, for a month. */
	{PROGRESS "300000000000 entries visited, 5000000000 changed, 100000 a second", 300000000000,
         5000000000, 3000000000},
	{0},
};

static void is_written(void **state)
{
	for (const struct progress_row *row = *state; row->wanted != NULL; row++) {
		char line[256];
		struct text text = text_in(line, sizeof(line));

		progress_write(&text, "/a\nb", row->visited, row->changed, row->milliseconds);
		assert_string_equal(line, row->wanted);
	}
}
TABLE(progress_line_has_counts_and_rate, is_written);

static void assert_plan(const struct facts *world, const char *words,
                        const struct ownership_report *reports, const char *wanted)
{
	struct planned planned;
	char found[FOUND_BYTES];
	struct text text = text_in(found, sizeof(found));

	must_plan(&planned, world, words);
	explain_plan(&planned.plan, reports, &text);
	assert_string_equal(found, wanted);
}

#define HAND_OVER "hand over   standard streams that are pipes or terminals\n"
#define DROP_ALL "drop        all capabilities, bounding and ambient sets included\n"
#define DROP_OTHERS "drop        all capabilities; the bounding set stays for "
#define NO_SETPCAP DROP_OTHERS "want of CAP_SETPCAP\n"
#define FOR_SETUID DROP_OTHERS "setuid programs, which may make the user root again\n"
#define AS_7 "run as      uid 7 (by number, no entry in /etc/passwd), gid 7, groups 7\n" HAND_OVER
#define AS_ROOT "become      HOME='/root' USER='root' LOGNAME='root' 'cmd'\n"
#define CHECK "check       that the user can write to "

TEST(the_whole_plan_in_the_order_of_its_steps)
{
	static const struct ownership_report reports[] = {
		/* --mkdir comes first. */
		{.visited = 0, .made = true},
		{.visited = 12,
	         .changed = 4,
	         .first_wrong = "/a/first",
	         .former_count = 3,
	         .former = {{{0, 0}, 2}, {{33, 33}, 1}, {{44, 44}, 1}}},
		{.visited = 1, .skipped = 1, .first_skipped = "/b", .first_reason = EROFS},
	};
	struct facts world = world_of_container();

	assert_plan(&world,
	            "-n -u new=10001:10002 -g 7 -o /a --own-top /b --mkdir /c --umask 27 --cap "
	            "net_bind_service cmd -x",
	            reports,
	            "note        working out the groups: '4 6': left out, because /etc/group gives "
	            "them to root (--group keeps one that the container was granted)\n"
	            "run as      uid 10001 (new, made in /etc/passwd), gid 10002, groups 7 10002\n"
	            "add line    'new:*:10002:' in /etc/group\n"
	            "add line    'new:*:10001:10002::/:/sbin/nologin' in /etc/passwd\n"
	            "make, own   '/c': new, entries wrong: 0 of 0\n"
	            "own all of  '/a': entries wrong: 4 of 12: root 2, www 1, uid 44 1; the first "
	            "is '/a/first'\n"
	            "            owning: '/a': this cannot be undone, because nothing keeps the "
	            "former owners (--own-from USER,... changes only what these users own)\n"
	            "own         '/b': entries wrong: 0 of 1\n"
	            "            owning: '/b': entries skipped: 1 of 1, the first is '/b': "
	            "Read-only file system (a read-only mount)\n" HAND_OVER
	            "set         umask 0027\n" DROP_ALL
	            "keep        cap_net_bind_service; no_new_privs is set\n" CHECK "'/c'\n" CHECK
	            "'/a'\n" CHECK "'/b'\n"
	            "become      HOME='/' USER='new' LOGNAME='new' 'cmd' '-x'\n");
}

struct explained {
	const char *words;
	const char *wanted;
	uid_t uid;         /* not root */
	uint64_t missing;  /* in the effective set */
	uint64_t bounding; /* 0: as in a container */
	bool no_new_privs; /* set by the engine */
};

static struct explained identity_drop_and_command_are_explained[] = {
	{"-u app --setup-only",
         "run as      uid 1000 (app, in /etc/passwd), gid 1000, groups 44 998 1000\n"},
	{"-u 10001 --setup-only",
         "run as      uid 10001 (by number, no entry in /etc/passwd), gid 10001, groups 10001\n"},
	/* The look-up has a line of its own if the option holds no name or id. */
	{"-u @/srv --setup-only",
         "look up     '@/srv'\n"
         "run as      uid 1000 (app, in /etc/passwd), gid 33, groups 33\n"},
	{"-u @/none,${NONE},app:app --setup-only",
         "look up     'app:app'\n"
         "run as      uid 1000 (app, in /etc/passwd), gid 1000, groups 1000\n"},
	{"-u app=10001:10001 --setup-only",
         "run as      uid 10001 (app, in /etc/passwd), gid 10001, groups 10001\n"
         "change line 'app:x:1000:' to 'app:x:10001:' in /etc/group\n"
         "change line 'app:x:1000:1000::/home/app:/bin/sh' to "
         "'app:x:10001:10001::/home/app:/bin/sh' in /etc/passwd\n"},
	/* Not root. An account that the plan would have made is not announced. */
	{"-u new=10001 -o /a",
         "note        stepping down: 'new=10001': not root at the start, but uid 33 gid 33 (start "
         "the container as root, or as that user and group)\n"
         "run as      uid 33 (www, in /etc/passwd), gid 33, groups 33\n" NO_SETPCAP
         "keep        none; no_new_privs is set\n" CHECK "'/a'\n"
         "become      HOME='/var/www' USER='www' LOGNAME='www' 'cmd'\n",
         .uid = 33},
	{"-u 7 --clear-groups --keep-env --allow-new-privs --cap kill",
         AS_7 FOR_SETUID "keep        cap_kill; no_new_privs is left off\n" AS_ROOT},
	/* Nothing takes the engine's flag back. */
	{"-u 7 --clear-groups --keep-env --allow-new-privs",
         AS_7 FOR_SETUID
         "keep        none; no_new_privs is set already, so setuid programs gain nothing\n" AS_ROOT,
         .no_new_privs = true},
	/* A bounding set that stays is not explained as dropped (S33). Nothing is to be dropped from it if it holds
	 * no more than what is kept. */
	{"-u 7 --clear-groups --keep-env",
         AS_7 NO_SETPCAP "keep        none; no_new_privs is set\n" AS_ROOT,
         .missing = CAPABILITY_BIT(CAP_SETPCAP)},
	{"-u 7 --clear-groups --keep-env --cap kill",
         AS_7 DROP_ALL "keep        cap_kill; no_new_privs is set\n" AS_ROOT,
         .missing = CAPABILITY_BIT(CAP_SETPCAP), .bounding = CAPABILITY_BIT(CAP_KILL)},
	/* Words of the command line cannot begin a line. */
	{"HOME=/a\nb -u 7 --clear-groups cmd a\nb\033 ''",
         AS_7 DROP_ALL "keep        none; no_new_privs is set\n"
                       "become      HOME='/a\\nb' 'cmd' 'a\\nb\\x1b' ''\n"},
	{0},
};

static void is_explained(void **state)
{
	static const struct path_owner owner = {{"/srv", 4}, 1000, 33, NULL};

	for (const struct explained *row = *state; row->words != NULL; row++) {
		struct facts world = row->uid == 0 ? world_of_container()
		                                   : world_of_user(row->uid, row->uid);

		world.owners = &owner;
		world.creds.group_count = 1; /* no note about root's groups */
		world.creds.effective &= ~row->missing;
		world.creds.no_new_privs = row->no_new_privs;
		if (row->bounding != 0)
			world.creds.bounding = row->bounding;
		assert_plan(&world, row->words, NULL, row->wanted);
	}
}
TABLE(identity_drop_and_command_are_explained, is_explained);

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
