/* Signals that arrive while owners are changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/signals.h"

static const struct {
	int number;
	const char *name;
} signals[] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static void say(const char *line)
{
	(void)!write(STDOUT_FILENO, line, strlen(line));
}

/* Runs ACT with NUMBER in a child; returns its status as waitpid gives it, and what it said. */
static int run(void (*act)(int number), int number, char said[static 256])
{
	int ends[2];
	int status;
	pid_t pid;
	ssize_t length;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		act(number);
		_exit(7);
	}
	close(ends[1]);
	length = read(ends[0], said, 255);
	said[length < 0 ? 0 : length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void catch_and_raise(int number)
{
	signals_catch("doing", "the 'object'\n", say);
	raise(number);
}

static void catch_without_object(int number)
{
	signals_catch("doing", NULL, say);
	raise(number);
}

static void each_signal_ends_the_process_with_one_line(void **state)
{
	char said[256];
	char wanted[256];

	for (size_t i = 0; i < SIGNALS; i++) {
		int status = run(catch_and_raise, signals[i].number, said);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 128 + signals[i].number);
		snprintf(wanted, sizeof(wanted),
		         "doing: 'the 'object'\\n': ended by %s (the next start begins again)",
		         signals[i].name);
		assert_string_equal(said, wanted);
		(void)run(catch_without_object, signals[i].number, said);
		snprintf(wanted, sizeof(wanted), "doing: ended by %s (the next start begins again)",
		         signals[i].name);
		assert_string_equal(said, wanted);
	}
}

static void ignore_and_raise(int number)
{
	signal(number, SIG_IGN);
	signals_catch("doing", NULL, say);
	raise(number);
	signals_release();
	if (signal(number, SIG_DFL) != SIG_IGN)
		_exit(8);
}

static void ignored_signal_stays_ignored(void **state)
{
	char said[256];

	for (size_t i = 0; i < SIGNALS; i++) {
		assert_int_equal(run(ignore_and_raise, signals[i].number, said), 7 << 8);
		assert_string_equal(said, "");
	}
}

static void release_and_raise(int number)
{
	signals_catch("doing", NULL, say);
	signals_release();
	signals_catch("doing the second", NULL, say);
	signals_release();
	raise(number);
}

static void release_nothing(int number)
{
	signals_release();
	raise(number);
}

/* The command gets the dispositions that there were. */
static void former_signal_handlers_are_restored(void **state)
{
	char said[256];

	for (size_t i = 0; i < SIGNALS; i++) {
		int status = run(release_and_raise, signals[i].number, said);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i].number);
		assert_string_equal(said, "");
		status = run(release_nothing, signals[i].number, said);
		assert_true(WIFSIGNALED(status));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signal_ends_the_process_with_one_line),
		cmocka_unit_test(ignored_signal_stays_ignored),
		cmocka_unit_test(former_signal_handlers_are_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
