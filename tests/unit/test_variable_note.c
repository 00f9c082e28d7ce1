#include "cases.h"
#include "core/variable_note.h"

/* The note about WORD, or an empty string. */
static const char *note_about(const char *word, const char *variable, enum note_numbers numbers)
{
	static char memory[1024];
	char *environment[] = {(char *)(uintptr_t)variable, "A=1", "B=2", "ODD= 3", "EMPTY=", NULL};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct error error;
	struct filler filler = {environment, &arena, &error, false};
	const char *note;

	assert_true(variable_note_make(&filler, word, numbers, &note));
	return note == NULL ? "" : note;
}

static void is_noted(const char *word, const char *wanted)
{
	assert_found(word, note_about(word, "V=", NOTE_DECIMAL), wanted);
}

static struct pattern variables_that_are_filled_in_are_named[] = {
	{"%", "", "1000 $${A} $ $$ ${NONE-5}${NONE:-6}${EMPTY:-7}"},
	{"%", "A is '1'", "${A} $$${A} @/x${A-y}/${NONE:-z}"},
	{"${A}:${B:-5}", "A is '1', B is '2'"},
	{"${A}:${ODD:-5}:${B}", "ODD is ' 3': white space stands at its beginning"},
	{"${ODD}${EMPTY}",
         "ODD is ' 3': white space stands at its beginning, EMPTY is '': it is empty"},
	{"${EMPTY-7}", "EMPTY is '': it is empty"},
	{0},
};
PATTERNS(variables_that_are_filled_in_are_named, is_noted);

static void check_oddity(const char *value, enum note_numbers numbers, const char *wanted)
{
	char variable[FOUND_BYTES] = "V=";
	const char *oddity;

	append(variable, "%s", value);
	oddity = strstr(note_about("app=${V}", variable, numbers), "': ");
	assert_found(value, oddity == NULL ? "usual" : oddity + strlen("': "), wanted);
}

static void is_odd(const char *value, const char *wanted)
{
	check_oddity(value, NOTE_DECIMAL, wanted);
}

/* A zero is usual in an octal number. */
static void is_odd_if_octal(const char *value, const char *wanted)
{
	check_oddity(value, NOTE_OCTAL, wanted);
}

static struct pattern oddity_of_a_value_is_named[] = {
	{"%", "usual", "1000 0 a#b 0a"},
	{"%", "it is empty", "''"},
	{"%", "a carriage return stands at its end", "1000\r \r"},
	{"1000 \r", "a carriage return stands at its end"},
	{"%", "a line feed stands at its end", "1000\n"},
	{"1000 ", "white space stands at its end"},
	{"1000\t", "white space stands at its end"},
	{" 1000", "white space stands at its beginning"},
	{"\t1000", "white space stands at its beginning"},
	{"10 00", "white space stands in it"},
	{"10\t00", "white space stands in it"},
	{"1000\xc2\xa0", "a no-break space stands in it"},
	{"%", "a byte order mark stands at its beginning", "\xef\xbb\xbf\x31 \xef\xbb\xbf"},
	{"%", "a character stands in it that is not ASCII", "\xef\xbc\x91 \xff \x80"},
	{"%", "a control character stands in it", "1\x1b[m 1\x7f \x1f"},
	{"%", "the quotes are a part of it", "\"1000\" '1000' 1000\" '1000"},
	{"%", "a sign stands at its beginning", "+1000 -1"},
	{"1000 # mine", "a comment stands in it"},
	{"1000\t#", "a comment stands in it"},
	{"%", "it is decimal, although a zero stands at its beginning", "01000 00"},
	{0},
};
PATTERNS(oddity_of_a_value_is_named, is_odd);

static struct pattern oddity_of_an_octal_number_is_named[] = {
	{"%", "usual", "0999 00"},
	{"%", "a sign stands at its beginning", "-0"},
	{0},
};
PATTERNS(oddity_of_an_octal_number_is_named, is_odd_if_octal);

static void path_is_odd(const char *path, const char *wanted)
{
	assert_found(path, path_oddity(path) == NULL ? "usual" : path_oddity(path), wanted);
}

static struct pattern a_path_with_a_wrong_separator_is_odd[] = {
	{"/data-1/\xc3\xa9t\xc3\xa9", "usual"},
	{"/data,/cache", "a comma stands in it"},
	{"/data%/cache", "white space stands in it", "\t \xc2\xa0 ,\t"},
	{"/data, /cache", "white space stands in it"},
	{0},
};
PATTERNS(a_path_with_a_wrong_separator_is_odd, path_is_odd);

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
