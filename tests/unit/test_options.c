#include <stdalign.h>

#include "core/options_parse.h"
#include "core/usage.h"
#include "spec_text.h"

/* Never what the parser itself would leave behind. */
static const struct options untouched = {.umask = 0xdead, .volume_count = 77};

/* No variable is an option, whatever its name. */
static const char variables[] =
	"PUID=1234 PGID=0777 ZERO=0 ROOT=root BOTH=1234:0 MAKES=svc=1234 MAKES_AT=svc=@/srv EMPTY= "
	"DATA=/srv/data LIST=/a:/b MASK=0027 KEEP=CAP_KILL,chown BIG=4294967296 AT=@/srv "
	"CR=1000\r STEPDOWN_USER=0 STEPDOWN_ALLOW_ROOT=1 POSIXLY_CORRECT=1";

struct parsed {
	alignas(max_align_t) char memory[1 << 14];
	struct arena arena;
	struct command_line line;
	struct command_line environment;
	struct options options;
	struct error error;
	bool ok;
};

static void parse_in(struct parsed *parsed, size_t size)
{
	command_line_split(&parsed->environment, variables);
	parsed->arena = arena_in(parsed->memory, size);
	parsed->options = untouched;
	memset(&parsed->error, 0, sizeof(parsed->error));
	parsed->ok = options_parse(parsed->line.count, parsed->line.words,
	                           parsed->environment.words, &parsed->arena, &parsed->options,
	                           &parsed->error);
	if (!parsed->ok) {
		assert_int_equal(parsed->error.status, 125);
		assert_memory_equal(&parsed->options, &untouched, sizeof(untouched));
	}
}

/* TEXT without the program's name. */
static void parse(struct parsed *parsed, const char *text)
{
	char whole[COMMAND_LINE_BYTES];

	snprintf(whole, sizeof(whole), "stepdown%s%s", text[0] == '\0' ? "" : " ", text);
	command_line_split(&parsed->line, whole);
	parse_in(parsed, sizeof(parsed->memory));
}

static void must_parse(struct parsed *parsed, const char *text)
{
	parse(parsed, text);
	if (!parsed->ok)
		fail_msg("%s: %s", text, parsed->error.message);
}

static void append_users_and_groups(char *found, const struct options *options)
{
	for (size_t i = 0; i < options->user_count; i++) {
		append(found, "%s", i == 0 ? " -u " : ",");
		append_spec(found, &options->users[i]);
	}
	for (size_t i = 0; i < options->group_count; i++) {
		append(found, "%s", i > 0 && options->groups[i - 1].has_alternative ? "," : " -g ");
		append_ref(found, &options->groups[i]);
	}
}

static void append_volumes(char *found, const struct options *options)
{
	static const char *const depths[] = {"-top", "-once", ""};

	for (size_t i = 0; i < options->volume_count; i++) {
		const struct declared_path *volume = &options->volumes[i];

		append(found, " --%s%s %s", volume->make ? "mkdir" : "own",
		       volume->make ? "" : depths[volume->depth], volume->path);
		assert_true(!volume->make || volume->depth == DEPTH_TOP);
	}
	if (options->mkdir_mode != 0755)
		append(found, " --mkdir-mode %04o", options->mkdir_mode);
	for (size_t i = 0; i < options->own_from_count; i++) {
		append(found, "%s", i == 0 ? " --own-from " : ",");
		append_ref(found, &options->own_from[i]);
	}
	if (options->own_jobs != 0)
		append(found, " --own-jobs %u", options->own_jobs);
}

/* OPTIONS as a command line that gives each option once, in this order, with masks of capabilities. */
static void append_options(char *found, const struct options *options)
{
	static const char *const actions[] = {"", " --setup-only", " --help", " --version"};
	static const char *const verbosities[] = {" -q", "", " -v"};

	append(found, "%s", actions[options->action]);
	if (options->action >= ACTION_HELP)
		return;
	append(found, "%s%s%s%s%s%s%s", verbosities[options->verbosity],
	       options->dry_run ? " -n" : "", options->strict ? " --strict" : "",
	       options->clear_groups ? " --clear-groups" : "",
	       options->allow_new_privs ? " --allow-new-privs" : "",
	       options->allow_root ? " --allow-root" : "", options->keep_env ? " --keep-env" : "");
	append_users_and_groups(found, options);
	append_volumes(found, options);
	if (options->capabilities != 0)
		append(found, " --cap %#jx", (uintmax_t)options->capabilities);
	if (options->tried_capabilities != 0)
		append(found, " --try-cap %#jx", (uintmax_t)options->tried_capabilities);
	if (options->home != NULL)
		append(found, " --home %s", options->home);
	if (options->umask_given)
		append(found, " --umask %04o", options->umask);
	append(found, " --");
	for (char *const *word = options->command; *word != NULL; word++)
		append(found, " %s", *word);
}

/* The options are those that are wanted, and the words stand where they stood, the command's last. */
static void taken(void **state)
{
	for (const struct row *row = *state; row->given != NULL; row++) {
		struct parsed parsed;
		struct command_line before;
		char found[FOUND_BYTES] = "stepdown";
		char line[FOUND_BYTES] = "stepdown";

		must_parse(&parsed, row->given);
		append_options(found, &parsed.options);
		assert_found(row->given, found + strlen("stepdown "), row->wanted);
		append(line, " %s", row->given);
		command_line_split(&before, line);
		for (int at = 0; at < before.count; at++)
			assert_string_equal(before.words[at], parsed.line.words[at]);
		if (parsed.options.action == ACTION_RUN)
			assert_in_range((uintptr_t)parsed.options.command,
			                (uintptr_t)parsed.line.words,
			                (uintptr_t)&parsed.line.words[parsed.line.count - 1]);
	}
}

static void must_fail(const char *text, const char *beginning)
{
	struct parsed parsed;

	parse(&parsed, text);
	if (parsed.ok || strncmp(parsed.error.message, beginning, strlen(beginning)) != 0)
		fail_msg("%s: %s, not %s", text, parsed.ok ? "taken" : parsed.error.message,
		         beginning);
	/* A message that is given with its hint is given as a whole. */
	if (beginning[0] != '\0' && beginning[strlen(beginning) - 1] == ')')
		assert_string_equal(parsed.error.message, beginning);
}

static struct row each_option_sets_its_field_and_no_other[] = {
	{"--user app cmd", "-u app -- cmd"},
	{"--clear-groups -u app cmd", "--clear-groups -u app -- cmd"},
	{"--allow-new-privs -u app cmd", "--allow-new-privs -u app -- cmd"},
	{"--allow-root -u app cmd", "--allow-root -u app -- cmd"},
	{"--keep-env -u app cmd", "--keep-env -u app -- cmd"},
	{"--strict -u app cmd", "--strict -u app -- cmd"},
	{"--dry-run -u app cmd", "-n -u app -- cmd"},
	{"--verbose -u app cmd", "-v -u app -- cmd"},
	{"--quiet -u app cmd", "-q -u app -- cmd"},
	{"-qv -u app cmd", "-v -u app -- cmd"},
	{"-v --quiet -u app cmd", "-q -u app -- cmd"},
	{"-u app=10001 --setup-only -n", "--setup-only -n -u app=10001 --"},
	{"-u app --home /a --home ${DATA}/home cmd", "-u app --home /srv/data/home -- cmd"},
	/* A value stands in the same word or in the next, and may look like an option. */
	{"--user=app cmd", "-u app -- cmd"},
	{"-uapp cmd", "-u app -- cmd"},
	{"-nvuapp cmd", "-v -n -u app -- cmd"},
	{"-nvu app cmd", "-v -n -u app -- cmd"},
	{"-o -n --own-top --strict -u app cmd", "-u app --own -n --own-top --strict -- cmd"},
	{"-uown -o/x=y -gusers cmd", "-u own -g users --own /x=y -- cmd"},
	/* The options end at the first word that is none. */
	{"-u app cmd -u root --allow-root", "-u app -- cmd -u root --allow-root"},
	{"-u app cmd --help", "-u app -- cmd --help"},
	{"-u app cmd --bogus -- -x", "-u app -- cmd --bogus -- -x"},
	{"-u app -- --allow-root", "-u app -- --allow-root"},
	{"-u app -- -- cmd", "-u app -- -- cmd"},
	{"-u app -", "-u app -- -"},
	{"-u app ''", "-u app -- "},
	{"-u app '' --allow-root", "-u app --  --allow-root"},
	/* Help and version end the parsing. */
	{"-h", "--help"},
	{"-V", "--version"},
	{"--help --bogus", "--help"},
	{"--help --user", "--help"},
	{"--version --user= --umask=9 cmd", "--version"},
	{"--setup-only --help cmd", "--help"},
	{"-n --strict --version", "--version"},
	/* Capabilities add up over several options. */
	{"-u app --cap net_bind_service --cap=${KEEP} --cap= cmd", "-u app --cap 0x421 -- cmd"},
	{"-u app --try-cap chown --cap kill --try-cap=${KEEP} --try-cap= cmd",
         "-u app --cap 0x20 --try-cap 0x21 -- cmd"},
	/* Paths keep their order and depth, and are the same with slashes at their end. */
	{"-u app -o /one/:/two///:/a//b/ --mkdir / --own-top // --own :/c/: cmd",
         "-u app --own /one --own /two --own /a//b --mkdir / --own-top / --own /c -- cmd"},
	{"--own-top /top -u app -o /one::/two: --mkdir=/made --own ${LIST} -o${DATA}/x --own= "
         "--own : --own-once /once --mkdir rel cmd",
         "-u app --own-top /top --own /one --own /two --mkdir /made --own /a --own /b --own "
         "/srv/data/x --own-once /once --mkdir rel -- cmd"},
	{"-u app --own-from root,${PUID} --own-from=00 --own-jobs 256 cmd",
         "-u app --own-from root,1234,0 --own-jobs 256 -- cmd"},
	/* Modes are octal. */
	{"-u app --umask 0 --mkdir-mode 7 cmd", "-u app --mkdir-mode 0007 --umask 0000 -- cmd"},
	{"-u app --umask 22 cmd", "-u app --umask 0022 -- cmd"},
	{"-u app --umask 022 cmd", "-u app --umask 0022 -- cmd"},
	{"-u app --mkdir-mode 0777 --umask 000000777 cmd",
         "-u app --mkdir-mode 0777 --umask 0777 -- cmd"},
	{"-u app --mkdir-mode ${MASK} cmd", "-u app --mkdir-mode 0027 -- cmd"},
	/* Variables are filled in, but not in the words of the command. */
	{"--user=app=${PUID:-1000}:${PGID:-1000} cmd ${PUID} $$",
         "-u app=1234:777 -- cmd ${PUID} $$"},
	{"--user=${NONE:-app}:${EMPTY:-www} -g ${NONE-x}5 -g ${PUID} cmd",
         "-u app:www -g x5 -g 1234 -- cmd"},
	{0},
};
TABLE(each_option_sets_its_field_and_no_other, taken);

/* Alternatives are cut up before variables are filled in. A default that is used is the author's text. */
static struct row alternatives_and_signs_of_the_option_itself[] = {
	{"-u app,www cmd", "-u app,www -- cmd"},
	{"-u app=1:2,@/a:b,www,10001 cmd", "-u app=1:2,@/a:b,www,10001 -- cmd"},
	{"-u ${PUID},app cmd", "-u 1234,app -- cmd"},
	{"-u ${NONE},app cmd", "-u app -- cmd"},
	{"-u app,${NONE} cmd", "-u app -- cmd"},
	{"-u @/a,${NONE},${EMPTY} cmd", "-u @/a -- cmd"},
	{"-u ${EMPTY},app cmd", "-u app -- cmd"},
	{"-u ${NONE},${EMPTY},${PUID} cmd", "-u 1234 -- cmd"},
	{"-u ${NONE-5},${EMPTY:-6},${EMPTY-7},${NONE:-},8 cmd", "-u 5,6,8 -- cmd"},
	{"-u ${PUID}:${NONE},app cmd", "-u app -- cmd"},
	{"-u app=${NONE},www cmd", "-u www -- cmd"},
	{"-u @${DATA},@${NONE}/x,app cmd", "-u @/srv/data,app -- cmd"},
	{"-u ${NONE:-@/srv/data},app cmd", "-u @/srv/data,app -- cmd"},
	{"-u @${NONE:-/a,b},app cmd", "-u @/a,b,app -- cmd"},
	{"-u ${PUID:-a,b},app cmd", "-u 1234,app -- cmd"},
	{"-u @/a}b,@/a{b,@/$$,app cmd", "-u @/a}b,@/a{b,@/$,app -- cmd"},
	{"-u ${EMPTY:-@/project} cmd", "-u @/project -- cmd"},
	{"-u ${NONE:-app=@/project:www} cmd", "-u app=@/project:www -- cmd"},
	{"-u ${NONE:-10001:10002,@/a},app cmd", "-u 10001:10002,@/a,app -- cmd"},
	{"-u ${NONE:-app}:${PUID} cmd", "-u app:1234 -- cmd"},
	{"-u @${DATA}:${PGID} cmd", "-u @/srv/data:777 -- cmd"},
	/* Behind the author's '@' the other signs have no meaning. */
	{"-u @/a${AT},@/a${MAKES},app=@/a${MAKES_AT} cmd",
         "-u @/a@/srv,@/asvc=1234,app=@/asvc=@/srv -- cmd"},
	{"-u @${DATA} -g @${DATA} -g ${NONE:-@/a} -g @/b${BOTH} -g @/c${AT} --own-from "
         "${NONE:-1,2} cmd",
         "-u @/srv/data -g @/srv/data -g @/a -g @/b1234:0 -g @/c@/srv --own-from 1,2 -- cmd"},
	{"-u app -g video -g 5 cmd", "-u app -g video -g 5 -- cmd"},
	{"-u app -g @/dev/dri/renderD128,video, cmd",
         "-u app -g @/dev/dri/renderD128,video,none -- cmd"},
	{"-u app -g '' -g video -g '' cmd", "-u app -g none -g video -g none -- cmd"},
	{"-u app -g ${EMPTY} -g ${NONE:-} cmd", "-u app -g none -g none -- cmd"},
	{"-u app -g ${NONE:-},video cmd", "-u app -g video -- cmd"},
	{"-u app -g ${EMPTY},${NONE},video cmd", "-u app -g video -- cmd"},
	{"-u app -g video,${NONE} cmd", "-u app -g video -- cmd"},
	{"-u app -g video,${NONE:-} -g video,${EMPTY} cmd",
         "-u app -g video,none -g video,none -- cmd"},
	{"-u app -g ${PUID},video cmd", "-u app -g 1234,video -- cmd"},
	{"-u app -g ${NONE:-@/a,video,} cmd", "-u app -g @/a,video,none -- cmd"},
	{"-u app -g ${NONE:-a,b},c cmd", "-u app -g a,b,c -- cmd"},
	{"-u app -g @${DATA},@/b:c cmd", "-u app -g @/srv/data,@/b:c -- cmd"},
	{0},
};
TABLE(alternatives_and_signs_of_the_option_itself, taken);

#define OPTIONS "reading the options: "
#define SEE_HELP " (see stepdown --help)"
#define NOT_ABSOLUTE "it is not absolute (start it with '/'"
#define IDS ": neither a name nor an id (ids are 0 to 2147483647, in decimal digits; "
#define CR_IS "CR is '1000\\r': a carriage return stands at its end)"

#define NO_MODES "'' 8 08 1000 0o27 0x1f -1 +22 u=rwx 22a 7777 4755 1777 77777777777777777777777"
#define OUT_OF_RANGE                                                                               \
	"2147483648 4294967294 4294967295 4294967296 4294967297 9223372036854775807 "              \
	"9223372036854775808 18446744073709551616 100000000000000000000000000000"
#define NO_IDS "-1 -2 +1000 -0 ''"

/* No option is abbreviated, because a new option would make the abbreviation ambiguous. */
static struct pattern options_that_are_wrong_or_missing[] = {
	{"%", OPTIONS "no --user is given (say who runs the command: --user NAME or UID:GID)",
         "cmd --setup-only -v"},
	{"-u app %",
         OPTIONS "either a command or --setup-only must be given (the command stands last)",
         "-v -- -n"},
	{"-u app --setup-only cmd x",
         OPTIONS "'cmd': --setup-only runs no command (leave out the command, or --setup-only)"},
	{"",
         OPTIONS "nothing is given (write stepdown --user NAME COMMAND, or see stepdown --help)"},
	{"-u app --keep-env --home /h cmd",
         OPTIONS "--keep-env and --home exclude each other" SEE_HELP},
	{"-u % -u app cmd", "--user: 'app': given twice (one identity only)", "app app,www"},
	{"-u app --user=app,www cmd", "--user: 'app,www': given twice"},
	{"-u app --home % cmd", "--home: '%': " NOT_ABSOLUTE ")", "home ''"},
	{"-u app --home ${EMPTY}/.. --home ${EMPTY} cmd",
         "--home: '': " NOT_ABSOLUTE "; EMPTY is '': it is empty)"},
	{"-u app --% chown,all cmd", "--%: 'all': there is no such", "cap try-cap"},
	{"-u app --cap % cmd", "--cap: '': ", "chown, chown,,kill"},
	{"-u % cmd", "reading the user: '%': ", "--"},
	{"--umask % -u app cmd", "--umask: '%': ", "-n"},
	{"-% app cmd", OPTIONS "'-%': a long option has two dashes (write --%)", "own user help"},
	{"-user=app cmd", OPTIONS "'-user=app': a long option has two dashes (write --user)"},
	{"-u=app cmd",
         OPTIONS "'-u=app': the value of a letter has no '=' before it (write -u app, "
                 "or --user=app)"},
	{"-u app -o=/data cmd", OPTIONS "'-o=/data': the value of a letter has no '=' before it "
                                        "(write -o /data, or --own=/data)"},
	{"--strict %", OPTIONS "'%': no such option" SEE_HELP,
         "--bogus --bogus=1 --userx -x -? -: --us --use=app --own- --allow --=app ---user --User"},
	{"% -u app cmd", OPTIONS "'-x': no such option" SEE_HELP, "-nvx -xn -vxn"},
	{"%", OPTIONS "'-\\xff': no such option" SEE_HELP, "-\377"},
	{"%", OPTIONS "'-\\x1b': no such option" SEE_HELP, "-n\033[2J"},
	{"% -u app cmd", OPTIONS "'%': takes no value" SEE_HELP,
         "--strict=1 --dry-run=yes --quiet= --help=x --allow-root=1"},
	{"-n %", OPTIONS "'%': a value is missing" SEE_HELP,
         "--user -u --umask --own -o -g --group --own-top --mkdir --cap --home"},
	{"-nu", OPTIONS "'-u': a value is missing" SEE_HELP},
	{"-u app --own-jobs % cmd", "--own-jobs: '%': not a number of workers",
         "0 257 '' -1 4294967297"},
	{"-u app --umask % cmd", "--umask: '%': not an octal mode (0 to 0777)", NO_MODES},
	{"-u app --mkdir-mode % cmd", "--mkdir-mode: '%': not an octal mode (0 to 0777)", NO_MODES},
	{0},
};
PATTERNS(options_that_are_wrong_or_missing, must_fail);

static struct pattern S1_S2_S3_S5_wrong_ids_are_refused_wherever_they_stand[] = {
	{"--user=% cmd", "reading the user: '%': the id is out of range", OUT_OF_RANGE},
	{"-u app=% cmd", "reading the user: '%': the id is out of range", OUT_OF_RANGE},
	{"-u %,app cmd", "reading the user: '%': the id is out of range", OUT_OF_RANGE},
	{"--user=app:% cmd", "reading the group: '%': the id is out of range", OUT_OF_RANGE},
	{"-uapp=1:% cmd", "reading the group: '%': the id is out of range", OUT_OF_RANGE},
	{"-u app -g % cmd", "reading the group: '%': the id is out of range", OUT_OF_RANGE},
	{"-u app --own-from % cmd", "reading the owner: '%': the id is out of range", OUT_OF_RANGE},
	{"--user=% cmd", "reading the user: '%': neither a name nor an id", NO_IDS},
	{"-u app=% cmd", "reading the user: '%': neither a name nor an id", NO_IDS},
	{"-u app,% cmd", "reading the user: '%': neither a name nor an id", NO_IDS},
	{"--user=app:% cmd", "reading the group: '%': neither a name nor an id", NO_IDS},
	{"-uapp=1:% cmd", "reading the group: '%': neither a name nor an id", NO_IDS},
	{"-u app -g % cmd", "reading the group: '%': neither a name nor an id", "-1 -2 +1000 -0"},
	{"-u app -g video,% cmd", "reading the group: '%': neither a name nor an id", "-1"},
	{"-u app --own-from % cmd", "reading the owner: '%': neither a name nor an id",
         NO_IDS " root:root"},
	{"-u % cmd", "reading the user: '4294967296': the id is out of range",
         "${BIG} ${BIG},app app=${BIG}:1"},
	{"-u % cmd", "reading the group: '4294967296': the id is out of range",
         "1:${BIG} app=1:${BIG}"},
	{"-u 1 -g ${BIG} cmd", "reading the group: '4294967296': the id is out of range"},
	{"-u % cmd", "reading the user: '': neither a name nor an id",
         "${EMPTY} : :www ${NONE},${EMPTY} app, ,app app,,www ,"},
	{"-u app -g % cmd", "reading the group: '': neither a name nor an id", ",video a,,b ,"},
	{"-u app --own-from % cmd", "reading the owner: '': neither a name nor an id",
         "${EMPTY} root, ,root"},
	{"-u % cmd", "--user: 'NONE': the variable is not set", "${NONE} ${EMPTY},${NONE}"},
	{"-u app -g % cmd", "--group: 'NONE': the variable is not set", "${NONE} ${EMPTY},${NONE}"},
	{"-u app -g @a,video cmd", "reading the group: 'a': it is not absolute"},
	{"-u =1 cmd", "reading the account: '': not a name that an account can have"},
	{"-u app=www cmd", "reading the user: 'app=www': the uid is not a number"},
	{0},
};
PATTERNS(S1_S2_S3_S5_wrong_ids_are_refused_wherever_they_stand, must_fail);

/* Errors about a value name the variables that are filled in. */
static struct pattern an_error_names_the_variable_and_what_is_odd[] = {
	{"-u app % ${NONE} cmd", "%: 'NONE': the variable is not set",
         "--own --own-top --mkdir --home --umask --cap --try-cap --mkdir-mode"},
	{"-u % cmd", "--user: '%': ", "$X ${X ${} ${1} ${X?no} ${X:} $"},
	{"-u % cmd", "--user: '${1}': not a variable that can be", "${1},app ${EMPTY}${1},app"},
	{"-u ${NONE,app cmd", "--user: '${NONE,app': not a variable that can be"},
	{"-u ${BIG} cmd", "reading the user: '4294967296': the id is out of range (ids are 0 to "
                          "2147483647, in decimal digits; BIG is '4294967296')"},
	{"-u % cmd", "reading the user: '1000\\r'" IDS CR_IS, "app=${CR}:${ZERO} ${CR}"},
	{"-u app -g ${CR} cmd", "reading the group: '1000\\r'" IDS CR_IS},
	{"-u app --own-from 0,${CR} cmd", "reading the owner: '1000\\r'" IDS CR_IS},
	{"-u app --own-jobs ${CR} cmd",
         "--own-jobs: '1000\\r': not a number of workers (1 to 256; " CR_IS},
	{"-u app --umask ${CR} cmd", "--umask: '1000\\r': not an octal mode (0 to 0777; " CR_IS},
	{"-u app --home ${CR} cmd", "--home: '1000\\r': " NOT_ABSOLUTE "; " CR_IS},
	{"-u app --cap ${CR} cmd",
         "--cap: '1000\\r': there is no such capability (name them one by "
         "one, see capabilities(7); " CR_IS},
	{"-u app --mkdir /a:/${CR} cmd",
         "--mkdir: '/1000\\r': a control character stands in it (" CR_IS},
	{"-u app --own /a\x7f cmd", "--own: '/a\\x7f': a control character stands in it"},
	{0},
};
PATTERNS(an_error_names_the_variable_and_what_is_odd, must_fail);

#define NOT_HOLD(sign)                                                                             \
	"the variable's value may not hold a '" sign "' (write the '" sign "' in the option "      \
	"itself)"

/* Whoever may set a variable is not the image's author, and chooses no path, no account that is made or
 * renumbered, no group and no further alternative. That a default or another part of the option has the same
 * sign makes no difference. */
static struct pattern S26_a_variable_brings_no_structure[] = {
	{"-u % cmd", "--user: 'AT': " NOT_HOLD("@"),
         "${AT} ${AT:-@/project} ${AT-@/project} app=${AT:-10001} ${AT},app ${EMPTY}${AT},app "
         "@/a,${AT}"},
	{"-u % cmd", "--user: 'MAKES': " NOT_HOLD("="),
         "${MAKES} ${MAKES},app ${MAKES:-app=10001} ${MAKES}=10001"},
	{"-u % cmd", "--user: 'MAKES_AT': " NOT_HOLD("="),
         "${MAKES_AT:-app=@/project} ${MAKES_AT}=@/project"},
	{"-u % cmd", "--user: 'BOTH': " NOT_HOLD(":"),
         "${BOTH} ${BOTH:-10001} ${BOTH:-10001:10001} app=${BOTH:-10001} app:${BOTH}"},
	{"-u % cmd", "--user: 'LIST': " NOT_HOLD(":"), "@${LIST} app=@/x${LIST}"},
	{"-u % cmd", "--user: 'KEEP': " NOT_HOLD(","), "${KEEP},app @/${KEEP}"},
	{"-u app -g % cmd", "--group: 'AT': " NOT_HOLD("@"),
         "${AT} ${AT:-@/var/run/docker.sock} ${EMPTY}${AT}"},
	{"-u app -g ${BOTH} cmd", "--group: 'BOTH': " NOT_HOLD(":")},
	{"-u app -g % cmd", "--group: 'KEEP': " NOT_HOLD(","), "${KEEP} ${KEEP},b"},
	{"-u app --own-from root,${KEEP} cmd", "--own-from: 'KEEP': " NOT_HOLD(",")},
	{"-u app --own-from ${BOTH} cmd", "--own-from: 'BOTH': " NOT_HOLD(":")},
	{"-u app --own-from ${AT} cmd", "--own-from: 'AT': " NOT_HOLD("@")},
	{0},
};
PATTERNS(S26_a_variable_brings_no_structure, must_fail);

/* Whether the primary group may come to 0 in the end (S38). */
static void may_be_gid_0(const char *line, const char *wanted)
{
	struct parsed parsed;

	must_parse(&parsed, line);
	assert_found(line, parsed.options.users[0].may_not_be_gid_0 ? "no" : "yes", wanted);
}

TEST(S38_group_0_must_be_written_in_the_option)
{
	static const struct pattern rows[] = {
		{"-u % cmd", "yes", "app app:0 app=1000 ${PUID}:0 ${PUID}:00 app=${PUID}:root"},
		{"-u % cmd", "no",
	         "${PUID} app=${PUID} ${PUID}:1000 ${PUID}:app ${PUID}:${ZERO} 1000:${ZERO} "
	         "app:${ROOT} ${NONE:-1:0} ${NONE:-1,2}:0 ${NONE:-1}:${NONE:-0} "
	         "@/srv${NONE:-/a}"},
		{0},
	};
	struct parsed parsed;

	check_patterns(rows, may_be_gid_0);
	must_parse(&parsed, "-u app -g 0 -g root -g ${ZERO} -g ${ROOT} -g @${DATA} cmd");
	for (size_t i = 0; i < 5; i++)
		assert_true(parsed.options.groups[i].may_not_be_gid_0 == (i >= 2));
}

TEST(many_paths_and_groups_all_arrive)
{
	struct parsed parsed;
	char line[FOUND_BYTES] = "-u app=${PUID}:${PGID} -g 0";

	for (int i = 1; i < 20; i++)
		append(line, " -g%d -o/%d:/x%d", i, i, i);
	append(line, " cmd");
	must_parse(&parsed, line);
	assert_string_equal(parsed.options.users[0].text, "app=1234:0777");
	assert_int_equal(parsed.options.group_count, 20);
	assert_int_equal(parsed.options.volume_count, 38);
	for (unsigned i = 0; i < 20; i++) {
		assert_true(parsed.options.groups[i].is_id);
		assert_int_equal(parsed.options.groups[i].id, i);
	}
	assert_string_equal(parsed.options.volumes[0].path, "/1");
	assert_string_equal(parsed.options.volumes[37].path, "/x19");
}

TEST(empty_argument_vector_is_an_error)
{
	struct parsed parsed;

	parsed.line.count = 0;
	parsed.line.words[0] = NULL;
	parse_in(&parsed, sizeof(parsed.memory));
	assert_false(parsed.ok);
	assert_non_null(strstr(parsed.error.message, "nothing is given"));
}

/* Every size from nothing to enough: an error or a full answer, never a wrong one. */
TEST(full_arena_is_an_error)
{
	for (size_t size = 0, succeeded = 0; succeeded == 0; size += 8) {
		struct parsed parsed;

		command_line_split(&parsed.line, "stepdown -u ${PUID} -g 5 -o /a:/b --mkdir /c "
		                                 "--home ${DATA} cmd");
		assert_true(size < sizeof(parsed.memory));
		parse_in(&parsed, size);
		if (parsed.ok) {
			succeeded++;
			assert_int_equal(parsed.options.volume_count, 3);
			assert_string_equal(parsed.options.home, "/srv/data");
			assert_true(size > 100);
		} else {
			assert_non_null(strstr(parsed.error.message, "too"));
		}
	}
}

/* Every "--word" of the help text is an option, and every option is in the text. */
TEST(help_names_every_option_and_no_other)
{
	static const char known[] =
		"--user --group --clear-groups --own --own-once --own-top --mkdir --mkdir-mode "
		"--own-from --own-jobs --cap --try-cap --allow-new-privs --allow-root --home "
		"--keep-env --umask --setup-only --dry-run --strict --verbose --quiet --help "
		"--version";
	struct command_line words;
	bool seen[COMMAND_LINE_WORDS] = {false};

	command_line_split(&words, known);
	for (const char *at = usage_text; (at = strstr(at, "--")) != NULL;) {
		size_t length = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
		int row = 0;

		while (row < words.count && (strlen(words.words[row]) != length ||
		                             strncmp(words.words[row], at, length) != 0))
			row++;
		/* "[--] COMMAND" */
		if (length > 2 && row == words.count)
			fail_msg("no option: %.*s", (int)length, at);
		seen[row] = true;
		at += length;
	}
	for (int row = 0; row < words.count; row++) {
		struct parsed parsed;

		if (!seen[row])
			fail_msg("not in the help text: %s", words.words[row]);
		parse(&parsed, words.words[row]);
		assert_true(parsed.ok || strstr(parsed.error.message, "no such option") == NULL);
	}
}

TEST(help_fits_a_screen)
{
	unsigned lines = 0;
	unsigned column = 0;

	for (const char *at = usage_text; *at != '\0'; at++) {
		lines += *at == '\n';
		column = *at == '\n' ? 0 : *at == '\t' ? (column / 8 + 1) * 8 : column + 1;
		if (column > 80)
			fail_msg("line %u is wider than 80 columns", lines + 1);
	}
	assert_in_range(lines, 1, 32);
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
