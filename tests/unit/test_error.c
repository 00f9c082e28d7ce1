#include "base/error.h"
#include "cases.h"

/* An object of no bytes is still an object; one of NULL is none. An object cannot begin a line or drive the
 * terminal. */
TEST(the_line_has_the_grammar_of_all_lines)
{
	static const struct {
		const char *doing, *object, *reason, *hint, *wanted;
	} rows[] = {
		{"owning", "/srv", "no", "see it", "owning: '/srv': no (see it)"},
		{"planning", NULL, "too large", NULL, "planning: too large"},
		{"reading", "", "it is empty", NULL, "reading: '': it is empty"},
		{"owning", "/a\nstepdown: all is well\033[2J\r\t\177", "no", NULL,
	         "owning: '/a\\nstepdown: all is well\\x1b[2J\\r\\t\\x7f': no"},
		{"running", "a", "no", "/bin:\n\033[2J", "running: 'a': no (/bin:\\n\\x1b[2J)"},
	};
	struct error error;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *object = rows[i].object;
		/* A slice need not end with a NUL. */
		char bytes[64] = "";
		struct slice slice = {object == NULL ? NULL : bytes, 0};

		memset(&error, 'x', sizeof(error));
		assert_false(
			error_set(&error, rows[i].doing, object, rows[i].reason, rows[i].hint));
		assert_string_equal(error.message, rows[i].wanted);
		assert_int_equal(error.status, 125);
		if (object != NULL)
			slice.length = (size_t)snprintf(bytes, sizeof(bytes), "%s:more", object) -
			               5;
		memset(&error, 'x', sizeof(error));
		assert_false(error_set_slice(&error, rows[i].doing, slice, rows[i].reason,
		                             rows[i].hint));
		assert_string_equal(error.message, rows[i].wanted);
		assert_int_equal(error.status, 125);
	}
	assert_false(error_set_errno(&error, "opening", "/data", ENOENT, "make it"));
	assert_string_equal(error.message, "opening: '/data': No such file or directory (make it)");
}

TEST(the_words_are_the_ones_of_glibc)
{
	size_t known = 0;

	for (int errnum = 1; errnum < 4096; errnum++) {
		char number[32];

		snprintf(number, sizeof(number), "error %d", errnum);
		if (strcmp(error_text(errnum), number) == 0)
			continue;
		assert_string_equal(error_text(errnum), strerror(errnum));
		known++;
	}
	assert_in_range(known, 28, 40);
	assert_string_equal(error_text(EROFS), "Read-only file system");
}

TEST(a_note_is_the_hint_or_follows_it)
{
	static const char *const rows[][2] = {
		{"", " (note)"},
		{"a", "a (note)"},
		{"a (hint)", "a (hint; note)"},
		{")", "; note)"},
	};
	struct error error;

	for (size_t i = 0; i < COUNT(rows); i++) {
		strcpy(error.message, rows[i][0]);
		assert_false(error_add_note(&error, NULL));
		assert_string_equal(error.message, rows[i][0]);
		assert_false(error_add_note(&error, "note"));
		assert_string_equal(error.message, rows[i][1]);
	}
}
