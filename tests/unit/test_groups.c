#include "core/plan_groups.h"
#include "plan_world.h"

#define APP "1000:1000 [1000] app /home/app"
#define LEFT_OUT                                                                                   \
	" left out, because /etc/group gives them to root (--group keeps one that the container "  \
	"was granted)"
#define GROUPS "working out the groups: "

/* On Alpine /etc/group gives root dialout and video, and an engine hands over no group twice. */
PLANS(groups_of_root_that_are_left_out_are_noted, in_a_container) = {
	{"-u app:app", .notes = GROUPS "'4 6':" LEFT_OUT},
	{"-u app:app -g disk", .notes = GROUPS "'4':" LEFT_OUT},
	{"-u app:app", .notes = "", .groups = "0", .group = "root:x:0:root\napp:x:1000:\n"},
};

PLANS(S10_granted_groups_stay_and_groups_of_root_go, in_a_container) = {
	/* --group-add, fsGroup, supplementalGroups. */
	{"-u app", "1000:1000 [27 44 998 1000 2000] app /home/app", .groups = "0 27 2000"},
	{"-u 10001:0", "10001:0 [0 2000] - /", .groups = "0 4 2000"},
	/* 6 is root's, but www's too; 44 is nobody's but app's. */
	{"-u www", "33:33 [6 33 44 998] www /var/www", .groups = "0 4 6 44"},
	/* The kernel shows 65534 for a group that is not mapped. */
	{"-u app:app", APP, .groups = "0 65534", .notes = ""},
	{"-u app:app --clear-groups -g 7", "1000:1000 [7 1000] app /home/app", .groups = "0 7 8"},
	/* Group 0, only if the option or the file names it. */
	{"-u app:app -g %", "1000:1000 [0 1000] app /home/app", .each = "0 root"},
	{"-u app", "1000:1000 [0 1000] app /home/app", .group = "root:x:0:app\n", .groups = "0"},
};

PLANS(groups_of_the_option_are_always_added, in_a_container) = {
	/* More than the list has room for at first, in no order. */
	{"-u 9:9 --clear-groups -g 18 -g 1 -g 17 -g 2 -g 16 -g 3 -g 15 -g 4 -g 14 -g 5 -g 13 -g 6 "
         "-g 18 -g 12 -g 7 -g 11 -g 8 -g 10 -g 1",
         "9:9 [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18] - /"},
	{"-u app -g 1000 --clear-groups", APP},
	/* A renumbered group counts by its new gid. */
	{"-u app=10001:10002 -g www", "10001:10002 [33 10002] app /home/app", .groups = "0"},
};

/* Finds the groups of the user app, 1000:1000, and returns their number, or 0 for an error. */
static size_t count_groups(const struct facts *world, bool group_given)
{
	static char memory[1 << 23];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct options options = {0};
	struct error error;
	struct planner planner = {
		.options = &options, .facts = world, .arena = &arena, .error = &error};
	struct plan plan = {0};
	struct found_user user = {.spec.group.given = group_given,
	                          .identity = {{.uid = 1000, .gid = 1000}, {"app", 3}, "/"}};

	if (!identity_find_groups(&planner, &user, &plan))
		assert_string_equal(error.message, GROUPS "too many groups (see --clear-groups)");
	return user.identity.ids.group_count;
}

/* NGROUPS_MAX is 65536, the primary group included. */
TEST(more_groups_than_the_kernel_takes_are_refused)
{
	static const char *const members[] = {"app", "root"};
	static gid_t start[65537];
	static char file[1 << 21];
	struct facts world = world_of_container();

	for (size_t i = 0; i < COUNT(start); i++)
		start[i] = (gid_t)(100000 + i);
	world.creds.groups = start;
	world.creds.group_count = 65535;
	assert_int_equal(count_groups(&world, true), 65536);
	world.creds.group_count = 65536;
	assert_int_equal(count_groups(&world, true), 0);
	/* Those of the file. */
	world.creds.group_count = 0;
	for (size_t member = 0; member < COUNT(members); member++) {
		char *end = file;

		for (size_t i = 0; i < COUNT(start); i++)
			end += sprintf(end, "g:x:%u:%s\n", start[i], members[member]);
		world.group = slice_between(file, end);
		assert_int_equal(count_groups(&world, member == 1), 0);
	}
}
