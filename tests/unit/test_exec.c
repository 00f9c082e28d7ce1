/* src/run/exec.c: which file a command is, why it cannot run, and the file capabilities that it will lack. */
#include "scratch.h"

#include <limits.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#include <linux/xattr.h>

#include "cases.h"
#include "core/capability_names.h"
#include "run/exec.h"
#include "run/file_capabilities.h"

#define ADMIN CAPABILITY_BIT(CAP_NET_ADMIN)
#define CHOWN CAPABILITY_BIT(CAP_CHOWN)
#define SETPCAP CAPABILITY_BIT(CAP_SETPCAP)
#define EFFECTIVE VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE

#define THIRD 3000 /* an owner whose group is the user's, as that of OTHER is */

static _Alignas(16) char memory[1 << 15];
static size_t room = sizeof(memory); /* of the arena */
static struct error *said;           /* shared with children */

static struct creds_state before;
static const struct identity user = {.ids = {APP, APP + 1, (gid_t[]){OTHER + 1, THIRD + 1}, 2}};
static char *words[3];
static char path_variable[3 * PATH_MAX];
static char *variables[2];
static struct plan plan = {
	.identity = &user, .before = &before, .command = words, .environment = variables};

static void set_path(const char *path)
{
	snprintf(path_variable, sizeof(path_variable), "PATH=%s", path == NULL ? "" : path);
	variables[0] = path == NULL ? NULL : path_variable;
}

static void give_capabilities(const char *file, uint32_t magic, uint64_t capabilities)
{
	const struct vfs_cap_data value = {
		magic, {{(uint32_t)capabilities, 0}, {(uint32_t)(capabilities >> 32), 0}}};

	assert_int_equal(setxattr(file, XATTR_NAME_CAPS, &value, sizeof(value), 0), 0);
}

static int set_up(void **state)
{
	/* The exit status of each differs from those of exec_command(), 125 to 127. */
	static const char *const scripts[] = {
		[1] = "here",        [2] = "a/first",    [3] = "b/first",
		[4] = "a/second",    [5] = "b/second",   [6] = "a/secret",
		[7] = "shut/hidden", [8] = "b/nonsense", [9] = "busy",
	};

	if (scratch_set_up(state) != 0 || chdir(scratch_base) != 0)
		return -1;
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	make("a/ b/ shut/ a/folder/ loop>loop");
	for (size_t i = 1; i < COUNT(scripts); i++) {
		char content[64];

		snprintf(content, sizeof(content), "#!/bin/sh\nexit %zu\n", i);
		write_text(scripts[i], content);
		chmod(scripts[i], strncmp(scripts[i], "a/sec", 5) == 0 ? 0600 : 0755);
	}
	make("a/nonsense:0:755 a/orphan:0:755 b/script:0:755 b/tool:0:755");
	write_text("a/nonsense", "neither this nor that\n");
	write_text("a/orphan", "#!/no/such/interpreter\n");
	write_text("b/script", "#!b/tool\n");
	assert_int_equal(system("cp /bin/true b/tool"), 0);
	give_capabilities("b/tool", EFFECTIVE, ADMIN | CHOWN);
	before.bounding = before.effective = UINT64_MAX;
	/* The file stays open for writing. */
	return open("busy", O_WRONLY | O_CLOEXEC) < 0 || chmod("shut", 0000) != 0;
}

/* Calls exec_command() in a child, with the command WORD and ARGUMENT, or WORD alone if that is NULL. The words behind
 * "running: " begin with MESSAGE, which e2e 95 has in full; NULL: there is none. */
static void expect(char *word, char *argument, const char *path, int status, const char *message)
{
	struct arena arena = arena_in(memory, room);
	char wanted[1024] = "";
	pid_t child;
	int found;

	words[0] = word;
	words[1] = argument;
	set_path(path);
	if (message != NULL)
		snprintf(wanted, sizeof(wanted), "running: %s", message);
	said->message[0] = '\0';
	child = start_child();
	if (child == 0) {
		assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_CHOWN), 0);
		assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_SYS_TIME), 0);
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

#define LACKS(file, whose, names)                                                                  \
	"'" file "': Operation not permitted: the bounding set lacks the file "                    \
	"capabilities of " whose ": " names " ("
#define OUTSIDE "start the container with --cap-add of these"
#define REMOVE ", or setcap -r b/tool)"
#define BOTH LACKS("b/tool", "the program", "cap_chown,cap_net_admin")
#define WITH_CAP BOTH "--cap chown,net_admin" REMOVE

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
		{"first", "nowhere:/dev/null:b", 3},
		{"second", "a:b", 5},
		{"true", NULL, 0},
		/* An empty entry is the current directory. */
		{"here", "", 1},
		{"here", ":a", 1},
		{"here", "a:", 1},
		{"here", "a:b", 127, "'here': not found in PATH (a:b)"},
		/* A slash means no search. */
		{"a/first", "b", 2},
		{"/bogus", "a", 127, "'/bogus': not found (No such file or directory)"},
		{"here/first", "a", 127, "'here/first': not found (Not a directory)"},
		/* A command that is not found is 127 and shows the path. */
		{"", "a", 127, "'': not found (No such file or directory)"},
		{"bo\ngus", "a\n", 127, "'bo\\ngus': not found in PATH (a\\n)"},
		{"bogus", NULL, 127, "'bogus': not found in PATH (/usr/local/sbin:/usr/local/bin:"},
		/* A file that cannot run is 126 with the reason. */
		{"nonsense", "a:b", 126, "'a/nonsense': Exec format error (not for"},
		{"orphan", "b:a", 126, "'a/orphan': No such file or directory (its"},
		{"folder", "a", 126, "'a/folder': it is a directory"},
		{"./busy", "a", 126, "'./busy': Text file busy (somebody"},
		{"./loop", "a", 126, "'./loop': Too many levels of symbolic links"},
		/* S32: only root may read it. */
		{"secret", "b:a:shut", 126, "'a/secret': Permission denied (see its mode"},
		{"shut/hidden", "b", 126, "'shut/hidden': Permission denied (see the dir"},
		/* After the drop the kernel tells what is lacking. */
		{"tool", "a:b", 126, LACKS("b/tool", "the program", "cap_chown") "--cap chown"},
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
	/* The slash between and the end need room too. */
	room = strlen(path) + strlen("first") + 2;
	expect("first", NULL, path, 127, "");
	room--;
	expect("first", NULL, path, 125, "'first': Argument list too long");
	room = sizeof(memory);
}

static struct file_capabilities capabilities_of(const char *file)
{
	struct arena arena = arena_in(memory, sizeof(memory));

	return file_capabilities_read(file, &arena);
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
	give_capabilities("end", VFS_CAP_REVISION_2, UINT64_MAX);
	assert_true(capabilities_of("end").required == 0);
	give_capabilities("end", EFFECTIVE, UINT64_C(3) << 32 | 5);
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

/* Fails unless exec_foresee() says WANTED of the command WORD, or nothing if that is NULL. */
static void expect_foreseen(char *word, const char *given, const char *wanted)
{
	struct arena arena = arena_in(memory, room);
	bool ok;

	words[0] = word;
	said->status = 0;
	ok = exec_foresee(&plan, &arena, said);
	if (ok != (wanted == NULL))
		fail_msg("%s: %s", given, ok ? "nothing" : said->message);
	if (ok)
		return;
	assert_string_equal(said->message + strlen("running: "), wanted);
	assert_int_equal(said->status, 126);
}

/* MADE is a word of make(). WANTED is empty if that file is run. Otherwise it is b/tool, which lacks capabilities. */
static void is_searched(const char *made, const char *wanted)
{
	set_path("a:b");
	make("%s", made);
	expect_foreseen("tool", made, wanted[0] == '\0' ? NULL : wanted);
	remove("a/tool");
}

PATTERNS(the_command_is_the_first_that_the_user_may_execute, is_searched) = {
	{"%", "", "a/tool:1000:100 a/tool:1001:10 a/tool:3000:10 a/tool:0:1"},
	{"%", WITH_CAP,
         "a/tool:1000:677 a/tool:1001:767 a/tool:3000:767 a/tool:0:776 a/tool/ a/other"},
};

TEST_IN_CHILD(capabilities_that_the_command_will_lack_are_told)
{
	static const struct {
		uint64_t bounding, effective, keep;
		enum semantics semantics;
		bool keeps_bounding;
		const char *message;
	} rows[] = {
		{ADMIN | CHOWN, SETPCAP, ADMIN | CHOWN},
		{ADMIN | CHOWN, 0},
		{ADMIN | CHOWN, SETPCAP, .keeps_bounding = true},
		{ADMIN | CHOWN, SETPCAP, .message = WITH_CAP},
		{CHOWN, SETPCAP, .message = BOTH OUTSIDE " and --cap chown,net_admin" REMOVE},
		{0, SETPCAP, .keeps_bounding = true, .message = BOTH OUTSIDE REMOVE},
		{0, SETPCAP, .semantics = SEMANTICS_GOSU, .message = BOTH OUTSIDE REMOVE},
	};

	set_path("a:b");
	for (size_t i = 0; i < COUNT(rows); i++) {
		char given[16];

		before.bounding = rows[i].bounding;
		before.effective = rows[i].effective;
		plan.creds.keep = rows[i].keep;
		plan.creds.semantics = rows[i].semantics;
		plan.creds.keep_bounding = rows[i].keeps_bounding;
		snprintf(given, sizeof(given), "row %zu", i);
		expect_foreseen("tool", given, rows[i].message);
	}
	plan.creds = (struct creds_target){.keep = CHOWN};
	before.bounding = UINT64_MAX;
	expect_foreseen(
		"script", "a script",
		LACKS("b/script", "its interpreter", "cap_net_admin") "--cap net_admin" REMOVE);
	expect_foreseen(NULL, "no command", NULL);
	room = 0;
	expect_foreseen("tool", "no room", NULL);
	room = sizeof(memory);
	set_path("a");
	expect_foreseen("tool", "not in PATH", NULL);
}

int main(void)
{
	return cmocka_run_group_tests(tests, set_up, scratch_tear_down);
}
