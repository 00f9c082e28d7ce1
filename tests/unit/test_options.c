#include "core/option_parser.h"
#include "parsed_options.h"

PATTERNS(each_option_sets_its_field_and_no_other, becomes) = {
	{"% -u app cmd", "% -u app -- cmd",
         "--clear-groups --allow-new-privs --allow-root --keep-env --strict"},
	{"% -u app cmd", "-n -u app -- cmd", "-n --dry-run"},
	{"% -u app cmd", "-v -u app -- cmd", "-v --verbose -qv"},
	{"% -u app cmd", "-q -u app -- cmd", "-q --quiet -vq"},
	{"-u app=10001 --setup-only", "--setup-only -u app=10001 --"},
	/* A value stands in the same word or in the next, and may look like an option. */
	{"-nvuapp cmd", "-v -n -u app -- cmd"},
	{"-o -n --own-top --strict -u app cmd", "-u app --own -n --own-top --strict -- cmd"},
	/* The options end at the first word that is none. */
	{"-u app cmd -u root --allow-root -- -h", "-u app -- cmd -u root --allow-root -- -h"},
	{"-u app -- -- cmd", "-u app -- -- cmd"},
	{"-u app - -v", "-u app -- - -v"},
	/* Help and version end the parsing. */
	{"%", "--help", "-h --help"},
	{"%", "--version", "-V --version"},
	{"--help %", "--help", "--bogus --user"},
	/* Capabilities add up over several options. */
	{"-u app --try-cap chown --cap kill --try-cap=${KEEP} --try-cap= cmd",
         "-u app --cap 0x20 --try-cap 0x21 -- cmd"},
	/* Paths keep their order and depth, and are the same with slashes at their end. */
	{"-u app -o /one/:/two///:/a//b/ --mkdir / --own-top // --own :/c/: cmd",
         "-u app --own /one --own /two --own /a//b --mkdir / --own-top / --own /c -- cmd"},
	{"-u app --own /${BEFORE} cmd", "-u app --own / 27 -- cmd"},
	{"-u app --own-from root,${PUID} --own-from=00 --own-jobs 256 cmd",
         "-u app --own-from root,1234,0 --own-jobs 256 -- cmd"},
	/* More than there is room for if each of them takes a new list. */
	{"-u app --own-from % cmd", "-u app --own-from % -- cmd",
         "10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,"
         "30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49"},
	/* Modes are octal. */
	{"-u app --umask 777 --mkdir-mode 777 cmd", "-u app --mkdir-mode 0777 --umask 0777 -- cmd"},
	/* Variables are filled in, but not in the words of the command. */
	{"-u app cmd ${PUID} $$", "-u app -- cmd ${PUID} $$"},
};

#define OPTIONS "reading the options: "
#define TOO_MANY OPTIONS "too many values"
#define NUMBERS "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"
#define PATHS "/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/"

/* No option is abbreviated, because a new option would make the abbreviation ambiguous. */
PATTERNS(options_that_are_wrong_or_missing, becomes) = {
	{"", OPTIONS "nothing is given (write stepdown --user NAME COMMAND"},
	{"%", OPTIONS "no --user is given (say who runs the command", "cmd --setup-only -v"},
	{"-u app %", OPTIONS "either a command or --setup-only must be given (the", "-v -- -n"},
	{"-u app --setup-only cmd x", OPTIONS "'cmd': --setup-only runs no command (leave out"},
	{"-u app --keep-env --home / cmd", OPTIONS "--keep-env and --home exclude each other (see"},
	{"-u app %", "--user: 'app,www': given twice (one identity", "-uapp,www --user=app,www"},
	{"-u app --home % cmd", "--home: '%': it is not absolute (start it with '/')", "home ''"},
	{"-u app --cap % cmd", "--cap: '': ", "chown, chown,,kill"},
	{"-% app cmd", OPTIONS "'-%': a long option has two dashes (write --%)", "own user help"},
	{"-u=app cmd", OPTIONS
         "'-u=app': the value of a letter has no '=' before it (write -u app, or --user=app)"},
	{"--strict %", OPTIONS "'%': no such option",
         "--bogus --bogus=1 --userx -x -? -: --us --use=app --own- --allow --=app ---user --User"},
	{"-n=1", OPTIONS "'-=': no such option"},
	{"-x=1", OPTIONS "'-x': no such option"},
	{"% -u app cmd", OPTIONS "'%': takes no value",
         "--strict=1 --dry-run=yes --quiet= --help=x --allow-root=1"},
	{"-n %", OPTIONS "'%': a value is missing",
         "--user -u --umask --own -o -g --group --own-top --mkdir --cap --home"},
	/* More than the memory holds. */
	{"-u%,%,%,%,%,%,%,% cmd", TOO_MANY, NUMBERS},
	{"-g%,%,%,%,%,%,%,% cmd", TOO_MANY, NUMBERS},
	{"--own-from %,%,%,%,%,%,%,% cmd", TOO_MANY, NUMBERS},
	{"-o%:%:%:%:%:%:%:% cmd", TOO_MANY, PATHS},
	{"-u app --own-jobs % cmd", "--own-jobs: '%': not a number of workers (1 to 256)",
         "0 257 '' -1 4294967297"},
	{"-u app --umask % cmd", "--umask: '%': not an octal mode (0 to 0777)",
         "'' 8 08 1000 0o27 0x1f -1 +22 u=rwx 22a 7777 4755 1777 40000000000 "
         "77777777777777777777777"},
};

TEST(an_option_behind_the_table_is_unknown)
{
	static const struct option known[] = {{"--a", 'a', false, 0}, {"--behind", 'b', true, 1}};
	static char *given[][2] = {{"--behind", NULL}, {"-behind", NULL}};

	for (size_t i = 0; i < COUNT(given); i++) {
		struct option_words words = {.known = known, .known_count = 1, .next = given[i]};
		struct error error = {0};

		assert_false(option_words_take(&words, &error));
		assert_non_null(strstr(error.message, "no such option"));
	}
}

TEST(a_command_line_without_a_word_is_an_error)
{
	char *words[] = {NULL, "--help", NULL};
	struct options options;
	struct error error = {0};

	assert_false(options_parse(0, words, environment, NULL, &options, &error));
	assert_non_null(strstr(error.message, "nothing is given"));
}
