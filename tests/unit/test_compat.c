#include "plan_world.h"

TEST(the_name_decides_which_program_it_is)
{
	static const char *const names[][17] = {
		{"stepdown", "stepdown", "/bin/stepdown", "", "/", "gosu/", "/gosu/x", "gosu2",
	         "GOSU", "-gosu", "stepdown-amd64", "setpriv/stepdown", "entrypoint"},
		{"gosu", "gosu", "/usr/local/bin/gosu", "./gosu"},
		{"su-exec", "su-exec", "/sbin/su-exec"},
	};
	static const char *const refused[] = {
		"setpriv", "/usr/bin/setpriv", "s6-setuidgid", "./chpst", "su", "/bin/sudo"};
	static const enum program programs[] = {PROGRAM_STEPDOWN, PROGRAM_GOSU, PROGRAM_SU_EXEC};
	struct error error = {0};

	for (size_t i = 0; i < COUNT(names); i++) {
		assert_string_equal(gosu_program_name(programs[i]), names[i][0]);
		for (const char *const *name = &names[i][1]; *name != NULL; name++) {
			if (gosu_program(*name) != programs[i])
				fail_msg("'%s' is not %s", *name, names[i][0]);
			assert_true(gosu_check_name(*name, &error));
		}
	}
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_int_equal(gosu_program(refused[i]), PROGRAM_STEPDOWN);
		if (gosu_check_name(refused[i], &error))
			fail_msg("%s is accepted", refused[i]);
		assert_int_equal(error.status, STATUS_FAILED);
	}
	assert_string_equal(error.message, "starting: 'sudo': of other tools only gosu and su-exec "
	                                   "are imitated (write stepdown --user NAME COMMAND)");
}

TEST(help_and_version_words_are_not_a_user)
{
	static const struct {
		const char *line;
		enum gosu_action action;
	} rows[] = {
		{"gosu", GOSU_USAGE},         {"gosu app", GOSU_USAGE},
		{"gosu ''", GOSU_USAGE},      {"gosu --help", GOSU_HELP},
		{"gosu -h", GOSU_HELP},       {"gosu -? x y", GOSU_HELP},
		{"gosu -v x", GOSU_VERSION},  {"gosu --version", GOSU_VERSION},
		{"gosu app id -v", GOSU_RUN}, {"gosu app --help", GOSU_RUN},
		{"su-exec", GOSU_HELP},       {"su-exec --version", GOSU_HELP},
		{"su-exec app", GOSU_HELP},   {"su-exec app id", GOSU_RUN},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct command_line line;
		struct gosu_options options;
		struct error error;

		command_line_split(&line, rows[i].line);
		if (!gosu_parse(gosu_program(line.words[0]), line.count, line.words, &options,
		                &error))
			fail_msg("%s: %s", rows[i].line, error.message);
		if (options.action != rows[i].action)
			fail_msg("%s: action %d", rows[i].line, options.action);
		if (options.action == GOSU_RUN) {
			assert_ptr_equal(options.options.command, line.words + 2);
			assert_ptr_equal(options.user.text, line.words[1]);
		}
	}
}

static void is_refused(const char *text, const char *wanted)
{
	static const struct gosu_options untouched = {.action = GOSU_USAGE};
	struct gosu_options options = untouched;
	struct error error;
	struct command_line line;

	command_line_split(&line, text);
	if (gosu_parse(PROGRAM_GOSU, line.count, line.words, &options, &error))
		fail_msg("taken: %s", text);
	assert_memory_equal(&options, &untouched, sizeof(options));
	assert_memory_equal(error.message, wanted, strlen(wanted));
}

static struct pattern S1_S2_S3_gosu_ids_are_parsed_strictly[] = {
	{"gosu % id", "reading the ",
         "2147483648 4294967295 4294967296 18446744073709551616 -1 -2 +1000 0x10:0x10= app:-1 "
         "app:4294967296 :4294967295 app:+0 a,b app=10001 @/srv"},
	{0},
};
PATTERNS(S1_S2_S3_gosu_ids_are_parsed_strictly, is_refused);

/* Started with a gid that is not root's, and with groups that must not stay (S10). */
static void as_another_root(void **state)
{
	static gid_t groups[] = {4, 27};
	struct facts world = world_of_container();

	world.creds.groups = groups;
	world.creds.group_count = COUNT(groups);
	world.creds.rgid = world.creds.egid = world.creds.sgid = 501;
	check_plans(&world, *state);
}

static struct plan_row S9_S10_specs_give_the_identity_that_gosu_gives[] = {
	{"gosu % id", "1000:1000 [44 998 1000] app /home/app", .each = "app app: 1000 1000:"},
	/* With a group there are no others. */
	{"gosu % id", "1000:33 [33] app /home/app", .each = "app:www 1000:www"},
	{"gosu app:7777 id", "1000:7777 [7777] app /home/app"},
	{"gosu 1000:0 id", "1000:0 [0] app /home/app"},
	{"gosu app:app id", "1000:1000 [1000] app /home/app"},
	/* Without an entry the gid stays as it is, and HOME is the root directory. */
	{"gosu % id", "7777:501 [501] - /", .each = "7777 7777:"},
	{"gosu 7777:8888 id", "7777:8888 [8888] - /"},
	{"gosu 7777:www id", "7777:33 [33] - /"},
	/* The user that it is; and root is allowed, and keeps its groups of the file. */
	{"gosu % id", "0:0 [0 4 6] root /root", .each = "'' : root 0 00"},
	{"gosu :www id", "0:33 [33] root /root"},
	{"gosu :8888 id", "0:8888 [8888] root /root"},
	{"gosu root:app id", "0:1000 [1000] root /root"},
	/* An empty home is passed on as it is. */
	{"gosu nohome id", "40:40 [40] nohome "},
	/* The hint leaves out the syntax that only stepdown has. */
	{"su-exec % id",
         .refused = "looking up the user: '%': no such user in /etc/passwd (a numeric "
                    "uid needs no entry)",
         .each = "bogus 0day damaged"},
	{"su-exec app:% id",
         .refused = "looking up the group: '%': no such group in /etc/group (a "
                    "numeric gid needs no entry)",
         .each = "bogus nogid"},
	{"su-exec :bogus id", .refused = "looking up the group: 'bogus': no such group"},
	/* It drops and runs and does nothing else. */
	{"PATH=/bin HOME=/root USER=root gosu app id -u", .steps = "drop command", .notes = "",
         .environment = "PATH=/bin USER=root HOME=/home/app", .creds = "0", .account = "keep keep"},
	{"gosu www id", "33:33 [6 33 998] www /var/www", .uid = 1000, .gid = 1000, .notes = "",
         .steps = "drop command"},
	{"gosu '' id", "1000:1000 [44 998 1000] app /home/app", .uid = 1000, .gid = 1000},
	{0},
};
TABLE(S9_S10_specs_give_the_identity_that_gosu_gives, as_another_root);

TEST(command_and_semantics_are_in_the_plan)
{
	struct facts world = world_of_container();
	struct planned planned;

	must_plan(&planned, &world, "gosu app id -u");
	assert_int_equal(planned.plan.creds.semantics, SEMANTICS_GOSU);
	assert_string_equal(planned.plan.command[0], "id");
	assert_string_equal(planned.plan.command[1], "-u");
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
