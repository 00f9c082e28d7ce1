#include "base/text.h"

#include "cases.h"

TEST(numbers_and_formats)
{
	char buffer[128];
	struct text text = text_in(buffer, sizeof(buffer));

	text_add_number(&text, 0);
	text_add(&text, " ");
	text_add_number(&text, 4294967295);
	text_add(&text, " ");
	text_add_number(&text, UINT64_MAX);
	assert_string_equal(buffer, "0 4294967295 18446744073709551615");
	assert_int_equal(text.length, strlen(buffer));
	text = text_in(buffer, sizeof(buffer));
	text_format(&text, "%o %o %o %o %o", 0U, 027U, 0777U, 07777U, 010000U);
	assert_string_equal(buffer, "0000 0027 0777 7777 10000");
	text = text_in(buffer, sizeof(buffer));
	text_format(&text, "%s '%.*s' %u %ju\n", "a\nb", 3, "de\x7fgh", 4294967295U,
	            (uintmax_t)UINT64_MAX);
	assert_string_equal(buffer, "a\\nb 'de\\x7f' 4294967295 18446744073709551615\n");
	text_format(&text, "%s", "");
	text_format(&text, "%.*s", 0, "x");
	assert_int_equal(text.length, strlen(buffer));
}

TEST(text_that_does_not_fit_is_cut_and_marked)
{
	char buffer[24];
	struct text text = text_in(buffer, 4);

	/* Nothing to add cuts nothing. */
	assert_string_equal(buffer, "");
	text_add(&text, "abc");
	text_add(&text, "");
	assert_string_equal(buffer, "abc");
	for (size_t capacity = 4; capacity < 20; capacity++) {
		char expected[24] = "0123456789";

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
	/* A character is not cut in the middle. */
	for (size_t capacity = 4; capacity < 16; capacity++) {
		text = text_in(buffer, capacity);
		text_add_visible(&text, slice_of("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		                                 "\xe2\x82\xac\xe2\x82\xac"));
		text_add(&text, "x");
		assert_int_equal(text.length, strlen(buffer));
		assert_int_equal((text.length - 3) % 3, 0);
		assert_string_equal(buffer + text.length - 3, "...");
		assert_true(text.length > capacity - 4);
	}
}

static void is_shown(void **state)
{
	for (const struct row *row = *state; row->given != NULL; row++) {
		char shown[64];
		struct text text = text_in(shown, sizeof(shown));

		text_add_quoted(&text, slice_of(row->given));
		assert_found(row->given, shown, row->wanted);
	}
}

static struct row control_bytes_are_shown_not_sent[] = {
	{"", "''"},
	{"a b", "'a b'"},
	{"a\nb\tc\rd", "'a\\nb\\tc\\rd'"},
	{"\x1b[31m", "'\\x1b[31m'"},
	{"\x7f\x01\x1f", "'\\x7f\\x01\\x1f'"},
	{"caf\xc3\xa9", "'caf\xc3\xa9'"},
	{"\xe2\x82\xac", "'\xe2\x82\xac'"},
	{"\xf0\x9f\x90\xa7", "'\xf0\x9f\x90\xa7'"},
	/* U+009B is a whole ESC [. */
	{"\xc2\x9b[31m", "'\\xc2\\x9b[31m'"},
	{"\xc2\x80\xc2\x9f", "'\\xc2\\x80\\xc2\\x9f'"},
	{"\xc2\xa0\xc2", "'\xc2\xa0\\xc2'"},
	/* Bytes that are no UTF-8: out of place, cut off, too long, a surrogate, too large. */
	{"\x9b\x80z", "'\\x9b\\x80z'"},
	{"\xe2\x82", "'\\xe2\\x82'"},
	{"\xe2z\x82\xf8\x80\x80\x80", "'\\xe2z\\x82\\xf8\\x80\\x80\\x80'"},
	{"\xc0\xaf\xe0\x80\xaf", "'\\xc0\\xaf\\xe0\\x80\\xaf'"},
	{"\xed\xa0\x80", "'\\xed\\xa0\\x80'"},
	{"\xf4\x90\x80\x80\xff", "'\\xf4\\x90\\x80\\x80\\xff'"},
	/* Direction marks: U+200E, U+202E, U+2066, U+200F, U+061C; and the separators U+2028 and U+2029. */
	{"\xe2\x80\x8e\xe2\x80\xa9", "'\\xe2\\x80\\x8e\\xe2\\x80\\xa9'"},
	{"a\xe2\x80\xae", "'a\\xe2\\x80\\xae'"},
	{"\xe2\x81\xa6", "'\\xe2\\x81\\xa6'"},
	{"\xe2\x80\x8f", "'\\xe2\\x80\\x8f'"},
	{"\xd8\x9c", "'\\xd8\\x9c'"},
	{"\xe2\x80\xa8", "'\\xe2\\x80\\xa8'"},
	{0},
};
TABLE(control_bytes_are_shown_not_sent, is_shown);

TEST(a_nul_is_shown_and_nothing_is_an_empty_object)
{
	char shown[64];
	struct text text = text_in(shown, sizeof(shown));

	text_add_quoted(&text, (struct slice){"\0", 1});
	text_add_quoted(&text, (struct slice){NULL, 0});
	assert_string_equal(shown, "'\\x00'"
	                           "''");
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
