/* Linked into every unit test program. */
#include "unit.h"

struct CMUnitTest tests[TESTS_MAX];
CMFixtureFunction set_up_all;
CMFixtureFunction tear_down_all;

void add_test(int line, struct CMUnitTest test)
{
	static int lines[TESTS_MAX];
	static size_t count;
	size_t place = count++;

	if (count > TESTS_MAX)
		abort();
	for (; place > 0 && lines[place - 1] > line; place--) {
		tests[place] = tests[place - 1];
		lines[place] = lines[place - 1];
	}
	tests[place] = test;
	lines[place] = line;
}

/* The variable STEPDOWN_CASE names the tests that run, as "S1_uid_*". Without it all tests run. tests/run --case sets it. */
__attribute__((constructor)) static void select_tests(void)
{
	const char *pattern = getenv("STEPDOWN_CASE");

	if (pattern != NULL)
		cmocka_set_test_filter(pattern);
}

/* Weak, because a program may have a main() of its own. */
__attribute__((weak)) int main(void)
{
	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
