

#include "unit.h"

#include "core/progress.h"

TEST(progress_line_has_counts_and_rate)
{
	static const struct {
		uint64_t visited;
		uint64_t changed;
		uint32_t milliseconds;
		const char *line;
	} rows[] = {
		{2, 0, 3000,
	         "changing the owner: '/a\\nb': 2 entries visited, 0 changed, 0 a second"},
		{12345, 67, 2500,
	         "changing the owner: '/a\\nb': 12345 entries visited, 67 changed, 4938 a "
	         "second"},
		/* More than 32 bits hold, for a month. */
		{UINT64_C(300000000000), UINT64_C(5000000000), UINT32_C(3000000000),
	         "changing the owner: '/a\\nb': 300000000000 entries visited, 5000000000 "
	         "changed, "
	         "100000 a second"},
		{5, 5, 0, "changing the owner: '/a\\nb': 5 entries visited, 5 changed, 0 a second"},
	};
	char line[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text text = text_in(line, sizeof(line));

		progress_write(&text, "/a\nb", rows[i].visited, rows[i].changed,
		               rows[i].milliseconds);
		assert_string_equal(line, rows[i].line);
	}
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
