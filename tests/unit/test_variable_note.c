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

PATTERNS(variables_that_are_filled_in_are_named, is_noted) = {
	{"%", "", "1000 $${A} $ $$ ${NONE-5}${NONE:-6}${EMPTY:-7}"},
	{"%", "A is '1'", "${A} $$${A} @/x${A-y}/${NONE:-z}"},
	{"${ODD}${EMPTY}",
         "ODD is ' 3': white space stands at its beginning, EMPTY is '': it is empty"},
};

/* The variable OCTAL is an octal number, and PATH is a path of a list. */
static void is_odd(const char *variable, const char *wanted)
{
	const char *value = strchr(variable, '=') + 1;
	enum note_numbers numbers = variable[0] == 'O' ? NOTE_OCTAL : NOTE_DECIMAL;
	char word[FOUND_BYTES] = "";
	const char *oddity;

	append(word, "app=${%.*s}", (int)(value - variable) - 1, variable);
	oddity = strstr(note_about(word, variable, numbers), "': ");
	if (variable[0] == 'P')
		oddity = path_oddity(value);
	else if (oddity != NULL)
		oddity += strlen("': ");
	assert_found(variable, oddity == NULL ? "usual" : oddity, wanted);
}

PATTERNS(oddity_of_a_value_or_a_path_is_named, is_odd) = {
	{"V=%", "usual", "1000 0 a#b 0a"},
	{"V=%", "a line feed stands at its end", "1000\n"},
	{"V=1000 %", "white space stands at its end", "'' \t"},
	{"V=10 00", "white space stands in it"},
	{"V=10\t00", "white space stands in it"},
	{"V=1000\xc2\xa0", "a no-break space stands in it"},
	{"V=%", "a byte order mark stands at its beginning", "\xef\xbb\xbf\x31 \xef\xbb\xbf"},
	{"V=%", "a character stands in it that is not ASCII", "\xef\xbc\x91 \xff \x80"},
	{"V=%", "a control character stands in it", "1\x1b[m 1\x7f \x1f"},
	{"V=%", "the quotes are a part of it", "\"1000\" '1000' 1000\" '1000"},
	{"V=%", "a sign stands at its beginning", "+1000 -1"},
	{"V=1000 # mine", "a comment stands in it"},
	{"V=1000\t#", "a comment stands in it"},
	{"V=%", "it is decimal, although a zero stands at its beginning", "01000 00"},
	/* A zero is usual in an octal number. */
	{"OCTAL=%", "usual", "0999 00"},
	{"PATH=/data-1/\xc3\xa9t\xc3\xa9", "usual"},
	{"PATH=/data%/cache", "white space stands in it", "\t \xc2\xa0 ,\t"},
};
