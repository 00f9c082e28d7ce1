#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void numbers_are_unsigned_and_whole(void **state)
{
	char buffer[128];
	struct text text = text_in(buffer, sizeof(buffer));

	(void)state;
	text_add_number(&text, 0);
	text_add(&text, " ");
	text_add_number(&text, 4294967295);
	text_add(&text, " ");
	text_add_number(&text, UINT64_MAX);
	assert_string_equal(buffer, "0 4294967295 18446744073709551615");
	assert_int_equal(text.length, strlen(buffer));
}

static void octal_is_as_umask_prints_it(void **state)
{
	static const struct {
		unsigned number;
		const char *expected;
	} rows[] = {{0, "0000"}, {027, "0027"}, {0777, "0777"}, {07777, "7777"}, {010000, "10000"}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char buffer[16];
		struct text text = text_in(buffer, sizeof(buffer));

		text_add_octal(&text, rows[i].number);
		assert_string_equal(buffer, rows[i].expected);
	}
}

static void text_that_does_not_fit_is_cut_and_marked(void **state)
{
	(void)state;
	for (size_t capacity = 4; capacity < 20; capacity++) {
		char buffer[24];
		char expected[24] = "0123456789";
		struct text text;

		memset(buffer, 'x', sizeof(buffer));
		text = text_in(buffer, capacity);
		text_add(&text, "01234");
		text_add(&text, "56789");
		/* More of it changes nothing. */
		if (capacity <= 10) {
			text_add(&text, "abc");
			text_add_quoted(&text, slice_of("\n"));
			strcpy(expected + capacity - 4, "...");
		}
		assert_string_equal(buffer, expected);
		assert_int_equal(text.length, strlen(expected));
		assert_int_equal(buffer[capacity], 'x');
	}
}

static void a_character_is_not_cut_in_the_middle(void **state)
{
	char buffer[16];

	(void)state;
	for (size_t capacity = 4; capacity < sizeof(buffer); capacity++) {
		struct text text = text_in(buffer, capacity);

		text_add_visible(&text, slice_of("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		                                 "\xe2\x82\xac\xe2\x82\xac"));
		text_add(&text, "x");
		assert_int_equal(text.length, strlen(buffer));
		assert_int_equal((text.length - 3) % 3, 0);
		assert_string_equal(buffer + text.length - 3, "...");
		assert_true(text.length > capacity - 4);
	}
}

static void nothing_to_add_cuts_nothing(void **state)
{
	char buffer[4];
	struct text text = text_in(buffer, sizeof(buffer));

	(void)state;
	assert_string_equal(buffer, "");
	text_add(&text, "abc");
	text_add(&text, "");
	assert_string_equal(buffer, "abc");
}

static void control_bytes_are_shown_not_sent(void **state)
{
	static const struct {
		struct slice object;
		const char *expected;
	} rows[] = {
		{{"", 0}, "''"},
		{{"a b", 3}, "'a b'"},
		{{"a\nb\tc\rd", 7}, "'a\\nb\\tc\\rd'"},
		{{"\0", 1}, "'\\x00'"},
		{{"\x1b[31m", 5}, "'\\x1b[31m'"},
		{{"\x7f\x01\x1f", 3}, "'\\x7f\\x01\\x1f'"},
		{{"caf\xc3\xa9", 5}, "'caf\xc3\xa9'"},
		{{"\xe2\x82\xac", 3}, "'\xe2\x82\xac'"},
		/* U+009B is a whole ESC [. */
		{{"\xc2\x9b"
	          "31m",
	          5},
	         "'\\xc2\\x9b31m'"},
		{{"\xc2\x80\xc2\x9f", 4}, "'\\xc2\\x80\\xc2\\x9f'"},
		{{"\xc2\xa0\xc2", 3}, "'\xc2\xa0\\xc2'"},
		/* Bytes that are no UTF-8: out of place, cut off, too long, a surrogate, too large. */
		{{"\x9b\x80z", 3}, "'\\x9b\\x80z'"},
		{{"\xe2\x82", 2}, "'\\xe2\\x82'"},
		{{"\xe2z\x82\xf8\x80\x80\x80", 7}, "'\\xe2z\\x82\\xf8\\x80\\x80\\x80'"},
		{{"\xc0\xaf\xe0\x80\xaf", 5}, "'\\xc0\\xaf\\xe0\\x80\\xaf'"},
		{{"\xed\xa0\x80", 3}, "'\\xed\\xa0\\x80'"},
		{{"\xf4\x90\x80\x80\xff", 5}, "'\\xf4\\x90\\x80\\x80\\xff'"},
		{{"\xf0\x9f\x90\xa7", 4}, "'\xf0\x9f\x90\xa7'"},
		/* Direction marks: U+202E, U+2066, U+200F, U+061C; U+200E; and the separators U+2028 and U+2029. */
		{{"\xe2\x80\x8e\xe2\x80\xa9", 6}, "'\\xe2\\x80\\x8e\\xe2\\x80\\xa9'"},
		{{"a\xe2\x80\xae", 4}, "'a\\xe2\\x80\\xae'"},
		{{"\xe2\x81\xa6", 3}, "'\\xe2\\x81\\xa6'"},
		{{"\xe2\x80\x8f", 3}, "'\\xe2\\x80\\x8f'"},
		{{"\xd8\x9c", 2}, "'\\xd8\\x9c'"},
		{{"\xe2\x80\xa8", 3}, "'\\xe2\\x80\\xa8'"},
		{{NULL, 0}, "''"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char buffer[64];
		struct text text = text_in(buffer, sizeof(buffer));

		text_add_quoted(&text, rows[i].object);
		assert_string_equal(buffer, rows[i].expected);
	}
}

static void errors_have_one_grammar(void **state)
{
	struct error error = {0};

	(void)state;
	assert_false(error_set(&error, "doing", "object", "reason", "hint"));
	assert_string_equal(error.message, "doing: 'object': reason (hint)");
	assert_int_equal(error.status, 125);
	assert_false(error_set(&error, "doing", NULL, "reason", NULL));
	assert_string_equal(error.message, "doing: reason");
	assert_false(error_set(&error, "doing", "", "reason", NULL));
	assert_string_equal(error.message, "doing: '': reason");
	assert_false(error_set_slice(&error, "doing", (struct slice){"a\nb", 3}, "reason", NULL));
	assert_string_equal(error.message, "doing: 'a\\nb': reason");
	assert_false(error_set_errno(&error, "doing", "/x", 2, "hint"));
	assert_string_equal(error.message, "doing: '/x': No such file or directory (hint)");
}

static void a_long_object_does_not_overrun_a_message(void **state)
{
	static char object[5000];
	struct error error;

	(void)state;
	memset(object, '\n', sizeof(object) - 1);
	error_set(&error, "doing", object, "reason", "hint");
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	assert_string_equal(error.message + sizeof(error.message) - 4, "...");
}

static void a_format_takes_what_its_contract_names(void **state)
{
	char buffer[128];
	struct text text = text_in(buffer, sizeof(buffer));

	(void)state;
	text_format(&text, "%s '%.*s' %u %ju %o\n", "a\nb", 3, "de\x7fgh", 4294967295U,
	            (uintmax_t)UINT64_MAX, 027U);
	assert_string_equal(buffer, "a\\nb 'de\\x7f' 4294967295 18446744073709551615 0027\n");
	text_format(&text, "%s", "");
	text_format(&text, "%.*s", 0, "x");
	assert_int_equal(text.length, strlen(buffer));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_unsigned_and_whole),
		cmocka_unit_test(octal_is_as_umask_prints_it),
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_marked),
		cmocka_unit_test(a_character_is_not_cut_in_the_middle),
		cmocka_unit_test(nothing_to_add_cuts_nothing),
		cmocka_unit_test(control_bytes_are_shown_not_sent),
		cmocka_unit_test(a_format_takes_what_its_contract_names),
		cmocka_unit_test(errors_have_one_grammar),
		cmocka_unit_test(a_long_object_does_not_overrun_a_message),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
