#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "core/passwd_parse.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* Versions of clang-format disagree about braces in a macro. */
/* clang-format off */
#define LITERAL(bytes) {"" bytes, sizeof(bytes) - 1}
/* clang-format on */

static struct slice passwd_file(void)
{
	return slice_of("root:x:0:0:root:/root:/bin/sh\n"
	                "app:x:1000:1001:The app,,,:/srv/app:/bin/false\n"
	                "twin:x:1000:7::/twin:\n"
	                "app:x:5:5::/second:\n"
	                "high:*:2147483647:2147483647::/:/sbin/nologin\n");
}

static void entries_are_found_and_the_first_counts(void **state)
{
	struct account account;

	(void)state;
	assert_true(passwd_find_name(passwd_file(), slice_of("app"), &account));
	assert_int_equal(account.uid, 1000);
	assert_int_equal(account.gid, 1001);
	assert_true(slice_is(account.home, "/srv/app"));
	assert_true(slice_is(account.line, "app:x:1000:1001:The app,,,:/srv/app:/bin/false"));
	assert_true(passwd_find_uid(passwd_file(), 1000, &account));
	assert_true(slice_is(account.name, "app"));
	assert_true(passwd_find_uid(passwd_file(), 2147483647, &account));
	assert_true(slice_is(account.name, "high"));
	assert_true(passwd_find_uid(passwd_file(), 0, &account));
	assert_true(slice_is(account.name, "root"));
}

static void missing_entry_leaves_the_result_untouched(void **state)
{
	struct account account = {.uid = 77};
	struct account entry = {.gid = 77};
	struct slice rest = slice_of("a:x:1:b\n");
	uint32_t gid = 77;

	(void)state;
	assert_false(passwd_find_name(passwd_file(), slice_of("ap"), &account));
	assert_false(passwd_find_name(passwd_file(), slice_of("appl"), &account));
	assert_false(passwd_find_name(passwd_file(), slice_of(""), &account));
	assert_false(passwd_find_name(passwd_file(), slice_of("x"), &account));
	assert_false(passwd_find_uid(passwd_file(), 1, &account));
	assert_false(passwd_find_uid(slice_of(""), 0, &account));
	assert_false(passwd_find_uid((struct slice){NULL, 0}, 0, &account));
	assert_false(group_find_name((struct slice){NULL, 0}, slice_of("a"), &entry));
	assert_false(group_find_gid(slice_of("a:x:1:b\n"), 0, &entry));
	assert_false(group_next_of(&rest, slice_of("c"), &gid));
	assert_int_equal(account.uid, 77);
	assert_int_equal(entry.gid, 77);
	assert_int_equal(gid, 77);
	assert_int_equal(rest.length, 0);
}

/* The name that is asked for is always "app". */
static const struct slice damaged_passwd[] = {
	LITERAL("app:x:::::"),
	LITERAL("app:x::0::/:/bin/sh"),
	LITERAL("app:x:1000:::/:/bin/sh"),
	LITERAL("app:x:0x0:0::/:/bin/sh"),
	LITERAL("app:x:abc:0::/:/bin/sh"),
	LITERAL("app:x:1000a:1000::/:/bin/sh"),
	LITERAL("app:x: 1000:1000::/:/bin/sh"),
	LITERAL("app:x:1000 :1000::/:/bin/sh"),
	LITERAL("app:x:+0:0::/:/bin/sh"),
	LITERAL("app:x:-1:-1::/:/bin/sh"),
	LITERAL("app:x:-0:0::/:/bin/sh"),
	LITERAL("app"),
	LITERAL("app:"),
	LITERAL("app:x"),
	LITERAL("app:x:0"),
	LITERAL("app:x:0:0"),
	LITERAL("app:x:0:0:"),
	LITERAL("app:x:0:0:root:/root"),
	LITERAL("app:x:0:0:root:/root:/bin/sh:"),
	LITERAL("app:x:0:0:ro:ot:/root:/bin/sh"),
	LITERAL("app::::::"),
	LITERAL(":app:x:0:0::/:/bin/sh"),
	LITERAL(" app:x:0:0::/:/bin/sh"),
	LITERAL("\tapp:x:0:0::/:/bin/sh"),
	LITERAL("app :x:0:0::/:/bin/sh"),
	LITERAL("\rapp:x:0:0::/:/bin/sh"),
	LITERAL("+app:x:0:0::/:/bin/sh"),
	LITERAL("-app:x:0:0::/:/bin/sh"),
	LITERAL("#app:x:0:0::/:/bin/sh"),
	LITERAL("app\0:x:0:0::/:/bin/sh"),
	LITERAL("app:x:0:0::/\0:/bin/sh"),
	LITERAL("app:x:0:0::/:/bin/sh\0"),
	LITERAL("app:x:0\0:0::/:/bin/sh"),
};

static void S6_a_damaged_line_does_not_exist(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damaged_passwd); i++) {
		struct slice rest = damaged_passwd[i];
		struct account account;

		if (account_next(&rest, PASSWD_FIELDS, &account))
			fail_msg("line %zu counts: %s", i, damaged_passwd[i].bytes);
		assert_false(passwd_find_name(damaged_passwd[i], slice_of("app"), &account));
	}
}

static void S6_a_damaged_line_does_not_hide_the_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damaged_passwd); i++) {
		static const char good[] = "\napp:x:42:43::/home:/bin/sh";
		char file[128];
		struct account account;
		size_t length = damaged_passwd[i].length;

		memcpy(file, damaged_passwd[i].bytes, length);
		memcpy(file + length, good, sizeof(good) - 1);
		assert_true(passwd_find_name((struct slice){file, length + sizeof(good) - 1},
		                             slice_of("app"), &account));
		assert_int_equal(account.uid, 42);
		assert_int_equal(account.gid, 43);
	}
}

static void S6_empty_uid_is_not_root(void **state)
{
	struct slice file = slice_of("app:x::1000::/:/bin/sh\n+::::::\n::0:0::/:\n");
	struct account account;

	(void)state;
	assert_false(passwd_find_uid(file, 0, &account));
	assert_false(passwd_find_name(file, slice_of("app"), &account));
	assert_false(passwd_find_name(file, slice_of("+"), &account));
	assert_false(passwd_find_name(file, slice_of(""), &account));
}

static void S1_S2_ids_out_of_range_do_not_exist(void **state)
{
	static const char *const numbers[] = {
		"2147483648",
		"4294967294",
		"4294967295",
		"4294967296",
		"4294967297",
		"9223372036854775807",
		"9223372036854775808",
		"18446744073709551616",
		"-1",
		"000000000000000000000000000000000000000004294967296",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		static const char *const forms[] = {"app:x:%:0::/:", "app:x:0:%::/:"};
		char line[128];
		struct account account;
		struct account entry;

		for (size_t form = 0; form < COUNT(forms); form++) {
			struct slice tail = slice_of(forms[form]);
			struct slice head = slice_cut(&tail, '%');

			memcpy(line, head.bytes, head.length);
			strcpy(line + head.length, numbers[i]);
			strcat(line, tail.bytes);
			assert_false(passwd_find_name(slice_of(line), slice_of("app"), &account));
		}
		strcpy(line, "app:x:");
		strcat(line, numbers[i]);
		strcat(line, ":app");
		assert_false(group_find_name(slice_of(line), slice_of("app"), &entry));
	}
}

static void S3_leading_zeros_are_decimal(void **state)
{
	struct account account;

	(void)state;
	assert_true(passwd_find_uid(slice_of("a:x:010:0777::/:"), 10, &account));
	assert_int_equal(account.gid, 777);
}

static void S4_a_numeric_name_does_not_count(void **state)
{
	struct slice passwd = slice_of("1000:x:0:0::/root:/bin/sh\n0:x:1:1::/:\n");
	struct slice group = slice_of("1000:x:0:app\n");
	struct account account;
	struct account entry;

	(void)state;
	assert_false(passwd_find_name(passwd, slice_of("1000"), &account));
	assert_false(passwd_find_uid(passwd, 0, &account));
	assert_false(passwd_find_uid(passwd, 1, &account));
	assert_false(group_find_name(group, slice_of("1000"), &entry));
	assert_false(group_find_gid(group, 0, &entry));
	/* A digit in front is no number. */
	assert_true(passwd_find_name(slice_of("0day:x:9:9::/:"), slice_of("0day"), &account));
	assert_int_equal(account.uid, 9);
}

static void S6_last_line_without_newline_counts(void **state)
{
	struct slice passwd = slice_of("root:x:0:0:::\napp:x:7:8::/h:/bin/sh");
	struct slice group = slice_of("root:x:0:\napp:x:8:a,app");
	struct slice rest = group;
	struct account account;
	struct account entry;
	uint32_t gid;

	(void)state;
	assert_true(passwd_find_name(passwd, slice_of("app"), &account));
	assert_true(slice_is(account.line, "app:x:7:8::/h:/bin/sh"));
	assert_true(group_find_gid(group, 8, &entry));
	assert_true(slice_is(entry.members, "a,app"));
	assert_true(group_next_of(&rest, slice_of("app"), &gid));
	assert_int_equal(gid, 8);
}

static void S6_crlf_line_ends_count(void **state)
{
	static const char *const passwds[] = {"root:x:0:0:::\r\napp:x:7:8::/h:\r\nb:x:1:1:::\r\n",
	                                      "app:x:7:8::/h:\r"};
	struct slice group = slice_of("root:x:0:\r\nweb:x:8:a,app\r\n\r\nlast:x:9:app\r");
	struct slice rest = group;
	struct account account;
	struct account entry;
	uint32_t gid;

	(void)state;
	for (size_t i = 0; i < COUNT(passwds); i++) {
		assert_true(passwd_find_name(slice_of(passwds[i]), slice_of("app"), &account));
		assert_true(slice_is(account.line, "app:x:7:8::/h:"));
	}
	assert_true(group_find_name(group, slice_of("web"), &entry));
	assert_true(slice_is(entry.members, "a,app"));
	assert_true(slice_is(entry.line, "web:x:8:a,app"));
	assert_true(group_next_of(&rest, slice_of("app"), &gid));
	assert_int_equal(gid, 8);
	assert_true(group_next_of(&rest, slice_of("app"), &gid));
	assert_int_equal(gid, 9);
	assert_false(group_next_of(&rest, slice_of("app"), &gid));
}

static void S7_a_damaged_group_line_grants_nothing(void **state)
{
	static const struct slice lines[] = {
		LITERAL("nogid:x::app"),
		LITERAL("nogid:x: :app"),
		LITERAL("big:x:4294967296:app"),
		LITERAL("top:x:2147483648:app"),
		LITERAL("minus:x:-1:app"),
		LITERAL("hex:x:0x0:app"),
		LITERAL("word:x:root:app"),
		LITERAL("short:x:0"),
		LITERAL("long:x:0:app:"),
		LITERAL("long:x:0:app:app"),
		LITERAL(":x:0:app"),
		LITERAL("0:x:0:app"),
		LITERAL("+web:x:0:app"),
		LITERAL("-web:x:0:app"),
		LITERAL("#web:x:0:app"),
		LITERAL(" web:x:0:app"),
		LITERAL("we b:x:0:app"),
		LITERAL("we\x7f:x:0:app"),
		LITERAL("web:x:0:app\0"),
		LITERAL("web:x:0\0:app"),
		LITERAL("+:::"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct slice rest = lines[i];
		struct account entry;
		uint32_t gid;

		if (group_next_of(&rest, slice_of("app"), &gid))
			fail_msg("line %zu grants group %u: %s", i, (unsigned)gid, lines[i].bytes);
		assert_false(group_find_gid(lines[i], 0, &entry));
	}
}

static void members_match_exactly(void **state)
{
	static const struct {
		const char *members;
		bool expected;
	} rows[] = {
		{"app", true},    {"a,app", true},      {"app,b", true}, {"a,app,b", true},
		{",app", true},   {"app,", true},       {"", false},     {",", false},
		{"ap", false},    {"apps", false},      {"a pp", false}, {" app", false},
		{"app ", false},  {"a, app", false},    {"APP", false},  {"app;b", false},
		{"myapp", false}, {"a,myapp,b", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[64] = "web:x:8:";
		struct slice rest;
		uint32_t gid;

		strcat(line, rows[i].members);
		rest = slice_of(line);
		if (group_next_of(&rest, slice_of("app"), &gid) != rows[i].expected)
			fail_msg("members '%s'", rows[i].members);
		rest = slice_of(line);
		assert_false(group_next_of(&rest, slice_of(""), &gid));
	}
}

static void all_groups_of_a_user_come_in_order(void **state)
{
	struct slice rest =
		slice_of("a:x:3:app\nb:x:1:other\nc:x:2:x,app\nbad:x::app\nd:x:3:app\n");
	static const uint32_t expected[] = {3, 2, 3};
	uint32_t gid;

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_true(group_next_of(&rest, slice_of("app"), &gid));
		assert_int_equal(gid, expected[i]);
	}
	assert_false(group_next_of(&rest, slice_of("app"), &gid));
}

static void mention_is_any_line_that_begins_with_the_name(void **state)
{
	static const struct {
		const char *file;
		bool expected;
	} rows[] = {
		{"app:x:0:0::/:", true}, {"app", true},     {"a:b\napp\n", true}, {"app\r\n", true},
		{" \tapp:broken", true}, {"app:", true},    {"", false},          {"\n\n", false},
		{"apps:x", false},       {"ap:x", false},   {"#app:x", false},    {"+app:x", false},
		{"x:app", false},        {"app x:", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (accounts_mention(slice_of(rows[i].file), slice_of("app")) != rows[i].expected)
			fail_msg("'%s'", rows[i].file);
	}
}

/* Reads nothing outside: the bytes lie in memory that ends with them. */
static void every_prefix_of_a_file_is_safe(void **state)
{
	static const char bytes[] =
		"root:x:0:0::/root:/bin/sh\r\napp:x:1:1::/:\n\n:::\napp:x:1:app,b\r";

	(void)state;
	for (size_t length = 0; length < sizeof(bytes); length++) {
		char *copy = malloc(length == 0 ? 1 : length);
		struct slice file = {copy, length};
		struct slice rest = file;
		struct account account;
		struct account entry;
		uint32_t gid;

		assert_non_null(copy);
		memcpy(copy, bytes, length);
		(void)passwd_find_name(file, slice_of("nobody"), &account);
		(void)group_find_name(file, slice_of("nobody"), &entry);
		(void)accounts_mention(file, slice_of("nobody"));
		while (group_next_of(&rest, slice_of("app"), &gid))
			;
		free(copy);
	}
}

static double seconds(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void S28_long_files_and_lines_take_linear_time(void **state)
{
	enum { SIZE = 16 << 20 };
	static const char *const fillers[] = {"\n",          ":",    ",", "a",  "a:\n",
	                                      "a:x:1:\n",    "\r\n", " ", "\t", "web:x:1:a,b\n",
	                                      "a:b:1:1:::\n"};
	static const char last[] = "\napp:x:7:7::/:\n";
	char *bytes = malloc(SIZE);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < COUNT(fillers); i++) {
		size_t length = strlen(fillers[i]);
		struct slice file = {bytes, SIZE};
		struct slice rest = file;
		struct account account;
		double start;
		uint32_t gid;

		for (size_t offset = 0; offset < SIZE; offset++)
			bytes[offset] = fillers[i][offset % length];
		memcpy(bytes + SIZE - (sizeof(last) - 1), last, sizeof(last) - 1);
		start = seconds();
		assert_true(passwd_find_name(file, slice_of("app"), &account));
		assert_int_equal(account.uid, 7);
		assert_false(group_next_of(&rest, slice_of("app"), &gid));
		assert_true(accounts_mention(file, slice_of("app")));
		/* Well under a second even with the sanitizers; quadratic would be hours. */
		assert_true(seconds() - start < 20);
	}
	free(bytes);
}

static void S28_a_line_of_many_megabytes_is_read(void **state)
{
	enum { SIZE = 8 << 20 };
	char *bytes = malloc(SIZE);
	struct account entry;
	struct slice rest;
	uint32_t gid;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = i % 4 == 3 ? ',' : 'm';
	memcpy(bytes, "web:x:8:", 8);
	memcpy(bytes + SIZE - 4, ",app", 4);
	rest = (struct slice){bytes, SIZE};
	assert_true(group_find_name(rest, slice_of("web"), &entry));
	assert_true(entry.line.length == SIZE);
	assert_true(group_next_of(&rest, slice_of("app"), &gid));
	assert_int_equal(gid, 8);
	free(bytes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_found_and_the_first_counts),
		cmocka_unit_test(missing_entry_leaves_the_result_untouched),
		cmocka_unit_test(S6_a_damaged_line_does_not_exist),
		cmocka_unit_test(S6_a_damaged_line_does_not_hide_the_next),
		cmocka_unit_test(S6_empty_uid_is_not_root),
		cmocka_unit_test(S1_S2_ids_out_of_range_do_not_exist),
		cmocka_unit_test(S3_leading_zeros_are_decimal),
		cmocka_unit_test(S4_a_numeric_name_does_not_count),
		cmocka_unit_test(S6_last_line_without_newline_counts),
		cmocka_unit_test(S6_crlf_line_ends_count),
		cmocka_unit_test(S7_a_damaged_group_line_grants_nothing),
		cmocka_unit_test(members_match_exactly),
		cmocka_unit_test(all_groups_of_a_user_come_in_order),
		cmocka_unit_test(mention_is_any_line_that_begins_with_the_name),
		cmocka_unit_test(every_prefix_of_a_file_is_safe),
		cmocka_unit_test(S28_long_files_and_lines_take_linear_time),
		cmocka_unit_test(S28_a_line_of_many_megabytes_is_read),
	};

	return cmocka_run_group_tests_name("accounts", tests, NULL, NULL);
}
