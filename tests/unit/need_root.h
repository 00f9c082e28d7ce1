#ifndef STEPDOWN_TEST_NEED_ROOT_H
#define STEPDOWN_TEST_NEED_ROOT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ends the program with the status that meson takes for a skipped test. */
__attribute__((unused, noreturn)) static void skip_program(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(77);
}

/* The set-up of a group of tests that only root can make. */
__attribute__((unused)) static int need_root(void **state)
{
	if (geteuid() != 0)
		skip_program("needs root");
	return 0;
}

/* Under CI=true root must be able to make every test. */
__attribute__((unused)) static bool may_skip(void)
{
	const char *ci = getenv("CI");

	return ci == NULL || strcmp(ci, "true") != 0;
}

#endif
