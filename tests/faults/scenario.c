#include "scenario.h"

#include <errno.h>
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

static void become_with(const gid_t *groups, size_t count, uint64_t capabilities)
{
	if (setgroups(count, groups) != 0)
		die("setgroups");
	limit(capabilities, capabilities, 0);
}

static void become_container(void)
{
	become_with((const gid_t[]){0}, 1, CONTAINER);
}

static void become_with_groups(void)
{
	become_with((const gid_t[]){0, 10, 27, 2000}, 4, CONTAINER);
}

static void become_with_few(void)
{
	become_with((const gid_t[]){0}, 1, FEW);
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
	become_with((const gid_t[]){33, 1000}, 2, CONTAINER);
	if (setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0)
		die("becoming app");
}

void scenario_become(const struct scenario *scenario)
{
	if (scenario->become != NULL)
		scenario->become();
	else
		become_container();
}

/* --- what lies there ------------------------------------------------------------------------------- */

#define ROOTS 0, 0
#define APPS 1000, 1000
#define OTHERS 1001, 1001
#define SVCS 2000, 2001

/* The mount is one of the same file system (S40). */
static const struct entry tree[] = {
	{"/data", 'd', ROOTS, APPS, 0},
	{"/data/a", 'f', ROOTS, APPS, 0},
	{"/data/b", 'f', APPS, APPS, 0},
	{"/data/sub", 'd', ROOTS, APPS, 0},
	{"/data/sub/c", 'f', OTHERS, APPS, 0},
	{"/data/sub/deep", 'd', APPS, APPS, 0},
	{"/data/sub/deep/d", 'f', ROOTS, APPS, 0},
	{"/data/sub/mount", 'm', ROOTS, ROOTS, 0},
	{"/data/link", 'l', ROOTS, APPS, 0},
	{.path = NULL},
};

/* The hard link is reported, and never given away. */
static const struct entry hostile[] = {
	{"/data", 'd', OTHERS, APPS, 0777},      {"/data/hard", 'h', ROOTS, ROOTS, 0},
	{"/data/link", 'l', ROOTS, APPS, 0},     {"/data/sub", 'd', OTHERS, APPS, 0},
	{"/data/sub/file", 'f', ROOTS, APPS, 0}, {.path = NULL},
};

static const struct entry private[] = {
	{"/data", 'd', APPS, APPS, 0700},
	{"/data/file", 'f', ROOTS, APPS, 0},
	{"/data/sub", 'd', OTHERS, APPS, 0700},
	{"/data/sub/file", 'f', ROOTS, APPS, 0},
	{.path = NULL},
};

static const struct entry top[] = {
	{"/data", 'd', ROOTS, APPS, 0},
	{"/data/file", 'f', ROOTS, ROOTS, 0},
	{.path = NULL},
};

static const struct entry wide[] = {
	{"/data", 'd', ROOTS, APPS, 0},       {"/data/1", 'd', ROOTS, APPS, 0},
	{"/data/1/1", 'd', ROOTS, APPS, 0},   {"/data/1/2", 'd', ROOTS, APPS, 0},
	{"/data/1/3", 'f', ROOTS, APPS, 0},   {"/data/1/1/1", 'f', ROOTS, APPS, 0},
	{"/data/1/1/2", 'f', ROOTS, APPS, 0}, {"/data/1/2/1", 'f', ROOTS, APPS, 0},
	{"/data/2", 'd', ROOTS, APPS, 0},     {"/data/2/1", 'd', ROOTS, APPS, 0},
	{"/data/2/1/1", 'f', ROOTS, APPS, 0}, {"/data/2/1/2", 'f', ROOTS, APPS, 0},
	{"/data/3", 'd', ROOTS, APPS, 0},     {"/data/3/1", 'f', ROOTS, APPS, 0},
	{"/data/3/2", 'f', ROOTS, APPS, 0},   {"/data/3/3", 'd', ROOTS, APPS, 0},
	{"/data/3/3/1", 'f', ROOTS, APPS, 0}, {.path = NULL},
};

static const struct entry for_svc[] = {
	{"/data", 'd', ROOTS, SVCS, 0},
	{"/data/file", 'f', ROOTS, SVCS, 0},
	{.path = NULL},
};

/* --- what the kernel answers ----------------------------------------------------------------------- */

static const struct answer without_openat2[] = {{SYS_openat2, -EPERM}, {0, 0}};
static const struct answer old_kernel[] = {
	{SYS_openat2, -ENOSYS},     {SYS_statx, -ENOSYS},  {SYS_faccessat2, -ENOSYS},
	{SYS_close_range, -ENOSYS}, {SYS_clone3, -ENOSYS}, {0, 0},
};
/* As in a container, whose first process has no parent there: the streams are given to the user. */
static const struct answer first_process[] = {{SYS_getppid, 0}, {0, 0}};

/* --- the command lines ------------------------------------------------------------------------------- */

#define ADDED .new_passwd = passwd_with_svc, .new_group = group_with_svc
#define OWN_ONE_JOB "stepdown --own-jobs 1 --user app --own /data"

const struct scenario scenarios[] = {
	{"S11_look_up_by_name", "stepdown --user app"},
	{"S11_look_up_by_number", "stepdown --user 1000"},
	{"S11_number_without_an_entry", "stepdown --user 4711"},
	{"S10_groups_of_the_start", "stepdown --user app --group wheel", become_with_groups},
	{"S10_groups_of_the_start_are_cleared", "stepdown --user app --clear-groups",
         become_with_groups},
	{"S23_streams_that_cannot_be_given", "stepdown --user app", .answers = first_process},
	{"S29_account_made", "stepdown --user svc=2000:2001", ADDED},
	{"S29_account_made_strict", "stepdown --strict --quiet --user svc=2000:2001", ADDED},
	{"S29_account_renumbered", "stepdown --user app=3000:3000",
         .new_passwd = PASSWD("3000:3000"), .new_group = GROUP("3000")},
	{"S29_account_in_mounted_files", "stepdown --user svc=2000:2001", .mounts_files = true,
         ADDED},
	{"S29_set_up_only", "stepdown --setup-only --user svc=2000:2001 --own /data",
         .entries = for_svc, ADDED},
	{"S16_S40_mounts_by_statx", OWN_ONE_JOB, .entries = tree},
	{"S16_volume_by_name", OWN_ONE_JOB, .entries = tree, .settled = true},
	{"S17_volume_with_links", OWN_ONE_JOB, .entries = hostile},
	{"S18_S36_volume_once_strict", "stepdown --own-jobs 1 --strict --user app --own-once /data",
         .entries = tree},
	{"S15_volume_made_and_top", "stepdown --user app --own-top /data --mkdir /new/deep",
         .entries = top},
	{"S31_volume_by_several_workers", "stepdown --own-jobs 3 --user app --own /data",
         .entries = wide},
	{"S40_mounts_by_handle", OWN_ONE_JOB, .entries = tree, .answers = without_openat2},
	{"S19_S40_mounts_by_fdinfo_on_an_old_kernel", OWN_ONE_JOB, .entries = tree,
         .answers = old_kernel},
	{"S35_S39_private_directories_without_setfsuid", OWN_ONE_JOB, become_with_few,
         .entries = private},
	{"S12_kept_capability", "stepdown --user app --cap net_bind_service",
         become_with_inherited},
	{"S12_inherited_capabilities", "stepdown --user app", become_with_inherited},
	{"S13_new_privileges_allowed", "stepdown --user app --allow-new-privs"},
	{"S26_root_without_capabilities", "stepdown --user 0 --allow-root"},
	{"S30_umask_and_home", "stepdown --user app:www --umask 0027 --home /srv"},
	{"S30_gosu", "gosu app"},
	{"S30_su_exec", "su-exec 1000:33", become_with_inherited},
	{"S30_not_root_at_the_start", "stepdown --strict --user app", become_app},
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
