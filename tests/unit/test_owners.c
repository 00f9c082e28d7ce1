#include "plan_world.h"

#define APP "1000:1000 [1000] app /home/app"
#define ABOVE "its owner is above 2147483647 (give the number)"
#define FINDING "finding the path: "

/* A path that is not among these is missing. */
static const struct path_owner owners[] = {
	{{"/app's", 6}, 1000, 1000, &owners[1]},
	{{"/stranger's", 11}, 71, 72, &owners[2]},
	{{"/group-0", 8}, 71, 0, &owners[3]},
	{{"/app's-group-0", 14}, 1000, 0, &owners[4]},
	{{"/root's", 7}, 0, 0, &owners[5]},
	{{"/socket", 7}, 0, 998, &owners[6]},
	{{"/lost", 5}, 65534, 65534, &owners[7]},
	{{"/lost-group", 11}, 71, 65534, &owners[8]},
	/* Owners that passwd cannot hold, as ids of a user namespace of podman's (S1). */
	{{"/huge", 5}, 3000000000, 3000000000, &owners[9]},
	{{"/huge-group", 11}, 71, 2147483648, &owners[10]},
	{{"/limit", 6}, 2147483647, 2147483647, &owners[11]},
	{{"/limit-group", 12}, 71, 2147483647, NULL},
};

static void with_owners(void **state)
{
	struct facts world = world_of_container();

	world.owners = owners;
	check_plans(&world, *state);
}

/* Both ids are the path's, and as with "uid:gid" the file's groups are not asked for. */
PLANS(a_path_stands_for_its_owner_and_group, with_owners) = {
	{"-u @/app's", APP},
	{"-u @/lost-group", "71:71 [71] - /"},
	{"-u @/limit-group", "71:2147483647 [2147483647] - /"},
	{"-u @/app's:7 -g 5", "1000:7 [5 7] app /home/app"},
	/* An account is made or renumbered. */
	{"-u new=@/group-0", "71:71 [71] new /", .account = "add add new=71 /"},
	{"-u new=@/huge-group", "71:71 [71] new /", .account = "add add new=71 /"},
	{"-u app=@/stranger's", "71:72 [72] app /home/app",
         .account = "renumber renumber app=71:72 /home/app"},
};

PLANS(S8_group_0_of_a_path_is_taken_only_if_the_option_names_it, with_owners) = {
	{"-u @/group-0", "71:71 [71] - /"},
	{"-u @/app's-group-0", "1000:1000 [44 998 1000] app /home/app"},
	{"-u @/group-0:0", "71:0 [0] - /"},
	{"-u app:app -g @/socket", "1000:1000 [998 1000] app /home/app"},
	{"-u app --allow-root -g @%", .refused = FINDING "'%': its group is root's",
         .each = "/root's /group-0"},
};

PLANS(S26_unmapped_owner_and_root_are_refused, with_owners) = {
	{"-u %", .refused = NO_PATH("/none"),
         .each = "@/none @/none:bogus @/none,${UNSET} @/root's,@/none"},
	{"-u app -g @/none", .refused = NO_PATH("/none")},
	{"-u @/lost", .refused = FINDING "'/lost': nobody's, or not mapped in this user namespace"},
	{"-u %", .refused = FINDING "'/huge': " ABOVE, .each = "@/huge new=@/huge"},
	{"-u app -g @/huge-group", .refused = FINDING "'/huge-group': " ABOVE},
	{"-u %", .refused = IS_UID_0("%"), .each = "@/root's @/socket:www new=@/socket"},
	{"-u @/none,@/root's", .refused = IS_UID_0("@/root's")},
	/* Only an absent user or path and uid 0 let the next alternative count. */
	{"-u app:bogus,www", .refused = NO_GROUP("bogus")},
	{"-u root=71,app", .refused = "making the account: 'root': it is uid 0 (choose another"},
	{"-u bogus,@/none,nobody-at-all", .refused = NO_USER("nobody-at-all")},
};

PLANS(first_alternative_that_exists_is_taken, with_owners) = {
	{"-u %", APP, .each = "@/app's,71 app:app,www @/app's,${UNSET}"},
	{"-u %", "71:71 [71] - /",
         .each = "@/none,71 @/root's,71 @/lost,71 @/huge,71 ${UNSET:-@/none},71 "
                 "@/${UNSET},71"},
	{"-u @/limit", "2147483647:2147483647 [2147483647] - /"},
	/* Uid 0 is not allowed, so the next one is. */
	{"-u %,app:app", APP, .each = "0 root:www"},
	/* Root where that is allowed, but not for a path when there is another way. */
	{"--allow-root -u root:app,app", "0:1000 [1000] root /root"},
	{"--allow-root -u @/root's,app:app", APP},
	{"--allow-root -u @/none,@/root's", "0:0 [0 4 6] root /root"},
};

/* --group takes the first alternative that exists and is not root's. An empty one is no group. */
PLANS(a_group_has_alternatives_and_may_be_none, with_owners) = {
	{"-u 5:5 -g %", "5:5 [5 33] - /",
         .each = "@/none,www, @/root's,@/lost,@/huge,www bogus,www,docker"},
	{"-u 5:5 -g 7,www", "5:5 [5 7] - /"},
	{"-u 5:5 -g '' -g www -g @/none, -g 7", "5:5 [5 7 33] - /"},
	/* Group 0 is passed over if there is another way; it is given if the author wrote it. */
	{"ZERO=0 -u 5:5 -g %,www", "5:5 [5 33] - /", .each = "0 ${ZERO}"},
	{"ZERO=0 -u 5:5 -g ${ZERO},", "5:5 [5] - /"},
	{"-u 5:5 -g @/none,0", "5:5 [0 5] - /"},
	/* A group that is renumbered counts by its new number, whatever alternative it is. */
	{"-u app=1234:1234 -g @/none,app", "1234:1234 [1234] app /home/app"},
	{"ZERO=0 -u 5:5 -g @/none,${ZERO}", .refused = GROUP_0("group", "0") "; ZERO is '0')"},
};

/* Nothing is left of an alternative that was passed over. Uid 0 has no entry, so one would be made for it. */
PLANS(S29_an_account_of_another_alternative_is_not_made, with_owners) = {
	{"-u %", .account = "keep keep", .each = "new=0,app new=0,71 new=@/root's,@/app's",
         .steps = "stdio drop command", .notes = "", .groups = "0",
         .passwd = "app:x:1000:1000::/home/app:/bin/sh\n"},
};

/* There may be nothing to find for a user who is not root, and nothing more is given for it. */
PLANS(unresolved_path_as_non_root_is_a_warning, with_owners) = {
	{"-u %", "1000:1000 [1000] app /home/app", AS(1000, 1000), .notes = "",
         .each = "@/app's @/none,@/app's @/root's,app"},
	{"-u %", "33:33 [33] www /var/www", NOT_AS("%", 33, 33), .each = "@/app's @/none @/lost"},
	{"-u @/root's", NOT_AS("@/root's", 33, 0)},
	{"--strict -u %", AS(33, 33), .refused = NOT_ROOT("%", 33, 33),
         .each = "@/app's @/none new=@/lost @/root's"},
};
