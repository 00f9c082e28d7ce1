#include <stdalign.h>

#include "cases.h"
#include "core/options_parse.h"

static char *const environment[] = {
	"PUID=1234",
	"PGID=0777",
	"ZERO=0",
	"EMPTY=",
	"BIG=4294967296",
	"BOTH=1234:0",
	"MAKES=svc=1234",
	"MAKES_AT=svc=@/srv",
	"AT=@/srv",
	"KEEP=CAP_KILL,chown",
	"DATA=/srv/data",
	"LIST=/a:/b",
	"OCT=027",
	"CR=1000\r",
	"BEFORE= 27",
	"BEHIND=27 ",
	"BETWEEN=a b",
	"DOLLAR=${PUID}",
	"_x9=under",
	"odd string",
	"PUIDX=no",
	"PUID=second",
	NULL,
};

/* A number is an id, never a name (S4). */
static void append_ref(char *found, const struct spec_ref *ref)
{
	uint32_t id;

	if (ref->is_id)
		append(found, "%u", ref->id);
	else
		append(found, "%s%.*s", ref->is_path ? "@" : "", (int)ref->name.length,
		       ref->name.bytes);
	assert_false(!ref->is_id && !ref->is_path && id_parse(ref->name, &id));
}

static void append_users_and_groups(char *found, const struct options *options)
{
	for (size_t i = 0; i < options->user_count; i++) {
		const struct user_spec *user = &options->users[i];

		append(found, "%s", i == 0 ? " -u " : ",");
		if (user->defines_account)
			append(found, "%.*s=", (int)user->account.length, user->account.bytes);
		append_ref(found, &user->user);
		if (user->group.given) {
			append(found, ":");
			append_ref(found, &user->group);
		}
	}
	for (size_t i = 0; i < options->group_count; i++) {
		const struct spec_ref *group = &options->groups[i];

		append(found, "%s", i > 0 && group[-1].has_alternative ? "," : " -g ");
		if (group->given)
			append_ref(found, group);
		else
			append(found, "none");
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

/* TEXT is without the name of the program. WANTED is what append_options() makes of it, or begins
 * the message that refuses it. The words stay as they are, because the command is among them. */
static void becomes(const char *text, const char *wanted)
{
	static const struct options untouched = {.umask = 0xdead, .volume_count = 77};
	alignas(max_align_t) char memory[1 << 14];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct options options = untouched;
	struct error error = {0};
	struct command_line words, before;
	char found[FOUND_BYTES] = "stepdown ";

	append(found, "%s", text);
	command_line_split(&words, text[0] == '\0' ? "stepdown" : found);
	memcpy(before.bytes, words.bytes, sizeof(before.bytes));
	found[0] = '\0';
	if (options_parse(words.count, words.words, environment, &arena, &options, &error)) {
		append_options(found, &options);
		assert_found(text, found + 1, wanted);
	} else {
		append(found, "%.*s", (int)strlen(wanted), error.message);
		assert_found(text, found, wanted);
		assert_int_equal(error.status, STATUS_FAILED);
		assert_memory_equal(&options, &untouched, sizeof(untouched));
	}
	assert_memory_equal(before.bytes, words.bytes, strlen(text));
}

PATTERNS(each_option_sets_its_field_and_no_other, becomes) = {
	{"% -u app cmd", "% -u app -- cmd",
         "--clear-groups --allow-new-privs --allow-root --keep-env --strict"},
	{"% -u app cmd", "-n -u app -- cmd", "-n --dry-run"},
	{"% -u app cmd", "-v -u app -- cmd", "-v --verbose -qv"},
	{"% -u app cmd", "-q -u app -- cmd", "-q --quiet -vq"},
	{"-u app=10001 --setup-only -n", "--setup-only -n -u app=10001 --"},
	{"-u app --home /a --home ${DATA}/home cmd", "-u app --home /srv/data/home -- cmd"},
	/* A value stands in the same word or in the next, and may look like an option. */
	{"% cmd", "-u app -- cmd", "--user=app -uapp"},
	{"--user app cmd", "-u app -- cmd"},
	{"-nvuapp cmd", "-v -n -u app -- cmd"},
	{"-nvu app cmd", "-v -n -u app -- cmd"},
	{"-o -n --own-top --strict -u app cmd", "-u app --own -n --own-top --strict -- cmd"},
	{"-uown -o/x=y -gusers cmd", "-u own -g users --own /x=y -- cmd"},
	/* The options end at the first word that is none. */
	{"-u app cmd -u root --allow-root -- -h", "-u app -- cmd -u root --allow-root -- -h"},
	{"-u app -- --allow-root", "-u app -- --allow-root"},
	{"-u app -- -- cmd", "-u app -- -- cmd"},
	{"-u app - -v", "-u app -- - -v"},
	{"-u app '' --allow-root", "-u app --  --allow-root"},
	/* Help and version end the parsing. */
	{"%", "--help", "-h --help"},
	{"%", "--version", "-V --version"},
	{"--help %", "--help", "--bogus --user"},
	{"--setup-only --help cmd", "--help"},
	/* Capabilities add up over several options. */
	{"-u app --cap net_bind_service --cap=${KEEP} --cap= cmd", "-u app --cap 0x421 -- cmd"},
	{"-u app --try-cap chown --cap kill --try-cap=${KEEP} --try-cap= cmd",
         "-u app --cap 0x20 --try-cap 0x21 -- cmd"},
	/* Paths keep their order and depth, and are the same with slashes at their end. */
	{"-u app -o /one/:/two///:/a//b/ --mkdir / --own-top // --own :/c/: cmd",
         "-u app --own /one --own /two --own /a//b --mkdir / --own-top / --own /c -- cmd"},
	{"--own-top /top -u app --mkdir=/made --own ${LIST} -o${DATA}/x --own= --own : cmd",
         "-u app --own-top /top --mkdir /made --own /a --own /b --own /srv/data/x -- cmd"},
	{"-u app --own-once /once --mkdir rel cmd", "-u app --own-once /once --mkdir rel -- cmd"},
	{"-u app --own-from root,${PUID} --own-from=00 --own-jobs 256 cmd",
         "-u app --own-from root,1234,0 --own-jobs 256 -- cmd"},
	/* Modes are octal. */
	{"-u app --umask 0 --mkdir-mode 7 cmd", "-u app --mkdir-mode 0007 --umask 0000 -- cmd"},
	{"-u app --umask % cmd", "-u app --umask 0022 -- cmd", "22 022 00000022"},
	{"-u app --umask 777 --mkdir-mode 0777 cmd",
         "-u app --mkdir-mode 0777 --umask 0777 -- cmd"},
	/* Variables are filled in, but not in the words of the command. */
	{"-u app cmd ${PUID} $$", "-u app -- cmd ${PUID} $$"},
};

PATTERNS(forms_of_user_and_group, becomes) = {
	{"-u % cmd", "-u % -- cmd",
         "app app:www 10001:10002 app:10002 10001:www 10001:0 DOM\\user caf\xc3\xa9 0day "
         "a.very.long.name.that.only.some.directory.service.knows app=10001 app=10001:10002 "
         "app=10001:www _a-b.c9=0:0 App=1000 aZ=1000 abcdefghijklmnopqrstuvwxyz012345=1"},
	/* The decimal number of an id. Every spelling of zero is zero (S26). */
	{"-u % cmd", "-u % -- cmd", "0 7 65534 1000:1000 2147483646 2147483647"},
	{"-u % cmd", "-u 0 -- cmd", "00 0000000000000000"},
	{"-u %:0777 cmd", "-u 10:777 -- cmd", "010 000000000000000000000000000000000000000010"},
	/* A ':' ends a path, which may hold any other sign. */
	{"-u % cmd", "-u % -- cmd",
         "@/ @/project @/a/../b/ app=@/project @/project:www @/project:0 app=@/project:10002 "
         "@/a=b app=@/a=b @/a@c#"},
	{"-u app -g % cmd", "-u app -g % -- cmd", "docker 999 @/run/docker.sock"},
};

/* Alternatives are cut up before variables are filled in. A default that is used is the author's text. */
PATTERNS(alternatives_and_signs_of_the_option_itself, becomes) = {
	{"-u % cmd", "-u % -- cmd", "app,www app=1:2,@/a:b,www,10001 @/a}b,@/a{b,app"},
	{"-u % cmd", "-u app -- cmd",
         "${NONE},app app,${NONE} ${EMPTY},app ${PUID}:${NONE},app ${EMPTY},app,x=${NONE}"},
	{"-u % cmd", "-u 1234 -- cmd", "${NONE},${EMPTY},${PUID} ${PUID:-a,b}"},
	{"-u @/a,${NONE},${EMPTY} cmd", "-u @/a -- cmd"},
	{"-u ${NONE-5},${EMPTY:-6},${EMPTY-7},${NONE:-},8 cmd", "-u 5,6,8 -- cmd"},
	{"-u % cmd", "-u @/srv/data,app -- cmd",
         "@${DATA},@${NONE}/x,app ${NONE:-@/srv/data},app ${NONE:-@/srv/data,app}"},
	{"-u @${NONE:-/a,b},app cmd", "-u @/a,b,app -- cmd"},
	{"-u @/$$,app cmd", "-u @/$,app -- cmd"},
	{"-u ${NONE:-app=@/project:www} cmd", "-u app=@/project:www -- cmd"},
	{"-u app=${PUID:-1000}:${PGID:-1000} cmd", "-u app=1234:777 -- cmd"},
	/* Behind the author's '@' the other signs have no meaning. */
	{"-u @/a${AT},@/a${MAKES},app=@/a${MAKES_AT} cmd",
         "-u @/a@/srv,@/asvc=1234,app=@/asvc=@/srv -- cmd"},
	{"-u @${DATA}:${PGID} -g @${DATA} -g ${NONE:-@/a} -g @/b${BOTH} -g @/c${AT} cmd",
         "-u @/srv/data:777 -g @/srv/data -g @/a -g @/b1234:0 -g @/c@/srv -- cmd"},
	{"-u app --own-from ${NONE:-1,2} cmd", "-u app --own-from 1,2 -- cmd"},
	{"-u app -g % cmd", "-u app -g % -- cmd", "a,b,c @/srv,@/b:c"},
	{"-u app -g % cmd", "-u app -g none -- cmd", "'' ${EMPTY} ${NONE:-}"},
	{"-u app -g '' -g video -g '' cmd", "-u app -g none -g video -g none -- cmd"},
	{"-u app -g % cmd", "-u app -g video,none -- cmd", "video, video,${NONE:-} video,${EMPTY}"},
	{"-u app -g % cmd", "-u app -g video -- cmd",
         "${NONE:-},video ${EMPTY},${NONE},video video,${NONE}"},
	{"-u app -g ${NONE:-@/a,video,} cmd", "-u app -g @/a,video,none -- cmd"},
};

#define OPTIONS "reading the options: "
#define NO_MODES "'' 8 08 1000 0o27 0x1f -1 +22 u=rwx 22a 7777 4755 1777 77777777777777777777777"

/* No option is abbreviated, because a new option would make the abbreviation ambiguous. */
PATTERNS(options_that_are_wrong_or_missing, becomes) = {
	{"",
         OPTIONS "nothing is given (write stepdown --user NAME COMMAND, or see stepdown --help)"},
	{"%", OPTIONS "no --user is given (say who runs the command: --user NAME or UID:GID)",
         "cmd --setup-only -v"},
	{"-u app %",
         OPTIONS "either a command or --setup-only must be given (the command stands last)",
         "-v -- -n"},
	{"-u app --setup-only cmd x",
         OPTIONS "'cmd': --setup-only runs no command (leave out the command, or --setup-only)"},
	{"-u app --keep-env --home /h cmd",
         OPTIONS "--keep-env and --home exclude each other (see stepdown --help)"},
	{"-u app %", "--user: 'app,www': given twice (one identity only)",
         "-uapp,www --user=app,www"},
	{"-u app --home % cmd", "--home: '%': it is not absolute (start it with '/')", "home ''"},
	{"-u app --% chown,all cmd", "--%: 'all': there is no such capability", "cap try-cap"},
	{"-u app --cap % cmd", "--cap: '': ", "chown, chown,,kill"},
	{"-u % cmd", "reading the user: '%': ", "--"},
	{"--umask % -u app cmd", "--umask: '%': ", "-n"},
	{"-% app cmd", OPTIONS "'-%': a long option has two dashes (write --%)", "own user help"},
	{"-user=app cmd", OPTIONS "'-user=app': a long option has two dashes (write --user)"},
	{"-u=app cmd", OPTIONS
         "'-u=app': the value of a letter has no '=' before it (write -u app, or --user=app)"},
	{"--strict %", OPTIONS "'%': no such option",
         "--bogus --bogus=1 --userx -x -? -: --us --use=app --own- --allow --=app ---user --User"},
	{"% -u app cmd", OPTIONS "'-x': no such option", "-nvx -xn -vxn"},
	{"%", OPTIONS "'-\\xff': no such option", "-\377"},
	{"%", OPTIONS "'-\\x1b': no such option", "-n\033[2J"},
	{"% -u app cmd", OPTIONS "'%': takes no value",
         "--strict=1 --dry-run=yes --quiet= --help=x --allow-root=1"},
	{"-n %", OPTIONS "'%': a value is missing",
         "--user -u --umask --own -o -g --group --own-top --mkdir --cap --home"},
	{"-nu", OPTIONS "'-u': a value is missing (see stepdown --help)"},
	{"-u app --own-jobs % cmd", "--own-jobs: '%': not a number of workers (1 to 256)",
         "0 257 '' -1 4294967297"},
	{"-u app --umask % cmd", "--umask: '%': not an octal mode (0 to 0777)", NO_MODES},
	{"-u app --mkdir-mode % cmd", "--mkdir-mode: '%': not an octal mode (0 to 0777)", NO_MODES},
};

#define OUT_OF_RANGE                                                                               \
	"2147483648 2147484648 4294967294 4294967295 4294967296 4294967297 9223372036854775807 "   \
	"9223372036854775808 18446744073709551615 18446744073709551616 18446744073709552616 "      \
	"100000000000000000000000000000 340282366920938463463374607431768211456 "                  \
	"00000000000000000000000002147483648"
#define NO_IDS "-1 -2 -0 +0 +1000 - + #app +app -app"

#define NO_USER(word) "reading the user: '" word "': neither a name nor an id"
#define NO_GROUP(word) "reading the group: '" word "': neither a name nor an id"
#define NO_OWNER(word) "reading the owner: '" word "': neither a name nor an id"
#define TOO_LARGE "the id is out of range"

PATTERNS(S1_S2_S3_S5_wrong_ids_are_refused_wherever_they_stand, becomes) = {
	{"-u % cmd", "reading the user: '%': " TOO_LARGE, OUT_OF_RANGE},
	{"% cmd", "reading the user: '4294967296': " TOO_LARGE,
         "-uapp=4294967296 -u4294967296,app -u${BIG} -u${BIG},app -uapp=${BIG}:1"},
	{"% cmd", "reading the group: '4294967296': " TOO_LARGE,
         "-uapp:4294967296 -u1:4294967296 -uapp=1:4294967296 -u1:${BIG} -uapp=1:${BIG} "
         "-g4294967296 -gvideo,4294967296 -g${BIG}"},
	{"--own-from % cmd", "reading the owner: '4294967296': " TOO_LARGE,
         "4294967296 0,4294967296 ${BIG}"},
	{"-u % cmd", NO_USER("%"), NO_IDS},
	{"-u 1000% cmd", "reading the user: '1000\\", "\r \n \t \x01 \x7f"},
	{"% cmd", NO_USER("-1"), "-u-1 -uapp=-1 -uapp,-1 -uapp=-1:1"},
	{"% cmd", NO_GROUP("-1"), "-uapp:-1 -u1:-1 -uapp=1:-1 -g-1 -gvideo,-1"},
	{"--own-from % cmd", NO_OWNER("%"), NO_IDS " root:root @/project"},
	{"-u % cmd", NO_USER("27 "), "${BEHIND} app=${BEHIND}"},
	{"% cmd", NO_GROUP(" 27"), "-uapp:${BEFORE} -g${BEFORE}"},
	{"-u % cmd", NO_USER(""),
         "'' ${EMPTY} : :www ${NONE},${EMPTY} app, ,app app,,www , app= app=:1000"},
	{"% cmd", NO_GROUP(""), "-uapp: -u1000: -uapp=1000: -u@/project: -g,video -ga,,b -g,"},
	{"--own-from % cmd", NO_OWNER(""), "'' ${EMPTY} root, ,root"},
	{"-u % cmd", NO_GROUP("a:b"), "app:a:b 1:a:b app=1:a:b"},
	{"-g % cmd", NO_GROUP("%"), ": a:b a=b"},
	{"-u app=1=2 cmd", NO_USER("1=2")},
	{"-u app@/project cmd", NO_USER("app@/project")},
	{"-u % cmd", NO_GROUP("@/b"), "@/a:@/b app:@/b"},
	{"-u % cmd", "reading the user: '%': the uid is not a number",
         "app=www app=www:1000 app=0day"},
	{"-u @% cmd", "reading the user: '%': it is not absolute (start it with '/')",
         "project ./project @/project 1000"},
	{"-u % cmd", "reading the user: '': it is not absolute", "@ @:0 app=@"},
	{"-g % cmd", "reading the group: '': it is not absolute", "@ @,video"},
};

#define NO_ACCOUNT(name) "reading the account: '" name "': not a name that an account can have"

PATTERNS(S29_account_name_cannot_hold_a_field_separator, becomes) = {
	{"-u %=1000 cmd", NO_ACCOUNT("%"),
         "'' a:b app:www a/b +app -app #app .app 0day 1000 caf\xc3\xa9 a\\b ~ * "
         "abcdefghijklmnopqrstuvwxyz0123456"},
	{"-u %=@/project cmd", NO_ACCOUNT("%"), "'' 0day"},
	{"-u app$$=1 cmd", "reading the account: 'app$': not a name"},
	{"-u ${BETWEEN}=1 cmd", "reading the account: 'a b': not a name"},
	{"-u x\nroot2:x:0:0=1 cmd", "reading the account: 'x\\nroot2:x:0:0': not a name"},
};

#define HOME(text) "-u app --home /" text " cmd"
#define HAS_HOME(text) "-u app --home /" text " -- cmd"

PATTERNS(variables_are_filled_in, becomes) = {
	{HOME("%"), HAS_HOME("%"), "plain } {PUID}"},
	{HOME("a$$b$$$$"), HAS_HOME("a$b$$")},
	{HOME("$${PUID}"), HAS_HOME("${PUID}")},
	{HOME("${PUID%}"), HAS_HOME("1234"), "'' -7 :-7"},
	{HOME("${PUID}${ZERO}${_x9}"), HAS_HOME("12340under")},
	{HOME("a%b"), HAS_HOME("ab"), "${EMPTY} ${EMPTY-7} ${NONE-} ${NONE:-}"},
	{HOME("%"), HAS_HOME("7"), "${EMPTY:-7} ${NONE-7} ${NONE:-7}"},
	{HOME("${NONE-%}"), HAS_HOME("%"), "-1 :- a:-b a}"},
	/* What comes out of a variable is not looked at again. */
	{HOME("${DOLLAR}"), HAS_HOME("${PUID}")},
};

#define NO_VARIABLE "not a variable that can be filled in"

PATTERNS(S5_unset_variables_and_unknown_forms_are_refused, becomes) = {
	{"--home ${UNSET}",
         "--home: 'UNSET': the variable is not set (set it, or write ${VAR:-text})"},
	{"--home ${PUID}:${NONE}", "--home: 'NONE': the variable is not set"},
	/* A prefix of a name is another name. */
	{"--home ${%}", "--home: '%': the variable is not set", "PUI odd"},
	{"--home %", "--home: '%': " NO_VARIABLE,
         "$ $PUID $1 ${ ${PUID ${} ${-7} ${:-7} ${9} ${PUID:} ${PUID:7} ${PUID:+7} ${PUID+7} "
         "${PUID?7} ${PUID=7} ${PUID#7} ${#PUID} ${!PUID} $(id) ${P\xc3\xa9} ${PUID:-a ${PUID:=7} "
         "${A[} ${A`} ${A@} ${A{} ${A/} ${A;}"},
	{"--home %", "--home: '$': " NO_VARIABLE, "a$ $$$ ${PUID}$"},
	{"--home ${PUID\n}", "--home: '${PUID\\n}': " NO_VARIABLE},
	{"--home $\t{PUID}", "--home: '$\\t{PUID}': " NO_VARIABLE},
	/* Else PUID being set would leave the outer brace behind: "1234}". */
	{"--home %", "--home: '%': " NO_VARIABLE, "${PUID:-${ZERO}} ${NONE-$$}"},
};

#define IDS_ARE " (ids are 0 to 2147483647, in decimal digits; "
#define CR_IS "CR is '1000\\r': a carriage return stands at its end)"

/* Errors about a value name the variables that are filled in. */
PATTERNS(an_error_names_the_variable_and_what_is_odd, becomes) = {
	{"-u app % ${NONE} cmd", "%: 'NONE': the variable is not set",
         "--own --own-top --mkdir --home --umask --cap --try-cap --mkdir-mode --group --own-from"},
	{"-u % cmd", "--user: 'NONE': the variable is not set", "${NONE} ${EMPTY},${NONE}"},
	{"-u app -g ${EMPTY},${NONE} cmd", "--group: 'NONE': the variable is not set"},
	{"-u % cmd", "--user: '${1}': not a variable that can be",
         "${1} ${1},app ${EMPTY}${1},app"},
	{"-u ${NONE,app cmd", "--user: '${NONE,app': not a variable that can be"},
	{"-u % cmd", NO_USER("1000\\r") IDS_ARE CR_IS, "app=${CR}:${ZERO} ${CR}"},
	{"-g ${CR} cmd", NO_GROUP("1000\\r") IDS_ARE CR_IS},
	{"--own-from 0,${CR} cmd", NO_OWNER("1000\\r") IDS_ARE CR_IS},
	{"--own-jobs ${CR}", "--own-jobs: '1000\\r': not a number of workers (1 to 256; " CR_IS},
	{"--mkdir-mode 8${OCT}",
         "--mkdir-mode: '8027': not an octal mode (0 to 0777; OCT is '027')"},
	{"--mkdir /a:/${CR}", "--mkdir: '/1000\\r': a control character stands in it (" CR_IS},
	{"--own %", "--own: '/a\\x7f': a control character stands in it", "/a\x7f"},
};

#define NOT_HOLD(sign)                                                                             \
	"the variable's value may not hold a '" sign "' (write the '" sign "' in the option "      \
	"itself)"

/* Whoever may set a variable is not the image's author, and chooses no path, no account that is made or
 * renumbered, no group and no further alternative. That a default or another part of the option has the same
 * sign makes no difference. */
PATTERNS(S26_a_variable_brings_no_structure, becomes) = {
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
	{"-g % cmd", "--group: 'AT': " NOT_HOLD("@"), "${AT} ${AT:-@/docker.sock} ${EMPTY}${AT}"},
	{"% cmd", "--group: 'BOTH': " NOT_HOLD(":"), "--group=${BOTH}"},
	{"-g % cmd", "--group: 'KEEP': " NOT_HOLD(","), "${KEEP} ${KEEP},b @/${KEEP}"},
	{"--own-from root,${KEEP}", "--own-from: 'KEEP': " NOT_HOLD(",")},
	{"--own-from ${BOTH}", "--own-from: 'BOTH': " NOT_HOLD(":")},
	{"--own-from ${AT}", "--own-from: 'AT': " NOT_HOLD("@")},
};

TEST(many_paths_and_groups_all_arrive)
{
	char line[FOUND_BYTES] = "-u app";
	char groups[FOUND_BYTES] = "-u app";
	char volumes[FOUND_BYTES] = "";

	for (int i = 0; i < 20; i++) {
		append(line, " -g%d -o/%d:/x%d", i, i, i);
		append(groups, " -g %d", i);
		append(volumes, " --own /%d --own /x%d", i, i);
	}
	append(line, " cmd");
	append(groups, "%s -- cmd", volumes);
	becomes(line, groups);
}

TEST(an_empty_argument_vector_is_an_error)
{
	char *none[] = {NULL};
	struct options options;
	struct error error = {0};

	assert_false(options_parse(0, none, environment, NULL, &options, &error));
	assert_non_null(strstr(error.message, "nothing is given"));
}
