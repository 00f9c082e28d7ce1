#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parsed_options.h"

static void a_value_stands_in_the_same_word_or_in_the_next(void **state)
{
	static const char *const rows[] = {
		"--user app cmd", "--user=app cmd", "-u app cmd",
		"-uapp cmd",      "-nvuapp cmd",    "-nvu app cmd",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;

		must_parse(&parsed, rows[i]);
		assert_string_equal(parsed.options.users[0].text, "app");
		assert_string_equal(parsed.options.command[0], "cmd");
		assert_null(parsed.options.command[1]);
	}
}

static void options_end_at_the_first_word_that_is_none(void **state)
{
	static const struct {
		const char *text;
		size_t command_at;
	} rows[] = {
		{"-u app cmd", 3},        {"-u app cmd -u root --allow-root", 3},
		{"-u app cmd --help", 3}, {"-u app cmd --bogus -- -x", 3},
		{"-u app -- cmd", 4},     {"-u app -- --allow-root", 4},
		{"-u app -- -- cmd", 4},  {"-u app -", 3},
		{"-u app ''", 3},         {"-u app '' --allow-root", 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		struct command_line before;
		char whole[64];

		must_parse(&parsed, rows[i].text);
		assert_ptr_equal(parsed.options.command, parsed.line.words + rows[i].command_at);
		assert_false(parsed.options.allow_root);
		assert_int_equal(parsed.options.action, ACTION_RUN);
		/* Nothing was moved about. */
		snprintf(whole, sizeof(whole), "stepdown %s", rows[i].text);
		command_line_split(&before, whole);
		for (int at = 0; at < before.count; at++)
			assert_string_equal(before.words[at], parsed.line.words[at]);
	}
}

static void help_and_version_end_the_parsing(void **state)
{
	static const struct {
		const char *text;
		enum action action;
	} rows[] = {
		{"--help", ACTION_HELP},
		{"--version", ACTION_VERSION},
		{"--help --bogus", ACTION_HELP},
		{"--help --user", ACTION_HELP},
		{"--version --user= --umask=9 cmd", ACTION_VERSION},
		{"--setup-only --help cmd", ACTION_HELP},
		{"-n --strict --version", ACTION_VERSION},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;

		must_parse(&parsed, rows[i].text);
		assert_int_equal(parsed.options.action, rows[i].action);
	}
}

static void empty_argument_vector_is_an_error(void **state)
{
	struct parsed parsed;

	(void)state;
	parsed.line.count = 0;
	parsed.line.words[0] = NULL;
	parse_in(&parsed, sizeof(parsed.memory));
	assert_false(parsed.ok);
	assert_non_null(strstr(parsed.error.message, "nothing is given"));
}

static void a_value_may_look_like_an_option(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "-o -n --own-top --strict -u app cmd");
	assert_int_equal(parsed.options.volume_count, 2);
	assert_string_equal(parsed.options.volumes[0].path, "-n");
	assert_string_equal(parsed.options.volumes[1].path, "--strict");
	assert_false(parsed.options.dry_run);
	must_fail_about("-u -- cmd", "reading the user: '--': ");
	must_fail_about("--umask -n -u app cmd", "--umask: '-n': ");
}

static void wrong_dashes_and_equals_signs_are_errors(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"-u app -own /data cmd", "'-own': a long option has two dashes (write --own)"},
		{"-user app cmd", "'-user': a long option has two dashes (write --user)"},
		{"-user=app cmd", "'-user=app': a long option has two dashes (write --user)"},
		{"-help", "'-help': a long option has two dashes (write --help)"},
		{"-u=app cmd", "'-u=app': the value of a letter has no '=' before it (write -u "
	                       "app, or --user=app)"},
		{"-u app -o=/data cmd", "'-o=/data': the value of a letter has no '=' before it "
	                                "(write -o /data, or --own=/data)"},
	};
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char message[256];

		snprintf(message, sizeof(message), "reading the options: %s", rows[i].message);
		must_fail(rows[i].text, message);
	}
	/* Values that only look so. */
	must_parse(&parsed, "-uown -o/x=y -gusers cmd");
	assert_string_equal(parsed.options.users[0].text, "own");
	assert_string_equal(parsed.options.volumes[0].path, "/x=y");
}

static void unknown_option_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *object;
		const char *reason;
	} rows[] = {
		{"--bogus", "--bogus", "no such option"},
		{"--bogus=1 -u app cmd", "--bogus=1", "no such option"},
		{"-u app --userx cmd", "--userx", "no such option"},
		{"-x", "-x", "no such option"},
		{"-?", "-?", "no such option"},
		{"-:", "-:", "no such option"},
		{"-nvx -u app cmd", "-x", "no such option"},
		{"--strict -xn -u app cmd", "-x", "no such option"},
		{"-u app -vxn cmd", "-x", "no such option"},
		{"-\377", "-\\xff", "no such option"},
		{"--strict -n\033[2J", "-\\x1b", "no such option"},
		/* No abbreviations: they turn ambiguous with every option that is added. */
		{"--us app cmd", "--us", "no such option"},
		{"--use=app cmd", "--use=app", "no such option"},
		{"-u app --own-", "--own-", "no such option"},
		{"-u app --allow cmd", "--allow", "no such option"},
		{"--=app cmd", "--=app", "no such option"},
		{"---user app cmd", "---user", "no such option"},
		{"--User app cmd", "--User", "no such option"},
		{"--strict=1 -u app cmd", "--strict=1", "takes no value"},
		{"--dry-run=yes -u app cmd", "--dry-run=yes", "takes no value"},
		{"--quiet= -u app cmd", "--quiet=", "takes no value"},
		{"--help=x", "--help=x", "takes no value"},
		{"--allow-root=1 -u 0 cmd", "--allow-root=1", "takes no value"},
		{"--user", "--user", "a value is missing"},
		{"-u", "-u", "a value is missing"},
		{"-nu", "-u", "a value is missing"},
		{"-u app --umask", "--umask", "a value is missing"},
		{"-u app --own", "--own", "a value is missing"},
		{"-u app -o", "-o", "a value is missing"},
		{"-u app -g", "-g", "a value is missing"},
		{"-u app --group", "--group", "a value is missing"},
		{"-u app --own-top", "--own-top", "a value is missing"},
		{"-u app --mkdir", "--mkdir", "a value is missing"},
		{"-u app --cap", "--cap", "a value is missing"},
		{"-u app --home", "--home", "a value is missing"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char message[256];

		snprintf(message, sizeof(message),
		         "reading the options: '%s': %s (see stepdown --help)", rows[i].object,
		         rows[i].reason);
		must_fail(rows[i].text, message);
	}
}

static void last_verbosity_counts(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "-qv -u app cmd");
	assert_int_equal(parsed.options.verbosity, VERBOSITY_STEPS);
	must_parse(&parsed, "-v --quiet -u app cmd");
	assert_int_equal(parsed.options.verbosity, VERBOSITY_QUIET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_stands_in_the_same_word_or_in_the_next),
		cmocka_unit_test(options_end_at_the_first_word_that_is_none),
		cmocka_unit_test(help_and_version_end_the_parsing),
		cmocka_unit_test(empty_argument_vector_is_an_error),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(wrong_dashes_and_equals_signs_are_errors),
		cmocka_unit_test(unknown_option_is_named),
		cmocka_unit_test(last_verbosity_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
