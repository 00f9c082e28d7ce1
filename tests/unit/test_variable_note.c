#include "cases.h"
#include "core/variable_note.h"

/* The note about WORD in an arena of SIZE bytes. */
static bool make_note(const char *variable, const char *word, enum note_numbers numbers,
                      size_t size, const char **ret_note)
{
	static char memory[1024];
	char *environment[] = {(char *)(uintptr_t)variable, "A=1", "B=2", "ODD= 3", "EMPTY=", NULL};
	struct arena arena = arena_in(memory, size);
	struct error error;
	struct filler filler = {environment, &arena, &error, false};

	return variable_note_make(&filler, word, numbers, ret_note);
}

static void assert_note(const char *variable, const char *word, enum note_numbers numbers,
                        const char *wanted)
{
	const char *note = "untouched";

	assert_true(make_note(variable, word, numbers, 1024, &note));
	assert_found(word, note == NULL ? "no note" : note, wanted);
}

static struct row oddity_of_a_value_is_named[] = {
	{"V=1000", "V is '1000'"},
	{"V=0", "V is '0'"},
	{"V=", "V is '': it is empty"},
	{"V=1000\r", "V is '1000\\r': a carriage return stands at its end"},
	{"V=1000 \r", "V is '1000 \\r': a carriage return stands at its end"},
	{"V=\r", "V is '\\r': a carriage return stands at its end"},
	{"V=1000\n", "V is '1000\\n': a line feed stands at its end"},
	{"V=1000 ", "V is '1000 ': white space stands at its end"},
	{"V=1000\t", "V is '1000\\t': white space stands at its end"},
	{"V= 1000", "V is ' 1000': white space stands at its beginning"},
	{"V=\t1000", "V is '\\t1000': white space stands at its beginning"},
	{"V=10 00", "V is '10 00': white space stands in it"},
	{"V=10\t00", "V is '10\\t00': white space stands in it"},
	{"V=1000\xc2\xa0", "V is '1000\xc2\xa0': a no-break space stands in it"},
	{"V=\xef\xbb\xbf"
         "1000",
         "V is '\xef\xbb\xbf"
         "1000': a byte order mark stands at its beginning"},
	{"V=\xef\xbc\x91", "V is '\xef\xbc\x91': a character stands in it that is not ASCII"},
	{"V=\xff", "V is '\\xff': a character stands in it that is not ASCII"},
	{"V=1\x1b[m", "V is '1\\x1b[m': a control character stands in it"},
	{"V=1\x7f", "V is '1\\x7f': a control character stands in it"},
	{"V=\"1000\"", "V is '\"1000\"': the quotes are a part of it"},
	{"V='1000'", "V is ''1000'': the quotes are a part of it"},
	{"V=1000\"", "V is '1000\"': the quotes are a part of it"},
	{"V=+1000", "V is '+1000': a sign stands at its beginning"},
	{"V=-1", "V is '-1': a sign stands at its beginning"},
	{"V=1000 # mine", "V is '1000 # mine': a comment stands in it"},
	{"V=1000\t#", "V is '1000\\t#': a comment stands in it"},
	{"V=a#b", "V is 'a#b'"},
	{"V=01000", "V is '01000': it is decimal, although a zero stands at its beginning"},
	{"V=00", "V is '00': it is decimal, although a zero stands at its beginning"},
	{"V=0a", "V is '0a'"},
	{0},
};

static void oddities(void **state)
{
	for (const struct row *row = *state; row->given != NULL; row++)
		assert_note(row->given, "app=${V}", NOTE_DECIMAL, row->wanted);
	/* A zero is usual in an octal number. */
	assert_note("V=0999", "${V}", NOTE_OCTAL, "V is '0999'");
}
TABLE(oddity_of_a_value_is_named, oddities);

static void is_noted(const char *word, const char *wanted)
{
	assert_note("V=", word, NOTE_DECIMAL, wanted);
}

static struct pattern variables_that_are_filled_in_are_named[] = {
	{"%", "no note", "1000 $${A} $ $$ ${NONE-5}${NONE:-6}${EMPTY:-7}"},
	{"%", "A is '1'", "${A} $$${A} @/x${A-y}/${NONE:-z}"},
	{"${A}:${B:-5}", "A is '1', B is '2'"},
	{"${A}:${ODD:-5}:${B}", "ODD is ' 3': white space stands at its beginning"},
	{"${ODD}${EMPTY}",
         "ODD is ' 3': white space stands at its beginning, EMPTY is '': it is empty"},
	{"${EMPTY-7}", "EMPTY is '': it is empty"},
	{0},
};
PATTERNS(variables_that_are_filled_in_are_named, is_noted);

TEST(full_arena_is_an_error)
{
	const char *note;

	assert_false(make_note("V=", "${A}", NOTE_DECIMAL, strlen("A is '1'"), &note));
	assert_true(make_note("V=", "${A}", NOTE_DECIMAL, sizeof("A is '1'"), &note));
}

TEST(a_path_with_a_wrong_separator_is_odd)
{
	static const struct row rows[] = {{"/data /cache", "white space stands in it"},
	                                  {"/data\t", "white space stands in it"},
	                                  {"/data, /cache", "white space stands in it"},
	                                  {"/data\xc2\xa0", "white space stands in it"},
	                                  {"/data,/cache", "a comma stands in it"}};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(path_oddity(rows[i].given), rows[i].wanted);
	assert_null(path_oddity("/data-1/\xc3\xa9t\xc3\xa9"));
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
