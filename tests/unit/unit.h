#ifndef STEPDOWN_TESTS_UNIT_H
#define STEPDOWN_TESTS_UNIT_H

/* The headers that cmocka needs in front of it, cmocka, and what nearly every test uses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- children ------------------------------------------------------------------------------------ */

/* Returns 0 in the child, where an assertion that fails is the child's end. What is still to be printed is
 * printed once. */
static inline pid_t start_child(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		setenv("CMOCKA_TEST_ABORT", "1", 1);
	return pid;
}

/* Waits for PID, and returns its exit status. */
static inline int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("a child ends by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* The status of a child that passes. It is not 0, because src and a sanitizer can end a process by that. */
enum { CHILD_PASSED = 42 };

static inline void in_child(void (*test)(void))
{
	pid_t pid = start_child();

	if (pid == 0) {
		test();
		_exit(CHILD_PASSED);
	}
	assert_int_equal(status_of(pid), CHILD_PASSED);
}

/* --- tests --------------------------------------------------------------------------------------- */

/* All tests of a program, in the order of their lines; empty ones follow. */
#define TESTS_MAX 64
extern struct CMUnitTest tests[TESTS_MAX];

void add_test(int line, struct CMUnitTest test);

/* These come before and behind all tests of a program, or are NULL. A constructor sets them. */
extern CMFixtureFunction set_up_all;
extern CMFixtureFunction tear_down_all;

/* The head of a test. */
#define TEST(name)                                                                                 \
	static void name(void **state);                                                            \
	__attribute__((constructor)) static void add_##name(void)                                  \
	{                                                                                          \
		add_test(__LINE__, (struct CMUnitTest)cmocka_unit_test(name));                     \
	}                                                                                          \
	static void name(void **state)

/* The head of a test whose body RUN gets as a function. */
#define TEST_RUN_BY(run, name)                                                                     \
	static void name##_body(void);                                                             \
	TEST(name)                                                                                 \
	{                                                                                          \
		run(name##_body);                                                                  \
	}                                                                                          \
	static void name##_body(void)

#define TEST_IN_CHILD(name) TEST_RUN_BY(in_child, name)

#endif
