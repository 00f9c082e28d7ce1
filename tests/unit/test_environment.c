#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/environment.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static alignas(max_align_t) char memory[4096];

static char *const environment[] = {
	"HOME=/root",  "odd",           "",       "=C:=x", "PATH=/bin",
	"HOME=/twice", "HOMER=simpson", "EMPTY=", NULL,
};

static void assert_with(const struct environment_change *changes, size_t count,
                        const char *const *expected, size_t expected_count)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	char **result = environment_with(environment, changes, count, &arena);

	assert_non_null(result);
	for (size_t i = 0; i < expected_count; i++) {
		assert_non_null(result[i]);
		assert_string_equal(result[i], expected[i]);
	}
	assert_null(result[expected_count]);
}

static void environment_get_matches_the_whole_name(void **state)
{
	(void)state;
	assert_string_equal(environment_get(environment, "PATH"), "/bin");
	assert_string_equal(environment_get(environment, "HOME"), "/root");
	assert_string_equal(environment_get(environment, "HOMER"), "simpson");
	assert_string_equal(environment_get(environment, "EMPTY"), "");
	assert_null(environment_get(environment, "HOM"));
	assert_null(environment_get(environment, "odd"));
	assert_null(environment_get(environment, "PATHS"));
	assert_null(environment_get(&environment[COUNT(environment) - 1], "HOME"));
}

static void unchanged_variables_keep_their_order(void **state)
{
	static const char *const expected[] = {"HOME=/root",    "odd",       "",
	                                       "=C:=x",         "PATH=/bin", "HOME=/twice",
	                                       "HOMER=simpson", "EMPTY="};

	(void)state;
	assert_with(NULL, 0, expected, COUNT(expected));
}

static void a_changed_name_stands_once(void **state)
{
	static const struct environment_change changes[] = {
		{"HOME", "/app"}, {"USER", "app"}, {"EMPTY", ""}};
	static const char *const expected[] = {
		"odd",           "",          "=C:=x",    "PATH=/bin",
		"HOMER=simpson", "HOME=/app", "USER=app", "EMPTY="};

	(void)state;
	assert_with(changes, COUNT(changes), expected, COUNT(expected));
}

static void variable_without_value_is_removed(void **state)
{
	static const struct environment_change changes[] = {{"HOME", NULL}, {"NONE", NULL}};
	static const char *const expected[] = {"odd",           "",      "=C:=x", "PATH=/bin",
	                                       "HOMER=simpson", "EMPTY="};

	(void)state;
	assert_with(changes, COUNT(changes), expected, COUNT(expected));
}

static void full_arena_returns_null(void **state)
{
	static const struct environment_change change = {"HOME", "/app"};
	size_t least = 0;

	(void)state;
	for (size_t room = 0; room < sizeof(memory) && least == 0; room++) {
		struct arena arena = arena_in(memory, room);

		memset(memory, 'x', sizeof(memory));
		if (environment_with(environment, &change, 1, &arena) != NULL)
			least = room;
		assert_int_equal(memory[room], 'x');
	}
	/* The list with its NULL, and the one new string. */
	assert_true(least >= 8 * sizeof(char *) + sizeof("HOME=/app"));
	assert_true(least <= 10 * sizeof(char *) + sizeof("HOME=/app") + alignof(max_align_t));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_get_matches_the_whole_name),
		cmocka_unit_test(unchanged_variables_keep_their_order),
		cmocka_unit_test(a_changed_name_stands_once),
		cmocka_unit_test(variable_without_value_is_removed),
		cmocka_unit_test(full_arena_returns_null),
	};

	return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
