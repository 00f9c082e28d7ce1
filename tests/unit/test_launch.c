#include "unit.h"

#include <limits.h>
#include <sys/stat.h>

#include "run/exec.h"

#define ROOM (1 << 15)

static char directory[4096];
static size_t room = ROOM; /* of the arena */
static char said[1024];    /* the message of the last exec_command(); empty if the command ran */

static void make_file(const char *name, mode_t mode, const char *content)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Makes a script whose exit status differs from those of exec_command(), 125 to 127. */
static void make_script(const char *name, mode_t mode, int exits)
{
	char content[64];

	snprintf(content, sizeof(content), "#!/bin/sh\nexit %d\n", exits);
	make_file(name, mode, content);
}

static void launch_in_child(char *const *command, char *const *environment, int fd)
{
	static _Alignas(16) char memory[ROOM];
	const struct creds_state before = {0};
	const struct plan plan = {
		.command = command, .environment = environment, .before = &before};
	struct arena arena = arena_in(memory, room);
	struct error error = {0};

	/* Root may search and read everything; the error texts are those of a user. */
	if (geteuid() == 0 && (setgid(1234) != 0 || setuid(1234) != 0))
		_exit(99);
	exec_command(&plan, &arena, &error);
	if (write(fd, error.message, strlen(error.message) + 1) < 0)
		_exit(98);
	_exit(error.status);
}

/* Returns the exit status of a child that calls exec_command(). */
static int run(char *const *command, const char *path)
{
	char variable[3 * PATH_MAX];
	char *environment[] = {path == NULL ? NULL : variable, NULL};
	int ends[2];
	pid_t child;

	snprintf(variable, sizeof(variable), "PATH=%s", path == NULL ? "" : path);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = start_child();
	if (child == 0)
		launch_in_child(command, environment, ends[1]);
	close(ends[1]);
	memset(said, 0, sizeof(said));
	assert_true(read(ends[0], said, sizeof(said) - 1) >= 0);
	close(ends[0]);
	return status_of(child);
}

/* The words behind "running: " begin with MESSAGE, which e2e 95 has in full; NULL: there is none. */
static void expect(const char *word, const char *path, int status, const char *message)
{
	char copy[PATH_MAX];
	char wanted[1024] = "";
	int found;

	snprintf(copy, sizeof(copy), "%s", word);
	if (message != NULL)
		snprintf(wanted, sizeof(wanted), "running: %s", message);
	found = run((char *[]){copy, NULL}, path);
	if (found != status || strncmp(said, wanted, strlen(wanted)) != 0 ||
	    (message == NULL) != (said[0] == '\0'))
		fail_msg("'%s' in '%s': %d, \"%s\"", word, path == NULL ? "(unset)" : path, found,
		         said);
}

static int set_up(void **state)
{
	const char *base = getenv("TMPDIR");

	snprintf(directory, sizeof(directory), "%s/stepdown-exec.XXXXXX",
	         base == NULL ? "/tmp" : base);
	if (mkdtemp(directory) == NULL || chdir(directory) != 0 || chmod(".", 0755) != 0 ||
	    mkdir("a", 0755) != 0 || mkdir("b", 0755) != 0 || mkdir("shut", 0755) != 0 ||
	    mkdir("a/folder", 0755) != 0 || symlink("loop", "loop") != 0)
		return -1;
	make_script("here", 0755, 1);
	make_script("a/first", 0755, 2);
	make_script("b/first", 0755, 3);
	make_script("a/second", 0600, 4);
	make_script("b/second", 0755, 5);
	make_script("a/secret", 0600, 6);
	make_script("shut/hidden", 0755, 7);
	make_file("a/nonsense", 0755, "neither this nor that\n");
	make_file("a/orphan", 0755, "#!/no/such/interpreter\n");
	make_script("b/nonsense", 0755, 8);
	make_script("b/folder", 0755, 9);
	return chmod("shut", 0000);
}

static int tear_down(void **state)
{
	char command[sizeof(directory) + 20];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return chmod("shut", 0700) != 0 || chdir("/") != 0 || system(command) != 0;
}

/* What runs if WORD is searched in PATH: the status is that of a script, or 125 to 127 and the message. */
static const struct row {
	const char *word, *path;
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
	{"here", "a::b", 1},
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
	{"./a/orphan", "b:a", 126, "'./a/orphan': No such file or directory (its"},
	{"folder", "a", 126, "'a/folder': it is a directory"},
	{"/", "a", 126, "'/': it is a directory"},
	{"./loop", "a", 126, "'./loop': Too many levels of symbolic links"},
	/* S32: only root may read it. */
	{"a/secret", "b", 126, "'a/secret': Permission denied (see its mode"},
	{"secret", "b:a:shut", 126, "'a/secret': Permission denied (see its mode"},
	{"shut/hidden", "b", 126, "'shut/hidden': Permission denied (see the directories above)"},
};

TEST(the_command_is_found_or_the_reason_is_told)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].word, rows[i].path, rows[i].status, rows[i].message);
}

TEST(a_file_that_is_being_written_is_126)
{
	int fd = open("a/first", O_WRONLY | O_CLOEXEC);

	expect("first", "a:b", 126, "'a/first': Text file busy (somebody");
	close(fd);
}

TEST(too_many_arguments_are_126)
{
	static char huge[4 << 20];

	memset(huge, 'x', sizeof(huge) - 1);
	assert_int_equal(run((char *[]){"first", huge, NULL}, "a"), 126);
	assert_string_equal(said, "running: 'a/first': Argument list too long");
}

TEST(path_entries_that_are_too_long_are_skipped)
{
	char path[2 * PATH_MAX];
	char word[NAME_MAX + 2];

	/* Once around the kernel's limit. */
	for (size_t length = PATH_MAX - 10; length < PATH_MAX + 10; length++) {
		memset(path, '/', length);
		snprintf(path + length, 3, ":a");
		expect("first", path, 2, NULL);
	}
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(run((char *[]){word, NULL}, "a:b"), 127);
}

TEST(a_path_for_which_there_is_no_memory_is_an_error)
{
	char path[2 * PATH_MAX];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	/* With the slash between and the end. */
	room = strlen(path) + strlen("first") + 2;
	assert_int_equal(run((char *[]){"first", NULL}, path), 127);
	room--;
	expect("first", path, 125, "'first': Argument list too long");
	room = ROOM;
}

int main(void)
{
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
