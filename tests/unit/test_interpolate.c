#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/expand.h"
#include "core/user_spec.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static char *const environment[] = {
	"PUID=1234",      "EMPTY=",      "ZERO=0",    "BIG=4294967296",         "MINUS=-1",
	"DOLLAR=${PUID}", "EQUALS=a=b",  "_x9=under", "NEWLINE=x\nroot2:x:0:0", "odd string",
	"PUIDX=no",       "PUID=second", NULL,
};

static alignas(max_align_t) char memory[512];

/* *ret_value is written on success only. */
static bool fill_in_with(const char *value, const char *signs, size_t room, char **ret_value,
                         struct error *error)
{
	struct arena arena = arena_in(memory, room);
	struct filler filler = {environment, &arena, error, false};
	char *result;

	memset(memory, 'x', sizeof(memory));
	result = expand(&filler, "--user", value, signs);
	if (result != NULL)
		*ret_value = result;
	return result != NULL;
}

static bool fill_in(const char *value, size_t room, char **ret_value, struct error *error)
{
	return fill_in_with(value, "", room, ret_value, error);
}

static void assert_filled(const char *value, const char *expected)
{
	char *result;
	struct error error;

	if (!fill_in(value, sizeof(memory), &result, &error))
		fail_msg("%s", error.message);
	assert_string_equal(result, expected);
}

/* Whether VALUE is told of as one in which a variable came to nothing. */
static void assert_lacks(const char *value, bool wanted)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	struct error error;
	struct filler filler = {environment, &arena, &error, false};

	(void)expand(&filler, "--user", value, "");
	if (filler.has_empty != wanted)
		fail_msg("'%s': %s", value, wanted ? "not told" : "told");
}

static void assert_refused(const char *value, const char *why)
{
	char *result = "untouched";
	struct error error = {0};

	if (fill_in(value, sizeof(memory), &result, &error))
		fail_msg("'%s' became '%s'", value, result);
	assert_string_equal(result, "untouched");
	assert_int_equal(error.status, STATUS_FAILED);
	if (strstr(error.message, why) == NULL)
		fail_msg("'%s' is refused by: %s", value, error.message);
}

static void variables_are_filled_in(void **state)
{
	static const struct {
		const char *value;
		const char *expected;
	} rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"}", "}"},
		{"{PUID}", "{PUID}"},
		{"$$", "$"},
		{"a$$b", "a$b"},
		{"$$$$", "$$"},
		{"$${PUID}", "${PUID}"},
		{"${PUID}", "1234"},
		{"app=${PUID}:${PUID}", "app=1234:1234"},
		{"${PUID}${ZERO}", "12340"},
		{"${_x9}", "under"},
		{"${EQUALS}", "a=b"},
		{"${EMPTY}", ""},
		{"a${EMPTY}b", "ab"},
		{"${EMPTY-7}", ""},
		{"${EMPTY:-7}", "7"},
		{"${NONE-7}", "7"},
		{"${NONE:-7}", "7"},
		{"${NONE-}", ""},
		{"${NONE:-}", ""},
		{"${NONE--1}", "-1"},
		{"${NONE:-:-}", ":-"},
		{"${NONE-a:-b}", "a:-b"},
		{"${PUID-7}", "1234"},
		{"${PUID:-7}", "1234"},
		{"${NONE-a}}", "a}"},
		{"${NONE-/srv/data}/sub", "/srv/data/sub"},
		/* What comes out of a variable is not looked at again. */
		{"${DOLLAR}", "${PUID}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_filled(rows[i].value, rows[i].expected);
}

static void a_value_without_dollar_is_a_copy_too(void **state)
{
	char *result;
	struct error error;

	(void)state;
	assert_true(fill_in("plain", sizeof(memory), &result, &error));
	assert_ptr_equal(result, memory);
	assert_string_equal(result, "plain");
}

static void S5_unset_without_default_is_an_error_that_names_it(void **state)
{
	(void)state;
	assert_refused("${UNSET}", "--user: 'UNSET': the variable is not set");
	assert_refused("app=${PUID}:${PGID}", "'PGID': the variable is not set");
	assert_refused("${UNSET}", "write ${VAR:-text}");
	/* A prefix of a name is another name. */
	assert_refused("${PUI}", "'PUI': the variable is not set");
	assert_refused("${odd}", "'odd': the variable is not set");
}

static void empty_variables_set_has_empty(void **state)
{
	static const struct {
		const char *value;
		bool wanted;
	} rows[] = {
		{"app", false},           {"", false},          {"$$", false},
		{"${PUID}", false},       {"${ZERO}", false},   {"${NONE:-5}", false},
		{"${EMPTY:-5}", false},   {"${NONE-5}", false}, {"${NONE}", true},
		{"${EMPTY}", true},       {"${NONE-}", true},   {"${NONE:-}", true},
		{"${EMPTY:-}", true},     {"${EMPTY-5}", true}, {"${EMPTY}:${PUID}", true},
		{"${PUID}${NONE}", true}, {"x${EMPTY}y", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_lacks(rows[i].value, rows[i].wanted);
}

static void unknown_forms_of_variables_are_refused(void **state)
{
	static const char *const values[] = {
		"$",         "$PUID",      "a$",           "$1",        "${",         "${PUID",
		"${}",       "${-7}",      "${:-7}",       "${9}",      "${P UID}",   "${PUID:}",
		"${PUID:7}", "${PUID:+7}", "${PUID+7}",    "${PUID?7}", "${PUID=7}",  "${PUID#7}",
		"${#PUID}",  "${!PUID}",   "$(id)",        "$ {PUID}",  "${ PUID}",   "${PUID }",
		"$$$",       "${PUID}$",   "${P\xc3\xa9}", "${PUID:-a", "${PUID:=7}", "${PUID\n}",
		"${A[}",     "${A`}",      "${A@}",        "${A{}",     "${A/}",      "${A;}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		assert_refused(values[i], "not a variable that can be filled in");
}

static void a_variable_within_a_default_is_refused(void **state)
{
	(void)state;
	/* Else PUID being set would leave the outer brace behind: "1234}". */
	assert_refused("${PUID:-${ZERO}}", "write ${VAR}, ${VAR-text}, ${VAR:-text} or $$");
	assert_refused("${NONE-$$}", "write ${VAR}, ${VAR-text}, ${VAR:-text} or $$");
}

static void S1_S2_a_variable_does_not_get_past_the_id_parser(void **state)
{
	static const char *const values[] = {"${BIG}",   "${MINUS}",       "${NEWLINE}",
	                                     "${EMPTY}", "app=${NEWLINE}", "app=${BIG}"};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct user_spec spec;
		struct error error;
		char *result;

		assert_true(fill_in(values[i], sizeof(memory), &result, &error));
		if (spec_parse_user(result, &spec, &error))
			fail_msg("taken: '%s'", values[i]);
	}
}

static void S26_zero_comes_through_as_zero(void **state)
{
	struct user_spec spec;
	struct error error;
	char *result;

	(void)state;
	assert_true(fill_in("app=${ZERO}", sizeof(memory), &result, &error));
	assert_true(spec_parse_user(result, &spec, &error));
	assert_true(spec.user.is_id);
	assert_int_equal(spec.user.id, 0);
}

static void S26_signs_come_from_the_option_alone(void **state)
{
	static const struct {
		const char *value;
		const char *expected; /* NULL: refused */
	} rows[] = {
		{"=,${PUID}", "=,1234"}, {"${NONE-a=b,c}", "a=b,c"}, {"${EMPTY:-a=b}", "a=b"},
		{"${EMPTY-a=b}", ""},    {"${PUID:-a=b}", "1234"},   {"${DOLLAR}", "${PUID}"},
		{"${EQUALS}", NULL},     {"x=${EQUALS:-a=b}", NULL}, {"${EMPTY}${EQUALS}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error;
		char *result;
		bool is_good = fill_in_with(rows[i].value, ",=", sizeof(memory), &result, &error);

		if (is_good != (rows[i].expected != NULL))
			fail_msg("%s: %s", rows[i].value, is_good ? result : error.message);
		assert_string_equal(
			is_good ? result : error.message,
			is_good ? rows[i].expected
				: "--user: 'EQUALS': the variable's value may not hold a '=' "
				  "(write the '=' in the option itself)");
	}
}

static void full_arena_is_an_error(void **state)
{
	(void)state;
	/* "1234" and its NUL: five bytes and no fewer. */
	for (size_t room = 0; room < 8; room++) {
		char *result = "untouched";
		struct error error;

		assert_int_equal(fill_in("${PUID}", room, &result, &error), room >= 5);
		assert_string_equal(result, room >= 5 ? "1234" : "untouched");
		assert_int_equal(memory[room], 'x');
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_filled_in),
		cmocka_unit_test(a_value_without_dollar_is_a_copy_too),
		cmocka_unit_test(S5_unset_without_default_is_an_error_that_names_it),
		cmocka_unit_test(empty_variables_set_has_empty),
		cmocka_unit_test(unknown_forms_of_variables_are_refused),
		cmocka_unit_test(a_variable_within_a_default_is_refused),
		cmocka_unit_test(S1_S2_a_variable_does_not_get_past_the_id_parser),
		cmocka_unit_test(S26_zero_comes_through_as_zero),
		cmocka_unit_test(S26_signs_come_from_the_option_alone),
		cmocka_unit_test(full_arena_is_an_error),
	};

	return cmocka_run_group_tests_name("expand", tests, NULL, NULL);
}
