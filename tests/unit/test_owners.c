#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/plan_account.h"

#include "plan_world.h"

#define INSTEAD " (start the container as root, or as that user and group)"

/* What is not among these is missing. */
static const struct path_owner owners[] = {
	{{"/app's", 6}, 1000, 1000, &owners[1]},
	{{"/stranger's", 11}, 10001, 10002, &owners[2]},
	{{"/group-0", 8}, 10001, 0, &owners[3]},
	{{"/app's-group-0", 14}, 1000, 0, &owners[4]},
	{{"/root's", 7}, 0, 0, &owners[5]},
	{{"/socket", 7}, 0, 998, &owners[6]},
	{{"/lost", 5}, 65534, 65534, &owners[7]},
	{{"/lost-group", 11}, 10001, 65534, &owners[8]},
	{{"/www's", 6}, 33, 33, &owners[9]},
	/* Owners that passwd cannot hold, as ids of a user namespace of podman's (S1). */
	{{"/huge", 5}, 3000000000, 3000000000, &owners[10]},
	{{"/huge-group", 11}, 10001, 2147483648, &owners[11]},
	{{"/limit", 6}, 2147483647, 2147483647, NULL},
};

static struct facts world_with_owners(void)
{
	struct facts world = world_of_container();

	world.owners = owners;
	return world;
}

static struct facts user_with_owners(uid_t uid, gid_t gid)
{
	struct facts world = world_of_user(uid, gid);

	world.owners = owners;
	return world;
}

struct row {
	const char *words;
	const char *wanted;
};

static void must_be(const struct facts *world, const struct row *row)
{
	struct planned planned;
	char line[256];

	snprintf(line, sizeof(line), "stepdown %s cmd", row->words);
	must_plan(&planned, world, line);
	assert_identity(row->words, planned.plan.identity, row->wanted);
}

static void must_be_refused(const struct facts *world, const struct row *row)
{
	struct planned planned;
	char line[256];

	snprintf(line, sizeof(line), "stepdown %s cmd", row->words);
	must_not_plan(&planned, world, line, row->wanted);
	if (strlen(planned.error.message) != strlen(row->wanted))
		fail_msg("%s: %s", row->words, planned.error.message);
}

/* Both ids are the path's, and as with "uid:gid" the file's groups are not asked for. */
static void a_path_stands_for_its_owner_and_group(void **state)
{
	static const struct row rows[] = {
		{"-u @/app's", "1000:1000 [1000] app /home/app"},
		{"-u @/stranger's", "10001:10002 [10002] - /"},
		{"-u @/lost-group", "10001:10001 [10001] - /"},
		{"-u @/app's:www", "1000:33 [33] app /home/app"},
		{"-u @/app's:7 -g 5", "1000:7 [5 7] app /home/app"},
		{"-u @/app's --home /h", "1000:1000 [1000] app /h"},
	};
	struct facts world = world_with_owners();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_be(&world, &rows[i]);
}

static void S8_group_0_of_a_path_is_taken_only_if_the_option_names_it(void **state)
{
	static const struct row rows[] = {
		{"-u @/group-0", "10001:10001 [10001] - /"},
		{"-u @/app's-group-0", "1000:1000 [44 998 1000] app /home/app"},
		{"-u @/group-0:0", "10001:0 [0] - /"},
		{"-u new=@/group-0", "10001:10001 [10001] new /"},
		{"-u new=@/group-0:root", "10001:0 [0] new /"},
		{"-u app:app -g @/socket", "1000:1000 [998 1000] app /home/app"},
		{"-u app:app -g 0", "1000:1000 [0 1000] app /home/app"},
	};
	static const struct row refused[] = {
		{"-u app -g @/root's",
	         "finding the path: '/root's': its group is root's (give the number)"},
		{"-u app -g @/group-0",
	         "finding the path: '/group-0': its group is root's (give the number)"},
		{"-u app -g @/group-0 --allow-root",
	         "finding the path: '/group-0': its group is root's (give the number)"},
	};
	struct facts world = world_with_owners();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_be(&world, &rows[i]);
	for (size_t i = 0; i < COUNT(refused); i++)
		must_be_refused(&world, &refused[i]);
}

static void an_account_is_made_or_renumbered_by_a_path(void **state)
{
	static const struct {
		struct row row;
		enum account_action action;
		bool gid_given;
	} rows[] = {
		{{"-u new=@/stranger's", "10001:10002 [10002] new /"}, ACCOUNT_ADD, true},
		{{"-u new=@/group-0", "10001:10001 [10001] new /"}, ACCOUNT_ADD, false},
		{{"-u app=@/stranger's", "10001:10002 [10002] app /home/app"},
	         ACCOUNT_RENUMBER,
	         true},
		{{"-u app=@/app's", "1000:1000 [1000] app /home/app"}, ACCOUNT_KEEP, true},
		{{"-u new=@/www's", "33:33 [33] www /"}, ACCOUNT_KEEP, true},
		/* One that exists keeps its own group. */
		{{"-u app=@/group-0", "10001:1000 [44 998 1000] app /home/app"},
	         ACCOUNT_RENUMBER,
	         false},
	};
	struct facts world = world_with_owners();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct planned planned;
		char line[128];

		must_be(&world, &rows[i].row);
		snprintf(line, sizeof(line), "stepdown %s cmd", rows[i].row.words);
		must_plan(&planned, &world, line);
		assert_int_equal(planned.plan.change.passwd.action, rows[i].action);
		assert_int_equal(planned.plan.account_request.gid_given, rows[i].gid_given);
	}
}

static void S26_unmapped_owner_and_root_are_refused(void **state)
{
	static const struct row rows[] = {
		{"-u @/none", "finding the path: '/none': it does not exist (mount it, or give the "
	                      "number)"},
		{"-u new=@/none", "finding the path: '/none': it does not exist (mount it, or give "
	                          "the number)"},
		{"-u app -g @/none", "finding the path: '/none': it does not exist (mount it, or "
	                             "give the number)"},
		{"-u @/lost", "finding the path: '/lost': nobody's, or not mapped in this user "
	                      "namespace (give the number)"},
		{"-u app -g @/lost", "finding the path: '/lost': nobody's, or not mapped in this "
	                             "user namespace (give the number)"},
		{"-u @/huge", "finding the path: '/huge': its owner is above 2147483647 (give the "
	                      "number)"},
		{"-u new=@/huge", "finding the path: '/huge': its owner is above 2147483647 (give "
	                          "the number)"},
		{"-u app -g @/huge-group", "finding the path: '/huge-group': its owner is above "
	                                   "2147483647 (give the number)"},
		{"-u @/root's", "stepping down: '@/root's': it is uid 0 (name another user, or "
	                        "see --allow-root)"},
		{"-u @/socket:www", "stepping down: '@/socket:www': it is uid 0 (name another "
	                            "user, or see --allow-root)"},
		{"-u new=@/socket", "stepping down: 'new=@/socket': it is uid 0 (name another "
	                            "user, or see --allow-root)"},
		{"-u @/none,@/root's", "stepping down: '@/root's': it is uid 0 (name another "
	                               "user, or see --allow-root)"},
		{"-u @/none,${UNSET}", "finding the path: '/none': it does not exist (mount it, or "
	                               "give the number)"},
		{"-u @/root's,@/none", "finding the path: '/none': it does not exist (mount it, or "
	                               "give the number)"},
	};
	struct facts world = world_with_owners();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_be_refused(&world, &rows[i]);
	world.owners = NULL;
	must_be_refused(&world, &rows[0]);
}

static void first_alternative_that_exists_is_taken(void **state)
{
	static const struct row rows[] = {
		{"-u @/app's,10001", "1000:1000 [1000] app /home/app"},
		{"-u @/none,10001", "10001:10001 [10001] - /"},
		{"-u @/root's,10001", "10001:10001 [10001] - /"},
		{"-u @/lost,10001", "10001:10001 [10001] - /"},
		{"-u @/huge,10001", "10001:10001 [10001] - /"},
		{"-u new=@/huge-group", "10001:10001 [10001] new /"},
		{"-u @/limit", "2147483647:2147483647 [2147483647] - /"},
		{"-u @/none,@/root's,@/stranger's,app", "10001:10002 [10002] - /"},
		{"-u bogus,app", "1000:1000 [44 998 1000] app /home/app"},
		{"-u app:app,www", "1000:1000 [1000] app /home/app"},
		{"-u @/none,new=10001", "10001:10001 [10001] new /"},
		/* Uid 0 is not allowed, so the next one is. */
		{"-u 0,app:app", "1000:1000 [1000] app /home/app"},
		{"-u root:www,app:app", "1000:1000 [1000] app /home/app"},
		/* What a variable comes to nothing in. */
		{"-u ${UNSET},app:app", "1000:1000 [1000] app /home/app"},
		{"-u ${EMPTY},app:app", "1000:1000 [1000] app /home/app"},
		{"-u ${PUID}:${UNSET},app:app", "1000:1000 [1000] app /home/app"},
		{"-u ${PUID}:${PGID},app:app", "1234:1235 [1235] - /"},
		{"-u ${UNSET},${EMPTY},${PUID}", "1234:1234 [1234] - /"},
		{"-u ${UNSET:-@/app's},10001", "1000:1000 [1000] app /home/app"},
		{"-u ${UNSET:-@/none},10001", "10001:10001 [10001] - /"},
		{"-u @${DIR},10001", "1000:1000 [1000] app /home/app"},
		{"-u @/app's,${UNSET}", "1000:1000 [1000] app /home/app"},
		{"-u @/${UNSET},10001", "10001:10001 [10001] - /"},
		/* Root where that is allowed, but not for a path when there is another way. */
		{"--allow-root -u root:app,app", "0:1000 [1000] root /root"},
		{"--allow-root -u @/root's,app:app", "1000:1000 [1000] app /home/app"},
		{"--allow-root -u @/none,@/root's", "0:0 [0 4 6] root /root"},
	};
	struct facts world = world_with_owners();
	struct command_line environment;

	(void)state;
	set_environment(&world, &environment, "PUID=1234 PGID=1235 EMPTY= DIR=/app's");
	for (size_t i = 0; i < COUNT(rows); i++)
		must_be(&world, &rows[i]);
}

/* --group takes the first alternative that exists and is not root's. An empty one is no group. */
static void a_group_has_alternatives_and_may_be_none(void **state)
{
	static const struct row rows[] = {
		{"-u 5:5 -g @/socket,www,", "5:5 [5 998] - /"},
		{"-u 5:5 -g @/none,www,", "5:5 [5 33] - /"},
		{"-u 5:5 -g @/root's,@/lost,@/huge,www", "5:5 [5 33] - /"},
		{"-u 5:5 -g @/none,bogus,", "5:5 [5] - /"},
		{"-u 5:5 -g bogus,www,docker", "5:5 [5 33] - /"},
		{"-u 5:5 -g 7,www", "5:5 [5 7] - /"},
		{"-u 5:5 -g ''", "5:5 [5] - /"},
		{"-u 5:5 -g '' -g www -g @/none, -g 7", "5:5 [5 7 33] - /"},
		{"-u 5:5 -g ${UNSET:-}", "5:5 [5] - /"},
		{"-u 5:5 -g ${GID:-www}", "5:5 [5 77] - /"},
		/* Group 0 is passed over if there is another way; it is given if the author wrote it. */
		{"-u 5:5 -g 0,www", "5:5 [5 33] - /"},
		{"-u 5:5 -g root,", "5:5 [5] - /"},
		{"-u 5:5 -g ${ZERO},www", "5:5 [5 33] - /"},
		{"-u 5:5 -g ${ZERO},", "5:5 [5] - /"},
		{"-u 5:5 -g @/none,0", "5:5 [0 5] - /"},
		/* A group that is renumbered counts by its new number, whatever alternative it is. */
		{"-u app=1234:1234 -g @/none,app", "1234:1234 [1234] app /home/app"},
	};
	static const struct row refused[] = {
		{"-u 5:5 -g @/none,bogus", "looking up the group: 'bogus': no such group in "
	                                   "/etc/group (a numeric gid needs no entry)"},
		{"-u 5:5 -g bogus,@/none",
	         "finding the path: '/none': it does not exist (mount it, "
	         "or give the number)"},
		{"-u 5:5 -g @/none,${ZERO}",
	         "--group: '0': a variable has chosen group 0, which is "
	         "root's (write ':0' in the option itself, or name "
	         "another group; ZERO is '0')"},
	};
	struct facts world = world_with_owners();
	struct command_line environment;

	(void)state;
	set_environment(&world, &environment, "ZERO=0 GID=77");
	for (size_t i = 0; i < COUNT(rows); i++)
		must_be(&world, &rows[i]);
	for (size_t i = 0; i < COUNT(refused); i++)
		must_be_refused(&world, &refused[i]);
}

static void wrong_alternative_is_an_error(void **state)
{
	static const struct row rows[] = {
		{"-u app:bogus,www",
	         "looking up the group: 'bogus': no such group in /etc/group (a "
	         "numeric gid needs no entry)"},
		{"-u root=10001,app", "making the account: 'root': it is uid 0 (choose another "
	                              "name)"},
		{"-u damaged=10001,app",
	         "making the account: 'damaged': its line in /etc/passwd is "
	         "damaged (mend or remove it; it needs 7 fields and "
	         "decimal ids)"},
		{"-u bogus,@/none,nobody-at-all", "looking up the user: 'nobody-at-all': no such "
	                                          "user in /etc/passwd (NAME=UID makes one, "
	                                          "a numeric uid needs no entry)"},
	};
	struct facts world = world_with_owners();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_be_refused(&world, &rows[i]);
}

/* Nothing is left of an alternative that was passed over. */
static void S29_an_account_of_another_alternative_is_not_made(void **state)
{
	static const char *const lines[] = {
		"stepdown -u new=0,app cmd",
		"stepdown -u new=0,10001 cmd",
		"stepdown -u new=@/root's,@/app's cmd",
	};
	struct facts world = world_with_owners();

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(lines); i++) {
		struct planned planned;

		must_plan(&planned, &world, lines[i % COUNT(lines)]);
		assert_false(account_is_written(&planned.plan.change));
		assert_steps(&planned, "stdio drop command");
		assert_warnings(&planned, "");
		/* Where uid 0 has no entry, one would be made for it. */
		world.passwd = slice_of("app:x:1000:1000::/home/app:/bin/sh\n");
	}
}

static void unresolved_path_as_non_root_is_a_warning(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		const char *spec;
		const char *warning;
	} rows[] = {
		{1000, 1000, "@/app's", ""},
		{1000, 1000, "@/none,@/app's", ""},
		{1000, 1000, "@/root's,app", ""},
		{33, 33, "@/app's",
	         "stepping down: '@/app's': not root at the start, but uid 33 gid 33" INSTEAD},
		/* There may be nothing to find for who is not root, and no more is given for it. */
		{33, 33, "@/none",
	         "stepping down: '@/none': not root at the start, but uid 33 gid 33" INSTEAD},
		{33, 0, "@/root's",
	         "stepping down: '@/root's': not root at the start, but uid 33 gid 0" INSTEAD},
		{33, 33, "new=@/lost",
	         "stepping down: 'new=@/lost': not root at the start, but uid 33 gid 33" INSTEAD},
		{10001, 10002, "new=@/stranger's",
	         "making the account: 'new': not root at the start, so the ids are used by "
	         "number"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts world = user_with_owners(rows[i].uid, rows[i].gid);
		struct planned planned;
		char line[128];

		snprintf(line, sizeof(line), "stepdown -u %s cmd", rows[i].spec);
		must_plan(&planned, &world, line);
		assert_warnings(&planned, rows[i].warning);
		assert_int_equal(planned.plan.identity->ids.uid, rows[i].uid);
		assert_null(planned.plan.creds.ids);
		if (strncmp(rows[i].warning, "stepping", 8) == 0) {
			snprintf(line, sizeof(line), "stepdown --strict -u %s cmd", rows[i].spec);
			must_not_plan(&planned, &world, line, rows[i].warning);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_stands_for_its_owner_and_group),
		cmocka_unit_test(S8_group_0_of_a_path_is_taken_only_if_the_option_names_it),
		cmocka_unit_test(an_account_is_made_or_renumbered_by_a_path),
		cmocka_unit_test(S26_unmapped_owner_and_root_are_refused),
		cmocka_unit_test(first_alternative_that_exists_is_taken),
		cmocka_unit_test(a_group_has_alternatives_and_may_be_none),
		cmocka_unit_test(wrong_alternative_is_an_error),
		cmocka_unit_test(S29_an_account_of_another_alternative_is_not_made),
		cmocka_unit_test(unresolved_path_as_non_root_is_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
