#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan_world.h"

#define INSTEAD " (start the container as root, or as that user and group)"
#define DO_WITHOUT " (start it as root with --cap-add of these, or do without)"

static void allow_root_is_uid_0_without_capabilities(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown -u 0 --allow-root cmd");
	assert_identity("-u 0", planned.plan.identity, "0:0 [0 4 6] root /root");
	assert_non_null(planned.plan.creds.ids);
	assert_true(planned.plan.creds.keep == 0);
	assert_true(planned.plan.creds.no_new_privs);
	assert_steps(&planned, "stdio drop command");
	must_plan(&planned, &world, "stepdown -u new=0 --allow-root cmd");
	assert_identity("-u new=0", planned.plan.identity, "0:0 [0 4 6] root /");
}

static void the_steps_stand_in_the_order_in_which_they_are_safe(void **state)
{
	static const struct {
		const char *line;
		const char *wanted;
	} rows[] = {
		{"stepdown -u app cmd", "stdio drop command"},
		{"stepdown -u app -n cmd", "stdio drop command"},
		{"stepdown -u app=1000 cmd", "stdio drop command"},
		{"stepdown -u new=10001 cmd", "account stdio drop command"},
		{"stepdown -u app=10001 cmd", "account stdio drop command"},
		/* A group alone. */
		{"stepdown -u oddgroup=41 cmd", "account stdio drop command"},
		{"stepdown -u new=33 cmd", "stdio drop command"},
		{"stepdown -u app --umask 027 cmd", "stdio umask drop command"},
		{"stepdown -u app -o /a:/b cmd",
	         "own:/a own:/b finish stdio drop check:/a check:/b command"},
		/* Made before what lies in it is owned. */
		{"stepdown -u new=10001 --umask 0 -o /a --own-top /b --mkdir /c:/d -o /e cmd",
	         "account mkdir:/c mkdir:/d own:/a own:/e top:/b finish stdio umask drop check:/c "
	         "check:/d "
	         "check:/a check:/e check:/b command"},
		/* One record of a path, whatever the options and the order. */
		{"stepdown -u app --own-once /b --own-top /a --mkdir /a/ -o //a/. --mkdir /b cmd",
	         "mkdir+once:/b mkdir+own:/a finish stdio drop check:/b check:/a command"},
		{"stepdown -u app --own-top /a --own-once /a --own-top b:/b:/ab:/a/../a cmd",
	         "once:/a top:b top:/b top:/ab top:/a/../a finish stdio drop check:/a check:b "
	         "check:/b "
	         "check:/ab check:/a/../a command"},
		{"stepdown -u app --setup-only", ""},
		{"stepdown -u new=10001 --setup-only", "account"},
		{"stepdown -u new=10001 -o /a --mkdir /b --umask 0 --setup-only",
	         "account mkdir:/b own:/a finish"},
	};
	struct facts world = world_of_container();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct planned planned;

		must_plan(&planned, &world, rows[i].line);
		assert_steps(&planned, rows[i].wanted);
		assert_true(planned.plan.was_root);
	}
}

static void an_account_whose_uid_has_another_name_is_told(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown -u new=33 cmd");
	assert_warnings(&planned, "making the account: 'new': uid 33 is 'www' and keeps that "
	                          "name");
	must_plan(&planned, &world, "stepdown -u new=10001 cmd");
	assert_warnings(&planned, "");
	must_plan(&planned, &world, "stepdown -u app=1000 cmd");
	assert_warnings(&planned, "");
}

static void what_the_steps_need_is_in_the_plan(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_plan(&planned, &world,
	          "stepdown --strict -u new=10001:33 --umask 0027 --home /srv cmd -x");
	assert_true(planned.plan.strict);
	assert_int_equal(planned.plan.umask, 027);
	assert_int_equal(planned.plan.request.make_mode, 0755);
	assert_string_equal(planned.plan.command[0], "cmd");
	assert_string_equal(planned.plan.command[1], "-x");
	assert_null(planned.plan.command[2]);
	assert_ptr_equal(planned.plan.before, &world.creds);
	assert_int_equal(planned.plan.change.passwd.action, ACCOUNT_ADD);
	assert_true(slice_is(planned.plan.account_request.name, "new"));
	assert_int_equal(planned.plan.account_request.uid, 10001);
	assert_int_equal(planned.plan.account_request.gid, 33);
	assert_string_equal(planned.plan.account_request.home, "/srv");
	assert_int_equal(planned.plan.creds.semantics, SEMANTICS_STRICT);
	assert_non_null(planned.plan.creds.ids);
	assert_int_equal(planned.plan.creds.ids->uid, 10001);
	assert_int_equal(planned.plan.creds.ids->gid, 33);
	assert_true(planned.plan.creds.no_new_privs);
	must_plan(&planned, &world, "stepdown -u app --mkdir-mode 0700 cmd");
	assert_false(planned.plan.strict);
	assert_int_equal(planned.plan.request.make_mode, 0700);
}

static void HOME_USER_and_LOGNAME_come_from_the_entry(void **state)
{
	static const struct {
		const char *words;
		const char *given;
		const char *wanted;
	} rows[] = {
		{"-u app", ROOT_ENVIRONMENT,
	         "PATH=/bin LANG=C HOME=/home/app USER=app LOGNAME=app"},
		{"-u 1000", "LANG=C", "LANG=C HOME=/home/app USER=app LOGNAME=app"},
		{"-u app:www", "USER=x", "HOME=/home/app USER=app LOGNAME=app"},
		{"-u app --home /h", "HOME=/root", "HOME=/h USER=app LOGNAME=app"},
		{"-u new=10001", "HOME=/root", "HOME=/ USER=new LOGNAME=new"},
		{"-u new=10001 --home /h", "HOME=/root", "HOME=/h USER=new LOGNAME=new"},
		{"-u new=33", "HOME=/root", "HOME=/ USER=www LOGNAME=www"},
		{"-u app=33", "HOME=/root", "HOME=/home/app USER=www LOGNAME=www"},
		{"-u new=10001", "HOME=/config", "HOME=/config USER=new LOGNAME=new"},
		{"-u nohome", "HOME=/root", "HOME=/ USER=nohome LOGNAME=nohome"},
		/* No entry: nothing of root's is left. */
		{"-u 10001", ROOT_ENVIRONMENT, "PATH=/bin LANG=C HOME=/"},
		{"-u 10001", "HOME=/srv USER=me LOGNAME=me", "HOME=/srv USER=me LOGNAME=me"},
		{"-u 10001", "USER=root LOGNAME=me", "HOME=/ LOGNAME=me"},
		{"-u 10001", "X=1", "X=1 HOME=/"},
		{"-u 10001 --home /h", "HOME=/srv", "HOME=/h"},
		{"-u app --keep-env", ROOT_ENVIRONMENT, ROOT_ENVIRONMENT},
		{"-u 10001 --keep-env", "X=1", "X=1"},
		/* Each name once; whatever else there is passes through, in its order. */
		{"-u app", "B=2 HOME=/x odd A=1 HOME=/y HOMER=/z B=3 USER= =w",
	         "B=2 odd A=1 HOMER=/z B=3 =w HOME=/home/app USER=app LOGNAME=app"},
		{"-u 0 --allow-root", "HOME=/x", "HOME=/root USER=root LOGNAME=root"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts world = world_of_container();
		struct command_line environment;
		struct planned planned;
		char line[128];

		set_environment(&world, &environment, rows[i].given);
		snprintf(line, sizeof(line), "stepdown %s cmd", rows[i].words);
		must_plan(&planned, &world, line);
		assert_environment(&planned, rows[i].wanted);
	}
}

static void only_named_capabilities_are_kept(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown -u app cmd");
	assert_true(planned.plan.creds.keep == 0);
	must_plan(&planned, &world, "stepdown -u app --cap NET_BIND_SERVICE --cap cap_chown cmd");
	assert_true(planned.plan.creds.keep ==
	            (CAPABILITY_BIT(CAP_NET_BIND_SERVICE) | CAPABILITY_BIT(CAP_CHOWN)));
	assert_false(planned.plan.creds.keep_bounding);
	must_plan(&planned, &world, "stepdown -u app --cap chown --allow-new-privs cmd");
	assert_false(planned.plan.creds.no_new_privs);
	assert_true(planned.plan.creds.keep_bounding);
	assert_true(planned.plan.creds.keep == CAPABILITY_BIT(CAP_CHOWN));
	/* execve(2) would give uid 0 the whole bounding set. */
	must_plan(&planned, &world, "stepdown -u 0 --allow-root --allow-new-privs cmd");
	assert_false(planned.plan.creds.no_new_privs);
	assert_false(planned.plan.creds.keep_bounding);
}

/* --try-cap keeps what is both permitted and in the bounding set, for root and for other users, and the rest is
 * no more than a note. */
static void tried_capability_is_kept_if_the_process_has_it(void **state)
{
	enum { BIND = 10, ADMIN = 21 };
	static const struct {
		const char *words;
		uint64_t permitted;
		uint64_t bounding;
		unsigned securebits;
		uint64_t effective;
		uint64_t keep;
		const char *missing; /* in the note; NULL: no note */
	} rows[] = {
		{"net_bind_service", ~0ULL, ~0ULL, 0, 0, 1 << BIND, NULL},
		{"net_bind_service,sys_admin", 1 << BIND, ~0ULL, 0, 0, 1 << BIND, "cap_sys_admin"},
		{"net_bind_service", 0, ~0ULL, 0, 0, 0, "cap_net_bind_service"},
		{"net_bind_service", ~0ULL, 0, 0, 0, 0, "cap_net_bind_service"},
		{"sys_admin --try-cap chown --cap net_bind_service", 1 << BIND | 1, 1 << BIND | 1,
	         0, 0, 1 << BIND | 1, "cap_sys_admin"},
		/* An ambient capability cannot be raised, and the bit cannot be cleared. */
		{"net_bind_service", ~0ULL, ~0ULL, SECBIT_NO_CAP_AMBIENT_RAISE, 0, 0,
	         "cap_net_bind_service"},
		{"net_bind_service", ~0ULL, ~0ULL,
	         SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
	         CAPABILITY_BIT(CAP_SETPCAP), 0, "cap_net_bind_service"},
		{"net_bind_service", ~0ULL, ~0ULL, SECBIT_NO_CAP_AMBIENT_RAISE,
	         CAPABILITY_BIT(CAP_SETPCAP), 1 << BIND, NULL},
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		bool is_root = i >= COUNT(rows);
		size_t row = i % COUNT(rows);
		struct facts world = is_root ? world_of_container() : world_of_user(1000, 1000);
		struct planned planned;
		char line[128];
		char note[128] = "";

		world.creds.permitted = rows[row].permitted;
		world.creds.bounding = rows[row].bounding;
		world.creds.securebits = rows[row].securebits;
		world.creds.effective = rows[row].effective;
		world.creds.group_count = 1; /* no note about root's groups */
		if (is_root)
			world.creds.effective |= CAPABILITY_BIT(CAP_SETUID) |
			                         CAPABILITY_BIT(CAP_SETGID);
		snprintf(line, sizeof(line), "stepdown -u app --strict --try-cap %s cmd",
		         rows[row].words);
		must_plan(&planned, &world, line);
		if (planned.plan.creds.keep != rows[row].keep)
			fail_msg("row %zu: %jx", i, (uintmax_t)planned.plan.creds.keep);
		if (rows[row].missing != NULL)
			snprintf(note, sizeof(note),
			         "keeping capabilities: '%s': missing in the container (the "
			         "command runs without)",
			         rows[row].missing);
		assert_notes(&planned, note);
		assert_warnings(&planned, "");
	}
}

static void non_root_keeps_its_ids_with_a_warning(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		const char *words;
		const char *identity;
		const char *warnings;
	} rows[] = {
		{1000, 1000, "-u app", "1000:1000 [1000] app /home/app", ""},
		{1000, 1000, "-u 1000:1000", "1000:1000 [1000] app /home/app", ""},
		{1000, 1000, "-u app=1000", "1000:1000 [1000] app /home/app", ""},
		{1000, 1000, "-u www", "1000:1000 [1000] app /home/app",
	         "stepping down: 'www': not root at the start, but uid 1000 gid 1000" INSTEAD},
		{1000, 33, "-u app", "1000:33 [33] app /home/app",
	         "stepping down: 'app': not root at the start, but uid 1000 gid 33" INSTEAD},
		/* OpenShift: a number out of nowhere, in group 0. */
		{1000680000, 0, "-u app=10001:10001", "1000680000:0 [0] - /",
	         "stepping down: 'app=10001:10001': not root at the start, but uid 1000680000 gid "
	         "0" INSTEAD},
		{1000680000, 0, "-u app --home /h", "1000680000:0 [0] - /h",
	         "stepping down: 'app': not root at the start, but uid 1000680000 gid 0" INSTEAD},
		/* The right ids, but the account is not there. */
		{10001, 10001, "-u new=10001", "10001:10001 [10001] - /",
	         "making the account: 'new': not root at the start, so the ids are used by "
	         "number"},
		{33, 33, "-u app=33", "33:33 [33] www /home/app", ""},
		{1000, 33, "-u app=1000:33", "1000:33 [33] app /home/app",
	         "making the account: 'app': not root at the start, so the ids are used by "
	         "number"},
		{1000, 1000, "-u app --cap chown", "1000:1000 [1000] app /home/app",
	         "keeping capabilities: 'cap_chown': missing in the container" DO_WITHOUT},
		{33, 33, "-u app --cap chown", "33:33 [33] www /var/www",
	         "stepping down: 'app': not root at the start, but uid 33 gid 33" INSTEAD "\n"
	         "keeping capabilities: 'cap_chown': missing in the container" DO_WITHOUT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts world = world_of_user(rows[i].uid, rows[i].gid);
		struct planned planned;
		char line[128];

		snprintf(line, sizeof(line), "stepdown %s cmd", rows[i].words);
		must_plan(&planned, &world, line);
		assert_identity(line, planned.plan.identity, rows[i].identity);
		assert_warnings(&planned, rows[i].warnings);
		assert_false(planned.plan.was_root);
		/* The ids are left alone; capabilities and new privileges are given up. */
		assert_null(planned.plan.creds.ids);
		assert_true(planned.plan.creds.no_new_privs);
		assert_true(planned.plan.creds.keep == 0);
		assert_steps(&planned, "drop command");
		/* Nothing is written, so nothing may be announced. */
		assert_int_equal(planned.plan.change.passwd.action, ACCOUNT_KEEP);
		assert_int_equal(planned.plan.change.group.action, ACCOUNT_KEEP);
	}
}

static void not_root_leaves_owners_alone_but_checks(void **state)
{
	struct facts world = world_of_user(1000, 1000);
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown -u app -o /a --mkdir /b --umask 077 cmd");
	assert_steps(&planned, "umask drop check:/b check:/a command");
	assert_environment(&planned, "PATH=/bin LANG=C HOME=/home/app USER=app LOGNAME=app");
	must_plan(&planned, &world, "stepdown -u www -o /a cmd");
	assert_steps(&planned, "drop check:/a command");
	/* Of who it is, not of who was asked for. */
	assert_environment(&planned, "PATH=/bin LANG=C HOME=/home/app USER=app LOGNAME=app");
}

static void not_root_keeps_a_capability_that_it_has(void **state)
{
	struct facts world = world_of_user(1000, 1000);
	struct planned planned;

	(void)state;
	world.creds.permitted = world.creds.effective = CAPABILITY_BIT(CAP_NET_BIND_SERVICE);
	must_plan(&planned, &world, "stepdown -u app --strict --cap net_bind_service cmd");
	assert_true(planned.plan.creds.keep == CAPABILITY_BIT(CAP_NET_BIND_SERVICE));
	assert_warnings(&planned, "");
	/* What is missing is not kept along with it. */
	must_plan(&planned, &world, "stepdown -u app --cap net_bind_service,chown cmd");
	assert_true(planned.plan.creds.keep == CAPABILITY_BIT(CAP_NET_BIND_SERVICE));
}

/* A start as another user is "docker run --user", where setuid programs work as well. */
static void not_root_keeps_new_privileges_if_they_are_allowed(void **state)
{
	struct facts world = world_of_user(1000, 1000);
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown -u app --strict --allow-new-privs cmd");
	assert_false(planned.plan.creds.no_new_privs);
	assert_true(planned.plan.creds.keep_bounding);
	assert_true(planned.plan.creds.keep == 0);
	assert_warnings(&planned, "");
}

/* Seen at a look, before anything is changed. */
static void an_account_that_cannot_be_made_is_used_by_number(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	world.etc_errnum = EROFS;
	must_plan(&planned, &world, "stepdown -u new=10001:10002 cmd");
	assert_steps(&planned, "stdio drop command");
	assert_int_equal(planned.plan.identity->ids.uid, 10001);
	assert_int_equal(planned.plan.identity->ids.gid, 10002);
	assert_warnings(&planned,
	                "making the account: 'new': Read-only file system (the ids are used "
	                "by number)");
	/* The uid has no name then. The account's groups and its home stay. */
	assert_identity("new", planned.plan.identity, "10001:10002 [10002] - /");
	assert_environment(&planned, "PATH=/bin LANG=C HOME=/");
	must_plan(&planned, &world, "stepdown -u app=10001 cmd");
	assert_identity("app", planned.plan.identity, "10001:1000 [44 998 1000] - /home/app");
	must_plan(&planned, &world, "stepdown -u app=1000:33 cmd");
	assert_identity("app", planned.plan.identity, "1000:33 [33] app /home/app");
	must_not_plan(&planned, &world, "stepdown -u new=10001 --strict cmd",
	              "making the account: 'new': Read-only file system (is /etc read-only");
	must_not_plan(&planned, &world, "stepdown -u new=10001 --setup-only",
	              "making the account: 'new': Read-only file system");
	world.etc_errnum = EBUSY;
	must_plan(&planned, &world, "stepdown -u new=10001 cmd");
	assert_warnings(&planned, "making the account: 'new': Device or resource busy, because "
	                          "/etc/passwd or /etc/group is a mount (the ids are used by "
	                          "number)");
	world.etc_errnum = ELOOP;
	must_plan(&planned, &world, "stepdown -u new=10001 cmd");
	assert_warnings(&planned, "making the account: 'new': Too many levels of symbolic links, "
	                          "because /etc/passwd or /etc/group is a link (the ids are used "
	                          "by number)");
	/* Nothing is to be made. */
	must_plan(&planned, &world, "stepdown -u app=1000 --strict cmd");
	assert_warnings(&planned, "");
	world.etc_errnum = ENOENT;
	must_not_plan(&planned, &world, "stepdown -u new=10001 --setup-only",
	              "making the account: 'new': No such file or directory");
}

static void strict_as_non_root_fails_for_another_user(void **state)
{
	struct facts world = world_of_user(1000, 1000);
	struct planned planned;

	(void)state;
	must_plan(&planned, &world, "stepdown --strict -u app cmd");
	must_plan(&planned, &world, "stepdown --strict -u 1000:1000 -o /a cmd");
	must_not_plan(&planned, &world, "stepdown --strict -u www cmd",
	              "stepping down: 'www': not root at the start, but uid 1000 gid 1000" INSTEAD);
	must_not_plan(&planned, &world, "stepdown --strict -u app:www cmd",
	              "stepping down: 'app:www': not root at the start");
	must_not_plan(&planned, &world, "stepdown --strict -u app --cap chown cmd",
	              "keeping capabilities: 'cap_chown': missing in the container" DO_WITHOUT);
}

static void not_root_cannot_set_up(void **state)
{
	struct facts world = world_of_user(1000, 1000);
	struct planned planned;

	(void)state;
	must_not_plan(&planned, &world, "stepdown -u app --setup-only",
	              "setting up: not root (run it as root)");
}

static void an_empty_world_still_runs_numbers(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	/* FROM scratch: no /etc at all. */
	world.passwd = world.group = (struct slice){NULL, 0};
	must_plan(&planned, &world, "stepdown -u 10001 --clear-groups cmd");
	assert_identity("-u 10001", planned.plan.identity, "10001:10001 [10001] - /");
	must_plan(&planned, &world, "stepdown -u app=10001:10002 --clear-groups cmd");
	assert_identity("-u app=", planned.plan.identity, "10001:10002 [10002] app /");
	assert_string_equal(planned.plan.change.passwd.new_line,
	                    "app:*:10001:10002::/:/sbin/nologin");
	assert_string_equal(planned.plan.change.group.new_line, "app:*:10002:");
	must_not_plan(&planned, &world, "stepdown -u app cmd", "looking up the user: 'app'");
}

static void the_same_given_always_gives_the_same_plan(void **state)
{
	struct facts world = world_of_container();
	struct planned first;
	struct planned second;

	(void)state;
	memset(first.memory, 0x5a, sizeof(first.memory));
	memset(second.memory, 0xa5, sizeof(second.memory));
	must_plan(&first, &world, "stepdown -u new=10001 -o /a -g 7 --cap kill cmd");
	must_plan(&second, &world, "stepdown -u new=10001 -o /a -g 7 --cap kill cmd");
	assert_steps(&first, "account own:/a finish stdio drop check:/a command");
	assert_steps(&second, "account own:/a finish stdio drop check:/a command");
	assert_identity("first", first.plan.identity, "10001:10001 [7 10001] new /");
	assert_identity("second", second.plan.identity, "10001:10001 [7 10001] new /");
	assert_string_equal(first.plan.change.passwd.new_line, second.plan.change.passwd.new_line);
}

/* Takes more memory than the steps, which may find room where this does not. */
#define MANY                                                                                       \
	"A=1 B=2 C=3 D=4 E=5 F=6 G=7 H=8 I=9 J=10 K=11 L=12 M=13 N=14 O=15 P=16 Q=17 R=18 "        \
	"HOME=/root"

static void full_arena_is_an_error(void **state)
{
	static const char *const lines[] = {
		"stepdown -u new=10001:10002 -g 7 -o /a --mkdir /b --home /h cmd",
		"stepdown -u app --umask 7 cmd",
		"stepdown -u www --cap chown cmd",
	};
	struct command_line environment;

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(lines); i++) {
		struct facts world = i % 2 == 0 ? world_of_container() : world_of_user(7, 7);

		set_environment(&world, &environment, MANY);
		for (size_t size = 0, succeeded = 0; succeeded == 0; size += 8) {
			struct planned planned = {.size = size};

			plan_in(&planned, &world, lines[i / 2]);
			if (planned.ok) {
				succeeded++;
				assert_non_null(planned.plan.environment);
			} else
				assert_non_null(strstr(planned.error.message, "too "));
			assert_true(size < sizeof(planned.memory) / 8);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_root_is_uid_0_without_capabilities),
		cmocka_unit_test(the_steps_stand_in_the_order_in_which_they_are_safe),
		cmocka_unit_test(an_account_whose_uid_has_another_name_is_told),
		cmocka_unit_test(what_the_steps_need_is_in_the_plan),
		cmocka_unit_test(HOME_USER_and_LOGNAME_come_from_the_entry),
		cmocka_unit_test(only_named_capabilities_are_kept),
		cmocka_unit_test(tried_capability_is_kept_if_the_process_has_it),
		cmocka_unit_test(non_root_keeps_its_ids_with_a_warning),
		cmocka_unit_test(not_root_leaves_owners_alone_but_checks),
		cmocka_unit_test(not_root_keeps_a_capability_that_it_has),
		cmocka_unit_test(not_root_keeps_new_privileges_if_they_are_allowed),
		cmocka_unit_test(an_account_that_cannot_be_made_is_used_by_number),
		cmocka_unit_test(strict_as_non_root_fails_for_another_user),
		cmocka_unit_test(not_root_cannot_set_up),
		cmocka_unit_test(an_empty_world_still_runs_numbers),
		cmocka_unit_test(the_same_given_always_gives_the_same_plan),
		cmocka_unit_test(full_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
