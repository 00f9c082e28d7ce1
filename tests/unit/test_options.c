#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/capability_names.h"
#include "core/usage.h"
#include "parsed_options.h"

static void defaults_are_the_safe_ones(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "--user app cmd");
	assert_int_equal(parsed.options.action, ACTION_RUN);
	assert_int_equal(parsed.options.verbosity, VERBOSITY_CHANGES);
	assert_false(parsed.options.dry_run);
	assert_false(parsed.options.strict);
	assert_false(parsed.options.clear_groups);
	assert_false(parsed.options.allow_new_privs);
	assert_false(parsed.options.allow_root);
	assert_false(parsed.options.keep_env);
	assert_false(parsed.options.umask_given);
	assert_true(parsed.options.capabilities == 0);
	assert_null(parsed.options.home);
	assert_int_equal(parsed.options.group_count, 0);
	assert_int_equal(parsed.options.volume_count, 0);
	assert_string_equal(parsed.options.users[0].text, "app");
}

static void each_flag_sets_its_field_and_no_other(void **state)
{
	static const struct {
		const char *word;
		struct options wanted;
	} rows[] = {
		{"--clear-groups", {.clear_groups = true}},
		{"--allow-new-privs", {.allow_new_privs = true}},
		{"--allow-root", {.allow_root = true}},
		{"--keep-env", {.keep_env = true}},
		{"--strict", {.strict = true}},
		{"--dry-run", {.dry_run = true}},
		{"-n", {.dry_run = true}},
		{"--verbose", {.verbosity = VERBOSITY_STEPS}},
		{"-v", {.verbosity = VERBOSITY_STEPS}},
		{"--quiet", {.verbosity = VERBOSITY_QUIET}},
		{"-q", {.verbosity = VERBOSITY_QUIET}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct options *wanted = &rows[i].wanted;
		struct parsed parsed;
		char text[64];
		bool talks = strstr("--verbose --quiet", rows[i].word) != NULL;

		snprintf(text, sizeof(text), "%s -u app cmd", rows[i].word);
		must_parse(&parsed, text);
		assert_int_equal(parsed.options.clear_groups, wanted->clear_groups);
		assert_int_equal(parsed.options.allow_new_privs, wanted->allow_new_privs);
		assert_int_equal(parsed.options.allow_root, wanted->allow_root);
		assert_int_equal(parsed.options.keep_env, wanted->keep_env);
		assert_int_equal(parsed.options.strict, wanted->strict);
		assert_int_equal(parsed.options.dry_run, wanted->dry_run);
		assert_int_equal(parsed.options.verbosity,
		                 talks ? wanted->verbosity : VERBOSITY_CHANGES);
		assert_int_equal(parsed.options.action, ACTION_RUN);
	}
}

static void options_that_exclude_each_other_or_are_missing(void **state)
{
	static const char *const nobody[] = {"cmd", "--setup-only", "-v"};
	static const char *const neither[] = {"-u app", "-u app --", "-u app -n"};

	(void)state;
	for (size_t i = 0; i < COUNT(nobody); i++)
		must_fail(nobody[i], "reading the options: no --user is given (say who runs the "
		                     "command: --user NAME or UID:GID)");
	for (size_t i = 0; i < COUNT(neither); i++)
		must_fail(neither[i],
		          "reading the options: either a command or --setup-only must be given "
		          "(the command stands last)");
	must_fail("-u app --setup-only cmd x", "reading the options: 'cmd': --setup-only runs no "
	                                       "command (leave out the command, or --setup-only)");
	must_fail("", "reading the options: nothing is given (write stepdown --user NAME COMMAND, "
	              "or see stepdown --help)");
	must_fail("-u app --keep-env --home /h cmd", "reading the options: --keep-env and --home "
	                                             "exclude each other (see stepdown --help)");
	must_fail("-u app --user=www cmd", "--user: 'www': given twice (one identity only)");
	must_fail("-u app -u app cmd", "--user: 'app': given twice (one identity only)");
}

static void S1_S2_S3_wrong_ids_are_refused_wherever_they_stand(void **state)
{
	static const char *const out_of_range[] = {
		"2147483648",          "4294967294",           "4294967295",
		"4294967296",          "4294967297",           "9223372036854775807",
		"9223372036854775808", "18446744073709551616", "100000000000000000000000000000",
	};
	static const char *const no_ids[] = {"-1", "-2", "+1000", "-0"};
	static const struct {
		const char *before;
		const char *doing;
	} forms[] = {
		{"--user=", "user"},   {"--user=app:", "group"}, {"-u app=", "user"},
		{"-uapp=1:", "group"}, {"-u app -g ", "group"},
	};

	(void)state;
	for (size_t form = 0; form < COUNT(forms); form++) {
		char text[128];
		char message[256];

		for (size_t i = 0; i < COUNT(out_of_range) + COUNT(no_ids); i++) {
			const char *value = i < COUNT(out_of_range)
			                            ? out_of_range[i]
			                            : no_ids[i - COUNT(out_of_range)];

			snprintf(text, sizeof(text), "%s%s cmd", forms[form].before, value);
			snprintf(message, sizeof(message), "reading the %s: '%s': %s",
			         forms[form].doing, value,
			         i < COUNT(out_of_range) ? "the id is out of range"
			                                 : "neither a name nor an id");
			must_fail_about(text, message);
		}
	}
}

static void S1_overflow_through_a_variable_is_refused(void **state)
{
	static const char *const users[] = {"${BIG}", "app=${BIG}:1"};
	static const char *const groups[] = {"1:${BIG}", "app=1:${BIG}", "1 -g ${BIG}"};
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(users); i++) {
		snprintf(text, sizeof(text), "-u %s cmd", users[i]);
		must_fail_about(text, "reading the user: '4294967296': the id is out of range");
	}
	for (size_t i = 0; i < COUNT(groups); i++) {
		snprintf(text, sizeof(text), "-u %s cmd", groups[i]);
		must_fail_about(text, "reading the group: '4294967296': the id is out of range");
	}
}

static void S5_empty_users_and_groups_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *beginning;
	} rows[] = {
		{"--user= cmd", "reading the user: '': neither a name nor an id"},
		{"-u '' cmd", "reading the user: '': neither a name nor an id"},
		{"-u ${EMPTY} cmd", "reading the user: '': neither a name nor an id"},
		{"-u ${UNSET} cmd", "--user: 'UNSET': the variable is not set"},
		{"-u : cmd", "reading the user: '': neither a name nor an id"},
		{"-u :www cmd", "reading the user: '': neither a name nor an id"},
		{"-u app= cmd", "reading the user: '': neither a name nor an id"},
		{"-u app: cmd", "reading the group: '': neither a name nor an id"},
		{"-u app=1: cmd", "reading the group: '': neither a name nor an id"},
		{"-u app -g ,video cmd", "reading the group: '': neither a name nor an id"},
		{"-u app -g a,,b cmd", "reading the group: '': neither a name nor an id"},
		{"-u app -g , cmd", "reading the group: '': neither a name nor an id"},
		{"-u app -g ${UNSET} cmd", "--group: 'UNSET': the variable is not set"},
		{"-u app -g ${EMPTY},${UNSET} cmd", "--group: 'UNSET': the variable is not set"},
		{"-u app -g video,-1 cmd", "reading the group: '-1': neither a name nor an id"},
		{"-u app -g @a,video cmd", "reading the group: 'a': it is not absolute"},
		{"-u =1 cmd", "reading the account: '': not a name that an account can have"},
		{"-u app=www cmd", "reading the user: 'app=www': the uid is not a number"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_fail_about(rows[i].text, rows[i].beginning);
}

static void modes_are_octal_and_at_most_0777(void **state)
{
	static const struct {
		const char *value;
		unsigned mode;
	} good[] = {{"0", 0},       {"7", 7},       {"22", 022},         {"022", 022},
	            {"0027", 0027}, {"0777", 0777}, {"000000777", 0777}, {"${MASK}", 0027}};
	static const char *const bad[] = {
		"''",  "8",     "08",  "1000", "0o27", "0x1f", "-1",
		"+22", "u=rwx", "22a", "7777", "4755", "1777", "77777777777777777777777"};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct parsed parsed;
		char text[64];

		snprintf(text, sizeof(text), "-u app --umask %s cmd", good[i].value);
		must_parse(&parsed, text);
		assert_true(parsed.options.umask_given);
		assert_int_equal(parsed.options.umask, good[i].mode);
		assert_int_equal(parsed.options.mkdir_mode, 0755);
		snprintf(text, sizeof(text), "-u app --mkdir-mode %s cmd", good[i].value);
		must_parse(&parsed, text);
		assert_false(parsed.options.umask_given);
		assert_int_equal(parsed.options.mkdir_mode, good[i].mode);
	}
	for (size_t i = 0; i < 2 * COUNT(bad); i++) {
		const char *value = bad[i / 2];
		const char *option = i % 2 == 0 ? "--umask" : "--mkdir-mode";
		char text[64];
		char message[128];

		snprintf(text, sizeof(text), "-u app %s %s cmd", option, value);
		snprintf(message, sizeof(message), "%s: '%s': not an octal mode (0 to 0777)",
		         option, strcmp(value, "''") == 0 ? "" : value);
		must_fail(text, message);
	}
}

static void home_is_absolute(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "-u app --home /a --home ${DATA}/home cmd");
	assert_string_equal(parsed.options.home, "/srv/data/home");
	must_fail("-u app --home home cmd",
	          "--home: 'home': it is not absolute (start it with '/')");
	must_fail("-u app --home= cmd", "--home: '': it is not absolute (start it with '/')");
	must_fail("-u app --home ${EMPTY}/.. --home ${EMPTY} cmd",
	          "--home: '': it is not absolute (start it with '/'; EMPTY is '': it is empty)");
}

static void capabilities_add_up_over_several_options(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "-u app --cap net_bind_service --cap=${KEEP} --cap= cmd");
	assert_true(parsed.options.capabilities ==
	            (CAPABILITY_BIT(10) | CAPABILITY_BIT(5) | CAPABILITY_BIT(0)));
	assert_true(parsed.options.tried_capabilities == 0);
	must_parse(&parsed, "-u app --try-cap chown --cap kill --try-cap=${KEEP} --try-cap= cmd");
	assert_true(parsed.options.capabilities == CAPABILITY_BIT(5));
	assert_true(parsed.options.tried_capabilities == (CAPABILITY_BIT(5) | CAPABILITY_BIT(0)));
	must_fail_about("-u app --try-cap chown,all cmd", "--try-cap: 'all': there is no such");
	must_fail_about("-u app --cap chown,all cmd", "--cap: 'all': ");
	must_fail_about("-u app --cap chown, cmd", "--cap: '': ");
	must_fail_about("-u app --cap chown,,kill cmd", "--cap: ");
}

static void a_path_is_the_same_with_slashes_at_its_end(void **state)
{
	static const char *const wanted[] = {"/one", "/two", "/a//b", "/", "/", "/c"};
	struct parsed parsed;

	(void)state;
	must_parse(&parsed,
	           "-u app -o /one/:/two///:/a//b/ --mkdir / --own-top // --own :/c/: cmd");
	assert_int_equal(parsed.options.volume_count, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_string_equal(parsed.options.volumes[i].path, wanted[i]);
}

static void paths_keep_their_order_and_depth_across_options(void **state)
{
	static const struct {
		const char *path;
		enum ownership_depth depth;
		bool make;
	} wanted[] = {
		{"/top", DEPTH_TOP, false},         {"/one", DEPTH_TREE, false},
		{"/two", DEPTH_TREE, false},        {"/made", DEPTH_TOP, true},
		{"/a", DEPTH_TREE, false},          {"/b", DEPTH_TREE, false},
		{"/srv/data/x", DEPTH_TREE, false}, {"/once", DEPTH_TREE_IF_TOP_WRONG, false},
		{"rel", DEPTH_TOP, true},
	};
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "--own-top /top -u app -o /one::/two: --mkdir=/made --own ${LIST} "
	                    "-o${DATA}/x --own= --own : --own-once /once --mkdir rel cmd");
	assert_int_equal(parsed.options.volume_count, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_int_equal(parsed.options.volumes[i].depth, wanted[i].depth);
		assert_int_equal(parsed.options.volumes[i].make, wanted[i].make);
		assert_string_equal(parsed.options.volumes[i].path, wanted[i].path);
	}
}

static void own_from_and_own_jobs_are_parsed(void **state)
{
	static const struct {
		const char *text;
		const char *beginning;
	} rows[] = {
		{"-u app --own-from= cmd", "reading the owner: '': neither a name nor an id"},
		{"-u app --own-from ${EMPTY} cmd", "reading the owner: ''"},
		{"-u app --own-from root, cmd", "reading the owner: ''"},
		{"-u app --own-from ,root cmd", "reading the owner: ''"},
		{"-u app --own-from root:root cmd", "reading the owner: 'root:root'"},
		{"-u app --own-from 2147483648 cmd", "reading the owner: '2147483648'"},
		{"-u app --own-from -1 cmd", "reading the owner: '-1'"},
		{"-u app --own-jobs 0 cmd", "--own-jobs: '0': not a number of workers"},
		{"-u app --own-jobs 257 cmd", "--own-jobs: '257'"},
		{"-u app --own-jobs= cmd", "--own-jobs: ''"},
		{"-u app --own-jobs -1 cmd", "--own-jobs: '-1'"},
		{"-u app --own-jobs 4294967297 cmd", "--own-jobs: '4294967297'"},
	};
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "-u app --own-from root,${PUID} --own-from=00 --own-jobs 256 cmd");
	assert_int_equal(parsed.options.own_jobs, 256);
	assert_int_equal(parsed.options.own_from_count, 3);
	assert_true(slice_is(parsed.options.own_from[0].name, "root"));
	assert_false(parsed.options.own_from[0].is_id);
	assert_true(parsed.options.own_from[1].is_id);
	assert_int_equal(parsed.options.own_from[1].id, 1234);
	assert_int_equal(parsed.options.own_from[2].id, 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		must_fail_about(rows[i].text, rows[i].beginning);
}

static void many_paths_and_groups_all_arrive(void **state)
{
	struct parsed parsed;
	char text[1024] = "-u app -g 0";

	(void)state;
	for (int i = 1; i < 20; i++) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, " -g%d -o/%d:/x%d", i, i, i);
	}
	strcat(text, " cmd");
	must_parse(&parsed, text);
	assert_int_equal(parsed.options.group_count, 20);
	assert_int_equal(parsed.options.volume_count, 38);
	for (unsigned i = 0; i < 20; i++) {
		assert_true(parsed.options.groups[i].is_id);
		assert_int_equal(parsed.options.groups[i].id, i);
	}
	assert_string_equal(parsed.options.volumes[0].path, "/1");
	assert_string_equal(parsed.options.volumes[37].path, "/x19");
}

static void every_value_has_its_variables_filled_in(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "--user=app=${PUID:-1000}:${PGID:-1000} cmd ${PUID} $$");
	assert_string_equal(parsed.options.users[0].text, "app=1234:0777");
	assert_true(parsed.options.users[0].defines_account);
	assert_int_equal(parsed.options.users[0].user.id, 1234);
	assert_int_equal(parsed.options.users[0].group.id, 777);
	/* The command's words are its own. */
	assert_string_equal(parsed.options.command[1], "${PUID}");
	assert_string_equal(parsed.options.command[2], "$$");
	must_parse(&parsed, "--user=${NONE:-app}:${EMPTY:-www} -g ${NONE-x}5 -g ${PUID} cmd");
	assert_string_equal(parsed.options.users[0].text, "app:www");
	assert_true(slice_is(parsed.options.groups[0].name, "x5"));
	assert_int_equal(parsed.options.groups[1].id, 1234);
}

/* The texts that are left, with blanks between them. */
static void assert_users(const char *word, const char *wanted)
{
	struct parsed parsed;
	char text[128];
	char found[256] = "";

	snprintf(text, sizeof(text), "-u %s cmd", word);
	must_parse(&parsed, text);
	for (size_t i = 0; i < parsed.options.user_count; i++) {
		if (i > 0)
			strcat(found, " ");
		strcat(found, parsed.options.users[i].text);
	}
	if (strcmp(found, wanted) != 0)
		fail_msg("%s: %s, wanted %s", word, found, wanted);
}

static void alternatives_are_cut_up_before_variables_are_filled_in(void **state)
{
	static const struct {
		const char *word;
		const char *wanted;
	} rows[] = {
		{"app", "app"},
		{"app,www", "app www"},
		{"app=1:2,@/a:b,www,10001", "app=1:2 @/a:b www 10001"},
		{"${PUID},app", "1234 app"},
		{"${NONE},app", "app"},
		{"app,${NONE}", "app"},
		{"@/a,${NONE},${EMPTY}", "@/a"},
		{"${EMPTY},app", "app"},
		{"${NONE},${EMPTY},${PUID}", "1234"},
		{"${NONE-5},${EMPTY:-6},${EMPTY-7},${NONE:-},8", "5 6 8"},
		{"${PUID}:${NONE},app", "app"},
		{"app=${NONE},www", "www"},
		{"@${DATA},@${NONE}/x,app", "@/srv/data app"},
		{"${NONE:-@/srv/data},app", "@/srv/data app"},
		/* A comma in a default that is used is the author's as well. */
		{"@${NONE:-/a,b},app", "@/a b app"},
		{"${PUID:-a,b},app", "1234 app"},
		{"@/a}b,app", "@/a}b app"},
		{"@/a{b,app", "@/a{b app"},
		{"@/$$,app", "@/$ app"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_users(rows[i].word, rows[i].wanted);
}

static void the_last_and_odd_alternatives_are_not_skipped(void **state)
{
	static const struct {
		const char *text;
		const char *beginning;
	} rows[] = {
		{"-u ${NONE} cmd", "--user: 'NONE': the variable is not set"},
		{"-u ${EMPTY},${NONE} cmd", "--user: 'NONE': the variable is not set"},
		{"-u ${NONE},${EMPTY} cmd", "reading the user: '': neither a name nor an id"},
		{"-u app, cmd", "reading the user: '': neither a name nor an id"},
		{"-u ,app cmd", "reading the user: '': neither a name nor an id"},
		{"-u app,,www cmd", "reading the user: '': neither a name nor an id"},
		{"-u , cmd", "reading the user: '': neither a name nor an id"},
		{"-u 4294967296,app cmd", "reading the user: '4294967296': the id is out of"},
		{"-u app,-1 cmd", "reading the user: '-1': neither a name nor an id"},
		{"-u ${BIG},app cmd", "reading the user: '4294967296': the id is out of range"},
		{"-u ${NONE,app cmd", "--user: '${NONE,app': not a variable that can be"},
		{"-u ${1},app cmd", "--user: '${1}': not a variable that can be filled in"},
		{"-u ${EMPTY}${1},app cmd", "--user: '${1}': not a variable that can be"},
		/* One alternative is no two, wherever it comes from. */
		{"-u ${KEEP},app cmd", "--user: 'KEEP': the variable's value may not hold a ','"},
		{"-u app,www -u app cmd", "--user: 'app': given twice"},
		{"-u app -u app,www cmd", "--user: 'app,www': given twice"},
		{"-u app -g ${KEEP},b cmd",
	         "--group: 'KEEP': the variable's value may not hold a ','"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_fail_about(rows[i].text, rows[i].beginning);
}

/* Whoever may set a variable is not the image's author, and chooses no path, no account that is made or
 * renumbered, no group and no further alternative. That a default or another part of the option has the same
 * sign makes no difference. */
static void S26_a_variable_brings_no_structure(void **state)
{
	static const struct {
		const char *line;
		const char *option;
		const char *variable;
		char sign;
	} rows[] = {
		{"-u ${AT} cmd", "--user", "AT", '@'},
		{"-u ${AT:-@/project} cmd", "--user", "AT", '@'},
		{"-u ${AT-@/project} cmd", "--user", "AT", '@'},
		{"-u app=${AT:-10001} cmd", "--user", "AT", '@'},
		{"-u ${AT},app cmd", "--user", "AT", '@'},
		{"-u ${EMPTY}${AT},app cmd", "--user", "AT", '@'},
		{"-u @/a,${AT} cmd", "--user", "AT", '@'},
		{"-u ${MAKES} cmd", "--user", "MAKES", '='},
		{"-u ${MAKES},app cmd", "--user", "MAKES", '='},
		{"-u ${MAKES:-app=10001} cmd", "--user", "MAKES", '='},
		{"-u ${MAKES}=10001 cmd", "--user", "MAKES", '='},
		{"-u ${MAKES_AT:-app=@/project} cmd", "--user", "MAKES_AT", '='},
		{"-u ${MAKES_AT}=@/project cmd", "--user", "MAKES_AT", '='},
		{"-u ${BOTH} cmd", "--user", "BOTH", ':'},
		{"-u ${BOTH:-10001} cmd", "--user", "BOTH", ':'},
		{"-u ${BOTH:-10001:10001} cmd", "--user", "BOTH", ':'},
		{"-u app=${BOTH:-10001} cmd", "--user", "BOTH", ':'},
		{"-u app:${BOTH} cmd", "--user", "BOTH", ':'},
		{"-u @${LIST} cmd", "--user", "LIST", ':'},
		{"-u app=@/x${LIST} cmd", "--user", "LIST", ':'},
		{"-u ${KEEP},app cmd", "--user", "KEEP", ','},
		{"-u @/${KEEP} cmd", "--user", "KEEP", ','},
		{"-u app -g ${AT} cmd", "--group", "AT", '@'},
		{"-u app -g ${AT:-@/var/run/docker.sock} cmd", "--group", "AT", '@'},
		{"-u app -g ${EMPTY}${AT} cmd", "--group", "AT", '@'},
		{"-u app -g ${BOTH} cmd", "--group", "BOTH", ':'},
		{"-u app -g ${KEEP} cmd", "--group", "KEEP", ','},
		{"-u app --own-from root,${KEEP} cmd", "--own-from", "KEEP", ','},
		{"-u app --own-from ${BOTH} cmd", "--own-from", "BOTH", ':'},
		{"-u app --own-from ${AT} cmd", "--own-from", "AT", '@'},
	};
	char message[160];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(message, sizeof(message),
		         "%s: '%s': the variable's value may not hold a '%c' (write the '%c' in "
		         "the option itself)",
		         rows[i].option, rows[i].variable, rows[i].sign, rows[i].sign);
		must_fail(rows[i].line, message);
	}
}

/* A default that is used is the author's text. In a path behind the author's '@' those signs that have no
 * meaning there are bytes like any other. */
static void S26_the_option_itself_has_all_signs(void **state)
{
	static const struct {
		const char *word;
		const char *wanted;
	} users[] = {
		{"${NONE:-@/project}", "@/project"},
		{"${EMPTY:-@/project}", "@/project"},
		{"${NONE:-app=@/project:www}", "app=@/project:www"},
		{"${NONE:-10001:10002,@/a},app", "10001:10002 @/a app"},
		{"${NONE:-app}:${PUID}", "app:1234"},
		{"@${DATA}:${PGID}", "@/srv/data:0777"},
		{"@/a${AT}", "@/a@/srv"},
		{"@/a${MAKES}", "@/asvc=1234"},
		{"app=@/a${MAKES_AT}", "app=@/asvc=@/srv"},
	};
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < COUNT(users); i++)
		assert_users(users[i].word, users[i].wanted);
	must_parse(&parsed, "-u @${DATA} -g @${DATA} -g ${NONE:-@/a} -g @/b${BOTH} -g @/c${AT} "
	                    "--own-from ${NONE:-1,2} cmd");
	assert_true(parsed.options.users[0].user.is_path);
	assert_true(slice_is(parsed.options.users[0].user.name, "/srv/data"));
	for (size_t i = 0; i < 4; i++)
		assert_true(parsed.options.groups[i].is_path);
	assert_true(slice_is(parsed.options.groups[1].name, "/a"));
	assert_true(slice_is(parsed.options.groups[2].name, "/b1234:0"));
	assert_int_equal(parsed.options.own_from_count, 2);
}

/* Whether the primary group may come to 0 in the end (S38). */
static void S38_group_0_must_be_written_in_the_option(void **state)
{
	static const struct {
		const char *line;
		bool may_be_gid_0;
	} users[] = {
		{"-u app cmd", true},
		{"-u app:0 cmd", true},
		{"-u app=1000 cmd", true},
		{"-u ${PUID}:0 cmd", true},
		{"-u ${PUID}:00 cmd", true},
		{"-u app=${PUID}:root cmd", true},
		{"-u ${PUID} cmd", false},
		{"-u app=${PUID} cmd", false},
		{"-u ${PUID}:1000 cmd", false},
		{"-u ${PUID}:app cmd", false},
		{"-u ${PUID}:${ZERO} cmd", false},
		{"-u 1000:${ZERO} cmd", false},
		{"-u app:${ROOT} cmd", false},
		{"-u ${NONE:-1:0} cmd", false},
		{"-u ${NONE:-1,2}:0 cmd", false},
		{"-u ${NONE:-1}:${NONE:-0} cmd", false},
		{"-u @/srv${NONE:-/a} cmd", false},
	};
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < COUNT(users); i++) {
		must_parse(&parsed, users[i].line);
		if (parsed.options.users[0].may_not_be_gid_0 == users[i].may_be_gid_0)
			fail_msg("%s", users[i].line);
	}
	must_parse(&parsed, "-u app -g 0 -g root -g ${ZERO} -g ${ROOT} -g @${DATA} cmd");
	for (size_t i = 0; i < 5; i++)
		assert_true(parsed.options.groups[i].may_not_be_gid_0 == (i >= 2));
}

static void a_variable_that_is_unset_or_odd_names_its_option(void **state)
{
	static const struct {
		const char *text;
		const char *option;
	} unset[] = {
		{"--user=${X} cmd", "--user"},
		{"-u app -g ${X} cmd", "--group"},
		{"-u app -o /a${X} cmd", "--own"},
		{"-u app --own-top ${X} cmd", "--own-top"},
		{"-u app --mkdir ${X} cmd", "--mkdir"},
		{"-u app --home /${X} cmd", "--home"},
		{"-u app --umask ${X} cmd", "--umask"},
		{"-u app --cap ${X} cmd", "--cap"},
		{"-u app --try-cap ${X} cmd", "--try-cap"},
		{"-u app --mkdir-mode ${X} cmd", "--mkdir-mode"},
	};
	static const char *const odd[] = {"$X", "${X", "${}", "${1}", "${X?no}", "${X:}", "$"};

	(void)state;
	for (size_t i = 0; i < COUNT(unset); i++) {
		char message[64];

		snprintf(message, sizeof(message), "%s: 'X': the variable is not set",
		         unset[i].option);
		must_fail_about(unset[i].text, message);
	}
	for (size_t i = 0; i < COUNT(odd); i++) {
		char text[64];
		char message[160];

		snprintf(text, sizeof(text), "--user=%s cmd", odd[i]);
		snprintf(message, sizeof(message), "--user: '%s': ", odd[i]);
		must_fail_about(text, message);
	}
}

/* Errors about a value name the variables that are filled in. */
static void an_error_names_the_variable_and_what_is_odd(void **state)
{
	static const char ids[] = "ids are 0 to 2147483647, in decimal digits; ";
	static const struct {
		const char *text;
		const char *message; /* up to the hint about ids, if END is not NULL */
		const char *end;
	} rows[] = {
		{"-u ${BIG} cmd", "reading the user: '4294967296': the id is out of range (",
	         "BIG is '4294967296')"},
		{"-u app=${CR}:${ZERO} cmd",
	         "reading the user: '1000\\r': neither a name nor an id (",
	         "CR is '1000\\r': a carriage return stands at its end)"},
		{"-u ${CR} cmd", "reading the user: '1000\\r': neither a name nor an id (",
	         "CR is '1000\\r': a carriage return stands at its end)"},
		{"-u app -g ${CR} cmd", "reading the group: '1000\\r': neither a name nor an id (",
	         "CR is '1000\\r': a carriage return stands at its end)"},
		{"-u app --own-from 0,${CR} cmd",
	         "reading the owner: '1000\\r': neither a name nor an id (",
	         "CR is '1000\\r': a carriage return stands at its end)"},
		{"-u app --own-jobs ${CR} cmd",
	         "--own-jobs: '1000\\r': not a number of workers (1 to 256; "
	         "CR is '1000\\r': a carriage return stands at its end)",
	         NULL},
		{"-u app --umask ${CR} cmd",
	         "--umask: '1000\\r': not an octal mode (0 to 0777; "
	         "CR is '1000\\r': a carriage return stands at its end)",
	         NULL},
		{"-u app --home ${CR} cmd",
	         "--home: '1000\\r': it is not absolute (start it with '/'; "
	         "CR is '1000\\r': a carriage return stands at its end)",
	         NULL},
		{"-u app --cap ${CR} cmd",
	         "--cap: '1000\\r': there is no such capability (name them one by one, see "
	         "capabilities(7); CR is '1000\\r': a carriage return stands at its end)",
	         NULL},
		{"-u app --mkdir /a:/${CR} cmd",
	         "--mkdir: '/1000\\r': a control character stands in it "
	         "(CR is '1000\\r': a carriage return stands at its end)",
	         NULL},
		{"-u app --own /a\x7f cmd", "--own: '/a\\x7f': a control character stands in it",
	         NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char message[256];

		snprintf(message, sizeof(message), "%s%s%s", rows[i].message,
		         rows[i].end == NULL ? "" : ids, rows[i].end == NULL ? "" : rows[i].end);
		must_fail(rows[i].text, message);
	}
}

/* Each option as its alternatives with commas between them, "none" for no group; blanks between the options. */
static void group_alternatives_may_end_with_no_group(void **state)
{
	static const struct {
		const char *words;
		const char *wanted;
	} rows[] = {
		{"-g video", "video"},
		{"-g video -g 5", "video 5"},
		{"-g @/dev/dri/renderD128,video,", "@/dev/dri/renderD128,video,none"},
		{"-g video,", "video,none"},
		{"-g ''", "none"},
		{"-g '' -g video -g ''", "none video none"},
		{"-g ${EMPTY}", "none"},
		{"-g ${NONE:-}", "none"},
		{"-g ${NONE:-},video", "video"},
		{"-g ${EMPTY},${NONE},video", "video"},
		{"-g video,${NONE}", "video"},
		{"-g video,${NONE:-}", "video,none"},
		{"-g video,${EMPTY}", "video,none"},
		{"-g ${PUID},video", "1234,video"},
		{"-g ${NONE:-@/a,video,}", "@/a,video,none"},
		{"-g ${NONE:-a,b},c", "a,b,c"},
		{"-g @${DATA},@/b:c", "@/srv/data,@/b:c"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		char text[128];
		char found[256] = "";

		snprintf(text, sizeof(text), "-u app %s cmd", rows[i].words);
		must_parse(&parsed, text);
		for (size_t at = 0; at < parsed.options.group_count; at++) {
			const struct spec_ref *group = &parsed.options.groups[at];
			size_t used = strlen(found);

			snprintf(found + used, sizeof(found) - used, "%s%.*s%s",
			         group->is_path ? "@" : "",
			         group->given ? (int)group->name.length : 4,
			         group->given ? group->name.bytes : "none",
			         group->has_alternative ? "," : " ");
		}
		found[strlen(found) - 1] = '\0';
		if (strcmp(found, rows[i].wanted) != 0)
			fail_msg("%s: %s, wanted %s", text, found, rows[i].wanted);
	}
}

static void setup_only_needs_no_command(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "-u app=10001 --setup-only -n");
	assert_int_equal(parsed.options.action, ACTION_SETUP_ONLY);
	assert_true(parsed.options.dry_run);
	assert_null(parsed.options.command[0]);
}

static void full_arena_is_an_error(void **state)
{
	(void)state;
	/* Every size from nothing to enough: an error or a full answer, never a wrong one. */
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
			assert_memory_equal(&parsed.options, &untouched, sizeof(untouched));
			assert_true(strstr(parsed.error.message, "too") != NULL);
		}
	}
}

/* Every "--word" of the help text is an option, and every option is in the text. */
static void help_names_every_option_and_no_other(void **state)
{
	static const char *const known[] = {
		"--user",
		"--group",
		"--clear-groups",
		"--own",
		"--own-once",
		"--own-top",
		"--mkdir",
		"--mkdir-mode",
		"--own-from",
		"--own-jobs",
		"--cap",
		"--try-cap",
		"--allow-new-privs",
		"--allow-root",
		"--home",
		"--keep-env",
		"--umask",
		"--setup-only",
		"--dry-run",
		"--strict",
		"--verbose",
		"--quiet",
		"--help",
		"--version",
	};
	bool seen[COUNT(known)] = {false};
	const char *at = usage_text;

	(void)state;
	while ((at = strstr(at, "--")) != NULL) {
		size_t length = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
		size_t row = 0;

		while (row < COUNT(known) &&
		       (strlen(known[row]) != length || strncmp(known[row], at, length) != 0))
			row++;
		/* "[--] COMMAND" */
		if (length > 2 && row == COUNT(known))
			fail_msg("no option: %.*s", (int)length, at);
		if (row < COUNT(known))
			seen[row] = true;
		at += length;
	}
	for (size_t row = 0; row < COUNT(known); row++) {
		struct parsed parsed;

		if (!seen[row])
			fail_msg("not in the help text: %s", known[row]);
		parse(&parsed, known[row]);
		assert_true(parsed.ok || strstr(parsed.error.message, "no such option") == NULL);
	}
}

static void help_fits_a_screen(void **state)
{
	unsigned lines = 0;
	unsigned column = 0;

	(void)state;
	for (const char *at = usage_text; *at != '\0'; at++) {
		if (*at == '\n') {
			lines++;
			column = 0;
			continue;
		}
		column = *at == '\t' ? (column / 8 + 1) * 8 : column + 1;
		if (column > 80)
			fail_msg("line %u is wider than 80 columns", lines + 1);
	}
	assert_true(lines >= 1 && lines <= 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_the_safe_ones),
		cmocka_unit_test(each_flag_sets_its_field_and_no_other),
		cmocka_unit_test(options_that_exclude_each_other_or_are_missing),
		cmocka_unit_test(S1_S2_S3_wrong_ids_are_refused_wherever_they_stand),
		cmocka_unit_test(S1_overflow_through_a_variable_is_refused),
		cmocka_unit_test(S5_empty_users_and_groups_are_refused),
		cmocka_unit_test(modes_are_octal_and_at_most_0777),
		cmocka_unit_test(home_is_absolute),
		cmocka_unit_test(capabilities_add_up_over_several_options),
		cmocka_unit_test(a_path_is_the_same_with_slashes_at_its_end),
		cmocka_unit_test(paths_keep_their_order_and_depth_across_options),
		cmocka_unit_test(own_from_and_own_jobs_are_parsed),
		cmocka_unit_test(many_paths_and_groups_all_arrive),
		cmocka_unit_test(every_value_has_its_variables_filled_in),
		cmocka_unit_test(alternatives_are_cut_up_before_variables_are_filled_in),
		cmocka_unit_test(the_last_and_odd_alternatives_are_not_skipped),
		cmocka_unit_test(S26_a_variable_brings_no_structure),
		cmocka_unit_test(S26_the_option_itself_has_all_signs),
		cmocka_unit_test(S38_group_0_must_be_written_in_the_option),
		cmocka_unit_test(a_variable_that_is_unset_or_odd_names_its_option),
		cmocka_unit_test(an_error_names_the_variable_and_what_is_odd),
		cmocka_unit_test(group_alternatives_may_end_with_no_group),
		cmocka_unit_test(setup_only_needs_no_command),
		cmocka_unit_test(full_arena_is_an_error),
		cmocka_unit_test(help_names_every_option_and_no_other),
		cmocka_unit_test(help_fits_a_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
