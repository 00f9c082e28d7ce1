

#include "unit.h"

#include "base/id.h"

#define UNTOUCHED UINT32_C(4711)

static void assert_id(struct slice text, uint32_t expected)
{
	uint32_t id = UNTOUCHED;

	if (!id_parse(text, &id))
		fail_msg("refused: '%.*s'", (int)text.length, text.bytes);
	assert_int_equal(id, expected);
}

static void assert_no_id(struct slice text)
{
	uint32_t id = UNTOUCHED;

	if (id_parse(text, &id))
		fail_msg("taken: '%.*s' for %u", (int)text.length, text.bytes, (unsigned)id);
	assert_int_equal(id, UNTOUCHED);
}

TEST(decimal_ids_are_taken)
{
	assert_id(slice_of("0"), 0);
	assert_id(slice_of("7"), 7);
	assert_id(slice_of("65534"), 65534);
	assert_id(slice_of("2147483646"), 2147483646);
	assert_id(slice_of("2147483647"), 2147483647);
}

TEST(S3_leading_zeros_are_decimal)
{
	assert_id(slice_of("00"), 0);
	assert_id(slice_of("010"), 10);
	assert_id(slice_of("0777"), 777);
	assert_id(slice_of("000000000000000000000000000000000000002147483647"), 2147483647);
}

TEST(S1_overflow_is_no_id)
{
	static const char *const texts[] = {
		"2147483648",
		"2147484648",
		"4294967294",
		"4294967296",
		"4294967297",
		"9223372036854775807",
		"9223372036854775808",
		"18446744073709551615",
		"18446744073709551616",
		"18446744073709552616",
		"100000000000000000000000000000",
		"340282366920938463463374607431768211456",
		"00000000000000000000000002147483648",
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_no_id(slice_of(texts[i]));
}

TEST(S2_minus_one_is_no_id)
{
	assert_no_id(slice_of("-1"));
	assert_no_id(slice_of("4294967295"));
}

TEST(S3_anything_but_digits_is_no_id)
{
	static const char *const texts[] = {
		"",      " ",      " 1000",  "1000 ",    "1 000",  "+1000",    "-2",
		"+0",    "-0",     "0x0",    "0x3e8",    "1e3",    "1000.",    "1,000",
		"1000:", "1000\n", "\n1000", "1000\r",   "\t1000", "ten",      "1000a",
		"a1000", "/",      ":",      "\xd9\xa1", "\xff",   "1000\x01",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_no_id(slice_of(texts[i]));
		assert_false(id_is_digits(slice_of(texts[i])));
	}
	assert_no_id((struct slice){"1000\0", 5});
	assert_no_id((struct slice){NULL, 0});
	/* The slice ends where it ends, not at the next byte that is no digit. */
	assert_id((struct slice){"1000999", 4}, 1000);
}

TEST(S4_digits_are_an_id_whatever_their_number)
{
	assert_true(id_is_digits(slice_of("1000")));
	assert_true(id_is_digits(slice_of("0")));
	assert_true(id_is_digits(slice_of("99999999999999999999999999")));
}

int main(void)
{
	return cmocka_run_group_tests_name("ident", tests, NULL, NULL);
}
