#include <stdalign.h>

#include "core/expand.h"
#include "spec_text.h"

static char *const environment[] = {
	"PUID=1234",      "EMPTY=",      "ZERO=0",    "BIG=4294967296",         "MINUS=-1",
	"DOLLAR=${PUID}", "EQUALS=a=b",  "_x9=under", "NEWLINE=x\nroot2:x:0:0", "odd string",
	"PUIDX=no",       "PUID=second", NULL,
};

static alignas(max_align_t) char memory[512];

/* Returns NULL and sets *error on failure. *RET_HAS_EMPTY: a variable came to nothing. */
static char *fill_in(const char *value, const char *signs, size_t room, struct error *error,
                     bool *ret_has_empty)
{
	struct arena arena = arena_in(memory, room);
	struct filler filler = {environment, &arena, error, false};
	char *result;

	memset(memory, 'x', sizeof(memory));
	result = expand(&filler, "--user", value, signs);
	*ret_has_empty = filler.has_empty;
	assert_int_equal(memory[room], 'x');
	return result;
}

/* WANTED is the message's beginning if it is refused. */
static void check_filled(const char *value, const char *signs, const char *wanted)
{
	struct error error = {0};
	bool has_empty;
	const char *result = fill_in(value, signs, sizeof(memory) - 1, &error, &has_empty);

	if (result == NULL) {
		assert_int_equal(error.status, STATUS_FAILED);
		result = error.message;
		error.message[strlen(wanted)] = '\0';
	} else {
		assert_ptr_equal(result, memory);
	}
	assert_found(value, result, wanted);
}

static void becomes(const char *value, const char *wanted)
{
	check_filled(value, "", wanted);
}

static void becomes_without_signs(const char *value, const char *wanted)
{
	check_filled(value, ",=", wanted);
}

static struct pattern variables_are_filled_in[] = {
	{"%", "%", "'' plain } {PUID}"},
	{"$$", "$"},
	{"a$$b", "a$b"},
	{"$$$$", "$$"},
	{"$${PUID}", "${PUID}"},
	{"${PUID%}", "1234", "'' -7 :-7"},
	{"app=${PUID}:${PUID}", "app=1234:1234"},
	{"${PUID}${ZERO}", "12340"},
	{"${_x9}", "under"},
	{"${EQUALS}", "a=b"},
	{"%", "", "${EMPTY} ${EMPTY-7} ${NONE-} ${NONE:-}"},
	{"a${EMPTY}b", "ab"},
	{"%", "7", "${EMPTY:-7} ${NONE-7} ${NONE:-7}"},
	{"${NONE--1}", "-1"},
	{"${NONE:-:-}", ":-"},
	{"${NONE-a:-b}", "a:-b"},
	{"${NONE-a}}", "a}"},
	{"${NONE-/srv/data}/sub", "/srv/data/sub"},
	/* What comes out of a variable is not looked at again. */
	{"${DOLLAR}", "${PUID}"},
	{0},
};
PATTERNS(variables_are_filled_in, becomes);

static struct pattern S5_unset_variables_and_unknown_forms_are_refused[] = {
	{"${UNSET}", "--user: 'UNSET': the variable is not set (set it, or write ${VAR:-text})"},
	{"app=${PUID}:${PGID}", "--user: 'PGID': the variable is not set"},
	/* A prefix of a name is another name. */
	{"${%}", "--user: '%': the variable is not set", "PUI odd"},
	{"%", "--user: '%': not a variable that can be filled in",
         "$ $PUID $1 ${ ${PUID ${} ${-7} ${:-7} ${9} ${PUID:} ${PUID:7} ${PUID:+7} ${PUID+7} "
         "${PUID?7} ${PUID=7} ${PUID#7} ${#PUID} ${!PUID} $(id) ${P\xc3\xa9} ${PUID:-a ${PUID:=7} "
         "${A[} ${A`} ${A@} ${A{} ${A/} ${A;}"},
	{"${PUID\n}", "--user: '${PUID\\n}': not a variable that can be filled in"},
	{"%", "--user: '$': not a variable that can be filled in", "a$ $$$ ${PUID}$"},
	{"${P UID}", "--user: '${P UID}': not a variable that can be filled in"},
	{"$ {PUID}", "--user: '$ {PUID}': not a variable that can be filled in"},
	{"${ PUID}", "--user: '${ PUID}': not a variable that can be filled in"},
	{"${PUID }", "--user: '${PUID }': not a variable that can be filled in"},
	/* Else PUID being set would leave the outer brace behind: "1234}". */
	{"%",
         "--user: '%': not a variable that can be filled in (write ${VAR}, ${VAR-text}, "
         "${VAR:-text} or $$)",
         "${PUID:-${ZERO}} ${NONE-$$}"},
	{0},
};
PATTERNS(S5_unset_variables_and_unknown_forms_are_refused, becomes);

static struct pattern S26_signs_come_from_the_option_alone[] = {
	{"=,${PUID}", "=,1234"},
	{"${NONE-a=b,c}", "a=b,c"},
	{"${EMPTY:-a=b}", "a=b"},
	{"${EMPTY-a=b}", ""},
	{"${PUID:-a=b}", "1234"},
	{"${DOLLAR}", "${PUID}"},
	{"%",
         "--user: 'EQUALS': the variable's value may not hold a '=' (write the '=' in the option "
         "itself)",
         "${EQUALS} x=${EQUALS:-a=b} ${EMPTY}${EQUALS}"},
	{0},
};
PATTERNS(S26_signs_come_from_the_option_alone, becomes_without_signs);

static void user_is(const char *value, const char *wanted)
{
	struct user_spec spec;
	struct error error;
	bool has_empty;
	char found[FOUND_BYTES] = "";
	const char *result = fill_in(value, "", sizeof(memory) - 1, &error, &has_empty);

	assert_non_null(result);
	if (spec_parse_user(result, &spec, &error))
		append_spec(found, &spec);
	assert_found(value, found, wanted);
}

static void has_empty_is(const char *value, const char *wanted)
{
	struct error error;
	bool has_empty;

	fill_in(value, "", sizeof(memory) - 1, &error, &has_empty);
	assert_found(value, has_empty ? "yes" : "no", wanted);
}

TEST(S1_S2_S26_a_variable_does_not_get_past_the_id_parser)
{
	static const struct pattern users[] = {
		{"%", "", "${BIG} ${MINUS} ${NEWLINE} ${EMPTY} app=${NEWLINE} app=${BIG}"},
		{"app=${ZERO}", "app=0"},
		{0},
	};
	static const struct pattern empty[] = {
		{"%", "no", "app '' $$ ${PUID} ${ZERO} ${NONE:-5} ${EMPTY:-5} ${NONE-5}"},
		{"%", "yes",
	         "${NONE} ${EMPTY} ${NONE-} ${NONE:-} ${EMPTY:-} ${EMPTY-5} ${EMPTY}:${PUID} "
	         "${PUID}${NONE} x${EMPTY}y"},
		{0},
	};

	check_patterns(users, user_is);
	check_patterns(empty, has_empty_is);
}

/* "1234" and its NUL: five bytes and no fewer. */
TEST(full_arena_is_an_error)
{
	for (size_t room = 0; room < 8; room++) {
		struct error error;
		bool has_empty;
		const char *result = fill_in("${PUID}", "", room, &error, &has_empty);

		assert_int_equal(result != NULL, room >= 5);
		assert_found("${PUID}", room >= 5 ? result : "1234", "1234");
	}
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
