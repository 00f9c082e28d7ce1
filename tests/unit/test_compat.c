#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan_world.h"

static void the_name_decides_which_program_it_is(void **state)
{
	static const struct {
		const char *argv0;
		enum program program;
		const char *name;
	} rows[] = {
		{"gosu", PROGRAM_GOSU, "gosu"},
		{"/usr/local/bin/gosu", PROGRAM_GOSU, "gosu"},
		{"./gosu", PROGRAM_GOSU, "gosu"},
		{"su-exec", PROGRAM_SU_EXEC, "su-exec"},
		{"/sbin/su-exec", PROGRAM_SU_EXEC, "su-exec"},
		{"stepdown", PROGRAM_STEPDOWN, "stepdown"},
		{"/bin/stepdown", PROGRAM_STEPDOWN, "stepdown"},
		{"", PROGRAM_STEPDOWN, "stepdown"},
		{"/", PROGRAM_STEPDOWN, "stepdown"},
		{"gosu/", PROGRAM_STEPDOWN, "stepdown"},
		{"/gosu/x", PROGRAM_STEPDOWN, "stepdown"},
		{"gosu2", PROGRAM_STEPDOWN, "stepdown"},
		{"GOSU", PROGRAM_STEPDOWN, "stepdown"},
		{"su", PROGRAM_STEPDOWN, "stepdown"},
		{"-gosu", PROGRAM_STEPDOWN, "stepdown"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum program program = gosu_program(rows[i].argv0);

		if (program != rows[i].program)
			fail_msg("'%s' is taken for %s", rows[i].argv0, gosu_program_name(program));
		assert_string_equal(gosu_program_name(program), rows[i].name);
	}
}

static void help_and_version_words_are_not_a_user(void **state)
{
	static const struct {
		enum program program;
		const char *line;
		enum gosu_action action;
	} rows[] = {
		{PROGRAM_GOSU, "gosu", GOSU_USAGE},
		{PROGRAM_GOSU, "gosu app", GOSU_USAGE},
		{PROGRAM_GOSU, "gosu ''", GOSU_USAGE},
		{PROGRAM_GOSU, "gosu --help", GOSU_HELP},
		{PROGRAM_GOSU, "gosu -h", GOSU_HELP},
		{PROGRAM_GOSU, "gosu -? x y", GOSU_HELP},
		{PROGRAM_GOSU, "gosu --version", GOSU_VERSION},
		{PROGRAM_GOSU, "gosu -v x", GOSU_VERSION},
		{PROGRAM_GOSU, "gosu app --help", GOSU_RUN},
		{PROGRAM_GOSU, "gosu app id -v", GOSU_RUN},
		{PROGRAM_SU_EXEC, "su-exec", GOSU_HELP},
		{PROGRAM_SU_EXEC, "su-exec app", GOSU_HELP},
		{PROGRAM_SU_EXEC, "su-exec --version", GOSU_HELP},
		{PROGRAM_SU_EXEC, "su-exec app id", GOSU_RUN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct command_line line;
		struct gosu_options options;
		struct error error;

		command_line_split(&line, rows[i].line);
		if (!gosu_parse(rows[i].program, line.count, line.words, &options, &error))
			fail_msg("%s: %s", rows[i].line, error.message);
		if (options.action != rows[i].action)
			fail_msg("%s: action %d", rows[i].line, options.action);
		if (options.action == GOSU_RUN) {
			assert_ptr_equal(options.options.command, line.words + 2);
			assert_ptr_equal(options.user.text, line.words[1]);
		}
	}
}

static void S1_S2_S3_gosu_ids_are_parsed_strictly(void **state)
{
	static const char *const bad[] = {
		"2147483648",  "4294967295",
		"4294967296",  "18446744073709551616",
		"-1",          "-2",
		"+1000",       "0x10:0x10=",
		"app:-1",      "app:4294967296",
		":4294967295", "app:+0",
		"a,b",         "app=10001",
		"@/srv",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		static const struct gosu_options untouched = {.action = GOSU_USAGE};
		struct gosu_options options = untouched;
		struct error error;
		struct command_line line;
		char text[64];

		snprintf(text, sizeof(text), "gosu %s id", bad[i]);
		command_line_split(&line, text);
		if (gosu_parse(PROGRAM_GOSU, line.count, line.words, &options, &error))
			fail_msg("taken: %s", bad[i]);
		assert_memory_equal(&options, &untouched, sizeof(options));
		assert_true(strncmp(error.message, "reading the ", 12) == 0);
	}
}

/* Started with a gid that is not root's, and with groups that must not stay (S10). */
static struct facts world_of_another_root(void)
{
	static gid_t groups[] = {4, 27};
	struct facts world = world_of_container();

	world.creds.groups = groups;
	world.creds.group_count = COUNT(groups);
	world.creds.rgid = world.creds.egid = world.creds.sgid = 501;
	return world;
}

static void S9_S10_specs_give_the_identity_that_gosu_gives(void **state)
{
	static const struct {
		const char *spec;
		const char *wanted;
	} rows[] = {
		{"app", "1000:1000 [44 998 1000] app /home/app"},
		{"app:", "1000:1000 [44 998 1000] app /home/app"},
		{"1000", "1000:1000 [44 998 1000] app /home/app"},
		{"1000:", "1000:1000 [44 998 1000] app /home/app"},
		/* With a group there are no others. */
		{"app:www", "1000:33 [33] app /home/app"},
		{"app:7777", "1000:7777 [7777] app /home/app"},
		{"1000:www", "1000:33 [33] app /home/app"},
		{"1000:0", "1000:0 [0] app /home/app"},
		{"app:app", "1000:1000 [1000] app /home/app"},
		/* Without an entry the gid stays as it is, and HOME is the root directory. */
		{"7777", "7777:501 [501] - /"},
		{"7777:", "7777:501 [501] - /"},
		{"7777:8888", "7777:8888 [8888] - /"},
		{"7777:www", "7777:33 [33] - /"},
		/* The user that it is. */
		{"''", "0:0 [0 4 6] root /root"},
		{":", "0:0 [0 4 6] root /root"},
		{":www", "0:33 [33] root /root"},
		{":8888", "0:8888 [8888] root /root"},
		/* Root is allowed, and keeps its groups of the file. */
		{"root", "0:0 [0 4 6] root /root"},
		{"0", "0:0 [0 4 6] root /root"},
		{"00", "0:0 [0 4 6] root /root"},
		{"root:app", "0:1000 [1000] root /root"},
		/* An empty home is passed on as it is. */
		{"nohome", "40:40 [40] nohome "},
	};
	struct facts world = world_of_another_root();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct planned planned;
		char line[64];

		snprintf(line, sizeof(line), "gosu %s id", rows[i].spec);
		must_plan_compat(&planned, &world, line);
		assert_identity(line, planned.plan.identity, rows[i].wanted);
	}
}

static void S5_S6_user_without_entry_is_an_error_in_gosu(void **state)
{
	static const struct {
		const char *spec;
		const char *beginning;
	} rows[] = {
		{"bogus", "looking up the user: 'bogus': no such user"},
		{"0day", "looking up the user: '0day': no such user"},
		{"app:bogus", "looking up the group: 'bogus': no such group"},
		{":bogus", "looking up the group: 'bogus': no such group"},
		{"damaged", "looking up the user: 'damaged': no such user"},
		{"app:nogid", "looking up the group: 'nogid': no such group"},
	};
	struct facts world = world_of_container();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct planned planned;
		char line[64];

		snprintf(line, sizeof(line), "su-exec %s id", rows[i].spec);
		must_not_plan_compat(&planned, &world, line, rows[i].beginning);
		/* What stepdown alone understands is no advice here. */
		assert_null(strstr(planned.error.message, "NAME="));
	}
}

static void the_plan_drops_and_runs_and_does_nothing_else(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_plan_compat(&planned, &world, "gosu app id -u");
	assert_steps(&planned, "drop command");
	assert_environment(&planned, "PATH=/bin LANG=C USER=root LOGNAME=root HOME=/home/app");
	assert_int_equal(planned.plan.creds.semantics, SEMANTICS_GOSU);
	assert_non_null(planned.plan.creds.ids);
	assert_false(planned.plan.creds.no_new_privs);
	assert_string_equal(planned.plan.command[0], "id");
	assert_int_equal(planned.plan.warning_count, 0);
	assert_int_equal(planned.plan.creds.ids->uid, 1000);
	assert_int_equal(planned.plan.creds.ids->gid, 1000);
	assert_ptr_equal(planned.plan.creds.ids->groups, planned.plan.identity->ids.groups);
	assert_int_equal(planned.plan.creds.ids->group_count, 3);
}

static void gosu_plan_as_non_root_has_no_warning(void **state)
{
	struct facts world = world_of_user(1000, 1000);
	struct planned planned;

	(void)state;
	must_plan_compat(&planned, &world, "gosu www id");
	assert_false(planned.plan.was_root);
	assert_non_null(planned.plan.creds.ids);
	assert_identity("gosu www", planned.plan.identity, "33:33 [6 33 998] www /var/www");
	must_plan_compat(&planned, &world, "gosu '' id");
	assert_identity("gosu ''", planned.plan.identity, "1000:1000 [44 998 1000] app /home/app");
}

static void full_arena_is_an_error(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	for (size_t size = 0, succeeded = 0; succeeded == 0; size += 8) {
		struct planned planned = {.size = size};

		plan_compat_in(&planned, &world, "gosu app id");
		if (planned.ok)
			succeeded++;
		else
			assert_non_null(strstr(planned.error.message, "too "));
		assert_true(size < 1024);
	}
}

static void a_tool_that_is_not_imitated_is_refused(void **state)
{
	static const char *const refused[] = {
		"setpriv", "/usr/bin/setpriv", "s6-setuidgid", "./chpst", "su", "/bin/sudo"};
	static const char *const accepted[] = {
		"stepdown",         "gosu", "/sbin/su-exec", "stepdown-amd64",
		"setpriv/stepdown", "",     "entrypoint"};
	struct error error = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (gosu_check_name(refused[i], &error))
			fail_msg("%s is accepted", refused[i]);
		assert_int_equal(error.status, STATUS_FAILED);
	}
	assert_string_equal(error.message,
	                    "starting: 'sudo': of other tools only gosu and su-exec are "
	                    "imitated (write stepdown --user NAME COMMAND)");
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		assert_true(gosu_check_name(accepted[i], &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tool_that_is_not_imitated_is_refused),
		cmocka_unit_test(the_name_decides_which_program_it_is),
		cmocka_unit_test(help_and_version_words_are_not_a_user),
		cmocka_unit_test(S1_S2_S3_gosu_ids_are_parsed_strictly),
		cmocka_unit_test(S9_S10_specs_give_the_identity_that_gosu_gives),
		cmocka_unit_test(S5_S6_user_without_entry_is_an_error_in_gosu),
		cmocka_unit_test(the_plan_drops_and_runs_and_does_nothing_else),
		cmocka_unit_test(gosu_plan_as_non_root_has_no_warning),
		cmocka_unit_test(full_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
