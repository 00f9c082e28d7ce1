#include <stdalign.h>

#include "cases.h"
#include "core/environment.h"

static alignas(max_align_t) char memory[4096];

static char *const environment[] = {
	"HOME=/root",  "odd",           "",       "=C:=x", "PATH=/bin",
	"HOME=/twice", "HOMER=simpson", "EMPTY=", NULL,
};

TEST(environment_get_matches_the_whole_name)
{
	static const struct row rows[] = {{"PATH", "/bin"}, {"HOME", "/root"}, {"HOMER", "simpson"},
	                                  {"EMPTY", ""},    {"HOM", NULL},     {"odd", NULL},
	                                  {"PATHS", NULL}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *value = environment_get(environment, rows[i].given);

		assert_int_equal(value == NULL, rows[i].wanted == NULL);
		if (value != NULL)
			assert_found(rows[i].given, value, rows[i].wanted);
	}
	assert_null(environment_get(&environment[COUNT(environment) - 1], "HOME"));
}

/* Unchanged variables keep their order, a changed name stands once, and one without a value is removed. */
TEST(changes_come_last)
{
	static const struct {
		struct environment_change changes[3];
		size_t count;
		const char *wanted;
	} rows[] = {
		{{{0}}, 0, "HOME=/root|odd||=C:=x|PATH=/bin|HOME=/twice|HOMER=simpson|EMPTY=|"},
		{{{"HOME", "/app"}, {"USER", "app"}, {"EMPTY", ""}},
	         3,
	         "odd||=C:=x|PATH=/bin|HOMER=simpson|HOME=/app|USER=app|EMPTY=|"},
		{{{"HOME", NULL}, {"NONE", NULL}}, 2, "odd||=C:=x|PATH=/bin|HOMER=simpson|EMPTY=|"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = arena_in(memory, sizeof(memory));
		char **result =
			environment_with(environment, rows[i].changes, rows[i].count, &arena);
		char found[FOUND_BYTES] = "";

		assert_non_null(result);
		for (; *result != NULL; result++)
			append(found, "%s|", *result);
		assert_found("changes", found, rows[i].wanted);
	}
}

TEST(full_arena_returns_null)
{
	static const struct environment_change change = {"HOME", "/app"};
	size_t least = 0;

	for (size_t room = 0; room < sizeof(memory) && least == 0; room++) {
		struct arena arena = arena_in(memory, room);

		memset(memory, 'x', sizeof(memory));
		if (environment_with(environment, &change, 1, &arena) != NULL)
			least = room;
		assert_int_equal(memory[room], 'x');
	}
	/* The list with its NULL, and the one new string. */
	assert_in_range(least, 8 * sizeof(char *) + sizeof("HOME=/app"),
	                10 * sizeof(char *) + sizeof("HOME=/app") + alignof(max_align_t));
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
