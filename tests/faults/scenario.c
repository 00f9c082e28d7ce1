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

const char old_passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			  "app:x:1000:1000:The app:/home/app:/bin/sh\n"
			  "other:x:1001:1001::/:/bin/sh";
const char old_group[] = "root:x:0:root\n"
			 "wheel:x:10:root\n"
			 "www:x:33:app,other\n"
			 "app:x:1000:\n";

static const char passwd_with_svc[] = "root:x:0:0:root:/root:/bin/sh\n"
				      "app:x:1000:1000:The app:/home/app:/bin/sh\n"
				      "other:x:1001:1001::/:/bin/sh\n"
				      "svc:*:2000:2001::/:/sbin/nologin\n";
static const char group_with_svc[] = "root:x:0:root\n"
				     "wheel:x:10:root\n"
				     "www:x:33:app,other\n"
				     "app:x:1000:\n"
				     "svc:*:2001:\n";
static const char passwd_renumbered[] = "root:x:0:0:root:/root:/bin/sh\n"
					"app:x:3000:3000:The app:/home/app:/bin/sh\n"
					"other:x:1001:1001::/:/bin/sh";
static const char group_renumbered[] = "root:x:0:root\n"
				       "wheel:x:10:root\n"
				       "www:x:33:app,other\n"
				       "app:x:3000:\n";

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

static void become_container(void)
{
	const gid_t groups[] = {0};

	if (setgroups(1, groups) != 0)
		die("setgroups");
	limit(CONTAINER, CONTAINER, 0);
}

static void become_with_groups(void)
{
	const gid_t groups[] = {0, 10, 27, 2000};

	if (setgroups(4, groups) != 0)
		die("setgroups");
	limit(CONTAINER, CONTAINER, 0);
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
	const gid_t groups[] = {33, 1000};

	if (setgroups(2, groups) != 0)
		die("setgroups");
	limit(CONTAINER, CONTAINER, 0);
	if (setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0)
		die("becoming app");
}

/* In a user namespace that denies setgroups the list stays, and it is empty or harmless. */
static void become_as_mapped(void)
{
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
	{NULL, 0, 0, 0, 0, 0, 0},
};

/* The hard link is told, and never given away. */
static const struct entry hostile[] = {
	{"/data", 'd', 1001, 1001, 1000, 1000, 0777}, {"/data/hard", 'h', 0, 0, 0, 0, 0},
	{"/data/link", 'l', 0, 0, 1000, 1000, 0},     {"/data/sub", 'd', 1001, 1001, 1000, 1000, 0},
	{"/data/sub/file", 'f', 0, 0, 1000, 1000, 0}, {NULL, 0, 0, 0, 0, 0, 0},
};

/* S35 */
static const struct entry closed[] = {
	{"/data", 'd', 1000, 1000, 1000, 1000, 0700},
	{"/data/file", 'f', 0, 0, 1000, 1000, 0},
	{"/data/sub", 'd', 1000, 1000, 1000, 1000, 0700},
	{"/data/sub/file", 'f', 0, 0, 1000, 1000, 0},
	{NULL, 0, 0, 0, 0, 0, 0},
};

static const struct entry top[] = {
	{"/data", 'd', 0, 0, 1000, 1000, 0},
	{"/data/file", 'f', 0, 0, 0, 0, 0},
	{NULL, 0, 0, 0, 0, 0, 0},
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
	{"/data/3/3/1", 'f', 0, 0, 1000, 1000, 0}, {NULL, 0, 0, 0, 0, 0, 0},
};

static const struct entry for_svc[] = {
	{"/data", 'd', 0, 0, 2000, 2001, 0},
	{"/data/file", 'f', 0, 0, 2000, 2001, 0},
	{NULL, 0, 0, 0, 0, 0, 0},
};

static const long old_kernel[] = {SYS_openat2, SYS_statx, -1};

/* --- the command lines ------------------------------------------------------------------------------- */

#define APP                                                                                        \
	.uid = 1000, .gid = 1000, .groups = "33 1000", .no_new_privs = 1, .mask = "0022",          \
	.home = "/home/app", .user = "app"
#define SVC                                                                                        \
	.uid = 2000, .gid = 2001, .groups = "2001", .no_new_privs = 1, .mask = "0022",             \
	.home = "/", .user = "svc"

const struct scenario scenarios[] = {
	{
		.name = "S11_look_up_by_name",
		.arguments = {"stepdown", "--user", "app"},
		.become = become_container,
		.state = {APP},
	},
	{
		.name = "S11_look_up_by_number",
		.arguments = {"stepdown", "--user", "1000"},
		.become = become_container,
		.state = {APP},
	},
	{
		.name = "S11_number_without_an_entry",
		.arguments = {"stepdown", "--user", "4711"},
		.become = become_container,
		.state = {.uid = 4711,
                          .gid = 4711,
                          .groups = "4711",
                          .no_new_privs = 1,
                          .mask = "0022",
                          .home = "/"},
	},
	{
		.name = "S10_groups_of_the_start",
		.arguments = {"stepdown", "--user", "app", "--group", "wheel"},
		.become = become_with_groups,
		.state = {.uid = 1000,
                          .gid = 1000,
                          .groups = "10 27 33 1000 2000",
                          .no_new_privs = 1,
                          .mask = "0022",
                          .home = "/home/app",
                          .user = "app"},
	},
	{
		.name = "S10_groups_of_the_start_are_cleared",
		.arguments = {"stepdown", "--user", "app", "--clear-groups"},
		.become = become_with_groups,
		.state = {.uid = 1000,
                          .gid = 1000,
                          .groups = "1000",
                          .no_new_privs = 1,
                          .mask = "0022",
                          .home = "/home/app",
                          .user = "app"},
	},
	{
		.name = "S29_account_made",
		.arguments = {"stepdown", "--user", "svc=2000:2001"},
		.become = become_container,
		.new_passwd = passwd_with_svc,
		.new_group = group_with_svc,
		.state = {SVC},
	},
	{
		.name = "S29_account_made_strict",
		.arguments = {"stepdown", "--strict", "--quiet", "--user", "svc=2000:2001"},
		.become = become_container,
		.strict = true,
		.new_passwd = passwd_with_svc,
		.new_group = group_with_svc,
		.state = {SVC},
	},
	{
		.name = "S29_account_renumbered",
		.arguments = {"stepdown", "--user", "app=3000:3000"},
		.become = become_container,
		.new_passwd = passwd_renumbered,
		.new_group = group_renumbered,
		.state = {.uid = 3000,
                          .gid = 3000,
                          .groups = "3000",
                          .no_new_privs = 1,
                          .mask = "0022",
                          .home = "/home/app",
                          .user = "app"},
	},
	{
		.name = "S29_account_in_mounted_files",
		.arguments = {"stepdown", "--user", "svc=2000:2001"},
		.become = become_container,
		.etc = ETC_FILES_MOUNTED,
		.new_passwd = passwd_with_svc,
		.new_group = group_with_svc,
		.state = {SVC},
	},
	{
		.name = "S29_set_up_only",
		.arguments = {"stepdown", "--setup-only", "--user", "svc=2000:2001", "--own",
                              "/data"},
		.become = become_container,
		.has_no_command = true,
		.entries = for_svc,
		.new_passwd = passwd_with_svc,
		.new_group = group_with_svc,
	},
	{
		.name = "S16_volume_pinned",
		.arguments = {"stepdown", "--own-jobs", "1", "--user", "app", "--own", "/data"},
		.become = become_container,
		.entries = tree,
		.state = {APP},
	},
	{
		.name = "S16_volume_by_name",
		.arguments = {"stepdown", "--own-jobs", "1", "--user", "app", "--own", "/data"},
		.become = become_container,
		.entries = tree,
		.settled = true,
		.state = {APP},
	},
	{
		.name = "S17_volume_with_links",
		.arguments = {"stepdown", "--own-jobs", "1", "--user", "app", "--own", "/data"},
		.become = become_container,
		.entries = hostile,
		.state = {APP},
	},
	{
		.name = "S18_volume_once_strict",
		.arguments = {"stepdown", "--own-jobs", "1", "--strict", "--user", "app",
                              "--own-once", "/data"},
		.become = become_container,
		.entries = tree,
		.strict = true,
		.state = {APP},
	},
	{
		.name = "S15_volume_made_and_top",
		.arguments = {"stepdown", "--user", "app", "--own-top", "/data", "--mkdir",
                              "/new/deep"},
		.become = become_container,
		.entries = top,
		.state = {APP},
	},
	{
		.name = "S31_volume_by_several_workers",
		.arguments = {"stepdown", "--own-jobs", "3", "--user", "app", "--own", "/data"},
		.become = become_container,
		.entries = wide,
		.state = {APP},
	},
	{
		.name = "S19_volume_on_an_old_kernel",
		.arguments = {"stepdown", "--own-jobs", "1", "--user", "app", "--own", "/data"},
		.become = become_container,
		.entries = tree,
		.absent = old_kernel,
		.state = {APP},
	},
	{
		.name = "S35_volume_without_rights_to_read_it",
		.arguments = {"stepdown", "--own-jobs", "1", "--user", "app", "--own", "/data"},
		.become = become_with_few,
		.entries = closed,
		.state = {APP, .bounding = FEW},
	},
	{
		.name = "S12_kept_capability",
		.arguments = {"stepdown", "--user", "app", "--cap", "net_bind_service"},
		.become = become_with_inherited,
		.state = {APP, .kept = BIT(CAP_NET_BIND_SERVICE),
                          .ambient = BIT(CAP_NET_BIND_SERVICE),
                          .bounding = BIT(CAP_NET_BIND_SERVICE)},
	},
	{
		.name = "S12_inherited_capabilities",
		.arguments = {"stepdown", "--user", "app"},
		.become = become_with_inherited,
		.state = {APP},
	},
	{
		.name = "S13_new_privileges_allowed",
		.arguments = {"stepdown", "--user", "app", "--allow-new-privs"},
		.become = become_container,
		.state = {.uid = 1000,
                          .gid = 1000,
                          .groups = "33 1000",
                          .bounding = CONTAINER,
                          .mask = "0022",
                          .home = "/home/app",
                          .user = "app"},
	},
	{
		.name = "S26_root_without_capabilities",
		.arguments = {"stepdown", "--user", "0", "--allow-root"},
		.become = become_container,
		.state = {.groups = "0 10",
                          .no_new_privs = 1,
                          .mask = "0022",
                          .home = "/root",
                          .user = "root"},
	},
	{
		.name = "S30_umask_and_home",
		.arguments = {"stepdown", "--user", "app:www", "--umask", "0027", "--home", "/srv"},
		.become = become_container,
		.state = {.uid = 1000,
                          .gid = 33,
                          .groups = "33",
                          .no_new_privs = 1,
                          .mask = "0027",
                          .home = "/srv",
                          .user = "app"},
	},
	{
		.name = "S30_gosu",
		.arguments = {"gosu", "app"},
		.become = become_container,
		.status = 1,
		.state = {.bounding = CONTAINER,
                          .uid = 1000,
                          .gid = 1000,
                          .groups = "33 1000",
                          .mask = "0022",
                          .home = "/home/app"},
	},
	{
		.name = "S30_su_exec",
		.arguments = {"su-exec", "1000:33"},
		.become = become_with_inherited,
		.status = 1,
		.state = {.bounding = CONTAINER,
                          .uid = 1000,
                          .gid = 33,
                          .groups = "33",
                          .securebits = SECBIT_NO_SETUID_FIXUP,
                          .mask = "0022",
                          .home = "/home/app"},
	},
	{
		.name = "S30_not_root_at_the_start",
		.arguments = {"stepdown", "--strict", "--user", "app"},
		.become = become_app,
		.strict = true,
		.state = {APP, .bounding = CONTAINER},
	},
	{
		.name = "S10_user_namespace_without_setgroups",
		.arguments = {"stepdown", "--user", "app:app"},
		.become = become_as_mapped,
		.uid_map = "0 0 1\n1000 1000 1\n",
		.gid_map = "0 0 1\n1000 1000 1\n",
		.state = {.uid = 1000,
                          .gid = 1000,
                          .groups = "-",
                          .no_new_privs = 1,
                          .mask = "0022",
                          .home = "/home/app",
                          .user = "app"},
	},
	{
		.name = "S10_user_namespace_with_one_id",
		.arguments = {"stepdown", "--user", "app"},
		.become = become_as_mapped,
		.uid_map = "0 0 1\n",
		.gid_map = "0 0 1\n",
		.never_runs = true,
	},
	{.name = NULL},
};

const struct scenario *scenario_find(const char *name)
{
	for (const struct scenario *scenario = scenarios; scenario->name != NULL; scenario++) {
		if (strcmp(scenario->name, name) == 0)
			return scenario;
	}
	die(name);
}
