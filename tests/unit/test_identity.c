#include "plan_world.h"

#define APP "1000:1000 [44 998 1000] app /home/app"

/* The groups of the file are the user's, unless a primary group is given. */
PLANS(S9_names_and_numbers, in_a_container) = {
	{"-u %", APP, .each = "app 1000 0001000", .account = "keep keep"},
	{"-u app:%", "1000:% [%] app /home/app", .each = "33 72 0"},
};

PLANS(S4_a_numeric_name_does_not_beat_the_uid, in_a_container) = {
	{"-u 1000", "1000:1000 [1000] - /", .passwd = "1000:x:0:0::/root:/bin/sh\n"},
	{"-u 1000:33", "1000:33 [33] app /home/app", .group = "33:x:0:\n", .groups = "0"},
};

PLANS(S5_S6_S7_without_a_good_line_there_is_no_user_and_no_group, in_a_container) = {
	{"-u % --allow-root", .refused = NO_USER("%"), .each = "bogus 0day damaged short App huge"},
	{"-u app:%", .refused = NO_GROUP("%"), .each = "bogus nogid huge zero"},
	{"-u app -g %", .refused = NO_GROUP("%"), .each = "bogus nogid zero"},
	/* A user who is not root keeps exactly the groups of the start. --group is not looked at. */
	{"-u %", .refused = NO_USER("%"), AS(1000, 1000), .each = "bogus 0day damaged huge short"},
	{"-u app -g zero --clear-groups", "1000:1000 [4 1000 2000] app /home/app", AS(1000, 1000),
         .groups = "4 1000 2000"},
	/* A damaged line is not joined by a second one. */
	{"-u damaged=71", .refused = "making the account: 'damaged': its line in /etc/passwd"},
};

PLANS(S8_without_an_entry_the_gid_is_the_uid_and_never_0, in_a_container) = {
	/* The line of 42 is damaged, and its gid does not count. */
	{"-u %", "%:% [%] - /", .each = "71 2147483647 42", .account = "keep keep"},
};

/* The home is --home, the entry's before the start, the environment's or "/", in this order. */
PLANS(home_is_the_first_of_four_sources, in_a_container) = {
	{"% -u app", APP, .each = "HOME=/root HOME=/elsewhere LANG=C"},
	{"HOME=/x -u app --home %", "1000:1000 [44 998 1000] app %", .each = "/given /root"},
	/* The home of the entry is "/". */
	{"HOME=/elsewhere -u slash", "60:60 [60] slash /elsewhere"},
	/* No entry. */
	{"HOME=% -u 71", "71:71 [71] - %", .each = "/elsewhere /a:b /root/x"},
	{"% -u 71", "71:71 [71] - /", .each = "HOME=/root HOME=/root// HOME=relative HOME= LANG=C"},
	/* passwd cannot hold that home, but the environment can. */
	{"HOME=/a:b -u new=71", "71:71 [71] new /a:b", .account = "add add new=71"},
	/* The account keeps its home if the uid is another one. */
	{"HOME=/config -u app=71", "71:1000 [44 998 1000] app /home/app",
         .account = "renumber keep app=71 /home/app"},
	/* A name and a home may have one byte. */
	{"HOME=/x -u a", "7:8 [8] a h", .environment = "HOME=h USER=a LOGNAME=a",
         .passwd = "a:x:7:8::h:\n"},
	/* Root's home is known by its entry, too. */
	{"HOME=/var/root -u 71", "71:71 [71] - /", .passwd = "root:x:0:0::/var/root/:/bin/sh\n"},
};

#define IN_0 "PUID=1234 ZERO=00 ROOT=root "
#define OF_GROUP_0 .passwd = "app:x:1234:0::/root:/bin/sh\n"

/* A group may be 0 if the author names the user whose entry says so, or the group. */
PLANS(S38_group_0_must_be_written_in_the_option, in_a_container) = {
	{IN_0 "-u %", OF_GROUP_0, .each = "app 1234 app:0 app=1234 ${PUID}:0 app=${PUID}:root"},
	{IN_0 "-u ${PUID}", "1234:1234 [1234] - /"},
	{IN_0 "-u ${PUID}", .refused = GROUP_0("user", "1234"), OF_GROUP_0},
	{IN_0 "-u ${PUID}", .refused = GROUP_0("user", "1234"),
         .passwd = "app:x:1234:5::/:/bin/sh\n", .group = "root:x:0:root,app\n"},
	{IN_0 "-u app=${PUID}", .refused = GROUP_0("user", "app=1234"), OF_GROUP_0},
	{IN_0 "-u %:${ZERO}", .refused = GROUP_0("user", "1234:00"), .each = "${PUID} 1234"},
	{IN_0 "-u app:${ROOT}", .refused = GROUP_0("user", "app:root")},
	/* By another name than root the author did not choose group 0. */
	{IN_0 "-u ${PUID}:wheel", .refused = GROUP_0("user", "1234:wheel"),
         .group = "wheel:x:0:\n"},
	{"-u %", .refused = GROUP_0("user", "9:0"), .each = "${NONE:-9:0} ${NONE:-9}:${NONE:-0}"},
};
