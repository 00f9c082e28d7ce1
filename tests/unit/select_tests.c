/* Linked into every unit test program: the variable STEPDOWN_CASE names the tests that run, as
 * "S1_uid_*". Without the variable all tests run. tests/run --case sets the variable. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void select_tests(void)
{
	const char *pattern = getenv("STEPDOWN_CASE");

	if (pattern != NULL)
		cmocka_set_test_filter(pattern);
}
