#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "idmap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void ids_of_the_map_and_beside_it(void **state)
{
	static const char whole[] = "         0          0 4294967295\n";
	static const char rootless[] = "         0       1000          1\n"
				       "         1     100000      65536\n";
	static const char self_only[] = "         0       1000          1\n";
	static const char gap[] = "1000 5 10\n3000 70 1\n";
	static const struct {
		const char *map;
		uint32_t id;
		bool mapped;
	} rows[] = {
		{whole, 0, true},
		{whole, 1000, true},
		{whole, 2147483647, true},
		{whole, 4294967294, true},
		{whole, 4294967295, false},
		{rootless, 0, true},
		{rootless, 1, true},
		{rootless, 1000, true},
		{rootless, 65536, true},
		{rootless, 65537, false},
		{rootless, 100000, false},
		{rootless, 2147483647, false},
		{self_only, 0, true},
		{self_only, 1, false},
		/* The outside number of it. */
		{self_only, 1000, false},
		{gap, 0, false},
		{gap, 5, false},
		{gap, 999, false},
		{gap, 1000, true},
		{gap, 1009, true},
		{gap, 1010, false},
		{gap, 2999, false},
		{gap, 3000, true},
		{gap, 3001, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (idmap_contains(slice_of(rows[i].map), rows[i].id) != rows[i].mapped)
			fail_msg("%u in:\n%s", rows[i].id, rows[i].map);
	}
}

static void an_unread_map_knows_nothing_and_forbids_nothing(void **state)
{
	(void)state;
	assert_true(idmap_contains((struct slice){NULL, 0}, 0));
	assert_true(idmap_contains((struct slice){NULL, 0}, 2147483647));
	assert_true(idmap_contains(slice_of(""), 1000));
}

static void lines_that_are_none_map_nothing(void **state)
{
	static const char *const maps[] = {"\n",        "0\n",    "0 0\n",    "0 0 0\n",
	                                   "garbage\n", "\n\n\n", "-1 0 5\n", "a 0 4294967295\n"};

	(void)state;
	for (size_t i = 0; i < COUNT(maps); i++)
		assert_false(idmap_contains(slice_of(maps[i]), 1000));
	/* And do not hide the next. */
	assert_true(idmap_contains(slice_of("\n0 0\n1000 0 1\n"), 1000));
}

static void the_last_line_needs_no_newline_and_nothing_behind_it_is_read(void **state)
{
	char map[] = {'5', ' ', '0', ' ', '1', '0'};

	(void)state;
	assert_true(idmap_contains((struct slice){map, 5}, 5));
	/* Five bytes: a count of 1, not of 10. */
	assert_false(idmap_contains((struct slice){map, 5}, 6));
	assert_true(idmap_contains((struct slice){map, 6}, 14));
	assert_false(idmap_contains((struct slice){map, 6}, 15));
}

static void S1_numbers_beyond_32_bits_do_not_wrap(void **state)
{
	(void)state;
	assert_false(idmap_contains(slice_of("4294967296 0 1\n"), 0));
	assert_false(idmap_contains(slice_of("18446744073709551616 0 1\n"), 0));
	assert_false(idmap_contains(slice_of("5 0 4294967295\n"), 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_the_map_and_beside_it),
		cmocka_unit_test(an_unread_map_knows_nothing_and_forbids_nothing),
		cmocka_unit_test(lines_that_are_none_map_nothing),
		cmocka_unit_test(the_last_line_needs_no_newline_and_nothing_behind_it_is_read),
		cmocka_unit_test(S1_numbers_beyond_32_bits_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
