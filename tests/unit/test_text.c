#include "base/text.h"

#include "cases.h"

TEST(numbers_and_formats)
{
	char buffer[128];
	struct text text = text_in(buffer, sizeof(buffer));

	text_add_number(&text, 0);
	text_format(&text, " %o %o %o %o %o", 0U, 027U, 0777U, 07777U, 010000U);
	text_format(&text, " %s '%.*s' %u %ju\n", "a\nb", 3, "de\x7fgh", 4294967295U,
	            (uintmax_t)UINT64_MAX);
	text_format(&text, "%s%.*s%.*s", "", 0, "x", 2, "\xe2\x82\xac");
	assert_string_equal(buffer, "0 0000 0027 0777 7777 10000 a\\nb 'de\\x7f' 4294967295 "
	                            "18446744073709551615\n\\xe2\\x82");
	assert_int_equal(text.length, strlen(buffer));
	/* A NUL is shown, and nothing is an empty object. */
	text = text_in(buffer, sizeof(buffer));
	text_add_quoted(&text, (struct slice){"\0", 1});
	text_add_quoted(&text, (struct slice){NULL, 0});
	assert_string_equal(buffer, "'\\x00'"
	                            "''");
}

TEST(text_that_does_not_fit_is_cut_and_marked)
{
	char buffer[24];
	struct text text;

	for (size_t capacity = 4; capacity < 20; capacity++) {
		char expected[24] = "0123456789";

		memset(buffer, 'x', sizeof(buffer));
		text = text_in(buffer, capacity);
		assert_string_equal(buffer, "");
		text_add(&text, "01234");
		text_add(&text, "56789");
		text_add(&text, "");
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
		text_add_visible(&text, slice_of("\xe2\x82\xad\xe2\x82\xad\xe2\x82\xad\xe2\x82\xad"
		                                 "\xe2\x82\xad\xe2\x82\xad"));
		text_add(&text, "x");
		assert_int_equal(text.length, strlen(buffer));
		assert_int_equal((text.length - 3) % 3, 0);
		assert_string_equal(buffer + text.length - 3, "...");
		assert_in_range(text.length, capacity - 3, capacity - 1);
	}
	/* Nothing is left of a character without a beginning. */
	text = text_in(buffer, 6);
	text_add(&text, "\x80\x80\x80\x80\x80\x80");
	assert_string_equal(buffer, "...");
}

static void is_shown(const char *given, const char *wanted)
{
	char shown[64], quoted[64];
	struct text text = text_in(shown, sizeof(shown));

	text_add_quoted(&text, slice_of(given));
	snprintf(quoted, sizeof(quoted), "'%s'", wanted);
	assert_found(given, shown, quoted);
}

PATTERNS(control_bytes_are_shown_not_sent, is_shown) = {
	{"%", "%", "'' caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7 \xf4\x8f\xbf\xbf"},
	{"\x1b[31m\x7f\x01\x1f", "\\x1b[31m\\x7f\\x01\\x1f"},
	/* U+009B is a whole ESC [. */
	{"\xc2\x9b[31m\xc2\x80\xc2\x9f", "\\xc2\\x9b[31m\\xc2\\x80\\xc2\\x9f"},
	{"\xc2\xa0\xc2", "\xc2\xa0\\xc2"},
	/* Bytes that are no UTF-8: out of place, cut off, too long, a surrogate, too large. */
	{"\x9b\x80z\xe2z\x82", "\\x9b\\x80z\\xe2z\\x82"},
	{"\xf8\x90\x80\x80\xe2\x82", "\\xf8\\x90\\x80\\x80\\xe2\\x82"},
	{"\xc0\xaf\xe0\x80\xaf", "\\xc0\\xaf\\xe0\\x80\\xaf"},
	/* The first and the last of each length, and beside the surrogates. */
	{"\xe0\xa0\x80\xf0\x90\x80\x80\xdf\xbf\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80~",
         "\xe0\xa0\x80\xf0\x90\x80\x80\xdf\xbf\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80~"},
	{"\xbf\xbf\xe0\x9f\xbf\xf0\x8f\xbf\xbf", "\\xbf\\xbf\\xe0\\x9f\\xbf\\xf0\\x8f\\xbf\\xbf"},
	{"\xed\xa0\x80\xed\xbf\xbf\xf4\x90\x80\x80\xff",
         "\\xed\\xa0\\x80\\xed\\xbf\\xbf\\xf4\\x90\\x80\\x80\\xff"},
	/* Direction marks: U+200E, U+200F, U+202A, U+202E, U+2066, U+2069, U+061C; and the separators U+2028 and U+2029. */
	{"\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xae", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xe2\\x80\\xae"},
	{"\xe2\x80\xaa\xe2\x81\xa9", "\\xe2\\x80\\xaa\\xe2\\x81\\xa9"},
	{"\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa", "\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa"},
	{"\xe2\x81\xa6\xd8\x9c", "\\xe2\\x81\\xa6\\xd8\\x9c"},
	{"\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"},
};
