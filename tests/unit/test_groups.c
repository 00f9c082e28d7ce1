#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/plan_groups.h"
#include "core/plan_identity.h"
#include "plan_world.h"

/* The groups of the process at its start; GIDS ends with NO_MORE. */
#define NO_MORE UINT32_MAX

static void start_with(struct facts *world, gid_t *gids)
{
	world->creds.groups = gids;
	world->creds.group_count = 0;
	while (gids[world->creds.group_count] != NO_MORE)
		world->creds.group_count++;
}

static void must_have(const struct facts *world, const char *words, const char *wanted)
{
	struct planned planned;
	char text[128];

	snprintf(text, sizeof(text), "stepdown %s cmd", words);
	must_plan(&planned, world, text);
	assert_identity(words, planned.plan.identity, wanted);
	/* What is told is what is done. A process that is not root keeps its ids. */
	assert_ptr_equal(planned.plan.creds.ids,
	                 planned.plan.was_root ? &planned.plan.identity->ids : NULL);
}

/* On Alpine /etc/group gives root dialout and video, and an engine hands over no group twice. */
static void groups_of_root_that_are_left_out_are_noted(void **state)
{
	static const char hint[] =
		" left out, because /etc/group gives them to root (--group keeps "
		"one that the container was granted)";
	static const struct {
		const char *words;
		const char *left_out; /* NULL: no note */
	} rows[] = {
		{"-u app:app", "'4 6':"},        {"-u app:app -g disk", "'4':"},
		{"-u app:app -g 4 -g 6", NULL},  {"-u www", "'4':"}, /* disk is a group of www's */
		{"-u app --clear-groups", NULL},
	};
	struct facts world = world_of_container();
	gid_t granted[] = {0, 7, NO_MORE};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct planned planned;
		char line[128];
		char note[256] = "";

		snprintf(line, sizeof(line), "stepdown %s cmd", rows[i].words);
		must_plan(&planned, &world, line);
		if (rows[i].left_out != NULL)
			snprintf(note, sizeof(note), "working out the groups: %s%s",
			         rows[i].left_out, hint);
		assert_notes(&planned, note);
	}
	start_with(&world, granted);
	{
		struct planned planned;

		must_plan(&planned, &world, "stepdown -u app:app cmd");
		assert_notes(&planned, "");
	}
}

static void S9_the_primary_group_is_always_in_the_list(void **state)
{
	static const struct {
		const char *words;
		const char *wanted;
	} rows[] = {
		{"-u app:app", "1000:1000 [1000] app /home/app"},
		{"-u app:www", "1000:33 [33] app /home/app"},
		{"-u 1000:0", "1000:0 [0] app /home/app"},
		{"-u app --clear-groups", "1000:1000 [1000] app /home/app"},
		{"-u app:7 --clear-groups -g 5", "1000:7 [5 7] app /home/app"},
		{"-u 10001", "10001:10001 [10001] - /"},
		{"-u 10001:10002", "10001:10002 [10002] - /"},
		{"-u new=10001:10002", "10001:10002 [10002] new /"},
		{"-u oddgroup", "41:999 [999] oddgroup /odd"},
		{"-u 0:33 --allow-root", "0:33 [33] root /root"},
	};
	struct facts world = world_of_container();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_have(&world, rows[i].words, rows[i].wanted);
}

static void the_files_groups_are_the_users_unless_a_primary_one_is_given(void **state)
{
	static const struct {
		const char *words;
		const char *wanted;
	} rows[] = {
		{"-u app", "1000:1000 [44 998 1000] app /home/app"},
		{"-u 1000", "1000:1000 [44 998 1000] app /home/app"},
		{"-u app=1000", "1000:1000 [44 998 1000] app /home/app"},
		{"-u app=1000:1000", "1000:1000 [1000] app /home/app"},
		{"-u app=10001", "10001:1000 [44 998 1000] app /home/app"},
		{"-u new=33", "33:33 [6 33 998] www /"},
		{"-u www", "33:33 [6 33 998] www /var/www"},
		{"-u 10001", "10001:10001 [10001] - /"},
		{"-u apple=7", "7:7 [7 1001] apple /"},
		{"-u app:www", "1000:33 [33] app /home/app"},
		{"-u 1000:33", "1000:33 [33] app /home/app"},
	};
	struct facts world = world_of_container();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_have(&world, rows[i].words, rows[i].wanted);
}

static void S7_a_damaged_group_line_grants_nothing(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	world.group = slice_of("nogid:x::app\nbig:x:4294967296:app\nhex:x:0x10:app\n"
	                       "sign:x:-1:app\nshort:x:7\n:x:8:app\n+good:x:9:app\n"
	                       "extra:x:10:app:\nblank:x: 11:app\n12:x:12:app\n"
	                       "good:x:44:other,app\r\nend:x:45:app");
	start_with(&world, (gid_t[]){0, NO_MORE});
	must_have(&world, "-u app", "1000:1000 [44 45 1000] app /home/app");
}

static void S10_granted_groups_stay_and_groups_of_root_go(void **state)
{
	static const struct {
		const char *words;
		gid_t start[8];
		const char *wanted;
	} rows[] = {
		/* As Docker starts root with the groups of the file. */
		{"-u app:app", {0, 4, 6, NO_MORE}, "1000:1000 [1000] app /home/app"},
		{"-u app:app", {0, NO_MORE}, "1000:1000 [1000] app /home/app"},
		{"-u app:app", {NO_MORE}, "1000:1000 [1000] app /home/app"},
		/* --group-add, fsGroup, supplementalGroups. */
		{"-u app:app", {0, 4, 6, 2000, NO_MORE}, "1000:1000 [1000 2000] app /home/app"},
		{"-u app", {0, 27, 2000, NO_MORE}, "1000:1000 [27 44 998 1000 2000] app /home/app"},
		{"-u 10001:0", {0, 4, 2000, NO_MORE}, "10001:0 [0 2000] - /"},
		{"-u app:app", {1000, 2000, NO_MORE}, "1000:1000 [1000 2000] app /home/app"},
		/* 6 is root's, but www's too; 44 is nobody's but app's. */
		{"-u www", {0, 4, 6, 44, NO_MORE}, "33:33 [6 33 44 998] www /var/www"},
		/* What the kernel shows for a group that is not mapped. */
		{"-u app:app", {0, 65534, NO_MORE}, "1000:1000 [1000] app /home/app"},
		{"-u app --clear-groups", {0, 2000, NO_MORE}, "1000:1000 [1000] app /home/app"},
		{"-u app:app --clear-groups -g 2000",
	         {0, 2000, 2001, NO_MORE},
	         "1000:1000 [1000 2000] app /home/app"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts world = world_of_container();
		gid_t start[8];

		memcpy(start, rows[i].start, sizeof(start));
		start_with(&world, start);
		must_have(&world, rows[i].words, rows[i].wanted);
	}
}

static void S10_group_0_is_in_the_list_only_if_the_option_names_it(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	must_have(&world, "-u app:app", "1000:1000 [1000] app /home/app");
	must_have(&world, "-u app:app -g 0", "1000:1000 [0 1000] app /home/app");
	must_have(&world, "-u app:app -g root", "1000:1000 [0 1000] app /home/app");
	must_have(&world, "-u app:root", "1000:0 [0] app /home/app");
	world.group = slice_of("root:x:0:root,app\n");
	start_with(&world, (gid_t[]){0, NO_MORE});
	/* The file says it. */
	must_have(&world, "-u app", "1000:1000 [0 1000] app /home/app");
}

static void groups_of_the_option_are_always_added(void **state)
{
	static const struct {
		const char *words;
		const char *wanted;
	} rows[] = {
		{"-u app -g 5 -g www -g 5", "1000:1000 [5 33 44 998 1000] app /home/app"},
		{"-u app:app --group 5 --group=4", "1000:1000 [4 5 1000] app /home/app"},
		{"-u app -g 1000 --clear-groups", "1000:1000 [1000] app /home/app"},
		{"-u app -g www --clear-groups", "1000:1000 [33 1000] app /home/app"},
		{"-u 10001 -g 2147483647", "10001:10001 [10001 2147483647] - /"},
		/* Root's own, but asked for. */
		{"-u app:app -g adm", "1000:1000 [4 1000] app /home/app"},
	};
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		must_have(&world, rows[i].words, rows[i].wanted);
	must_not_plan(
		&planned, &world, "stepdown -u app -g bogus cmd",
		"looking up the group: 'bogus': no such group in /etc/group (a numeric gid needs "
		"no entry)");
	must_not_plan(&planned, &world, "stepdown -u app -g nogid cmd",
	              "looking up the group: 'nogid': no such group");
	must_not_plan(&planned, &world, "stepdown -u app --clear-groups -g zero cmd",
	              "looking up the group: 'zero': no such group");
}

static void renumbered_group_counts_by_its_new_gid(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	start_with(&world, (gid_t[]){0, NO_MORE});
	/* The group app goes from 1000 to 10002; 1000 would be nobody's, or somebody else's. */
	must_have(&world, "-u app=10001:10002 -g app", "10001:10002 [10002] app /home/app");
	/* As the second start of the same container finds it. */
	world.passwd = slice_of("app:x:10001:10002::/home/app:/bin/sh\n");
	world.group = slice_of("app:x:10002:\n");
	must_have(&world, "-u app=10001:10002 -g app", "10001:10002 [10002] app /home/app");
}

static void only_whole_names_are_members(void **state)
{
	struct facts world = world_of_container();

	(void)state;
	world.group = slice_of("a:x:1:ap\nb:x:2:apps\nc:x:3:xapp\nd:x:4:x,app\ne:x:5:app,x\n"
	                       "f:x:6:x,app,y\ng:x:7:,,\nh:x:8: app\ni:x:9:APP\nj:x:10:app,app\n");
	start_with(&world, (gid_t[]){0, NO_MORE});
	must_have(&world, "-u app", "1000:1000 [4 5 6 10 1000] app /home/app");
	/* Who has no name is no member of "g". */
	must_have(&world, "-u 10001", "10001:10001 [10001] - /");
}

static void not_root_keeps_exactly_the_groups_it_has(void **state)
{
	static gid_t start[] = {4, 1000, 2000, NO_MORE};
	struct facts world = world_of_user(1000, 1000);

	(void)state;
	start_with(&world, start);
	must_have(&world, "-u app", "1000:1000 [4 1000 2000] app /home/app");
	must_have(&world, "-u app -g www --clear-groups", "1000:1000 [4 1000 2000] app /home/app");
}

/* NGROUPS_MAX is 65536, the primary group included. */
static void more_groups_than_the_kernel_takes_are_refused(void **state)
{
	static const struct {
		size_t count;
		bool ok;
	} rows[] = {{65535, true}, {65536, false}, {70000, false}};
	const size_t size = 1 << 23;
	char *memory = malloc(size);
	gid_t *start = calloc(70000, sizeof(*start));

	(void)state;
	assert_non_null(memory);
	assert_non_null(start);
	for (size_t i = 0; i < 70000; i++)
		start[i] = (gid_t)(100000 + i);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = arena_in(memory, size);
		struct facts world = world_of_container();
		struct options options = {0};
		struct error error;
		struct planner planner = {
			.options = &options,
			.facts = &world,
			.arena = &arena,
			.error = &error,
		};
		struct plan plan = {0};
		struct found_user user = {
			.spec.group.given = true,
			.identity.ids = {.uid = 1000, .gid = 1000},
		};

		world.creds.groups = start;
		world.creds.group_count = rows[i].count;
		assert_int_equal(identity_find_groups(&planner, &user, &plan), rows[i].ok);
		assert_int_equal(user.identity.ids.group_count, rows[i].ok ? rows[i].count + 1 : 0);
		if (!rows[i].ok)
			assert_string_equal(error.message, "working out the groups: too many "
			                                   "groups (see --clear-groups)");
	}
	free(start);
	free(memory);
}

static void the_list_is_sorted_and_unique_in_whatever_order_it_came(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;
	char text[512] = "stepdown -u 500:500 --clear-groups";

	(void)state;
	/* 7 is a generator of the numbers below 41: each comes once, in no order; then again. */
	for (unsigned i = 0, gid = 1; i < 60; i++, gid = gid * 7 % 41) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, " -g%u", gid);
	}
	strcat(text, " cmd");
	must_plan(&planned, &world, text);
	assert_int_equal(planned.plan.identity->ids.group_count, 41);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(planned.plan.identity->ids.groups[i], i + 1);
	assert_int_equal(planned.plan.identity->ids.groups[40], 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_of_root_that_are_left_out_are_noted),
		cmocka_unit_test(S9_the_primary_group_is_always_in_the_list),
		cmocka_unit_test(the_files_groups_are_the_users_unless_a_primary_one_is_given),
		cmocka_unit_test(S7_a_damaged_group_line_grants_nothing),
		cmocka_unit_test(S10_granted_groups_stay_and_groups_of_root_go),
		cmocka_unit_test(S10_group_0_is_in_the_list_only_if_the_option_names_it),
		cmocka_unit_test(groups_of_the_option_are_always_added),
		cmocka_unit_test(renumbered_group_counts_by_its_new_gid),
		cmocka_unit_test(only_whole_names_are_members),
		cmocka_unit_test(not_root_keeps_exactly_the_groups_it_has),
		cmocka_unit_test(more_groups_than_the_kernel_takes_are_refused),
		cmocka_unit_test(the_list_is_sorted_and_unique_in_whatever_order_it_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
