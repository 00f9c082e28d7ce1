#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/explain.h"
#include "core/explain_volume.h"
#include "plan_world.h"

static const struct declared_path tree = {"/data", DEPTH_TREE, false, false, NULL};
static const struct declared_path top = {"/data", DEPTH_TOP, false, false, NULL};
static const struct declared_path made = {"/data", DEPTH_TOP, true, false, NULL};

static void changed_entries_are_one_line(void **state)
{
	static const struct {
		const struct declared_path *volume;
		struct ownership_report report;
		const char *wanted;
	} rows[] = {
		{&tree, {.visited = 7, .changed = 3}, "owning: '/data': entries changed: 3 of 7"},
		{&tree, {.visited = 7}, "owning: '/data': entries changed: 0 of 7"},
		{&top, {.visited = 1, .changed = 1}, "owning: '/data': entries changed: 1 of 1"},
		{&made,
	         {.visited = 1, .changed = 1, .made = true},
	         "owning: '/data': new, entries changed: 1 of 1"},
		{&made, {.visited = 1}, "owning: '/data': entries changed: 0 of 1"},
		{&tree,
	         {.visited = UINT64_MAX, .changed = UINT64_C(5000000000)},
	         "owning: '/data': entries changed: 5000000000 of 18446744073709551615"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[256];
		struct text text = text_in(line, sizeof(line));

		explain_changed(&(struct plan){0}, rows[i].volume, &rows[i].report, &text);
		assert_string_equal(line, rows[i].wanted);
	}
}

/* Returns the line of REMARK, or "" if REPORT gives no reason for it. */
static const char *remark_line(enum volume_remark remark, const struct plan *plan,
                               const struct declared_path *volume,
                               const struct ownership_report *report)
{
	static char line[512];
	struct text text = text_in(line, sizeof(line));

	line[0] = '\0';
	assert_true(explain_remark(remark, plan, volume, report, "", &text) == (line[0] != '\0'));
	return line;
}

static void each_remark_is_one_line_with_a_reason(void **state)
{
	static const struct {
		enum volume_remark remark;
		struct declared_path volume;
		struct ownership_report report;
		const char *wanted;
	} rows[] = {
		{REMARK_MOUNTS, {.path = "/data"}, {.mounts = 0}, ""},
		{REMARK_MOUNTS,
	         {.path = "/data"},
	         {.mounts = 2},
	         "owning: '/data': other mounts below it stay as they are: 2"},
		{REMARK_MOUNTS,
	         {.path = "/data"},
	         {.mounts = 2, .first_mount = "/data/cache"},
	         "owning: '/data': other mounts below it stay as they are: 2, the first that is "
	         "not the user's is '/data/cache' (declare it too)"},
		{REMARK_EXCHANGE, {.path = "/data"}, {.visited = 1}, ""},
		{REMARK_EXCHANGE,
	         {.path = "/data"},
	         {.can_be_exchanged = true},
	         "owning: '/data': not only root can put another directory in its place (declare "
	         "the directory above it, or let only root write there)"},
		{REMARK_ODD_PATH,
	         {.path = "/a /b", .variables = "V is 'x'"},
	         {.made = true},
	         "making the volume: '/a /b': white space stands in it (':' stands between paths; "
	         "V is 'x')"},
		{REMARK_ODD_PATH,
	         {.path = "/a,/b", .variables = "V is 'x'"},
	         {.made = true},
	         "making the volume: '/a,/b': a comma stands in it (':' stands between paths; V is "
	         "'x')"},
		{REMARK_ODD_PATH, {.path = "/a /b", .variables = "V is 'x'"}, {.made = false}, ""},
		{REMARK_ODD_PATH, {.path = "/a /b"}, {.made = true}, ""},
		{REMARK_ODD_PATH, {.path = "/a", .variables = "V is 'x'"}, {.made = true}, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(remark_line(rows[i].remark, &(struct plan){0}, &rows[i].volume,
		                                &rows[i].report),
		                    rows[i].wanted);
}

static const char irreversible[] =
	"owning: '/data': this cannot be undone, because nothing keeps the former owners "
	"(--own-from USER,... changes only what these users own)";

/* The user to be is app (1000:1000). The entries of one user are one owner, unless a group tells more. */
static void former_owners_are_named(void **state)
{
	static const struct {
		struct former_owner former[4];
		uint64_t others;
		const char *wanted;
		bool irreversible;
	} rows[] = {
		{{{{0, 0}, 9}}, 0, ": root 9", false},
		{{{{0, 0}, 9}, {{33, 0}, 1}, {{33, 33}, 2}, {{33, 1000}, 3}},
	         0,
	         ": root 9, www 6",
	         false},
		{{{{0, 0}, 10}, {{33, 33}, 45}, {{33, 998}, 2}},
	         0,
	         ": root 10, www 45, www:docker 2",
	         true},
		{{{{0, 44}, 1}, {{33, 33}, 2}}, 0, ": root:video 1, www 2", false},
		/* Only the group was wrong. */
		{{{{1000, 0}, 4}, {{1000, 33}, 1}}, 0, ": app:root 4, app:www 1", false},
		{{{{0, 0}, 1}, {{1000, 0}, 4}, {{1000, 33}, 1}},
	         0,
	         ": root 1, app:root 4, app:www 1",
	         true},
		/* Without entries. */
		{{{{5000, 5000}, 7}, {{5000, 5001}, 1}}, 0, ": uid 5000 7, uid 5000:5001 1", false},
		{{{{0, 0}, 1}, {{1, 1}, 2}, {{2, 2}, 3}, {{3, 3}, 4}},
	         UINT64_C(5000000000),
	         ": root 1, uid 1 2, uid 2 3, uid 3 4, others 5000000000",
	         true},
	};
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown -u app -o /data cmd");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ownership_report report = {.visited = 99, .changed = 57};
		char line[256];
		char wanted[256];
		struct text text = text_in(line, sizeof(line));

		while (report.former_count < COUNT(rows[i].former) &&
		       rows[i].former[report.former_count].entries > 0)
			report.former_count++;
		memcpy(report.former, rows[i].former, sizeof(rows[i].former));
		report.former_others = rows[i].others;
		snprintf(wanted, sizeof(wanted), "owning: '/data': entries changed: 57 of 99%s",
		         rows[i].wanted);
		explain_changed(&planned.plan, &tree, &report, &text);
		assert_string_equal(line, wanted);
		assert_string_equal(remark_line(REMARK_IRREVERSIBLE, &planned.plan, &tree, &report),
		                    rows[i].irreversible ? irreversible : "");
	}
}

/* Who names owners knows what is changed. */
static void own_from_needs_no_warning(void **state)
{
	struct ownership_report report = {.former_count = 3,
	                                  .former = {{{0, 0}, 1}, {{33, 33}, 1}, {{44, 44}, 1}}};
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown -u app -o /data --own-from root,www,44 cmd");
	assert_string_equal(remark_line(REMARK_IRREVERSIBLE, &planned.plan, &tree, &report), "");
}

static void assert_left(const struct declared_path *volume, const struct ownership_report *report,
                        uint64_t effective, const char *wanted)
{
	char line[1024];
	struct text text = text_in(line, sizeof(line));

	explain_skipped(&(struct plan){.before = &(struct creds_state){.effective = effective}},
	                volume, report, &text);
	assert_string_equal(line, wanted);
}

static void S36_skipped_entries_are_one_line_with_the_first_one(void **state)
{
	static const struct {
		struct ownership_report report;
		const char *wanted;
	} rows[] = {
		{{.visited = 9, .skipped = 2, .first_skipped = "/data/x", .first_reason = EROFS},
	         "owning: '/data': entries skipped: 2 of 9, the first is '/data/x': "
	         "Read-only file system (a read-only mount)"},
		{{.visited = 9,
	          .skipped = 1,
	          .first_skipped = "/data/l",
	          .first_reason = SKIP_HARDLINK},
	         "owning: '/data': entries skipped: 1 of 9, the first is '/data/l': a "
	         "file with hard links elsewhere (declare the directories that hold its names)"},
		{{.visited = 1,
	          .skipped = 1,
	          .first_skipped = "/data",
	          .first_reason = SKIP_DEVICE},
	         "owning: '/data': entries skipped: 1 of 1, the first is '/data': a "
	         "device "
	         "node"},
		{{.visited = 9, .skipped = 6, .first_skipped = "/data/x", .first_reason = EIO},
	         "owning: '/data': entries skipped: 6 of 9, the first is '/data/x': "
	         "Input/output error"},
		{{.visited = 9,
	          .skipped = 1,
	          .first_skipped = "/data/d",
	          .first_reason = SKIP_MOVED},
	         "owning: '/data': entries skipped: 1 of 9, the first is '/data/d': Stale "
	         "file handle (another process moved it)"},
		{{.visited = 9,
	          .skipped = 1,
	          .first_skipped = "/data/sd",
	          .first_reason = SKIP_PROGRAM},
	         "owning: '/data': entries skipped: 1 of 9, the first is '/data/sd': this "
	         "program, or a directory that holds it (whoever may replace it is root at the "
	         "next "
	         "start)"},
		{{.visited = 1,
	          .skipped = 1,
	          .first_skipped = "/data",
	          .first_reason = SKIP_MOUNT_UNKNOWN},
	         "owning: '/data': entries skipped: 1 of 1, the first is '/data': no system call "
	         "tells where another mount begins (mount /proc, or allow openat2 or statx)"},
		{{.visited = 2,
	          .skipped = 1,
	          .first_skipped = "/data/l",
	          .first_reason = SKIP_YOUNG_HARDLINK},
	         "owning: '/data': entries skipped: 1 of 2, the first is '/data/l': a "
	         "file "
	         "with several links on a server, changed less than a minute ago (start again in a "
	         "minute)"},
		{{.visited = 2,
	          .skipped = 1,
	          .first_skipped = "/data/d",
	          .first_reason = SKIP_LOCKED,
	          .unfinished = true},
	         "owning: '/data': entries skipped: 1 of 2, the first is '/data/d': a "
	         "directory that another process holds a lock on (is another stepdown at work "
	         "there?); '/data' stays root's, so the next start tries again"},
		{{.visited = 2,
	          .skipped = 1,
	          .first_skipped = "/data/d",
	          .first_reason = SKIP_NO_LOCKS},
	         "owning: '/data': entries skipped: 1 of 2, the first is '/data/d': a "
	         "directory that cannot be locked (a seccomp profile forbids flock)"},
		{{.visited = 3,
	          .skipped = 3,
	          .first_skipped = "/data/f",
	          .first_reason = SKIP_IGNORED},
	         "owning: '/data': entries skipped: 3 of 3, the first is '/data/f': the file "
	         "system "
	         "ignores chown (a mount option or the host sets the owners there)"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_left(&tree, &rows[i].report, CONTAINER_CAPABILITIES, rows[i].wanted);
}

static void S36_each_skip_reason_has_a_hint(void **state)
{
	static const struct {
		int errnum;
		uint64_t effective;
		const char *hint; /* NULL: none */
	} rows[] = {
		{EPERM, 0, "start the container with --cap-add CHOWN"},
		{EACCES, 0, "start the container with --cap-add CHOWN"},
		{EPERM, ~CAPABILITY_BIT(CAP_CHOWN), "start the container with --cap-add CHOWN"},
		{EPERM, CAPABILITY_BIT(CAP_CHOWN),
	         "immutable, not mapped, or a root_squash server"},
		{EACCES, CAPABILITY_BIT(CAP_CHOWN), "a root_squash server, or no CAP_DAC_OVERRIDE"},
		{EROFS, CAPABILITY_BIT(CAP_CHOWN), "a read-only mount"},
		{EROFS, 0, "a read-only mount"},
		{EOVERFLOW, CAPABILITY_BIT(CAP_CHOWN),
	         "not mapped on that mount or in this namespace"},
		{EINVAL, CAPABILITY_BIT(CAP_CHOWN),
	         "not mapped on that mount or in this namespace"},
		{ENOTSUP, 0, NULL},
		{EIO, 0, NULL},
		{ENOENT, CAPABILITY_BIT(CAP_CHOWN), NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ownership_report report = {.visited = 2,
		                                  .skipped = 1,
		                                  .first_skipped = "/data/x",
		                                  .first_reason = rows[i].errnum};
		char wanted[512];

		snprintf(wanted, sizeof(wanted),
		         "owning: '/data': entries skipped: 1 of 2, the first is "
		         "'/data/x': %s%s%s%s",
		         strerror(rows[i].errnum), rows[i].hint == NULL ? "" : " (",
		         rows[i].hint == NULL ? "" : rows[i].hint, rows[i].hint == NULL ? "" : ")");
		assert_left(&tree, &report, rows[i].effective, wanted);
	}
}

static void S29_names_from_the_volume_cannot_begin_a_line(void **state)
{
	struct ownership_report report = {.visited = 2,
	                                  .skipped = 1,
	                                  .first_skipped = "/data/\nstepdown: fine\033]0;x\a",
	                                  .first_reason = SKIP_HARDLINK};

	(void)state;
	assert_left(&tree, &report, 0,
	            "owning: '/data': entries skipped: 1 of 2, the first is "
	            "'/data/\\nstepdown: fine\\x1b]0;x\\x07': a file with hard links "
	            "elsewhere (declare the directories that hold its names)");
}

static void a_buffer_that_is_too_small_cuts_and_never_overruns(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;
	struct ownership_report reports[2] = {{.visited = 4, .changed = 2, .first_wrong = "/a/b"}};
	char whole[4096];
	struct text text = text_in(whole, sizeof(whole));

	(void)state;
	must_plan(&planned, &world, "stepdown -u new=10001 -o /a cmd");
	explain_plan(&planned.plan, reports, &text);
	for (size_t capacity = 4; capacity <= strlen(whole); capacity++) {
		char cut[4096];

		memset(cut, 'x', sizeof(cut));
		text = text_in(cut, capacity);
		explain_plan(&planned.plan, reports, &text);
		assert_int_equal(strlen(cut), capacity - 1);
		assert_string_equal(cut + capacity - 4, "...");
		assert_memory_equal(cut, whole, capacity - 4);
		assert_int_equal(cut[capacity], 'x');
	}
}

static void assert_plan(const struct facts *world, const char *line,
                        const struct ownership_report *reports, const char *wanted)
{
	struct planned planned;
	char found[4096];
	struct text text = text_in(found, sizeof(found));

	must_plan(&planned, world, line);
	explain_plan(&planned.plan, reports, &text);
	assert_string_equal(found, wanted);
}

static void the_whole_plan_in_the_order_of_its_steps(void **state)
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

	(void)state;
	assert_plan(&world,
	            "stepdown -n -u new=10001:10002 -g 7 -o /a --own-top /b --mkdir /c --umask 27 "
	            "--cap net_bind_service cmd -x",
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
	            "Read-only file system (a read-only mount)\n"
	            "hand over   standard streams that are pipes or terminals\n"
	            "set         umask 0027\n"
	            "drop        all capabilities, bounding and ambient sets included\n"
	            "keep        cap_net_bind_service; no_new_privs is set\n"
	            "check       that the user can write to '/c'\n"
	            "check       that the user can write to '/a'\n"
	            "check       that the user can write to '/b'\n"
	            "become      HOME='/' USER='new' LOGNAME='new' 'cmd' '-x'\n");
}

static void identity_and_its_origin_are_explained(void **state)
{
	static const struct {
		const char *line;
		const char *wanted;
	} rows[] = {
		{"stepdown -u app --setup-only",
	         "run as      uid 1000 (app, in /etc/passwd), gid 1000, groups 44 998 1000\n"},
		{"stepdown -u 10001 --setup-only",
	         "run as      uid 10001 (by number, no entry in /etc/passwd), gid 10001, groups "
	         "10001\n"},
		/* What was found, where that is not plain. */
		{"stepdown -u @/srv --setup-only",
	         "look up     '@/srv'\n"
	         "run as      uid 1000 (app, in /etc/passwd), gid 33, groups 33\n"},
		{"stepdown -u @/none,${NONE},app:app --setup-only",
	         "look up     'app:app'\n"
	         "run as      uid 1000 (app, in /etc/passwd), gid 1000, groups 1000\n"},
		{"stepdown -u new=33 --setup-only",
	         "note        making the account: 'new': uid 33 is 'www' and keeps that name\n"
	         "run as      uid 33 (www, in /etc/passwd), gid 33, groups 6 33 998\n"},
		{"stepdown -u app=10001:10001 --setup-only",
	         "run as      uid 10001 (app, in /etc/passwd), gid 10001, groups 10001\n"
	         "change line 'app:x:1000:' to 'app:x:10001:' in /etc/group\n"
	         "change line 'app:x:1000:1000::/home/app:/bin/sh' to "
	         "'app:x:10001:10001::/home/app:/bin/sh' in /etc/passwd\n"},
	};
	struct facts world = world_of_container();
	const struct path_owner owner = {slice_of("/srv"), 1000, 33, NULL};

	(void)state;
	world.creds.group_count = 1; /* none but group 0 */
	world.owners = &owner;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_plan(&world, rows[i].line, NULL, rows[i].wanted);
}

static void non_root_is_explained_with_its_own_ids(void **state)
{
	static const struct {
		uid_t uid;
		const char *words;
		const char *wanted;
	} rows[] = {
		/* An account that the plan would have made is not announced. */
		{33, "-u new=10001",
	         "note        stepping down: 'new=10001': not root at the start, but uid 33 gid 33 "
	         "(start the container as root, or as that user and group)\n"
	         "run as      uid 33 (www, in /etc/passwd), gid 33, groups 33\n"
	         "drop        all capabilities; the bounding set stays for want of CAP_SETPCAP\n"
	         "keep        none; no_new_privs is set\n"
	         "check       that the user can write to '/a'\n"
	         "become      HOME='/var/www' USER='www' LOGNAME='www' 'cmd'\n"},
		{7777, "-u 7777",
	         "run as      uid 7777 (by number, no entry in /etc/passwd), gid 7777, groups "
	         "7777\n"
	         "drop        all capabilities; the bounding set stays for want of CAP_SETPCAP\n"
	         "keep        none; no_new_privs is set\n"
	         "check       that the user can write to '/a'\n"
	         "become      HOME='/' 'cmd'\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts world = world_of_user(rows[i].uid, rows[i].uid);
		char line[128];

		snprintf(line, sizeof(line), "stepdown %s -o /a cmd", rows[i].words);
		assert_plan(&world, line, NULL, rows[i].wanted);
	}
}

static void kept_and_dropped_privileges_are_explained(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	assert_plan(&world,
	            "stepdown -u 7 --clear-groups --keep-env --allow-new-privs --cap kill cmd",
	            NULL,
	            "run as      uid 7 (by number, no entry in /etc/passwd), gid 7, groups 7\n"
	            "hand over   standard streams that are pipes or terminals\n"
	            "drop        all capabilities; the bounding set stays for setuid programs, "
	            "which may "
	            "make the user root again\n"
	            "keep        cap_kill; no_new_privs is left off\n"
	            "become      HOME='/root' USER='root' LOGNAME='root' 'cmd'\n");
	/* The engine has set the flag, and nothing takes the flag back. */
	world.creds.no_new_privs = true;
	assert_plan(
		&world, "stepdown -u 7 --clear-groups --keep-env --allow-new-privs cmd", NULL,
		"run as      uid 7 (by number, no entry in /etc/passwd), gid 7, groups 7\n"
		"hand over   standard streams that are pipes or terminals\n"
		"drop        all capabilities; the bounding set stays for setuid programs, which "
		"may "
		"make the user root again\n"
		"keep        none; no_new_privs is set already, so setuid programs gain nothing\n"
		"become      HOME='/root' USER='root' LOGNAME='root' 'cmd'\n");
}

static void S33_a_bounding_set_that_stays_is_not_explained_as_dropped(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	world.creds.effective &= ~CAPABILITY_BIT(CAP_SETPCAP);
	assert_plan(&world, "stepdown -u 7 --clear-groups --keep-env cmd", NULL,
	            "run as      uid 7 (by number, no entry in /etc/passwd), gid 7, groups 7\n"
	            "hand over   standard streams that are pipes or terminals\n"
	            "drop        all capabilities; the bounding set stays for want of CAP_SETPCAP\n"
	            "keep        none; no_new_privs is set\n"
	            "become      HOME='/root' USER='root' LOGNAME='root' 'cmd'\n");
	/* Where there is nothing in it, or nothing but what is kept, nothing has to be dropped. */
	world.creds.bounding = CAPABILITY_BIT(CAP_KILL);
	assert_plan(&world, "stepdown -u 7 --clear-groups --keep-env --cap kill cmd", NULL,
	            "run as      uid 7 (by number, no entry in /etc/passwd), gid 7, groups 7\n"
	            "hand over   standard streams that are pipes or terminals\n"
	            "drop        all capabilities, bounding and ambient sets included\n"
	            "keep        cap_kill; no_new_privs is set\n"
	            "become      HOME='/root' USER='root' LOGNAME='root' 'cmd'\n");
}

static void words_of_the_command_line_cannot_begin_a_line(void **state)
{
	struct facts world = world_of_container();
	struct command_line environment;

	(void)state;
	set_environment(&world, &environment, "HOME=/a\nb");
	assert_plan(&world, "stepdown -u 7 --clear-groups cmd a\nb\033 ''", NULL,
	            "run as      uid 7 (by number, no entry in /etc/passwd), gid 7, groups 7\n"
	            "hand over   standard streams that are pipes or terminals\n"
	            "drop        all capabilities, bounding and ambient sets included\n"
	            "keep        none; no_new_privs is set\n"
	            "become      HOME='/a\\nb' 'cmd' 'a\\nb\\x1b' ''\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_entries_are_one_line),
		cmocka_unit_test(each_remark_is_one_line_with_a_reason),
		cmocka_unit_test(former_owners_are_named),
		cmocka_unit_test(own_from_needs_no_warning),
		cmocka_unit_test(S36_skipped_entries_are_one_line_with_the_first_one),
		cmocka_unit_test(S36_each_skip_reason_has_a_hint),
		cmocka_unit_test(S29_names_from_the_volume_cannot_begin_a_line),
		cmocka_unit_test(a_buffer_that_is_too_small_cuts_and_never_overruns),
		cmocka_unit_test(the_whole_plan_in_the_order_of_its_steps),
		cmocka_unit_test(identity_and_its_origin_are_explained),
		cmocka_unit_test(non_root_is_explained_with_its_own_ids),
		cmocka_unit_test(kept_and_dropped_privileges_are_explained),
		cmocka_unit_test(S33_a_bounding_set_that_stays_is_not_explained_as_dropped),
		cmocka_unit_test(words_of_the_command_line_cannot_begin_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
