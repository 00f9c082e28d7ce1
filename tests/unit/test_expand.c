#include <stdalign.h>

#include "cases.h"
#include "core/expand.h"

static char *const environment[] = {
	"PUID=1234", "EMPTY=",     "ZERO=0",   "DOLLAR=${PUID}", "EQUALS=a=b",
	"_x9=under", "odd string", "PUIDX=no", "PUID=second",    NULL,
};

/* WANTED begins the message if VALUE is refused. */
static void check_expanded(const char *value, const char *signs, const char *wanted)
{
	static alignas(max_align_t) char memory[512];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct error error = {0};
	struct filler filler = {environment, &arena, &error, false};
	const char *result = expand(&filler, "--user", value, signs);

	if (result == NULL) {
		assert_int_equal(error.status, STATUS_FAILED);
		result = error.message;
		error.message[strlen(wanted)] = '\0';
	}
	assert_found(value, result, wanted);
}

static void becomes(const char *value, const char *wanted)
{
	check_expanded(value, "", wanted);
}

static void becomes_without_signs(const char *value, const char *wanted)
{
	check_expanded(value, ",=", wanted);
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

#define NO_VARIABLE "not a variable that can be filled in"

static struct pattern S5_unset_variables_and_unknown_forms_are_refused[] = {
	{"${UNSET}", "--user: 'UNSET': the variable is not set (set it, or write ${VAR:-text})"},
	{"app=${PUID}:${PGID}", "--user: 'PGID': the variable is not set"},
	/* A prefix of a name is another name. */
	{"${%}", "--user: '%': the variable is not set", "PUI odd"},
	{"%", "--user: '%': " NO_VARIABLE,
         "$ $PUID $1 ${ ${PUID ${} ${-7} ${:-7} ${9} ${PUID:} ${PUID:7} ${PUID:+7} ${PUID+7} "
         "${PUID?7} ${PUID=7} ${PUID#7} ${#PUID} ${!PUID} $(id) ${P\xc3\xa9} ${PUID:-a ${PUID:=7} "
         "${A[} ${A`} ${A@} ${A{} ${A/} ${A;}"},
	{"${PUID\n}", "--user: '${PUID\\n}': " NO_VARIABLE},
	{"%", "--user: '$': " NO_VARIABLE, "a$ $$$ ${PUID}$"},
	{"${P UID}", "--user: '${P UID}': " NO_VARIABLE},
	{"$ {PUID}", "--user: '$ {PUID}': " NO_VARIABLE},
	{"${ PUID}", "--user: '${ PUID}': " NO_VARIABLE},
	{"${PUID }", "--user: '${PUID }': " NO_VARIABLE},
	/* Else PUID being set would leave the outer brace behind: "1234}". */
	{"%", "--user: '%': " NO_VARIABLE, "${PUID:-${ZERO}} ${NONE-$$}"},
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
	{"%", "--user: 'EQUALS': the variable's value may not hold a '='",
         "${EQUALS} x=${EQUALS:-a=b} ${EMPTY}${EQUALS}"},
	{0},
};
PATTERNS(S26_signs_come_from_the_option_alone, becomes_without_signs);

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
