#include "plan_world.h"

static void is_called(const char *name, const char *wanted)
{
	struct error error = {0};

	if (!gosu_check_name(name, &error)) {
		assert_int_equal(error.status, STATUS_FAILED);
		assert_int_equal(gosu_program(name), PROGRAM_STEPDOWN);
		assert_found(name, error.message, wanted);
	} else {
		assert_found(name, gosu_program_name(gosu_program(name)), wanted);
	}
}

#define NOT_IMITATED                                                                               \
	": of other tools only gosu and su-exec are imitated (write stepdown --user NAME COMMAND)"

PATTERNS(the_name_decides_which_program_it_is, is_called) = {
	{"%", "stepdown",
         "stepdown /bin/stepdown '' / gosu/ /gosu/x gosu2 GOSU -gosu stepdown-amd64 "
         "setpriv/stepdown entrypoint"},
	{"%", "gosu", "gosu /usr/local/bin/gosu ./gosu"},
	{"%", "su-exec", "su-exec /sbin/su-exec"},
	{"/usr/bin/%", "starting: '%'" NOT_IMITATED, "setpriv setuidgid s6-applyuidgid sudo chpst"},
};

static void does(const char *text, const char *wanted)
{
	static const char *const actions[] = {"run", "version", "help", "usage"};
	struct command_line line;
	struct gosu_options options;
	struct error error;

	command_line_split(&line, text);
	assert_true(
		gosu_parse(gosu_program(line.words[0]), line.count, line.words, &options, &error));
	assert_found(text, actions[options.action], wanted);
}

PATTERNS(help_and_version_words_are_not_a_user, does) = {
	{"gosu", "usage"},
	{"gosu %", "usage", "app ''"},
	{"gosu % x y", "help", "--help -h -?"},
	{"gosu %", "version", "--version -v"},
	{"gosu app %", "run", "--help -v"},
	{"su-exec %", "help", "--version app"},
};

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

PLANS(S1_S2_S3_S9_S10_specs_give_the_identity_that_gosu_gives, as_another_root) = {
	{"gosu % id", "1000:1000 [44 998 1000] app /home/app", .each = "app app: 1000 1000:"},
	/* A group in the argument is the only one. */
	{"gosu % id", "1000:33 [33] app /home/app", .each = "app:www 1000:www"},
	{"gosu app:7 id", "1000:7 [7] app /home/app"},
	/* A name that is a number does not beat the uid (S4). */
	{"gosu 1000 id", "1000:501 [501] - /", .passwd = "1000:x:0:0::/root:/bin/sh\n"},
	/* Without an entry the gid stays as it is, and HOME is the root directory. */
	{"gosu % id", "7777:501 [501] - /", .each = "7777 7777:"},
	{"HOME=/elsewhere gosu 7777:www id", "7777:33 [33] - /"},
	/* The user that it is; and root is allowed, and keeps its groups of the file. */
	{"gosu % id", "0:0 [0 4 6] root /root", .each = "'' : root 0 00"},
	{"gosu :www id", "0:33 [33] root /root"},
	{"gosu a id", "7:8 [8] a /a", .passwd = "a:x:7:8::/a:\n"},
	/* An empty home is passed on as it is. */
	{"gosu nohome id", "40:40 [40] nohome "},
	{"gosu % id", .refused = "reading the ",
         .each = "2147483648 4294967295 18446744073709551616 -1 -2 +1000 0x10:0x10= app:-1 "
                 "app:4294967296 :4294967295 app:+0 a,b a:b:c app=10001 @/srv"},
	/* The hint leaves out the syntax that only stepdown has. */
	{"su-exec % id", .refused = "looking up the user: '%': no such user in /etc/passwd (a",
         .each = "bogus 0day damaged"},
	{"su-exec app:% id", .refused = NO_GROUP("%"), .each = "bogus nogid"},
	/* It drops and runs and does nothing else. */
	{"PATH=/bin HOME=/root USER=root gosu app id -u", .steps = "drop command", .notes = "",
         .environment = "PATH=/bin USER=root HOME=/home/app", .creds = "0 gosu",
         .account = "keep keep"},
	{"gosu www id", "33:33 [6 33 998] www /var/www", AS(1000, 1000), .notes = "",
         .steps = "drop command"},
	{"gosu '' id", "1000:1000 [44 998 1000] app /home/app", AS(1000, 1000)},
};
