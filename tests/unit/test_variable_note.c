#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/variable_note.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The note about WORD in an environment of at most three strings. The arena has SIZE bytes. */
static bool make_note(char *const *environment, const char *word, enum note_numbers numbers,
                      size_t size, const char **ret_note)
{
	static char memory[1024];
	struct arena arena = arena_in(memory, size);
	struct error error;
	struct filler filler = {environment, &arena, &error, false};

	return variable_note_make(&filler, word, numbers, ret_note);
}

static void assert_note(char *const *environment, const char *word, enum note_numbers numbers,
                        const char *wanted)
{
	const char *note = "untouched";

	assert_true(make_note(environment, word, numbers, 1024, &note));
	if (wanted == NULL ? note != NULL : note == NULL || strcmp(note, wanted) != 0)
		fail_msg("%s: %s, wanted %s", word, note == NULL ? "NULL" : note,
		         wanted == NULL ? "NULL" : wanted);
}

static void oddity_of_a_value_is_named(void **state)
{
	static const struct {
		const char *variable;
		const char *wanted;
	} rows[] = {
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
		{"V=\xef\xbc\x91",
	         "V is '\xef\xbc\x91': a character stands in it that is not ASCII"},
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
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *environment[] = {(char *)(uintptr_t)rows[i].variable, NULL};

		assert_note(environment, "app=${V}", NOTE_DECIMAL, rows[i].wanted);
	}
}

static void variables_that_are_filled_in_are_named(void **state)
{
	char *environment[] = {"A=1", "B=2", "ODD= 3", "EMPTY=", NULL};
	static const struct {
		const char *word;
		const char *wanted;
	} rows[] = {
		{"1000", NULL},
		{"$${A}", NULL},
		{"$", NULL},
		{"$$", NULL},
		{"${NONE-5}${NONE:-6}${EMPTY:-7}", NULL},
		{"${A}", "A is '1'"},
		{"$$${A}", "A is '1'"},
		{"@/x${A-y}/${NONE:-z}", "A is '1'"},
		{"${A}:${B:-5}", "A is '1', B is '2'"},
		{"${A}:${ODD:-5}:${B}", "ODD is ' 3': white space stands at its beginning"},
		{"${ODD}${EMPTY}", "ODD is ' 3': white space stands at its beginning, EMPTY is '': "
	                           "it is empty"},
		{"${EMPTY-7}", "EMPTY is '': it is empty"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_note(environment, rows[i].word, NOTE_DECIMAL, rows[i].wanted);
}

static void a_zero_is_usual_in_an_octal_number(void **state)
{
	char *environment[] = {"MASK=0999", NULL};

	(void)state;
	assert_note(environment, "${MASK}", NOTE_OCTAL, "MASK is '0999'");
}

static void full_arena_is_an_error(void **state)
{
	char *environment[] = {"A=1", NULL};
	const char *note;

	(void)state;
	assert_false(make_note(environment, "${A}", NOTE_DECIMAL, strlen("A is '1'"), &note));
	assert_true(make_note(environment, "${A}", NOTE_DECIMAL, sizeof("A is '1'"), &note));
}

static void a_path_with_a_wrong_separator_is_odd(void **state)
{
	(void)state;
	assert_string_equal(path_oddity("/data /cache"), "white space stands in it");
	assert_string_equal(path_oddity("/data, /cache"), "white space stands in it");
	assert_string_equal(path_oddity("/data\t"), "white space stands in it");
	assert_string_equal(path_oddity("/data\xc2\xa0"), "white space stands in it");
	assert_string_equal(path_oddity("/data,/cache"), "a comma stands in it");
	assert_null(path_oddity("/data-1/\xc3\xa9t\xc3\xa9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oddity_of_a_value_is_named),
		cmocka_unit_test(variables_that_are_filled_in_are_named),
		cmocka_unit_test(a_zero_is_usual_in_an_octal_number),
		cmocka_unit_test(full_arena_is_an_error),
		cmocka_unit_test(a_path_with_a_wrong_separator_is_odd),
	};

	return cmocka_run_group_tests_name("variable_note", tests, NULL, NULL);
}
