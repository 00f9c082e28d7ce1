#include <err.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

#define BIT(capability) (1U << (capability))

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

/* Docker gives chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service
 * net_raw sys_chroot mknod audit_write setfcap. */
#define CONTAINER 0xa80425fbU

struct start {
	unsigned capabilities;
	unsigned inherited; /* capabilities; one of them is ambient, and securebits stay */
	gid_t groups[4];
	size_t group_count;
	uid_t id; /* of the user and of the group */
};

static const struct start as_container = {CONTAINER, .group_count = 1};
static const struct start with_groups = {CONTAINER, 0, {0, 10, 27, 2000}, 4};
static const struct start with_few = {BIT(CAP_CHOWN) | BIT(CAP_SETGID) | BIT(CAP_SETUID),
                                      .group_count = 1};
static const struct start as_app = {CONTAINER, 0, {33, 1000}, 2, 1000};
/* S12: what a step down by others left behind. */
static const struct start with_inherited = {CONTAINER, BIT(CAP_NET_RAW) | BIT(CAP_NET_BIND_SERVICE),
                                            .group_count = 1};

void scenario_become(const struct scenario *scenario)
{
	const struct start *start = scenario->start != NULL ? scenario->start : &as_container;
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{start->capabilities, start->capabilities, start->inherited}};
	bool ok = setgroups(start->group_count, start->groups) == 0;

	for (unsigned cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (cap >= 32 || (start->capabilities & BIT(cap)) == 0)
			ok = ok && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0;
	}
	ok = ok && syscall(SYS_capset, &header, data) == 0;
	if (start->inherited != 0)
		ok = ok && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) == 0 &&
		     prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0;
	if (!ok || setresgid(start->id, start->id, start->id) != 0 ||
	    setresuid(start->id, start->id, start->id) != 0)
		err(BROKEN, "a process as that of %s", scenario->name);
}

/* --- what lies there ------------------------------------------------------------------------------- */

#define ROOT 0
#define APP 1000
#define OTHER 1001

/* The mount is one of the same file system (S40). */
static const struct entry tree[] = {
	{"/data", 'd', ROOT},
	{"/data/a", 'f', ROOT},
	{"/data/b", 'f', APP},
	{"/data/sub", 'd', ROOT},
	{"/data/sub/c", 'f', OTHER},
	{"/data/sub/deep", 'd', APP},
	{"/data/sub/deep/d", 'f', ROOT},
	{"/data/sub/mount", 'M', ROOT},
	{"/data/link", 'l', ROOT},
	{NULL},
};

/* The hard link is reported, and never given away. */
static const struct entry hostile[] = {
	{"/data", 'd', OTHER, 0777}, {"/data/hard", 'H', ROOT},     {"/data/link", 'l', ROOT},
	{"/data/sub", 'd', OTHER},   {"/data/sub/file", 'f', ROOT}, {NULL},
};

static const struct entry private[] = {
	{"/data", 'd', APP, 0700},
	{"/data/file", 'f', ROOT},
	{"/data/sub", 'd', OTHER, 0700},
	{"/data/sub/file", 'f', ROOT},
	{NULL},
};

static const struct entry top[] = {
	{"/data", 'd', ROOT},
	{"/data/file", 'F', ROOT},
	{"/new", 'N', ROOT},
	{"/new/deep", 'n', ROOT},
	{NULL},
};

static const struct entry wide[] = {
	{"/data", 'd'},       {"/data/1", 'd'},     {"/data/1/1", 'd'},
	{"/data/1/2", 'd'},   {"/data/1/3", 'f'},   {"/data/1/1/1", 'f'},
	{"/data/1/1/2", 'f'}, {"/data/1/2/1", 'f'}, {"/data/2", 'd'},
	{"/data/2/1", 'd'},   {"/data/2/1/1", 'f'}, {"/data/2/1/2", 'f'},
	{"/data/3", 'd'},     {"/data/3/1", 'f'},   {"/data/3/2", 'f'},
	{"/data/3/3", 'd'},   {"/data/3/3/1", 'f'}, {NULL},
};

/* --- what the kernel answers ----------------------------------------------------------------------- */

static const struct answer without_openat2[] = {{SYS_openat2, -EPERM}, {0, 0}};
static const struct answer old_kernel[] = {
	{SYS_openat2, -ENOSYS},     {SYS_statx, -ENOSYS},  {SYS_faccessat2, -ENOSYS},
	{SYS_close_range, -ENOSYS}, {SYS_clone3, -ENOSYS}, {0, 0},
};
/* The first process of a container has no parent there: the streams are given to the user. */
static const struct answer first_process[] = {{SYS_getppid, 0}, {0, 0}};

/* --- the command lines ------------------------------------------------------------------------------- */

#define ADDED .new_passwd = passwd_with_svc, .new_group = group_with_svc
#define OWN_ONE_JOB "stepdown --own-jobs 1 --user app --own /data"

const struct scenario scenarios[] = {
	{"S11_look_up_by_name", "stepdown --user app"},
	{"S11_look_up_by_number", "stepdown --user 1000"},
	{"S11_number_without_an_entry", "stepdown --user 4711"},
	{"S10_groups_of_the_start", "stepdown --user app --group wheel", &with_groups},
	{"S10_groups_of_the_start_are_cleared", "stepdown --user app --clear-groups", &with_groups},
	{"S23_streams_that_cannot_be_given", "stepdown --user app", .answers = first_process},
	{"S29_account_made", "stepdown --user svc=2000:2001", ADDED},
	{"S29_account_made_strict", "stepdown --strict --quiet --user svc=2000:2001", ADDED},
	{"S29_account_renumbered", "stepdown --user app=3000:3000",
         .new_passwd = PASSWD("3000:3000"), .new_group = GROUP("3000")},
	{"S29_account_in_mounted_files", "stepdown --user svc=2000:2001", .mounts_files = true,
         ADDED},
	{"S29_set_up_only", "stepdown --setup-only --user svc=2000:2001 --own /data",
         .entries = private, .uid = 2000, .gid = 2001, ADDED},
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
	{"S35_S39_private_directories_without_setfsuid", OWN_ONE_JOB, &with_few,
         .entries = private},
	{"S12_kept_capability", "stepdown --user app --cap net_bind_service", &with_inherited},
	{"S12_inherited_capabilities", "stepdown --user app", &with_inherited},
	{"S13_new_privileges_allowed", "stepdown --user app --allow-new-privs"},
	{"S26_root_without_capabilities", "stepdown --user 0 --allow-root"},
	{"S30_umask_and_home", "stepdown --user app:www --umask 0027 --home /srv"},
	{"S30_gosu", "gosu app"},
	{"S30_su_exec", "su-exec 1000:33", &with_inherited},
	{"S30_not_root_at_the_start", "stepdown --strict --user app", &as_app},
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
	errx(BROKEN, "no scenario %s", name);
}
