#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/plan_groups.h"
#include "core/plan_identity.h"
#include "plan_world.h"

struct found {
	alignas(max_align_t) char memory[1 << 14];
	struct arena arena;
	struct command_line line;
	struct options options;
	struct planner planner;
	struct found_user user;
	struct error error;
	bool ok;
};

/* The identity for "--user SPEC", whose groups are not looked for here. */
static void find(struct found *found, const struct facts *world, const char *spec)
{
	char text[256];

	found->arena = arena_in(found->memory, sizeof(found->memory));
	snprintf(text, sizeof(text), "stepdown --user %s cmd", spec);
	command_line_split(&found->line, text);
	found->ok = options_parse(found->line.count, found->line.words, world->environment,
	                          &found->arena, &found->options, &found->error);
	if (!found->ok)
		fail_msg("%s: %s", text, found->error.message);
	found->planner = (struct planner){.options = &found->options,
	                                  .facts = world,
	                                  .arena = &found->arena,
	                                  .error = &found->error};
	found->ok = identity_find(&found->planner, found->options.users, &found->user) ==
	            LOOKUP_FOUND;
}

static void must_find(struct found *found, const struct facts *world, const char *spec,
                      const char *wanted)
{
	find(found, world, spec);
	if (!found->ok)
		fail_msg("%s: %s", spec, found->error.message);
	assert_identity(spec, &found->user.identity, wanted);
}

static void must_not_find(const struct facts *world, const char *spec, const char *message)
{
	struct found found;

	find(&found, world, spec);
	if (found.ok)
		fail_msg("found: %s", spec);
	assert_string_equal(found.error.message, message);
}

static void names_and_numbers(void **state)
{
	static const struct {
		const char *spec;
		const char *wanted;
	} rows[] = {
		{"app", "1000:1000 [] app /home/app"},
		{"1000", "1000:1000 [] app /home/app"},
		{"0001000", "1000:1000 [] app /home/app"},
		{"app:www", "1000:33 [] app /home/app"},
		{"app:10002", "1000:10002 [] app /home/app"},
		{"1000:www", "1000:33 [] app /home/app"},
		{"1000:10002", "1000:10002 [] app /home/app"},
		{"app:0", "1000:0 [] app /home/app"},
		/* A primary group without an entry is one all the same. */
		{"oddgroup", "41:999 [] oddgroup /odd"},
		{"last", "50:51 [] last /last"},
		{"2147483647", "2147483647:2147483647 [] - /"},
	};
	struct facts world = world_of_container();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct found found;

		must_find(&found, &world, rows[i].spec, rows[i].wanted);
		assert_int_equal(found.user.change.passwd.action, ACCOUNT_KEEP);
		assert_int_equal(found.user.change.group.action, ACCOUNT_KEEP);
		assert_false(found.user.change.by_number);
	}
}

static void S4_a_numeric_name_does_not_beat_the_uid(void **state)
{
	struct facts world = world_of_container();
	struct found found;

	(void)state;
	/* PASSWD has "1000:x:0:0" before app. */
	must_find(&found, &world, "1000", "1000:1000 [] app /home/app");
	world.passwd = slice_of("1000:x:0:0::/root:/bin/sh\n");
	must_find(&found, &world, "1000", "1000:1000 [] - /");
	world.group = slice_of("33:x:0:\n");
	must_find(&found, &world, "1000:33", "1000:33 [] - /");
}

static void S5_S6_a_user_without_a_good_line_does_not_exist(void **state)
{
	static const char *const names[] = {"bogus", "0day", "damaged", "huge", "short", "App"};
	struct facts world = world_of_container();

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char message[160];

		snprintf(message, sizeof(message),
		         "looking up the user: '%s': no such user in /etc/passwd (NAME=UID makes "
		         "one, a numeric uid needs no entry)",
		         names[i]);
		must_not_find(&world, names[i], message);
	}
}

static void S7_a_group_without_a_good_line_does_not_exist(void **state)
{
	static const char *const specs[] = {"app:bogus", "app:nogid", "1000:huge", "app:zero",
	                                    "new=10001:bogus"};
	struct facts world = world_of_container();

	(void)state;
	for (size_t i = 0; i < COUNT(specs); i++) {
		char message[160];

		snprintf(message, sizeof(message),
		         "looking up the group: '%s': no such group in /etc/group (a numeric gid "
		         "needs "
		         "no entry)",
		         strchr(specs[i], ':') + 1);
		must_not_find(&world, specs[i], message);
	}
}

static void S8_without_an_entry_the_gid_is_the_uid_and_never_0(void **state)
{
	struct facts world = world_of_container();
	struct found found;

	(void)state;
	must_find(&found, &world, "10001", "10001:10001 [] - /");
	must_find(&found, &world, "10001:0", "10001:0 [] - /");
	must_find(&found, &world, "10001:www", "10001:33 [] - /");
	/* Not that of a damaged line either. */
	must_find(&found, &world, "42", "42:42 [] - /");
	world.passwd = world.group = (struct slice){NULL, 0};
	must_find(&found, &world, "1000", "1000:1000 [] - /");
}

/* The home is --home, the entry's before the start, the environment's or "/", in this order. The last column is
 * the home in a line that is made. */
static const struct {
	const char *spec;
	const char *home; /* of the environment, NULL when it is not set */
	const char *wanted;
	const char *line;
} home_rows[] = {
	{"app", "/root", "1000:1000 [] app /home/app", NULL},
	{"app", "/elsewhere", "1000:1000 [] app /home/app", NULL},
	{"app", NULL, "1000:1000 [] app /home/app", NULL},
	{"1000", "/elsewhere", "1000:1000 [] app /home/app", NULL},
	{"app --home /given", "/root", "1000:1000 [] app /given", NULL},
	/* No home in the entry, or "/". */
	{"nohome", "/elsewhere", "40:40 [] nohome /elsewhere", NULL},
	{"nohome", "/root", "40:40 [] nohome /", NULL},
	{"slash", "/elsewhere", "60:60 [] slash /elsewhere", NULL},
	{"slash", NULL, "60:60 [] slash /", NULL},
	/* No entry. */
	{"10001", "/elsewhere", "10001:10001 [] - /elsewhere", NULL},
	{"10001:www", "/elsewhere", "10001:33 [] - /elsewhere", NULL},
	{"10001", "/a:b", "10001:10001 [] - /a:b", NULL},
	{"10001", "/root/x", "10001:10001 [] - /root/x", NULL},
	{"10001", "/root", "10001:10001 [] - /", NULL},
	{"10001", "/root//", "10001:10001 [] - /", NULL},
	{"10001", "relative", "10001:10001 [] - /", NULL},
	{"10001", "", "10001:10001 [] - /", NULL},
	{"10001", NULL, "10001:10001 [] - /", NULL},
	{"10001 --home /given", "/elsewhere", "10001:10001 [] - /given", NULL},
	{"10001 --home /root", "/elsewhere", "10001:10001 [] - /root", NULL},
	/* An account that is made. */
	{"new=10001", "/config", "10001:10001 [] new /config", "/config"},
	{"new=10001", "/root", "10001:10001 [] new /", "/"},
	{"new=10001", "", "10001:10001 [] new /", "/"},
	{"new=10001", "config", "10001:10001 [] new /", "/"},
	{"new=10001", NULL, "10001:10001 [] new /", "/"},
	{"new=10001 --home /given", "/config", "10001:10001 [] new /given", "/given"},
	/* passwd cannot hold that home, but the environment can. */
	{"new=10001", "/a:b", "10001:10001 [] new /a:b", "/"},
	/* The account keeps its home if the uid is another one, or belongs to another name. */
	{"app=10001", "/config", "10001:1000 [] app /home/app", NULL},
	{"app=33", "/config", "33:33 [] www /home/app", NULL},
	{"app=33", NULL, "33:33 [] www /home/app", NULL},
	{"slash=33", "/config", "33:33 [] www /config", NULL},
	{"new=33", "/config", "33:33 [] www /config", NULL},
	{"new=33", "/root", "33:33 [] www /", NULL},
	{"app=33 --home /given", "/config", "33:33 [] www /given", NULL},
};

static void home_is_the_first_of_four_sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(home_rows); i++) {
		struct facts world = world_of_container();
		struct command_line environment;
		char variables[64] = "LANG=C";
		struct found found;

		if (home_rows[i].home != NULL)
			snprintf(variables, sizeof(variables), "LANG=C HOME=%s", home_rows[i].home);
		set_environment(&world, &environment, variables);
		world.passwd = slice_of(PASSWD "\nslash:x:60:60::/:/bin/sh\n");
		must_find(&found, &world, home_rows[i].spec, home_rows[i].wanted);
		assert_int_equal(found.user.change.passwd.action == ACCOUNT_ADD,
		                 home_rows[i].line != NULL);
		if (home_rows[i].line != NULL) {
			char end[64];

			snprintf(end, sizeof(end), "::%s:/sbin/nologin", home_rows[i].line);
			assert_non_null(strstr(found.user.change.passwd.new_line, end));
		}
	}
}

static void roots_home_is_known_by_its_entry_too(void **state)
{
	struct facts world = world_of_container();
	struct command_line environment;
	struct found found;

	(void)state;
	set_environment(&world, &environment, "HOME=/var/roothome");
	must_find(&found, &world, "10001", "10001:10001 [] - /var/roothome");
	world.passwd = slice_of("root:x:0:0::/var/roothome/:/bin/sh\n");
	must_find(&found, &world, "10001", "10001:10001 [] - /");
}

static void an_account_that_is_missing_is_made(void **state)
{
	struct facts world = world_of_container();
	struct found found;

	(void)state;
	must_find(&found, &world, "new=10001", "10001:10001 [] new /");
	assert_int_equal(found.user.change.passwd.action, ACCOUNT_ADD);
	assert_int_equal(found.user.change.group.action, ACCOUNT_ADD);
	assert_true(slice_is(found.user.account_request.name, "new"));
	assert_int_equal(found.user.account_request.uid, 10001);
	assert_false(found.user.account_request.gid_given);
	must_find(&found, &world, "new=10001:10002", "10001:10002 [] new /");
	assert_true(found.user.account_request.gid_given);
	assert_int_equal(found.user.account_request.gid, 10002);
	must_find(&found, &world, "new=10001:www --home /srv", "10001:33 [] new /srv");
	assert_int_equal(found.user.change.group.action, ACCOUNT_KEEP);
	assert_string_equal(found.user.account_request.home, "/srv");
	must_find(&found, &world, "new=10001:0", "10001:0 [] new /");
}

static void an_account_with_other_numbers_is_renumbered(void **state)
{
	struct facts world = world_of_container();
	struct found found;

	(void)state;
	must_find(&found, &world, "app=10001", "10001:1000 [] app /home/app");
	assert_int_equal(found.user.change.passwd.action, ACCOUNT_RENUMBER);
	must_find(&found, &world, "app=10001:10001", "10001:10001 [] app /home/app");
	assert_int_equal(found.user.change.passwd.action, ACCOUNT_RENUMBER);
	assert_int_equal(found.user.change.group.action, ACCOUNT_RENUMBER);
	must_find(&found, &world, "app=1000:www", "1000:33 [] app /home/app");
	assert_int_equal(found.user.change.passwd.action, ACCOUNT_RENUMBER);
	must_find(&found, &world, "app=1000", "1000:1000 [] app /home/app");
	assert_int_equal(found.user.change.passwd.action, ACCOUNT_KEEP);
	must_find(&found, &world, "app=1000:1000 --home /else", "1000:1000 [] app /else");
	assert_int_equal(found.user.change.passwd.action, ACCOUNT_KEEP);
}

static void a_uid_of_another_name_is_used_by_number(void **state)
{
	struct facts world = world_of_container();
	struct found found;

	(void)state;
	must_find(&found, &world, "new=33", "33:33 [] www /");
	assert_true(found.user.change.by_number);
	assert_int_equal(found.user.change.passwd.action, ACCOUNT_KEEP);
	assert_int_equal(found.user.change.group.action, ACCOUNT_KEEP);
	must_find(&found, &world, "app=33:44", "33:44 [] www /home/app");
	assert_true(found.user.change.by_number);
}

static void S6_a_damaged_line_is_not_joined_by_a_second(void **state)
{
	struct facts world = world_of_container();
	struct found found;

	(void)state;
	find(&found, &world, "damaged=10001");
	assert_false(found.ok);
	assert_non_null(strstr(found.error.message, "'damaged'"));
}

static void full_arena_is_an_error(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	for (size_t size = 0, succeeded = 0; succeeded == 0; size++) {
		struct found found;
		struct arena small;

		must_find(&found, &world, "app", "1000:1000 [] app /home/app");
		small = arena_in(found.memory, size);
		found.planner.arena = &small;
		if (identity_find(&found.planner, found.options.users, &found.user) ==
		    LOOKUP_FOUND) {
			succeeded++;
			assert_string_equal(found.user.identity.home, "/home/app");
			assert_int_equal(size, sizeof("/home/app"));
		} else {
			assert_non_null(strstr(found.error.message, "planning: "));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(S4_a_numeric_name_does_not_beat_the_uid),
		cmocka_unit_test(S5_S6_a_user_without_a_good_line_does_not_exist),
		cmocka_unit_test(S7_a_group_without_a_good_line_does_not_exist),
		cmocka_unit_test(S8_without_an_entry_the_gid_is_the_uid_and_never_0),
		cmocka_unit_test(home_is_the_first_of_four_sources),
		cmocka_unit_test(roots_home_is_known_by_its_entry_too),
		cmocka_unit_test(an_account_that_is_missing_is_made),
		cmocka_unit_test(an_account_with_other_numbers_is_renumbered),
		cmocka_unit_test(a_uid_of_another_name_is_used_by_number),
		cmocka_unit_test(S6_a_damaged_line_is_not_joined_by_a_second),
		cmocka_unit_test(full_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
