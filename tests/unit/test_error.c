#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"

static struct error fresh(void)
{
	struct error error = {.status = -1};

	memset(error.message, 'x', sizeof(error.message));
	return error;
}

static void the_line_has_the_grammar_of_all_lines(void **state)
{
	struct error error = fresh();

	(void)state;
	assert_false(error_set(&error, "looking up the user", "bogus", "no such user", "name one"));
	assert_string_equal(error.message, "looking up the user: 'bogus': no such user (name one)");
	assert_int_equal(error.status, 125);
	error = fresh();
	assert_false(error_set(&error, "owning", "/srv", "no", NULL));
	assert_string_equal(error.message, "owning: '/srv': no");
	assert_int_equal(error.status, 125);
	assert_false(error_set(&error, "planning", NULL, "too large", "less"));
	assert_string_equal(error.message, "planning: too large (less)");
	assert_false(error_set(&error, "planning", NULL, "too large", NULL));
	assert_string_equal(error.message, "planning: too large");
}

static void an_empty_object_is_still_an_object(void **state)
{
	struct error error = fresh();

	(void)state;
	error_set(&error, "reading the user", "", "it is empty", NULL);
	assert_string_equal(error.message, "reading the user: '': it is empty");
	error_set_slice(&error, "reading the user", (struct slice){"abc", 0}, "it is empty", NULL);
	assert_string_equal(error.message, "reading the user: '': it is empty");
	error_set_slice(&error, "reading the user", (struct slice){NULL, 0}, "it is empty", NULL);
	assert_string_equal(error.message, "reading the user: it is empty");
}

static void a_slice_need_not_end_with_nul(void **state)
{
	struct error error = fresh();

	(void)state;
	assert_false(error_set_slice(&error, "reading", (struct slice){"app:www", 3}, "no", "why"));
	assert_string_equal(error.message, "reading: 'app': no (why)");
	assert_int_equal(error.status, 125);
}

static void an_object_cannot_begin_a_line_or_drive_the_terminal(void **state)
{
	struct error error = fresh();

	(void)state;
	error_set(&error, "owning", "/a\nstepdown: all is well\033[2J\r\t\177", "no", NULL);
	assert_string_equal(error.message,
	                    "owning: '/a\\nstepdown: all is well\\x1b[2J\\r\\t\\x7f': no");
	error_set(&error, "running", "a", "not found in PATH", "/bin:\n\033[2J");
	assert_string_equal(error.message, "running: 'a': not found in PATH (/bin:\\n\\x1b[2J)");
}

static void errno_becomes_a_text(void **state)
{
	struct error error = fresh();

	(void)state;
	assert_false(error_set_errno(&error, "opening", "/data", ENOENT, "make it"));
	assert_string_equal(error.message, "opening: '/data': No such file or directory (make it)");
	assert_int_equal(error.status, 125);
}

static void the_words_are_the_ones_of_glibc(void **state)
{
	size_t known = 0;

	(void)state;
	for (int errnum = 1; errnum < 4096; errnum++) {
		char number[32];

		snprintf(number, sizeof(number), "error %d", errnum);
		if (strcmp(error_text(errnum), number) == 0)
			continue;
		assert_string_equal(error_text(errnum), strerror(errnum));
		known++;
	}
	assert_true(known >= 28 && known <= 40);
	assert_string_equal(error_text(EROFS), "Read-only file system");
	assert_string_equal(error_text(4095), "error 4095");
}

static void long_message_is_cut_and_marked(void **state)
{
	struct error error = fresh();
	char object[4096];

	(void)state;
	memset(object, 'o', sizeof(object) - 1);
	object[sizeof(object) - 1] = '\0';
	assert_false(error_set(&error, "owning", object, "no", NULL));
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	assert_string_equal(error.message + sizeof(error.message) - 5, "o...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_has_the_grammar_of_all_lines),
		cmocka_unit_test(an_empty_object_is_still_an_object),
		cmocka_unit_test(a_slice_need_not_end_with_nul),
		cmocka_unit_test(an_object_cannot_begin_a_line_or_drive_the_terminal),
		cmocka_unit_test(errno_becomes_a_text),
		cmocka_unit_test(the_words_are_the_ones_of_glibc),
		cmocka_unit_test(long_message_is_cut_and_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
