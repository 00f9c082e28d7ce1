#include "scenario.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* What Docker gives: chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service
 * net_raw sys_chroot mknod audit_write setfcap. */
#define CONTAINER UINT64_C(0xa80425fb)
#define FEW (BIT(CAP_CHOWN) | BIT(CAP_SETGID) | BIT(CAP_SETUID))

#define PASSWD(ids)                                                                                \
	"root:x:0:0:root:/root:/bin/sh\n"                                                          \
	"app:x:" ids ":The app:/home/app:/bin/sh\n"                                                \
	"other:x:1001:1001::/:/bin/sh"
#define GROUP(app_gid)                                                                             \
	"root:x:0:root\n"                                                                          \
	"wheel:x:10:root\n"                                                                        \
	"www:x:33:app,other\n"                                                                     \
	"app:x:" app_gid ":\n"

const char old_passwd[] = PASSWD("1000:1000");
const char old_group[] = GROUP("1000");
static const char passwd_with_svc[] = PASSWD("1000:1000") "\nsvc:*:2000:2001::/:/sbin/nologin\n";
static const char group_with_svc[] = GROUP("1000") "svc:*:2001:\n";

/* --- what the process is when it starts ------------------------------------------------------------ */

static void limit(uint64_t bounding, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)permitted, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(permitted >> 32), (uint32_t)(permitted >> 32),
	         (uint32_t)(inheritable >> 32)},
	};

	for (unsigned cap = 0; cap < 64; cap++) {
		if ((bounding & BIT(cap)) == 0 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			die("the bounding set");
	}
	if (syscall(SYS_capset, &header, data) != 0)
		die("capset");
}

static void set_groups(const gid_t *groups, size_t count)
{
	if (setgroups(count, groups) != 0)
		die("setgroups");
}

static void become_container(void)
{
	set_groups((const gid_t[]){0}, 1);
	limit(CONTAINER, CONTAINER, 0);
}

static void become_with_groups(void)
{
	become_container();
	set_groups((const gid_t[]){0, 10, 27, 2000}, 4);
}

static void become_with_few(void)
{
	become_container();
	limit(FEW, FEW, 0);
}

/* S12: what a step down by others left behind. */
static void become_with_inherited(void)
{
	uint64_t inherited = BIT(CAP_NET_RAW) | BIT(CAP_NET_BIND_SERVICE);

	become_container();
	limit(CONTAINER, CONTAINER, inherited);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) != 0 ||
	    prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0)
		die("ambient set");
}

static void become_app(void)
{
	become_container();
	set_groups((const gid_t[]){33, 1000}, 2);
	if (setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0)
		die("becoming app");
}

void scenario_become(const struct scenario *scenario)
{
	if (scenario->become != NULL)
		scenario->become();
	else if (scenario->id_map == NULL)
		become_container();
	/* Else the namespace denies setgroups: the list stays, and it is empty or harmless. */
}

/* --- what lies there ------------------------------------------------------------------------------- */

static const struct entry tree[] = {
	{"/data", 'd', 0, 0, 1000, 1000, 0},
	{"/data/a", 'f', 0, 0, 1000, 1000, 0},
	{"/data/b", 'f', 1000, 1000, 1000, 1000, 0},
	{"/data/sub", 'd', 0, 0, 1000, 1000, 0},
	{"/data/sub/c", 'f', 1001, 1001, 1000, 1000, 0},
	{"/data/sub/deep", 'd', 1000, 1000, 1000, 1000, 0},
	{"/data/sub/deep/d", 'f', 0, 0, 1000, 1000, 0},
	{"/data/link", 'l', 0, 0, 1000, 1000, 0},
	{.path = NULL},
};

/* The hard link is told, and never given away. */
static const struct entry hostile[] = {
	{"/data", 'd', 1001, 1001, 1000, 1000, 0777}, {"/data/hard", 'h', 0, 0, 0, 0, 0},
	{"/data/link", 'l', 0, 0, 1000, 1000, 0},     {"/data/sub", 'd', 1001, 1001, 1000, 1000, 0},
	{"/data/sub/file", 'f', 0, 0, 1000, 1000, 0}, {.path = NULL},
};

/* S35 */
static const struct entry closed[] = {
	{"/data", 'd', 1000, 1000, 1000, 1000, 0700},
	{"/data/file", 'f', 0, 0, 1000, 1000, 0},
	{"/data/sub", 'd', 1000, 1000, 1000, 1000, 0700},
	{"/data/sub/file", 'f', 0, 0, 1000, 1000, 0},
	{.path = NULL},
};

static const struct entry top[] = {
	{"/data", 'd', 0, 0, 1000, 1000, 0},
	{"/data/file", 'f', 0, 0, 0, 0, 0},
	{.path = NULL},
};

static const struct entry wide[] = {
	{"/data", 'd', 0, 0, 1000, 1000, 0},       {"/data/1", 'd', 0, 0, 1000, 1000, 0},
	{"/data/1/1", 'd', 0, 0, 1000, 1000, 0},   {"/data/1/2", 'd', 0, 0, 1000, 1000, 0},
	{"/data/1/3", 'f', 0, 0, 1000, 1000, 0},   {"/data/1/1/1", 'f', 0, 0, 1000, 1000, 0},
	{"/data/1/1/2", 'f', 0, 0, 1000, 1000, 0}, {"/data/1/2/1", 'f', 0, 0, 1000, 1000, 0},
	{"/data/2", 'd', 0, 0, 1000, 1000, 0},     {"/data/2/1", 'd', 0, 0, 1000, 1000, 0},
	{"/data/2/1/1", 'f', 0, 0, 1000, 1000, 0}, {"/data/2/1/2", 'f', 0, 0, 1000, 1000, 0},
	{"/data/3", 'd', 0, 0, 1000, 1000, 0},     {"/data/3/1", 'f', 0, 0, 1000, 1000, 0},
	{"/data/3/2", 'f', 0, 0, 1000, 1000, 0},   {"/data/3/3", 'd', 0, 0, 1000, 1000, 0},
	{"/data/3/3/1", 'f', 0, 0, 1000, 1000, 0}, {.path = NULL},
};

static const struct entry for_svc[] = {
	{"/data", 'd', 0, 0, 2000, 2001, 0},
	{"/data/file", 'f', 0, 0, 2000, 2001, 0},
	{.path = NULL},
};

static const long old_kernel[] = {SYS_openat2, SYS_statx, -1};

/* --- the command lines ------------------------------------------------------------------------------- */

#define AS(id, group, list, directory, name)                                                       \
	.uid = id, .gid = group, .groups = list, .home = directory, .user = name
#define APP AS(1000, 1000, "33 1000", "/home/app", "app")
#define SVC AS(2000, 2001, "2001", "/", "svc")
#define ADDED .new_passwd = passwd_with_svc, .new_group = group_with_svc, .state = {SVC}
#define OWN_ONE_JOB "stepdown --own-jobs 1 --user app --own /data"

const struct scenario scenarios[] = {
	{.name = "S11_look_up_by_name", .words = "stepdown --user app", .state = {APP}},
	{.name = "S11_look_up_by_number", .words = "stepdown --user 1000", .state = {APP}},
	{.name = "S11_number_without_an_entry",
         .words = "stepdown --user 4711",
         .state = {AS(4711, 4711, "4711", "/", NULL)}},
	{.name = "S10_groups_of_the_start",
         .words = "stepdown --user app --group wheel",
         .become = become_with_groups,
         .state = {AS(1000, 1000, "10 27 33 1000 2000", "/home/app", "app")}},
	{.name = "S10_groups_of_the_start_are_cleared",
         .words = "stepdown --user app --clear-groups",
         .become = become_with_groups,
         .state = {AS(1000, 1000, "1000", "/home/app", "app")}},
	{.name = "S29_account_made", .words = "stepdown --user svc=2000:2001", ADDED},
	{.name = "S29_account_made_strict",
         .words = "stepdown --strict --quiet --user svc=2000:2001",
         ADDED},
	{.name = "S29_account_renumbered",
         .words = "stepdown --user app=3000:3000",
         .new_passwd = PASSWD("3000:3000"),
         .new_group = GROUP("3000"),
         .state = {AS(3000, 3000, "3000", "/home/app", "app")}},
	{.name = "S29_account_in_mounted_files",
         .words = "stepdown --user svc=2000:2001",
         .etc = ETC_FILES_MOUNTED,
         ADDED},
	{.name = "S29_set_up_only",
         .words = "stepdown --setup-only --user svc=2000:2001 --own /data",
         .entries = for_svc,
         ADDED},
	{.name = "S16_volume_pinned", .words = OWN_ONE_JOB, .entries = tree, .state = {APP}},
	{.name = "S16_volume_by_name",
         .words = OWN_ONE_JOB,
         .entries = tree,
         .settled = true,
         .state = {APP}},
	{.name = "S17_volume_with_links", .words = OWN_ONE_JOB, .entries = hostile, .state = {APP}},
	{.name = "S18_volume_once_strict",
         .words = "stepdown --own-jobs 1 --strict --user app --own-once /data",
         .entries = tree,
         .state = {APP}},
	{.name = "S15_volume_made_and_top",
         .words = "stepdown --user app --own-top /data --mkdir /new/deep",
         .entries = top,
         .state = {APP}},
	{.name = "S31_volume_by_several_workers",
         .words = "stepdown --own-jobs 3 --user app --own /data",
         .entries = wide,
         .state = {APP}},
	{.name = "S19_volume_on_an_old_kernel",
         .words = OWN_ONE_JOB,
         .entries = tree,
         .absent = old_kernel,
         .state = {APP}},
	{.name = "S35_volume_without_rights_to_read_it",
         .words = OWN_ONE_JOB,
         .become = become_with_few,
         .entries = closed,
         .state = {APP, .bounding = FEW}},
	{.name = "S12_kept_capability",
         .words = "stepdown --user app --cap net_bind_service",
         .become = become_with_inherited,
         .state = {APP, .kept = BIT(CAP_NET_BIND_SERVICE), .ambient = BIT(CAP_NET_BIND_SERVICE),
                   .bounding = BIT(CAP_NET_BIND_SERVICE)}},
	{.name = "S12_inherited_capabilities",
         .words = "stepdown --user app",
         .become = become_with_inherited,
         .state = {APP}},
	{.name = "S13_new_privileges_allowed",
         .words = "stepdown --user app --allow-new-privs",
         .state = {APP, .may_gain_privileges = true, .bounding = CONTAINER}},
	{.name = "S26_root_without_capabilities",
         .words = "stepdown --user 0 --allow-root",
         .state = {AS(0, 0, "0 10", "/root", "root")}},
	{.name = "S30_umask_and_home",
         .words = "stepdown --user app:www --umask 0027 --home /srv",
         .state = {AS(1000, 33, "33", "/srv", "app"), .mask = "0027"}},
	{.name = "S30_gosu",
         .words = "gosu app",
         .state = {AS(1000, 1000, "33 1000", "/home/app", NULL), .may_gain_privileges = true,
                   .bounding = CONTAINER}},
	{.name = "S30_su_exec",
         .words = "su-exec 1000:33",
         .become = become_with_inherited,
         .state = {AS(1000, 33, "33", "/home/app", NULL), .may_gain_privileges = true,
                   .bounding = CONTAINER, .securebits = SECBIT_NO_SETUID_FIXUP}},
	{.name = "S30_not_root_at_the_start",
         .words = "stepdown --strict --user app",
         .become = become_app,
         .state = {APP, .bounding = CONTAINER}},
	{.name = "S10_user_namespace_without_setgroups",
         .words = "stepdown --user app:app",
         .id_map = "0 0 1\n1000 1000 1\n",
         .state = {AS(1000, 1000, "-", "/home/app", "app")}},
	{.name = "S10_user_namespace_with_one_id",
         .words = "stepdown --user app",
         .id_map = "0 0 1\n",
         .never_runs = true},
	{.name = NULL},
};

bool scenario_has(const struct scenario *scenario, const char *option)
{
	return strstr(scenario->words, path_of(" %s ", option)) != NULL;
}

const struct scenario *scenario_find(const char *name)
{
	for (const struct scenario *scenario = scenarios; scenario->name != NULL; scenario++) {
		if (strcmp(scenario->name, name) == 0)
			return scenario;
	}
	die(name);
}
