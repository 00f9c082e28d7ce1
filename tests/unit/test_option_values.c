#include "parsed_options.h"

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
};

/* Alternatives are cut up before variables are filled in. A default that is used is the author's text. */
PATTERNS(alternatives_and_signs_of_the_option_itself, becomes) = {
	{"-u % cmd", "-u % -- cmd", "app,www app=1:2,@/a:b,www,10001 @/a}b,@/a{b,app"},
	{"-u % cmd", "-u app -- cmd",
         "${NONE},app app,${NONE} ${EMPTY},app ${PUID}:${NONE},app ${EMPTY},app,x=${NONE}"},
	{"-u @${NONE:-/a,b},app cmd", "-u @/a,b,app -- cmd"},
	/* Behind the author's '@' the other signs have no meaning. */
	{"-u @/a${AT},@/a${MAKES},app=@/a${MAKES_AT} cmd",
         "-u @/a@/srv,@/asvc=1234,app=@/asvc=@/srv -- cmd"},
	{"-u app -g % cmd", "-u app -g video,none -- cmd", "video, video,${NONE:-} video,${EMPTY}"},
	{"-u app -g % cmd", "-u app -g video -- cmd",
         "${NONE:-},video ${EMPTY},${NONE},video video,${NONE}"},
	{"-u app -g ${NONE:-@/a,video,} cmd", "-u app -g @/a,video,none -- cmd"},
};

#define OUT_OF_RANGE                                                                               \
	"2147483648 4294967295 4294967296 4294967297 18446744073709551616 "                        \
	"340282366920938463463374607431768211456 00000000000000000000000002147483648"
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
	{"-u % cmd", NO_USER("%"), NO_IDS},
	{"-u 1000% cmd", "reading the user: '1000\\", "\r \n \t \x01 \x7f"},
	{"--own-from % cmd", NO_OWNER("%"), NO_IDS " root:root @/project"},
	{"-u % cmd", NO_USER("27 "), "${BEHIND} app=${BEHIND}"},
	{"% cmd", NO_GROUP(" 27"), "-uapp:${BEFORE} -g${BEFORE}"},
	{"-u % cmd", NO_USER(""), "'' ${EMPTY} : :www ${NONE},${EMPTY} app, ,app app,,www , app="},
	{"% cmd", NO_GROUP(""),
         "-uapp: -u1000: -uapp=1000: -u@/project: -g,video -ga,,b -g, "
         "-g${NONE:-,video}"},
	{"--own-from % cmd", NO_OWNER(""), "'' ${EMPTY} root, ,root"},
	{"-g % cmd", NO_GROUP("%"), ": a:b a=b"},
	{"-u app=1=2 cmd", NO_USER("1=2")},
	{"-u % cmd", NO_GROUP("@/b"), "@/a:@/b app:@/b"},
	{"-u % cmd", "reading the user: '%': the uid is not a number", "app=www app=www:1000"},
	{"-u @% cmd", "reading the user: '%': it is not absolute (start it with '/')",
         "project ./project @/project 1000"},
	{"-u % cmd", "reading the user: '': it is not absolute", "@ @:0 app=@"},
};

#define NO_ACCOUNT(name) "reading the account: '" name "': not a name that an account can have"

PATTERNS(S29_account_name_cannot_hold_a_field_separator, becomes) = {
	{"-u %=1000 cmd", NO_ACCOUNT("%"),
         "'' a:b app:www a/b +app -app #app .app 0day 1000 caf\xc3\xa9 a\\b ~ * "
         "abcdefghijklmnopqrstuvwxyz0123456"},
	{"-u %=@/project cmd", NO_ACCOUNT("%"), "'' 0day"},
	{"-u app$$=1 cmd", "reading the account: 'app$': not a name"},
	{"-u x\nroot2:x:0:0=1 cmd", "reading the account: 'x\\nroot2:x:0:0': not a name"},
};

#define HOME(text) "-u app --home /" text " cmd"
#define HAS_HOME(text) "-u app --home /" text " -- cmd"

PATTERNS(variables_are_filled_in, becomes) = {
	{HOME("a$$b$$$$"), HAS_HOME("a$b$$")},
	{HOME("${PUID%}"), HAS_HOME("1234"), "'' -7 :-7"},
	{HOME("${PUID}${ZERO}${_x90}"), HAS_HOME("12340under")},
	{HOME("%"), HAS_HOME("7"), "${EMPTY:-7} ${NONE-7} ${NONE:-7}"},
	{HOME("${NONE-%}"), HAS_HOME("%"), "-1 :- a:-b a}"},
	/* The value of a variable is not expanded again. */
	{HOME("${DOLLAR}"), HAS_HOME("${PUID}")},
};

#define NO_VARIABLE "not a variable that can be filled in"

PATTERNS(S5_unset_variables_and_unknown_forms_are_refused, becomes) = {
	{"--home ${UNSET}", "--home: 'UNSET': the variable is not set (set it, or write"},
	/* A prefix of a name is another name. */
	{"--home ${%}", "--home: '%': the variable is not set", "PUI odd"},
	{"--home %", "--home: '%': " NO_VARIABLE,
         "$ $PUID $1 ${ ${PUID ${} ${-7} ${:-7} ${9} ${PUID:} ${PUID:7} ${PUID:+7} ${PUID+7} "
         "${PUID?7} ${PUID=7} ${PUID#7} ${#PUID} ${!PUID} $(id) ${P\xc3\xa9} ${PUID:-a ${PUID:=7} "
         "$_A} ${A[} ${A`} ${A@} ${A{} ${A/} ${A;}"},
	{"--home %", "--home: '$': " NO_VARIABLE, "a$ $$$ ${PUID}$"},
	/* A word ends a default. */
	{"--home ${NONE:-x y}", "--home: '${NONE:-x': " NO_VARIABLE},
	{"--home ${PUID\n}", "--home: '${PUID\\n}': " NO_VARIABLE},
	/* Else PUID being set would leave the outer brace behind: "1234}". */
	{"--home %", "--home: '%': " NO_VARIABLE, "${PUID:-${ZERO}} ${NONE-$$}"},
};

#define IDS_ARE " (ids are 0 to 2147483647, in decimal digits; "
#define CR_IS "CR is '1000\\r': a carriage return stands at its end)"

/* Errors about a value name the variables that are filled in. */
PATTERNS(an_error_names_the_variable_and_what_is_odd, becomes) = {
	{"-u app % ${NONE} cmd", "%: 'NONE': the variable is not set",
         "--own --own-top --mkdir --home --umask --cap --try-cap --mkdir-mode --group --own-from"},
	{"-u app -g ${EMPTY},${NONE} cmd", "--group: 'NONE': the variable is not set"},
	{"-u % cmd", "--user: '${1}': not a variable that can", "${1} ${1},app ${EMPTY}${1},app"},
	{"-g % cmd", "--group: '$': not a variable that can be", "$,y x{$,y"},
	{"-u % cmd", NO_USER("1000\\r") IDS_ARE CR_IS, "app=${CR}:${ZERO} ${CR}"},
	{"-g ${CR} cmd", NO_GROUP("1000\\r") IDS_ARE CR_IS},
	{"--% 8${OCT}", "--%: '807': not an octal mode (0 to 0777; OCT is '07')",
         "umask mkdir-mode"},
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
	{"-u % cmd", "--user: 'BOTH': " NOT_HOLD(":"),
         "${BOTH} ${BOTH:-10001} ${BOTH:-10001:10001} app=${BOTH:-10001} app:${BOTH}"},
	{"-u % cmd", "--user: 'LIST': " NOT_HOLD(":"), "@${LIST} app=@/x${LIST}"},
	{"-u % cmd", "--user: 'KEEP': " NOT_HOLD(","), "${KEEP},app @/${KEEP}"},
	{"-g % cmd", "--group: 'AT': " NOT_HOLD("@"),
         "${AT} ${AT:-@/docker.sock} ${EMPTY}${AT} a=@${AT}"},
	{"% cmd", "--group: 'BOTH': " NOT_HOLD(":"), "--group=${BOTH}"},
	{"-g % cmd", "--group: 'KEEP': " NOT_HOLD(","), "${KEEP} ${KEEP},b @/${KEEP}"},
	{"--own-from root,${KEEP}", "--own-from: 'KEEP': " NOT_HOLD(",")},
	{"--own-from ${BOTH}", "--own-from: 'BOTH': " NOT_HOLD(":")},
	{"--own-from ${AT}", "--own-from: 'AT': " NOT_HOLD("@")},
};
