/* src/run, where it reads and changes files. */
#include "scratch.h"

#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/xattr.h>

#include <linux/capability.h>
#include <linux/securebits.h>
#include <linux/xattr.h>

#include "core/capability_names.h"
#include "creds/drop.h"
#include "creds/read.h"
#include "creds/syscalls.h"
#include "hooked_calls.h"
#include "run/exec.h"
#include "run/execute.h"
#include "run/file_capabilities.h"
#include "run/gather.h"
#include "run/look.h"
#include "run/writable.h"

static _Alignas(16) char memory[1 << 15];
static size_t room = sizeof(memory); /* of the arena */
static struct error *said;           /* shared with children; no message if the command ran */

static int set_up(void **state)
{
	/* The exit status of each differs from those of exec_command(), 125 to 127. */
	static const char *const scripts[] = {
		[1] = "here",     [2] = "a/first",  [3] = "b/first",     [4] = "a/second",
		[5] = "b/second", [6] = "a/secret", [7] = "shut/hidden", [8] = "b/nonsense",
		[9] = "b/folder", [10] = "busy",
	};
	int failed = scratch_set_up(state);

	if (failed != 0 || chdir(scratch_base) != 0)
		return -1;
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	make("a/ b/ shut/ a/folder/ loop>loop");
	for (size_t i = 1; i < COUNT(scripts); i++) {
		char content[64];

		snprintf(content, sizeof(content), "#!/bin/sh\nexit %zu\n", i);
		write_text(scripts[i], content);
		chmod(scripts[i], strncmp(scripts[i], "a/sec", 5) == 0 ? 0600 : 0755);
	}
	make("a/nonsense:0:755 a/orphan:0:755");
	write_text("a/nonsense", "neither this nor that\n");
	write_text("a/orphan", "#!/no/such/interpreter\n");
	/* The file stays open for writing. */
	return open("busy", O_WRONLY | O_CLOEXEC) < 0 || chmod("shut", 0000) != 0;
}

/* Calls exec_command() in a child, with the command WORD and ARGUMENT, or WORD alone if that is NULL. The words behind
 * "running: " begin with MESSAGE, which e2e 95 has in full; NULL: there is none. */
static void expect(char *word, char *argument, const char *path, int status, const char *message)
{
	char variable[3 * PATH_MAX];
	const struct plan plan = {.command = (char *[]){word, argument, NULL},
	                          .environment = (char *[]){path == NULL ? NULL : variable, NULL},
	                          .before = &(const struct creds_state){0}};
	struct arena arena = arena_in(memory, room);
	char wanted[1024] = "";
	pid_t child;
	int found;

	snprintf(variable, sizeof(variable), "PATH=%s", path == NULL ? "" : path);
	if (message != NULL)
		snprintf(wanted, sizeof(wanted), "running: %s", message);
	said->message[0] = '\0';
	child = start_child();
	if (child == 0) {
		/* Root may search and read everything. */
		assert_true(setgid(1234) == 0 && setuid(1234) == 0);
		exec_command(&plan, &arena, said);
		_exit(said->status);
	}
	found = status_of(child);
	if (found != status || strncmp(said->message, wanted, strlen(wanted)) != 0 ||
	    (message == NULL) != (said->message[0] == '\0'))
		fail_msg("'%.99s' in '%s': %d, \"%s\"", word, path == NULL ? "(unset)" : path,
		         found, said->message);
}

TEST(the_command_is_found_or_the_reason_is_told)
{
	/* The status is that of a script, or 125 to 127 and the message. */
	static const struct {
		char *word;
		const char *path;
		int status;
		const char *message;
	} rows[] = {
		{"first", "a:b", 2},
		{"first", "b:a", 3},
		{"first", "nowhere:/dev/null:b", 3},
		{"second", "a:b", 5},
		{"folder", "a:b", 9},
		{"true", NULL, 0},
		/* An empty entry is the current directory. */
		{"here", "", 1},
		{"here", ":a", 1},
		{"here", "a:", 1},
		{"here", "a", 127, "'here': not found in PATH (a)"},
		/* A slash means no search. */
		{"a/first", "b", 2},
		{"./here", "a", 1},
		{"/bin/true", NULL, 0},
		{"/bogus", "a", 127, "'/bogus': not found (No such file or directory)"},
		{"here/first", "a", 127, "'here/first': not found (Not a directory)"},
		/* Not found is 127 and shows the path. */
		{"", "a", 127, "'': not found (No such file or directory)"},
		{"bogus", "a:b", 127, "'bogus': not found in PATH (a:b)"},
		{"bo\ngus", "a\n", 127, "'bo\\ngus': not found in PATH (a\\n)"},
		{"bogus", NULL, 127, "'bogus': not found in PATH (/usr/local/sbin:/usr/local/bin:"},
		/* A file that cannot run is 126 with the reason. */
		{"nonsense", "a:b", 126, "'a/nonsense': Exec format error (not for"},
		{"orphan", "b:a", 126, "'a/orphan': No such file or directory (its"},
		{"folder", "a", 126, "'a/folder': it is a directory"},
		{"./busy", "a", 126, "'./busy': Text file busy (somebody"},
		{"./loop", "a", 126, "'./loop': Too many levels of symbolic links"},
		/* S32: only root may read it. */
		{"a/secret", "b", 126, "'a/secret': Permission denied (see its mode"},
		{"secret", "b:a:shut", 126, "'a/secret': Permission denied (see its mode"},
		{"shut/hidden", "b", 126, "'shut/hidden': Permission denied (see the dir"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].word, NULL, rows[i].path, rows[i].status, rows[i].message);
}

TEST(what_is_too_long_or_too_much_is_told_or_skipped)
{
	static char huge[4 << 20];
	char path[2 * PATH_MAX];

	memset(huge, 'x', sizeof(huge) - 1);
	expect("first", huge, "a", 126, "'a/first': Argument list too long");
	huge[NAME_MAX + 1] = '\0';
	expect(huge, NULL, "a:b", 127, "");
	/* Once around the kernel's limit. */
	for (size_t length = PATH_MAX - 10; length < PATH_MAX + 10; length++) {
		memset(path, '/', length);
		snprintf(path + length, 3, ":a");
		expect("first", NULL, path, 2, NULL);
	}
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	/* With the slash between and the end. */
	room = strlen(path) + strlen("first") + 2;
	expect("first", NULL, path, 127, "");
	room--;
	expect("first", NULL, path, 125, "'first': Argument list too long");
	room = sizeof(memory);
}

/* --- before and after the drop ----------------------------------------------------------------------------- */

/* ETC is a path; "": there is no such directory. */
static struct facts facts_of(const struct options *options, enum semantics semantics,
                             const char *etc)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	struct facts facts;
	int etc_fd = open(etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!gather_facts(options, semantics, etc_fd, &arena, &facts, said))
		fail_msg("%s", said->message);
	close(etc_fd);
	return facts;
}

/* CAP_CHOWN is permitted, but not in the bounding set. The group file tells root's own groups from those that the
 * engine granted. */
TEST_IN_CHILD(the_bounding_set_and_the_group_file_are_read_if_the_plan_needs_them)
{
	static const struct {
		struct options options;
		enum semantics semantics;
		gid_t group;
		bool has_chown; /* the bounding set, which is the permitted one then */
		bool group_is_read;
	} rows[] = {
		{{0}, SEMANTICS_STRICT, 5, true, true},
		{{0}, SEMANTICS_STRICT, 0, true, false},
		{{.clear_groups = true}, SEMANTICS_STRICT, 5, true, false},
		{{.allow_new_privs = true}, SEMANTICS_STRICT, 5, false, true},
		{{.capabilities = 1}, SEMANTICS_STRICT, 5, false, true},
		{{.tried_capabilities = 1}, SEMANTICS_STRICT, 5, false, true},
		{{.allow_new_privs = true}, SEMANTICS_GOSU, 5, false, false},
	};

	make("files/");
	write_text("files/passwd", "root:x:0:0::/:\n");
	write_text("files/group", "root:x:0:\n");
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_CHOWN), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts facts;

		assert_int_equal(setgroups(1, &rows[i].group), 0);
		facts = facts_of(&rows[i].options, rows[i].semantics, "files");
		if ((facts.creds.bounding >> CAP_CHOWN & 1) != rows[i].has_chown ||
		    (facts.creds.bounding == 0) != (rows[i].semantics == SEMANTICS_GOSU) ||
		    (facts.group.length > 0) != rows[i].group_is_read)
			fail_msg("row %zu", i);
	}
}

static struct file_capabilities capabilities_of(const char *file)
{
	struct arena arena = arena_in(memory, sizeof(memory));

	return file_capabilities_read(file, &arena);
}

static void give_capabilities(const char *file, uint32_t magic)
{
	const struct vfs_cap_data value = {magic, {{5, 0}, {3, 0}}};

	assert_int_equal(setxattr(file, XATTR_NAME_CAPS, &value, sizeof(value), 0), 0);
}

TEST_IN_CHILD(the_capabilities_are_those_of_the_last_interpreter)
{
	static const char *const lines[][2] = {
		{"#!end", "end"},       {"#!end\nx", "end"}, {"#! \tend -x\n", "end"},
		{"#!end\t-x", "end"},   {"#!\nend", "line"}, {"#end", "line"},
		{"!!end", "line"},      {"##end", "line"},   {"", "line"},
		{"#!scripts/1", "end"}, {"#!fifo", "fifo"},
	};
	char longest[300];
	int watch = inotify_init1(IN_NONBLOCK);
	int descriptors = count_descriptors();

	make("scripts/ end fifo/ line");
	write_text("scripts/1", "#!end");
	for (size_t i = 0; i < COUNT(lines); i++) {
		write_text("line", lines[i][0]);
		assert_string_equal(capabilities_of("line").file, lines[i][1]);
	}
	/* The kernel reads 256 bytes of a line, and refuses a sixth interpreter. */
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "#!", 2);
	longest[sizeof(longest) - 1] = '\0';
	write_text("line", longest);
	assert_int_equal(strlen(capabilities_of("line").file), 254);
	for (int i = 2; i < 9; i++) {
		char text[16];

		snprintf(text, sizeof(text), "#!scripts/%d", i + 1);
		write_text(at("scripts/%d", i), text);
	}
	assert_string_equal(capabilities_of("scripts/2").file, "scripts/7");
	/* Only with the effective bit does execve(2) fail without them, and not on a mount without set-id bits. */
	assert_true(capabilities_of("end").required == 0);
	give_capabilities("end", VFS_CAP_REVISION_2);
	assert_true(capabilities_of("end").required == 0);
	give_capabilities("end", VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE);
	assert_true(capabilities_of("scripts/1").required == (UINT64_C(3) << 32 | 5));
	mount_bind(at("end"), at("end"), MS_NOSUID);
	assert_true(capabilities_of("end").required == 0);
	/* Only a file is opened (S22). */
	assert_true(mkfifo("pipe", 0755) == 0 && inotify_add_watch(watch, "pipe", IN_OPEN) >= 0);
	assert_string_equal(capabilities_of("pipe").file, "pipe");
	assert_int_equal(read(watch, longest, sizeof(longest)), -1);
	assert_int_equal(count_descriptors(), descriptors);
	forbid(SYS_openat, EACCES);
	assert_string_equal(capabilities_of("line").file, "line");
}

TEST(the_reason_that_prevents_an_account_is_foreseen)
{
	struct user_spec user = {.defines_account = true};
	const struct options options = {.users = &user, .user_count = 1};

	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "").etc_errnum, ENOENT);
	make("etc/ etc/passwd");
	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "etc").etc_errnum, 0);
	mount_bind("etc", "etc", MS_RDONLY);
	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "etc").etc_errnum, EROFS);
	/* A mount of its own may be writable. */
	make("passwd etc/passwd@passwd");
	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "etc").etc_errnum, 0);
}

TEST(an_owner_of_a_path_for_which_there_is_no_room_is_an_error)
{
	struct user_spec user = {.user = {.given = true, .is_path = true, .name = slice_of("/")}};
	const struct options options = {.users = &user, .user_count = 1};
	struct arena arena = arena_in(memory, 0);
	struct facts facts;

	for (size_t size = 1; !gather_facts(&options, SEMANTICS_STRICT, -1, &arena, &facts, said);
	     size++) {
		assert_true(size < sizeof(memory));
		arena = arena_in(memory, size);
	}
	assert_int_equal(facts.owners->uid, 0);
	assert_string_equal(said->message, "finding the path: too many paths");
}

#define KEPT(set) set ":\t0000000000002000\n"

/* The calls of src/creds, which test_creds.c replaces. */
TEST_IN_CHILD(S11_S12_the_kernel_tells_of_the_drop_what_src_proves)
{
	const struct ids ids = {1000, 1001, (gid_t[]){7, 1001}, 2};
	const struct creds_target target = {
		.ids = &ids, .keep = CAPABILITY_BIT(CAP_NET_RAW), .no_new_privs = true};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_state before;
	struct creds_outcome outcome;
	char status[4096] = "";
	int fd;

	assert_int_equal(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), 0);
	assert_int_equal(credcalls_setresgid(4, 5, 6), 0);
	assert_int_equal(credcalls_setresuid(1, 0, 3), 0);
	assert_true(creds_read(BOUNDING_READ, &arena, &before, said));
	assert_true(before.ruid == 1 && before.euid == 0 && before.suid == 3);
	assert_true(before.rgid == 4 && before.egid == 5 && before.sgid == 6);
	assert_int_equal(before.securebits, SECBIT_NO_SETUID_FIXUP);
	if (!creds_check(&before, &target, said) ||
	    !creds_step_down(&before, &target, &arena, &outcome, said))
		fail_msg("%s", said->message);
	/* execve(2) clears this one. */
	assert_int_equal(prctl(PR_GET_SECUREBITS), SECBIT_KEEP_CAPS);
	fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, status, sizeof(status) - 1) > 0);
	assert_non_null(strstr(status, "Uid:\t1000\t1000\t1000\t1000\n"));
	assert_non_null(strstr(status, "Gid:\t1001\t1001\t1001\t1001\n"));
	assert_non_null(strstr(status, "Groups:\t7 1001 \n"));
	assert_non_null(strstr(status, KEPT("CapInh") KEPT("CapPrm") KEPT("CapEff") KEPT("CapBnd")
	                                       KEPT("CapAmb") "NoNewPrivs:\t1\n"));
}

TEST_IN_CHILD(a_directory_must_be_searchable_too_and_a_file_need_not)
{
	make("mine/:%d:700 mine/file:%d:200 mine/shut:%d:500 mine/unsearchable/:%d:600", APP, APP,
	     APP, APP);
	assert_true(setgid(group_of(APP)) == 0 && setuid(APP) == 0);
	assert_true(writable_check("mine", said));
	assert_true(writable_check("mine/file", said));
	assert_false(writable_check("mine/shut", said));
	assert_false(writable_check("mine/unsearchable", said));
}

static unsigned line_count;

static void count_line(const char *line)
{
	line_count++;
}

/* A plan of two steps, which give the directories that the volumes name to the user. */
static struct creds_state before;
static const struct identity user = {.ids = {APP, APP + 1, NULL, 0}};
static struct declared_path volumes[] = {{NULL, DEPTH_TOP}, {NULL, DEPTH_TOP}};
static const struct plan plan_of_volumes = {
	.was_root = true,
	.command = (char *[]){NULL},
	.identity = &user,
	.before = &before,
	.volumes = volumes,
	.volume_count = COUNT(volumes),
	.request.owner = &user.ids,
	.steps = (const struct plan_step[]){{STEP_VOLUME, &volumes[0]}, {STEP_VOLUME, &volumes[1]}},
	.step_count = COUNT(volumes),
};

/* Carries the plan out for ONE and OTHER, and counts the printed lines. */
static void own_both(const char *one, const char *other, enum verbosity verbosity)
{
	const struct reporter reporter = {verbosity, count_line, NULL};
	struct arena arena = arena_in(memory, sizeof(memory));

	line_count = 0;
	before.effective = UINT64_MAX;
	volumes[0].path = at("%s", one);
	volumes[1].path = at("%s", other);
	assert_true(execute_plan(&plan_of_volumes, -1, &reporter, &arena, said));
	assert_owned(APP, one);
	assert_owned(APP, other);
}

TEST(volumes_that_are_right_are_walked_only_to_be_told)
{
	make("right/:%d wrong/", APP);
	own_both("right", "right", VERBOSITY_CHANGES);
	assert_int_equal(line_count, 0);
	own_both("right", "right", VERBOSITY_STEPS);
	assert_int_not_equal(line_count, 0);
	own_both("wrong", "right", VERBOSITY_QUIET);
}

TEST(a_dry_run_tells_that_CAP_CHOWN_is_missing)
{
	const struct reporter reporter = {VERBOSITY_QUIET, count_line, NULL};

	make("foreseen/");
	volumes[0].path = volumes[1].path = at("foreseen");
	for (int has_chown = 0; has_chown <= 1; has_chown++) {
		struct arena arena = arena_in(memory, sizeof(memory));
		const struct ownership_report *reports;

		before.effective = has_chown ? CAPABILITY_BIT(CAP_CHOWN) : 0;
		reports = look_dry_run(&plan_of_volumes, &reporter, &arena, said);
		assert_non_null(reports);
		assert_int_equal(reports[0].skipped, !has_chown);
		assert_int_equal(reports[0].first_reason, has_chown ? 0 : EPERM);
	}
	assert_owned(0, "foreseen");
}

static bool raise_signal(struct call *call)
{
	raise(SIGTERM);
	return false;
}

/* The signal is caught. */
static void succeed(const char *line)
{
	_exit(0);
}

TEST_IN_CHILD(a_signal_is_caught_when_a_volume_that_waits_is_finished)
{
	const struct declared_path volume = {at("waits"), DEPTH_TREE_IF_TOP_WRONG};
	const struct reporter reporter = {VERBOSITY_QUIET, succeed, NULL};
	struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};
	struct ownership_report report;
	struct volume_set set;

	make("waits/ waits/file beside=waits/file");
	volume_set_open(&set, NULL);
	assert_true(look_walk(&volume, &request, &set, &reporter, &report, said));
	hook = raise_signal;
	look_finish(volume_waiting(&set), &set, &reporter, &report, said);
	fail_msg("no system call");
}

int main(void)
{
	return cmocka_run_group_tests(tests, set_up, scratch_tear_down);
}
