#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/exec.h"

/* The exit status of a child that called exec_command(), and the message if exec_command() failed. The message is
 * empty if the command ran. */
struct result {
	int status;
	char message[1024];
};

#define ROOM (1 << 15)

static char directory[4096];
static size_t room = ROOM; /* of the arena */

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

static struct result run(char *const *command, const char *path)
{
	struct result result = {0};
	char variable[3 * PATH_MAX];
	char *environment[] = {variable, NULL};
	int status;
	int ends[2];
	pid_t child;

	if (path == NULL)
		environment[0] = NULL;
	else
		snprintf(variable, sizeof(variable), "PATH=%s", path);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		launch_in_child(command, environment, ends[1]);
	close(ends[1]);
	assert_true(read(ends[0], result.message, sizeof(result.message) - 1) >= 0);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	result.status = WEXITSTATUS(status);
	return result;
}

static struct result run_word(const char *word, const char *path)
{
	char copy[PATH_MAX];
	char *command[] = {copy, NULL};

	snprintf(copy, sizeof(copy), "%s", word);
	return run(command, path);
}

static void expect(const char *word, const char *path, int status, const char *message)
{
	struct result result = run_word(word, path);

	if (result.status != status || strcmp(result.message, message) != 0)
		fail_msg("'%s' in '%s': %d, \"%s\"", word, path == NULL ? "(unset)" : path,
		         result.status, result.message);
}

static int set_up(void **state)
{
	const char *base = getenv("TMPDIR");

	snprintf(directory, sizeof(directory), "%s/stepdown-exec.XXXXXX",
	         base == NULL ? "/tmp" : base);
	if (mkdtemp(directory) == NULL || chdir(directory) != 0 || chmod(".", 0755) != 0 ||
	    mkdir("a", 0755) != 0 || mkdir("b", 0755) != 0 || mkdir("shut", 0755) != 0 ||
	    mkdir("a/folder", 0755) != 0)
		return -1;
	if (symlink("loop", "loop") != 0)
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

static void a_name_is_searched_in_the_commands_path(void **state)
{
	expect("first", "a:b", 2, "");
	expect("first", "b:a", 3, "");
	expect("first", "nowhere:/dev/null:b", 3, "");
	expect("second", "a:b", 5, "");
	expect("folder", "a:b", 9, "");
	expect("true", NULL, 0, "");
}

static void an_empty_entry_is_the_current_directory(void **state)
{
	expect("here", "", 1, "");
	expect("here", ":a", 1, "");
	expect("here", "a:", 1, "");
	expect("here", "a::b", 1, "");
	expect("here", "a", 127, "running: 'here': not found in PATH (a)");
}

static void a_slash_means_no_search(void **state)
{
	expect("a/first", "b", 2, "");
	expect("./here", "a", 1, "");
	expect("/bin/true", NULL, 0, "");
	expect("/bogus", "a", 127, "running: '/bogus': not found (No such file or directory)");
	expect("here/first", "a", 127, "running: 'here/first': not found (Not a directory)");
}

static void not_found_is_127_and_shows_the_path(void **state)
{
	expect("", "a", 127, "running: '': not found (No such file or directory)");
	expect("bogus", "a:b", 127, "running: 'bogus': not found in PATH (a:b)");
	expect("bo\ngus", "a\n", 127, "running: 'bo\\ngus': not found in PATH (a\\n)");
	expect("bogus", NULL, 127,
	       "running: 'bogus': not found in PATH "
	       "(/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)");
}

static void S32_a_command_that_only_root_may_read_is_126(void **state)
{
	const char *hint = "running: 'a/secret': Permission denied (see its mode, its "
			   "interpreter's, and the mount)";

	expect("a/secret", "b", 126, hint);
	expect("secret", "b:a:shut", 126, hint);
	expect("shut/hidden", "b", 126,
	       "running: 'shut/hidden': Permission denied (see the directories above)");
}

static void file_that_cannot_run_is_126_with_the_reason(void **state)
{
	expect("nonsense", "a:b", 126,
	       "running: 'a/nonsense': Exec format error (not for this machine, or a script "
	       "without #!)");
	expect("orphan", "b:a", 126,
	       "running: 'a/orphan': No such file or directory (its interpreter "
	       "or loader is missing)");
	expect("./a/orphan", "b:a", 126,
	       "running: './a/orphan': No such file or directory (its "
	       "interpreter or loader is missing)");
	expect("folder", "a", 126, "running: 'a/folder': it is a directory");
	expect("/", "a", 126, "running: '/': it is a directory");
	expect("./loop", "a", 126, "running: './loop': Too many levels of symbolic links");
}

static void a_file_that_is_being_written_is_126(void **state)
{
	int fd = open("a/first", O_WRONLY | O_CLOEXEC);

	expect("first", "a:b", 126,
	       "running: 'a/first': Text file busy (somebody has it open for writing)");
	close(fd);
}

static void too_many_arguments_are_126(void **state)
{
	static char huge[4 << 20];
	char first[] = "first";
	char *command[] = {first, huge, NULL};
	struct result result;

	memset(huge, 'x', sizeof(huge) - 1);
	result = run(command, "a");
	assert_int_equal(result.status, 126);
	assert_string_equal(result.message, "running: 'a/first': Argument list too long");
}

static void path_entries_that_are_too_long_are_skipped(void **state)
{
	char path[2 * PATH_MAX];
	char word[NAME_MAX + 2];
	struct result result;

	/* Once around the kernel's limit. */
	for (size_t length = PATH_MAX - 10; length < PATH_MAX + 10; length++) {
		memset(path, '/', length);
		snprintf(path + length, 3, ":a");
		expect("first", path, 2, "");
	}
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	result = run_word(word, "a:b");
	assert_int_equal(result.status, 127);
}

static void a_path_for_which_there_is_no_memory_is_an_error(void **state)
{
	char path[2 * PATH_MAX];
	struct result result;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	/* With the slash between and the end. */
	room = strlen(path) + strlen("first") + 2;
	assert_int_equal(run_word("first", path).status, 127);
	room--;
	result = run_word("first", path);
	room = ROOM;
	assert_int_equal(result.status, 125);
	assert_string_equal(result.message, "running: 'first': Argument list too long");
}

static void arguments_and_environment_arrive(void **state)
{
	char shell[] = "sh";
	char option[] = "-c";
	char script[] = "test \"$0-$1-$#\" = 'x-y z-1' && test \"$PATH\" = /bin && exit 42";
	char name[] = "x";
	char argument[] = "y z";
	char *command[] = {shell, option, script, name, argument, NULL};

	assert_int_equal(run(command, "/bin").status, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_searched_in_the_commands_path),
		cmocka_unit_test(an_empty_entry_is_the_current_directory),
		cmocka_unit_test(a_slash_means_no_search),
		cmocka_unit_test(not_found_is_127_and_shows_the_path),
		cmocka_unit_test(S32_a_command_that_only_root_may_read_is_126),
		cmocka_unit_test(file_that_cannot_run_is_126_with_the_reason),
		cmocka_unit_test(a_file_that_is_being_written_is_126),
		cmocka_unit_test(too_many_arguments_are_126),
		cmocka_unit_test(path_entries_that_are_too_long_are_skipped),
		cmocka_unit_test(a_path_for_which_there_is_no_memory_is_an_error),
		cmocka_unit_test(arguments_and_environment_arrive),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
