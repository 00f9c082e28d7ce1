#include <linux/capability.h>
#include <linux/securebits.h>

#include "plan_world.h"

#define NEEDS(doing, capabilities)                                                                 \
	.refused = doing ": '" capabilities "': missing in the container (start it as root with "  \
			 "--cap-add of these, or do without)"
#define MAKING "making the account: 'new': "
#define NOT_MADE(reason) .groups = "0", .notes = MAKING reason " (the ids are used by number)"

PLANS(the_steps_stand_in_the_order_in_which_they_are_safe, in_a_container) = {
	/* Made before what lies in it is owned. */
	{"-u new=10001 --umask 0 --mkdir-mode 0700 -o /a --own-top /b --mkdir /c:/d -o /e",
         .steps = "account mkdir:/c mkdir:/d own:/a own:/e top:/b finish stdio umask drop check:/c "
                  "check:/d check:/a check:/e check:/b command"},
	/* One record of a path, whatever the options and the order. */
	{"-u app --own-once /b --own-top /a --mkdir /a/ -o //a/. --mkdir /b",
         .steps = "mkdir+once:/b mkdir+own:/a/ finish stdio drop check:/b check:/a/ command"},
	{"-u app --own-top /a --own-once /b -o /c",
         .steps = "own:/c once:/b top:/a finish stdio drop check:/c check:/b check:/a command"},
	{"-u app --own-top /a --own-once /a --own-top b:/b:/ab:/a/../a",
         .steps = "once:/a top:b top:/b top:/ab top:/a/../a finish stdio drop check:/a check:b "
                  "check:/b check:/ab check:/a/../a command"},
	{"-u app --own-from www,44 --own-jobs 3 -o /a",
         .steps = "own:/a finish stdio drop check:/a command from 33,44"},
	{"-u new=5 -o a --mkdir b --umask 0 --setup-only", .steps = "account mkdir:b own:a finish"},
	{"-u oddgroup=41", .steps = "account stdio drop command"},
	/* An account whose uid has another name is told. */
	{"-u new=41", .notes = MAKING "uid 41 is 'oddgroup' and keeps that name", .groups = "0"},
	/* FROM scratch: no /etc at all. */
	{"-u app=10001:10002", "10001:10002 [10002] app /", .passwd = "", .group = "",
         .groups = "0", .account = "add add app=10001:10002 /"},
};

PLANS(HOME_USER_and_LOGNAME_come_from_the_entry, in_a_container) = {
	{"A=1 -u app", .environment = "A=1 HOME=/home/app USER=app LOGNAME=app"},
	/* No entry: nothing of root's is left. */
	{"-u 10001", .environment = "PATH=/bin LANG=C HOME=/"},
	{"HOME=/srv USER=me LOGNAME=me -u 10001", .environment = "HOME=/srv USER=me LOGNAME=me"},
	{"USER=root LOGNAME=me -u 10001", .environment = "HOME=/ LOGNAME=me"},
	{"-u app --keep-env", .environment = "PATH=/bin HOME=/root LANG=C USER=root LOGNAME=root"},
	/* Each name once; whatever else there is passes through, in its order. */
	{"B=2 HOME=/x odd A=1 HOME=/y HOMER=/z B=3 USER= =w -u app",
         .environment = "B=2 odd A=1 HOMER=/z B=3 =w HOME=/home/app USER=app LOGNAME=app"},
};

#define HIDDEN                                                                                     \
	"stepping down: '65534': a group may not be mapped in this user namespace, and stays "     \
	"(start without groups that /proc/self/gid_map does not hold)"

/* A start without root keeps its ids, with a warning if they are not those of --user. */
PLANS(non_root_keeps_its_ids_with_a_warning, in_a_container) = {
	{"-u %", "1000:1000 [1000] app /home/app", AS(1000, 1000), .notes = "",
         .each = "app 1000:1000 app=1000", .steps = "drop command", .creds = "0 no_new_privs"},
	{"-u app", "1000:33 [33] app /home/app", NOT_AS("app", 1000, 33)},
	/* OpenShift: a number out of nowhere, in group 0. */
	{"-u app --home /h", "1000680000:0 [0] - /h", NOT_AS("app", 1000680000, 0)},
	/* The right ids, but the account is not there. */
	{"-u new=5", "5:5 [5] - /", AS(5, 5), .notes = BY_NUMBER("new"), .steps = "drop command"},
	{"-u app=41", "41:999 [999] oddgroup /home/app", AS(41, 999), .notes = ""},
	/* Owners are left alone, but checked. */
	{"-u app -o /a --mkdir /b --umask 077", AS(1000, 1000),
         .steps = "umask drop check:/b check:/a command"},
	/* A start as another user is "docker run --user", where setuid programs work as well. */
	{"-u app --strict --allow-new-privs", AS(1000, 1000), .notes = "", .creds = "0 bounding"},
	{"--strict -u app --cap chown", NEEDS("keeping capabilities", "cap_chown"), AS(1000, 1000)},
	{"-u app", .notes = HIDDEN, AS(1000, 1000), .may_hide_groups = true},
	{"-u app --strict", .refused = HIDDEN, AS(1000, 1000), .may_hide_groups = true},
	{"-u app --setup-only", .refused = "setting up: not root (run it as root)", AS(1000, 1000)},
};

PLANS(S26_uid_0_is_refused_however_it_is_written, in_a_container) = {
	{"PUID=% -u ${PUID}", .refused = IS_UID_0("%"), .each = "0 00 root"},
	{"PUID=% -u app=${PUID}", .refused = IS_UID_0("app=%"), .each = "0 000"},
	{"-u %", .refused = IS_UID_0("%"), .each = "new=0 root:app root=0 toor"},
	{"% -u 0", .refused = IS_UID_0("0"), .each = "--dry-run --setup-only"},
	/* A start without root cannot ask for it either. */
	{"-u %", .refused = IS_UID_0("%"), .each = "0 new=0 root:app toor app=0:1", AS(5, 5)},
};

#define BOGUS "PUSER=bogus "
#define NAMES_BOGUS "PUSER is 'bogus')"
#define NAMES_ZERO "ZERO is '00': it is decimal, although a zero stands at its beginning)"

/* An error that the plan finds in a value names the variables as well. */
PLANS(an_error_names_the_variable, in_a_container) = {
	{BOGUS "-u ${PUSER:-x}:app", .refused = NO_USER("bogus") "; " NAMES_BOGUS},
	{BOGUS "-u ${PUSER:-x}", .refused = NO_USER("bogus") "; " NAMES_BOGUS, AS(1000, 1000)},
	{BOGUS "-u app --own-from app,${PUSER}", .refused = NO_USER("bogus") "; " NAMES_BOGUS},
	{BOGUS "-u app -g @/${PUSER}", .refused = NO_PATH("/bogus") "; " NAMES_BOGUS},
	{"ZERO=00 -u app:${ZERO}", .refused = GROUP_0("user", "app:00") "; " NAMES_ZERO},
	{"ZERO=00 -u app -g ${ZERO}", .refused = GROUP_0("group", "00") "; " NAMES_ZERO},
	{"ODD=a:b -u new=5 --home /${ODD}",
         .refused = "making the account: 'new': not a home directory that passwd can hold (an "
                    "absolute path without ':' and control bytes; ODD is 'a:b')"},
	/* Another alternative is no reason. */
	{"ZERO=00 -u ${ZERO},bogus", .refused = NO_USER("bogus") ")"},
};

PLANS(S30_missing_capabilities_are_an_error_of_the_plan, in_a_container) = {
	{"-u app", LACKS(SETUID), NEEDS("stepping down", "cap_setuid")},
	{"-u app", LACKS(SETGID), NEEDS("stepping down", "cap_setgid")},
	{"-u 0 --allow-root -g 7", LACKS(SETGID), NEEDS("stepping down", "cap_setgid")},
	/* The groups are as many as at the start, but others. */
	{"-u 0 --allow-root --clear-groups -g 4 -g 7", LACKS(SETGID),
         NEEDS("stepping down", "cap_setgid")},
	{"-u 0 --allow-root", .missing = ~UINT64_C(0)},
	{"-u 0:app -g 6 --allow-root", LACKS(SETUID)},
	{"-u app --cap chown --setup-only", .missing = ~UINT64_C(0), .not_permitted = ~UINT64_C(0)},
	{"-u app -o /a", LACKS(CHOWN)},
	/* The groups are the right ones, the gid may be another. */
	{"-u 0:501 --allow-root --clear-groups", AS(0, 501), .groups = "501",
         .missing = ~UINT64_C(0)},
	{"-u 0:0 --allow-root --clear-groups", AS(0, 501), .groups = "0", LACKS(SETGID),
         NEEDS("stepping down", "cap_setgid")},
	/* Without it the bounding set stays, and no_new_privs makes it harmless. */
	{"-u app %", LACKS(SETPCAP), .each = "-n --allow-new-privs"},
};

/* Seen at a look, before anything is changed. */
PLANS(an_account_that_cannot_be_made_is_used_by_number, in_a_container) = {
	/* The uid has no name then. The account's groups and its home stay. */
	{"-u new=5:6", "5:6 [6] - /", .etc_errnum = EROFS, NOT_MADE("Read-only file system"),
         .steps = "stdio drop command", .environment = "PATH=/bin LANG=C HOME=/"},
	{"-u app=10001", "10001:1000 [44 998 1000] - /home/app", .etc_errnum = EROFS},
	/* The name is that of the uid in the file as it is. */
	{"-u app=1000:33", "1000:33 [33] app /a", .etc_errnum = EROFS,
         .passwd = "first:x:1000:7::/:\napp:x:1000:8::/a:\n"},
	{"-u app=5", "5:1 [1 44 998] app /a", .etc_errnum = EROFS,
         .passwd = "app:x:1:1::/a:\napp:x:5:5::/:\n"},
	{"-u new=10001 --strict", .etc_errnum = ETIMEDOUT,
         .refused = MAKING "another process holds a lock on the account files (by useradd"},
	{"-u new=10001", .etc_errnum = EBUSY,
         NOT_MADE("Device or resource busy, because /etc/passwd or /etc/group is a mount")},
	{"-u new=10001", .etc_errnum = ELOOP,
         NOT_MADE(
		 "Too many levels of symbolic links, because /etc/passwd or /etc/group is a link")},
	/* Nothing is to be made. */
	{"-u app=1000 --strict", .etc_errnum = ELOOP, .groups = "0", .notes = ""},
	{"-u new=10001 --setup-only", .etc_errnum = ENOENT, .refused = MAKING "No such file"},
};

#define KEPT(mask) .creds = mask " no_new_privs"
#define ALL .notes = ""
#define ALL_BUT(name)                                                                              \
	.notes = "keeping capabilities: '" name                                                    \
		 "': missing in the container (the command runs without)"
#define BIND "net_bind_service"
#define TRY "-u app --strict --try-cap "

/* --try-cap keeps what is both permitted and in the bounding set, for root and for other users, and the rest is
 * no more than a note. */
static void as_root_and_as_user_with_capabilities(void **state)
{
	struct facts root = world_of_container();
	struct facts user = world_of_user(1000, 1000);
	struct plan_row rows[] = {
		{"-u app --cap " BIND ",sys_admin", .creds = "0x400 no_new_privs"}, {0}};

	root.creds.group_count = 1; /* no note about root's groups */
	check_plans(&root, *state);
	user.creds.permitted = user.creds.effective = CONTAINER_CAPABILITIES;
	check_plans(&user, *state);
	check_plans(&user, rows);
}

PLANS(tried_capability_is_kept_if_the_process_has_it, as_root_and_as_user_with_capabilities) = {
	{TRY BIND, KEPT("0"), ALL_BUT("cap_" BIND), .not_permitted = ~UINT64_C(0)},
	{TRY BIND, KEPT("0"), ALL_BUT("cap_" BIND), .not_bounding = ~UINT64_C(0)},
	{TRY "sys_admin --try-cap chown --cap " BIND, KEPT("0x401"), ALL_BUT("cap_sys_admin")},
	/* An ambient capability cannot be raised, and the bit can be cleared with CAP_SETPCAP unless it is locked. */
	{TRY BIND, KEPT("0"), ALL_BUT("cap_" BIND), .securebits = SECBIT_NO_CAP_AMBIENT_RAISE,
         LACKS(SETPCAP)},
	{TRY BIND, KEPT("0"), ALL_BUT("cap_" BIND),
         .securebits = SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED},
	{TRY BIND, KEPT("0x400"), ALL, .securebits = SECBIT_NO_CAP_AMBIENT_RAISE},
	{TRY BIND, KEPT("0x400"), ALL, .securebits = SECBIT_KEEP_CAPS, LACKS(SETPCAP)},
};

#define ROOT "-u 0 --allow-root --allow-new-privs"
#define BOUNDED_BY(capability) .not_bounding = ~CAPABILITY_BIT(CAP_##capability)

PLANS(S12_only_named_capabilities_are_kept_if_the_sets_hold_them, in_a_container) = {
	{"-u app --cap NET_BIND_SERVICE --cap cap_chown", KEPT("0x401")},
	{"-u app --cap chown --allow-new-privs", .creds = "0x1 bounding"},
	/* execve(2) would give uid 0 the whole bounding set. */
	{ROOT, .creds = "0"},
	{"-u app --cap lease,chown,bpf", NEEDS("keeping capabilities", "cap_lease,cap_bpf")},
	/* A bounding set of which all is to be kept needs no CAP_SETPCAP. */
	{ROOT " --cap chown", .creds = "0x1", LACKS(SETPCAP), BOUNDED_BY(CHOWN)},
	{ROOT, NEEDS("allowing new privileges", "cap_setpcap"), LACKS(SETPCAP), BOUNDED_BY(CHOWN)},
	/* Permitted, but not in the bounding set; and the other way round. */
	{"-u app --cap chown", NEEDS("keeping capabilities", "cap_chown"), BOUNDED_BY(KILL)},
	{"-u app --cap chown", NEEDS("keeping capabilities", "cap_chown"),
         .not_permitted = UINT64_MAX},
};

/* Takes more memory than the steps, which may find room where this does not. */
#define MANY                                                                                       \
	"A=1 B=2 C=3 D=4 E=5 F=6 G=7 H=8 I=9 J=10 K=11 L=12 M=13 N=14 O=15 P=16 Q=17 HOME=/root "

static void append_plan(char *found, const struct plan *plan)
{
	append_identity(found, plan);
	append_steps(found, plan);
	append_environment(found, plan);
	append_account(found, plan);
}

#define LONG MANY MANY MANY MANY MANY MANY MANY MANY MANY MANY
#define ZEROS                                                                                      \
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
	"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"

/* Memory of each size from nothing to enough gives an error or the same plan, and nothing is written behind it. */
TEST(full_arena_is_an_error)
{
	static const char *const lines[] = {
		MANY
		"-u ${NONE},new=${D}:10002 -g ${A},7 -g 9 -o /a:/c --mkdir /b --home /h${A} cmd",
		MANY "-u app=5:8 --umask 7 --own-from root,${B},www",
		"-u 33:" ZEROS ZEROS ZEROS "33 --cap chown",
		MANY "-u bogus,${A}",
		MANY "-u 9 -g ${A}",
		"-u 9 -g bogus," ZEROS ZEROS ZEROS "7",
		"-u 9 -o /a:/b:/c:/d:/e:/f:/g:/h:/i:/j:/k:/l:/m:/n:/o:/p",
		MANY "gosu app id",
	};

	for (size_t i = 0; i < 2 * COUNT(lines); i++) {
		struct facts world = i % 2 == 0 ? world_of_container() : world_of_user(1000, 1000);
		char wanted[FOUND_BYTES] = "", found[FOUND_BYTES] = "";
		struct planned planned;

		world.passwd = slice_of("x" ZEROS ":x:9:9::/:\n"
		                        "www:x:33:33::/" LONG ":\n"
		                        "app:x:1000:1000:" LONG ":/home/app:\n" PASSWD);
		memset(planned.memory, 0x5a, sizeof(planned.memory));
		must_plan(&planned, &world, lines[i / 2]);
		append_plan(wanted, &planned.plan);
		memset(planned.memory, 0x25, sizeof(planned.memory));
		planned.ok = false;
		for (size_t size = 0; !planned.ok; size++) {
			assert_true(size < sizeof(planned.memory) / 8);
			plan_in(size, &planned, &world, lines[i / 2]);
			assert_int_equal(planned.memory[size], 0x25);
			if (!planned.ok)
				assert_non_null(strstr(planned.error.message, "too "));
		}
		append_plan(found, &planned.plan);
		for (size_t warning = 0; warning < planned.plan.warning_count; warning++)
			assert_non_null(planned.plan.warnings[warning]);
		assert_found(lines[i / 2], found, wanted);
	}
}
