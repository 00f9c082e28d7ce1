#include "scratch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

#include "own.h"
#include "volume.h"

#define APP 1000
#define OTHER 1001

static struct volume_report report;
static struct error error;

static void apply_as(const char *path, enum volume_mode mode, uid_t owner, bool dry_run)
{
	const struct volume_request request = {
		.uid = owner, .gid = owner, .dry_run = dry_run, .make = mode == VOLUME_MKDIR};

	memset(&report, 0xaa, sizeof(report));
	if (!volume_apply(path, mode, &request, &report, &error))
		fail_msg("%s", error.message);
}

static void own(const char *path)
{
	apply_as(path, VOLUME_OWN, APP, false);
}

static void assert_left(uint64_t left, int reason)
{
	assert_int_equal(report.left, left);
	assert_int_equal(report.first_reason, reason);
	if (left == 0)
		assert_string_equal(report.first_left, "");
}

/* So that files are older than the clock's tick, as they are when a container starts. */
static void settle(void)
{
	const struct timespec pause = {.tv_nsec = 15000000};

	nanosleep(&pause, NULL);
}

static void everything_wrong_is_changed_and_nothing_else(void **state)
{
	(void)state;
	make_dir(at("v"), 0, 0755);
	make_dir(at("v/sub"), 0, 0700);
	make_dir(at("v/right"), APP, 0700);
	make_file(at("v/right/root's"), 0, 0600);
	make_file(at("v/sub/file"), OTHER, 0600);
	make_file(at("v/sub/new\nline"), 0, 0600);
	make_file(at("v/file"), APP, 0600);
	assert_int_equal(chown(at("v/file"), APP, 0), 0);
	own(at("v"));
	assert_owner(at("v"), APP);
	assert_owner(at("v/sub"), APP);
	assert_owner(at("v/right/root's"), APP);
	assert_owner(at("v/sub/file"), APP);
	assert_owner(at("v/sub/new\nline"), APP);
	assert_owner(at("v/file"), APP);
	assert_int_equal(report.looked, 7);
	assert_int_equal(report.changed, 6);
	assert_false(report.made);
	assert_left(0, 0);
	own(at("v"));
	assert_int_equal(report.looked, 7);
	assert_int_equal(report.changed, 0);
	assert_string_equal(report.first_wrong, "");
}

static void own_top_leaves_all_below(void **state)
{
	(void)state;
	make_dir(at("top"), 0, 0755);
	make_file(at("top/file"), 0, 0600);
	apply_as(at("top"), VOLUME_OWN_TOP, APP, false);
	assert_owner(at("top"), APP);
	assert_owner(at("top/file"), 0);
	assert_int_equal(report.looked, 1);
	assert_int_equal(report.changed, 1);
}

static void mkdir_makes_parents_that_stay_roots(void **state)
{
	(void)state;
	apply_as(at("m/n/o"), VOLUME_MKDIR, APP, true);
	assert_true(report.made);
	assert_int_equal(report.changed, 1);
	assert_string_equal(report.first_wrong, at("m/n/o"));
	assert_int_equal(access(at("m"), F_OK), -1);
	apply_as(at("m/n/o"), VOLUME_MKDIR, APP, false);
	assert_true(report.made);
	assert_int_equal(report.changed, 1);
	assert_owner(at("m"), 0);
	assert_owner(at("m/n"), 0);
	assert_owner(at("m/n/o"), APP);
	apply_as(at("m/n/o"), VOLUME_MKDIR, APP, false);
	assert_false(report.made);
	assert_int_equal(report.changed, 0);
}

/* What would be changed and cannot be. */
static void a_dry_run_tells_what_would_be_left(void **state)
{
	struct volume_request request = {.uid = APP, .gid = APP, .dry_run = true};

	(void)state;
	make_dir(at("would"), 0, 0755);
	make_file(at("would/wrong"), 0, 0644);
	make_file(at("would/right"), APP, 0644);
	request.dry_errnum = EPERM;
	assert_true(volume_apply(at("would"), VOLUME_OWN, &request, &report, &error));
	assert_int_equal(report.changed, 0);
	assert_left(2, EPERM);
	request.dry_errnum = 0;
	assert_int_equal(mount(at("would"), at("would"), NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, at("would"), NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_true(volume_apply(at("would"), VOLUME_OWN, &request, &report, &error));
	assert_int_equal(report.changed, 0);
	assert_left(2, EROFS);
	assert_owner(at("would/wrong"), 0);
}

static void S14_links_are_owned_themselves(void **state)
{
	(void)state;
	make_dir(at("outside"), 0, 0755);
	make_file(at("outside/file"), 0, 0600);
	make_dir(at("links"), 0, 0755);
	make_link("../outside", at("links/directory"), 0);
	make_link("../outside/file", at("links/file"), 0);
	make_link("/nowhere", at("links/dangling"), 0);
	make_link("..", at("links/up"), 0);
	own(at("links"));
	assert_owner(at("outside"), 0);
	assert_owner(at("outside/file"), 0);
	assert_owner(at("links/directory"), APP);
	assert_owner(at("links/file"), APP);
	assert_owner(at("links/dangling"), APP);
	assert_owner(at("links/up"), APP);
	assert_owner(at("."), 0);
	assert_int_equal(report.changed, 5);
	assert_left(0, 0);
}

static void make_mounts(const char *name)
{
	make_dir(at("%s", name), 0, 0755);
	make_dir(at("%s/other", name), 0, 0755);
	make_file(at("%s/other/file", name), 0, 0600);
	make_file(at("%s/other/single", name), 0, 0600);
	make_dir(at("%s/volume", name), 0, 0755);
	make_dir(at("%s/volume/bound", name), 0, 0755);
	make_dir(at("%s/volume/tmpfs", name), 0, 0755);
	make_file(at("%s/volume/file", name), 0, 0600);
	make_file(at("%s/volume/own", name), 0, 0600);
	assert_int_equal(
		mount(at("%s/other", name), at("%s/volume/bound", name), NULL, MS_BIND, NULL), 0);
	assert_int_equal(
		mount(at("%s/other/single", name), at("%s/volume/file", name), NULL, MS_BIND, NULL),
		0);
	assert_int_equal(mount("none", at("%s/volume/tmpfs", name), "tmpfs", 0, NULL), 0);
	make_file(at("%s/volume/tmpfs/file", name), 0, 0600);
}

static void S19_other_mounts_stay_as_they_are(void **state)
{
	(void)state;
	make_mounts("mounts");
	own(at("mounts/volume"));
	assert_owner(at("mounts/other"), 0);
	assert_owner(at("mounts/other/file"), 0);
	assert_owner(at("mounts/other/single"), 0);
	assert_owner(at("mounts/volume/tmpfs"), 0);
	assert_owner(at("mounts/volume/tmpfs/file"), 0);
	assert_owner(at("mounts/volume/own"), APP);
	assert_owner(at("mounts/volume"), APP);
	assert_left(0, 0);
	/* The volume is a mount itself as a rule. */
	own(at("mounts/volume/bound"));
	assert_owner(at("mounts/other"), APP);
	assert_owner(at("mounts/other/file"), APP);
	assert_left(0, 0);
}

static void own_in_child(const char *path)
{
	const struct volume_request request = {.uid = APP, .gid = APP};

	CHILD_ASSERT(volume_apply(path, VOLUME_OWN, &request, &report, &error));
}

static void own_without_openat2(void)
{
	forbid(437, EPERM);
	own_in_child(at("old/volume"));
	CHILD_ASSERT(report.left == 0);
}

static void own_without_statx(void)
{
	forbid(437, EPERM);
	forbid(SYS_statx, ENOSYS);
	own_in_child(at("older/volume"));
	CHILD_ASSERT(report.left == 0);
}

static void S19_on_older_kernels(void **state)
{
	(void)state;
	make_mounts("old");
	in_child(own_without_openat2);
	assert_owner(at("old/other"), 0);
	assert_owner(at("old/other/file"), 0);
	assert_owner(at("old/other/single"), 0);
	assert_owner(at("old/volume/tmpfs"), 0);
	assert_owner(at("old/volume/tmpfs/file"), 0);
	assert_owner(at("old/volume/own"), APP);
	assert_owner(at("old/volume"), APP);
	make_mounts("older");
	in_child(own_without_statx);
	assert_owner(at("older/volume/tmpfs"), 0);
	assert_owner(at("older/volume/tmpfs/file"), 0);
	assert_owner(at("older/volume/own"), APP);
}

static void S17_links_from_outside_are_left(void **state)
{
	(void)state;
	make_dir(at("hard"), 0, 0755);
	make_dir(at("hard/a"), 0, 0755);
	make_dir(at("hard/b"), 0, 0755);
	make_file(at("hard/a/pair"), 0, 0600);
	assert_int_equal(link(at("hard/a/pair"), at("hard/b/pair")), 0);
	make_file(at("shadow"), 0, 0600);
	assert_int_equal(link(at("shadow"), at("hard/b/shadow")), 0);
	assert_int_equal(link(at("shadow"), at("hard/a/shadow")), 0);
	make_file(at("target"), APP, 0600);
	assert_int_equal(link(at("target"), at("hard/a/right")), 0);
	own(at("hard"));
	assert_owner(at("hard/a/pair"), APP);
	assert_owner(at("shadow"), 0);
	assert_int_equal(report.changed, 4);
	assert_left(2, VOLUME_LINK);
	assert_non_null(strstr(report.first_left, "/shadow"));
	/* The same when the path itself is such a name. */
	own(at("hard/a/shadow"));
	assert_owner(at("shadow"), 0);
	assert_left(1, VOLUME_LINK);
	apply_as(at("hard/a/shadow"), VOLUME_OWN_TOP, APP, false);
	assert_owner(at("shadow"), 0);
}

static void S17_a_mounted_name_is_not_one_of_the_tree(void **state)
{
	(void)state;
	make_dir(at("bindlink"), 0, 0755);
	make_file(at("passwd"), 0, 0600);
	make_file(at("bindlink/mounted"), 0, 0600);
	assert_int_equal(link(at("passwd"), at("bindlink/name")), 0);
	assert_int_equal(mount(at("passwd"), at("bindlink/mounted"), NULL, MS_BIND, NULL), 0);
	own(at("bindlink"));
	assert_owner(at("passwd"), 0);
	assert_left(1, VOLUME_LINK);
}

static void S17_a_hundred_thousand_linked_files(void **state)
{
	char name[32];
	int a;
	int b;

	(void)state;
	make_dir(at("pairs"), 0, 0755);
	make_dir(at("pairs/a"), 0, 0755);
	make_dir(at("pairs/b"), 0, 0755);
	a = open(at("pairs/a"), O_PATH | O_CLOEXEC);
	b = open(at("pairs/b"), O_PATH | O_CLOEXEC);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		assert_int_equal(mknodat(a, name, S_IFREG | 0600, 0), 0);
		assert_int_equal(linkat(a, name, b, i == 77777 ? "link" : name, 0), 0);
	}
	assert_int_equal(renameat(b, "link", AT_FDCWD, at("kept outside")), 0);
	close(a);
	close(b);
	own(at("pairs"));
	assert_left(1, VOLUME_LINK);
	assert_int_equal(report.changed, 100002);
	/* Which one it is was kept in mind only if it was among the first of so many. */
	assert_int_equal(strncmp(report.first_left, at("pairs"), strlen(at("pairs"))), 0);
	assert_owner(at("kept outside"), 0);
	assert_owner(at("pairs/b/5"), APP);
}

static void S21_setuid_is_kept_when_right_and_not_put_back(void **state)
{
	struct stat before;
	struct stat after;

	(void)state;
	make_dir(at("setuid"), APP, 0755);
	make_file(at("setuid/right"), APP, 04755);
	make_file(at("setuid/wrong"), 0, 04755);
	assert_int_equal(stat(at("setuid/right"), &before), 0);
	settle();
	own(at("setuid"));
	assert_int_equal(stat(at("setuid/right"), &after), 0);
	assert_int_equal(after.st_mode, S_IFREG | 04755);
	assert_memory_equal(&before.st_ctim, &after.st_ctim, sizeof(before.st_ctim));
	assert_int_equal(stat(at("setuid/wrong"), &after), 0);
	assert_int_equal(after.st_mode, S_IFREG | 0755);
	assert_owner(at("setuid/wrong"), APP);
	assert_int_equal(report.changed, 1);
}

static void S22_fifos_sockets_and_devices(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	make_dir(at("odd"), 0, 0755);
	assert_int_equal(mkfifo(at("odd/fifo"), 0600), 0);
	assert_int_equal(mknod(at("odd/block"), S_IFBLK | 0600, makedev(7, 0)), 0);
	assert_int_equal(mknod(at("odd/character"), S_IFCHR | 0600, makedev(1, 3)), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at("odd/socket"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	alarm(20);
	own(at("odd"));
	alarm(0);
	assert_owner(at("odd/fifo"), APP);
	assert_owner(at("odd/socket"), APP);
	assert_owner(at("odd/block"), 0);
	assert_owner(at("odd/character"), 0);
	assert_left(2, VOLUME_DEVICE);
	assert_int_equal(strncmp(report.first_left, at("odd/"), strlen(at("odd/"))), 0);
	own(at("odd/block"));
	assert_owner(at("odd/block"), 0);
	assert_left(1, VOLUME_DEVICE);
	assert_int_equal(lchown(at("odd/fifo"), 0, 0), 0);
	own(at("odd/fifo"));
	assert_owner(at("odd/fifo"), APP);
}

static void a_dry_run_counts_and_changes_nothing(void **state)
{
	uint64_t changed;
	uint64_t looked;

	(void)state;
	make_dir(at("dry"), 0, 0755);
	make_dir(at("dry/sub"), 0, 0755);
	make_file(at("dry/sub/file"), 0, 0600);
	make_file(at("dry/sub/right"), APP, 0600);
	make_file(at("dry/pair"), 0, 0600);
	assert_int_equal(link(at("dry/pair"), at("dry/sub/pair")), 0);
	apply_as(at("dry"), VOLUME_OWN, APP, true);
	assert_owner(at("dry"), 0);
	assert_owner(at("dry/sub"), 0);
	assert_owner(at("dry/sub/file"), 0);
	assert_owner(at("dry/pair"), 0);
	changed = report.changed;
	looked = report.looked;
	assert_int_equal(changed, 4);
	assert_int_equal(strncmp(report.first_wrong, at("dry/"), strlen(at("dry/"))), 0);
	assert_left(0, 0);
	own(at("dry"));
	assert_int_equal(report.changed, changed);
	assert_int_equal(report.looked, looked);
	apply_as(at("dry"), VOLUME_OWN, APP, true);
	assert_int_equal(report.changed, 0);
	assert_string_equal(report.first_left, "");
}

/* A chain of DEPTH directories that are named by turns, OWNER's, mode MODE; the last holds a
 * file of root's. */
static void make_chain(const char *path, unsigned depth, const char *name, uid_t owner, mode_t mode)
{
	int fd;

	make_dir(path, owner, mode);
	fd = open(path, O_PATH | O_CLOEXEC);
	for (unsigned i = 0; i < depth; i++) {
		int next;

		assert_int_equal(mkdirat(fd, name, mode), 0);
		next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		assert_true(next >= 0);
		assert_int_equal(fchownat(next, "", owner, owner, AT_EMPTY_PATH), 0);
		close(fd);
		fd = next;
	}
	assert_int_equal(mknodat(fd, "file", S_IFREG | 0600, 0), 0);
	close(fd);
}

/* How many levels of it, and the file at the end, are OWNER's; then it is gone. */
static unsigned count_and_remove_chain(const char *path, const char *name, uid_t owner)
{
	unsigned count = 0;
	struct stat status;
	int fd = open(path, O_PATH | O_CLOEXEC);
	int next;

	while ((next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
		assert_int_equal(fstat(next, &status), 0);
		count += status.st_uid == owner && status.st_gid == owner;
		close(fd);
		fd = next;
	}
	assert_int_equal(fstatat(fd, "file", &status, 0), 0);
	count += status.st_uid == owner && status.st_gid == owner;
	assert_int_equal(unlinkat(fd, "file", 0), 0);
	for (;;) {
		next = openat(fd, "..", O_PATH | O_CLOEXEC);
		close(fd);
		fd = next;
		if (unlinkat(fd, name, AT_REMOVEDIR) != 0)
			break;
	}
	close(fd);
	assert_int_equal(rmdir(path), 0);
	return count;
}

static void own_deep_with_few_descriptors(void)
{
	const struct rlimit limit = {64, 64};

	CHILD_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	own_in_child(at("deep"));
	CHILD_ASSERT(report.looked == 100002 && report.changed == 100002);
	CHILD_ASSERT(report.left == 0);
	CHILD_ASSERT(dup(0) < 10);
}

static void a_hundred_thousand_levels_with_64_descriptors(void **state)
{
	(void)state;
	make_chain(at("deep"), 100000, "d", 0, 0755);
	in_child(own_deep_with_few_descriptors);
	assert_owner(at("deep"), APP);
	assert_int_equal(count_and_remove_chain(at("deep"), "d", APP), 100001);
}

static void own_with_hardly_any_descriptors(void)
{
	const struct rlimit limit = {9, 9};

	for (int fd = 3; fd < 64; fd++)
		close(fd);
	CHILD_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	own_in_child(at("few"));
	CHILD_ASSERT(report.looked == 103 && report.changed == 102);
	CHILD_ASSERT(report.left == 0);
}

static void long_names_and_nine_descriptors(void **state)
{
	char name[256];

	(void)state;
	memset(name, '\n', 255);
	name[255] = '\0';
	make_chain(at("few"), 100, name, 0, 0755);
	assert_int_equal(symlink("x", at("few/link")), 0);
	assert_int_equal(lchown(at("few/link"), APP, APP), 0);
	in_child(own_with_hardly_any_descriptors);
	assert_int_equal(unlink(at("few/link")), 0);
	assert_int_equal(count_and_remove_chain(at("few"), name, APP), 101);
}

static void paths_are_cut(void **state)
{
	char name[256];

	(void)state;
	memset(name, 'l', 255);
	name[255] = '\0';
	make_chain(at("long"), 5, name, APP, 0755);
	own(at("long//"));
	assert_int_equal(report.changed, 1);
	assert_int_equal(strlen(report.first_wrong), sizeof(report.first_wrong) - 1);
	assert_int_equal(strncmp(report.first_wrong, at("long/ll"), strlen(at("long/ll"))), 0);
}

#define FEW (1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID)

static void own_without_dac_override(void)
{
	keep_capabilities(FEW);
	own_in_child(at("closed"));
	CHILD_ASSERT(report.left == 0);
	CHILD_ASSERT(report.looked == 8 && report.changed == 6);
	CHILD_ASSERT(syscall(SYS_setfsuid, -1) == 0);
	/* The second start. */
	own_in_child(at("closed"));
	CHILD_ASSERT(report.looked == 8 && report.changed == 0 && report.left == 0);
	/* Deeper than what is kept open, everything wrong and nobody else's to enter. */
	own_in_child(at("chain"));
	CHILD_ASSERT(report.looked == 102 && report.changed == 102 && report.left == 0);
	CHILD_ASSERT(syscall(SYS_setfsuid, -1) == 0);
}

static void own_without_dac_override_nor_openat2(void)
{
	forbid(437, ENOSYS);
	keep_capabilities(FEW);
	own_in_child(at("chain2"));
	CHILD_ASSERT(report.looked == 102 && report.changed == 102 && report.left == 0);
}

static void S35_entered_as_the_owner_changed_as_root(void **state)
{
	(void)state;
	make_dir(at("closed"), APP, 0700);
	make_file(at("closed/root's"), 0, 0600);
	make_dir(at("closed/other's"), OTHER, 0700);
	make_file(at("closed/other's/file"), 0, 0000);
	make_dir(at("closed/other's/root's"), 0, 0700);
	make_file(at("closed/other's/root's/file"), OTHER, 0600);
	make_link("x", at("closed/other's/root's/link"), 0);
	/* May be read by all, but not searched. */
	make_dir(at("closed/list"), APP, 0744);
	make_chain(at("chain"), 100, "d", OTHER, 0700);
	make_chain(at("chain2"), 100, "d", OTHER, 0700);
	in_child(own_without_dac_override);
	in_child(own_without_dac_override_nor_openat2);
	assert_owner(at("closed/root's"), APP);
	assert_owner(at("closed/other's/file"), APP);
	assert_owner(at("closed/other's/root's/file"), APP);
	assert_int_equal(count_and_remove_chain(at("chain"), "d", APP), 101);
	assert_int_equal(count_and_remove_chain(at("chain2"), "d", APP), 101);
}

static void own_without_setuid(void)
{
	keep_capabilities(1U << CAP_CHOWN);
	own_in_child(at("shut"));
	CHILD_ASSERT(report.left == 1 && report.first_reason == EACCES);
	CHILD_ASSERT(strcmp(report.first_left, at("shut/sub")) == 0);
	CHILD_ASSERT(syscall(SYS_setfsuid, -1) == 0);
}

static void S35_without_setuid_it_is_told(void **state)
{
	(void)state;
	make_dir(at("shut"), 0, 0755);
	make_dir(at("shut/sub"), OTHER, 0700);
	make_file(at("shut/sub/file"), 0, 0600);
	make_file(at("shut/file"), 0, 0600);
	in_child(own_without_setuid);
	assert_owner(at("shut/file"), APP);
	assert_owner(at("shut"), APP);
	assert_owner(at("shut/sub/file"), 0);
}

static void own_without_chown(void)
{
	keep_capabilities(FEW & ~(1U << CAP_CHOWN));
	own_in_child(at("refused"));
	CHILD_ASSERT(report.looked == 4 && report.changed == 0 && report.left == 3);
	CHILD_ASSERT(report.first_reason == EPERM);
	CHILD_ASSERT(strcmp(report.first_left, at("refused/sub/file")) == 0);
}

static void S36_a_failure_is_counted_and_the_walk_goes_on(void **state)
{
	(void)state;
	make_dir(at("refused"), 0, 0755);
	make_dir(at("refused/sub"), 0, 0755);
	make_file(at("refused/sub/file"), 0, 0600);
	make_file(at("refused/right"), APP, 0600);
	in_child(own_without_chown);
	make_dir(at("ro"), 0, 0755);
	assert_int_equal(mount("none", at("ro"), "tmpfs", 0, NULL), 0);
	make_file(at("ro/file"), 0, 0600);
	make_file(at("ro/pair"), 0, 0600);
	assert_int_equal(link(at("ro/pair"), at("ro/other")), 0);
	assert_int_equal(mount("none", at("ro"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	own(at("ro"));
	assert_left(4, EROFS);
	assert_int_equal(strncmp(report.first_left, at("ro/"), strlen(at("ro/"))), 0);
}

static void S18_the_path_itself_is_last(void **state)
{
	(void)state;
	make_dir(at("killed"), 0, 0755);
	for (unsigned i = 0; i < 20; i++) {
		make_dir(at("killed/%u", i), 0, 0755);
		for (unsigned j = 0; j < 50; j++)
			make_file(at("killed/%u/%u", i, j), 0, 0600);
	}
	for (unsigned round = 0; round < 60; round++) {
		const struct timespec pause = {.tv_nsec = (long)(rand() % 3000000)};
		struct stat status;
		pid_t pid;

		apply_as(at("killed"), VOLUME_OWN, 0, false);
		pid = fork();
		if (pid == 0) {
			own_in_child(at("killed"));
			_exit(0);
		}
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(stat(at("killed"), &status), 0);
		apply_as(at("killed"), VOLUME_OWN, APP, true);
		if (status.st_uid == APP)
			assert_int_equal(report.changed, 0);
		else
			assert_true(report.changed > 0);
	}
}

static atomic_bool attack_ends;
static atomic_ulong attacks;

static void exchange(const char *a, const char *b)
{
	syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2U /* RENAME_EXCHANGE */);
}

/* Another process that shares the volume: whatever is looked at means something else a moment
 * later, and what was met already is moved to where the walk has yet to come. */
static void *attack(void *unused)
{
	char file[2][200];
	char directory[2][200];
	char moved[2][200];
	char name[2][200];

	(void)unused;
	for (unsigned i = 0; i < 2; i++) {
		snprintf(file[i], sizeof(file[i]), "%s/war/volume/file%u", scratch_base, i);
		snprintf(directory[i], sizeof(directory[i]), "%s/war/volume/dir%u", scratch_base,
		         i);
		snprintf(moved[i], sizeof(moved[i]), "%s/war/volume/%u/moved", scratch_base, i * 7);
		snprintf(name[i], sizeof(name[i]), "%s/war/volume/%u/name", scratch_base, i * 9);
	}
	while (!attack_ends) {
		exchange(file[0], file[1]);
		exchange(directory[0], directory[1]);
		/* A link to a file outside, met in one directory, and again in another: it itself
		 * or the directory that it is in. */
		exchange(name[0], name[1]);
		rename(name[0], name[1]);
		rename(name[1], name[0]);
		rename(moved[0], moved[1]);
		rename(moved[1], moved[0]);
		attacks++;
	}
	return NULL;
}

/* How many rounds of attack() at least: STEPDOWN_EXCHANGES, 15000 if it is not set. */
static unsigned long attacks_to_make(void)
{
	const char *text = getenv("STEPDOWN_EXCHANGES");

	return text == NULL ? 15000 : strtoul(text, NULL, 10);
}

static void S16_S17_an_attacker_gets_nothing(void **state)
{
	unsigned long least = attacks_to_make();
	pthread_t attacker;

	(void)state;
	make_dir(at("war"), 0, 0755);
	make_dir(at("war/outside"), 0, 0755);
	make_file(at("war/outside/sentinel"), 0, 0600);
	make_file(at("war/outside/linked"), 0, 0600);
	make_file(at("war/outside/carried"), 0, 0600);
	make_dir(at("war/volume"), APP, 0755);
	for (unsigned i = 0; i < 10; i++)
		make_dir(at("war/volume/%u", i), APP, 0755);
	make_file(at("war/volume/file0"), OTHER, 0600);
	make_link("../outside/sentinel", at("war/volume/file1"), OTHER);
	make_dir(at("war/volume/dir0"), OTHER, 0755);
	make_file(at("war/volume/dir0/sentinel"), OTHER, 0600);
	make_link("../outside", at("war/volume/dir1"), OTHER);
	assert_int_equal(link(at("war/outside/linked"), at("war/volume/0/name")), 0);
	make_dir(at("war/volume/0/moved"), APP, 0755);
	assert_int_equal(link(at("war/outside/carried"), at("war/volume/0/moved/name")), 0);
	attack_ends = false;
	attacks = 0;
	assert_int_equal(pthread_create(&attacker, NULL, attack, NULL), 0);
	for (unsigned round = 0; round < 500 || attacks < least; round++) {
		apply_as(at("war/volume"), VOLUME_OWN, round % 2 == 0 ? APP : OTHER, false);
		if (!owned_by(at("war/outside/linked"), 0) ||
		    !owned_by(at("war/outside/carried"), 0))
			break;
	}
	attack_ends = true;
	pthread_join(attacker, NULL);
	assert_owner(at("war/outside"), 0);
	assert_owner(at("war/outside/sentinel"), 0);
	assert_owner(at("war/outside/linked"), 0);
	assert_owner(at("war/outside/carried"), 0);
}

/* Walks down into NAME the way that the walk does. */
static void enter(struct tree *tree, const struct fence *fence, const char *name)
{
	struct door child;
	struct inode inode;

	assert_true(tree_push_name(tree, name));
	assert_int_equal(pin_enter(&tree_current(tree)->door, fence, name, &child, &inode), 0);
	assert_non_null(tree_enter(tree, &child, &inode));
	tree_end(tree);
}

static void a_directory_that_was_moved_is_not_taken_for_another(void **state)
{
	struct tree tree = {.declared = at("moving")};
	struct fence fence;
	struct door top;
	struct door child;
	struct inode inode;
	char path[TREE_PATH];
	int fd;

	(void)state;
	make_chain(at("moving"), 30, "d", 0, 0755);
	make_dir(at("elsewhere"), 0, 0755);
	fd = open(at("moving"), O_PATH | O_CLOEXEC);
	assert_int_equal(pin_fence(fd, &fence), 0);
	assert_int_equal(pin_door(fd, &top, &inode), 0);
	assert_int_equal(pin_enter(&top, &fence, ".", &child, &inode), 0);
	assert_non_null(tree_enter(&tree, &child, &inode));
	for (unsigned i = 0; i < 30; i++)
		enter(&tree, &fence, "d");
	assert_int_equal(tree.depth, 31);
	/* Levels 0 and 23 to 30 are open; level 8 is taken away from under level 7. */
	assert_int_equal(rename(at("moving/d/d/d/d/d/d/d/d"), at("elsewhere/d")), 0);
	for (; tree.depth > 9; tree_leave(&tree))
		assert_int_equal(tree_open_above(&tree, &fence), 0);
	tree_write_path(&tree, tree.depth - 1, "x", path);
	assert_string_equal(path, at("moving/d/d/d/d/d/d/d/d/x"));
	assert_int_equal(tree_open_above(&tree, &fence), ESTALE);
	tree_free(&tree);
	close(fd);
}

static void mount_overlay(const char *name)
{
	char options[1024];

	make_dir(at("%s/upper", name), 0, 0755);
	make_dir(at("%s/work", name), 0, 0755);
	make_dir(at("%s/merged", name), 0, 0755);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
	         at("%s/lower", name), at("%s/upper", name), at("%s/work", name));
	assert_int_equal(mount("none", at("%s/merged", name), "overlay", 0, options), 0);
}

static void S21_nothing_is_copied_up_when_all_is_right(void **state)
{
	(void)state;
	make_dir(at("o"), 0, 0755);
	make_dir(at("o/lower"), APP, 0755);
	make_dir(at("o/lower/sub"), APP, 0755);
	make_file(at("o/lower/sub/file"), APP, 0600);
	mount_overlay("o");
	apply_as(at("o/merged/sub"), VOLUME_OWN, APP, false);
	assert_int_equal(report.looked, 2);
	assert_int_equal(report.changed, 0);
	assert_int_equal(access(at("o/upper/sub"), F_OK), -1);
}

static void overlay_all_names_of_a_file_of_the_image(void **state)
{
	(void)state;
	make_dir(at("p"), 0, 0755);
	make_dir(at("p/lower"), 0, 0755);
	make_dir(at("p/lower/v"), 0, 0755);
	make_dir(at("p/lower/v/sub"), 0, 0755);
	make_file(at("p/lower/v/a"), 0, 0600);
	assert_int_equal(link(at("p/lower/v/a"), at("p/lower/v/b")), 0);
	assert_int_equal(link(at("p/lower/v/a"), at("p/lower/v/sub/c")), 0);
	make_file(at("p/lower/foreign"), 0, 0600);
	assert_int_equal(link(at("p/lower/foreign"), at("p/lower/v/sub/foreign")), 0);
	mount_overlay("p");
	settle();
	own(at("p/merged/v"));
	assert_owner(at("p/merged/v"), APP);
	assert_owner(at("p/merged/v/a"), APP);
	assert_owner(at("p/merged/v/b"), APP);
	assert_owner(at("p/merged/v/sub/c"), APP);
	assert_owner(at("p/merged/v/sub/foreign"), 0);
	assert_int_equal(report.looked, 6);
	assert_int_equal(report.changed, 5);
	assert_left(1, VOLUME_LINK);
	own(at("p/merged/v"));
	assert_int_equal(report.changed, 0);
	assert_left(1, VOLUME_LINK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_wrong_is_changed_and_nothing_else),
		cmocka_unit_test(own_top_leaves_all_below),
		cmocka_unit_test(a_dry_run_tells_what_would_be_left),
		cmocka_unit_test(mkdir_makes_parents_that_stay_roots),
		cmocka_unit_test(S14_links_are_owned_themselves),
		cmocka_unit_test(S19_other_mounts_stay_as_they_are),
		cmocka_unit_test(S19_on_older_kernels),
		cmocka_unit_test(S17_links_from_outside_are_left),
		cmocka_unit_test(S17_a_mounted_name_is_not_one_of_the_tree),
		cmocka_unit_test(S17_a_hundred_thousand_linked_files),
		cmocka_unit_test(S21_setuid_is_kept_when_right_and_not_put_back),
		cmocka_unit_test(S22_fifos_sockets_and_devices),
		cmocka_unit_test(a_dry_run_counts_and_changes_nothing),
		cmocka_unit_test(a_hundred_thousand_levels_with_64_descriptors),
		cmocka_unit_test(long_names_and_nine_descriptors),
		cmocka_unit_test(paths_are_cut),
		cmocka_unit_test(S35_entered_as_the_owner_changed_as_root),
		cmocka_unit_test(S35_without_setuid_it_is_told),
		cmocka_unit_test(S36_a_failure_is_counted_and_the_walk_goes_on),
		cmocka_unit_test(S18_the_path_itself_is_last),
		cmocka_unit_test(S16_S17_an_attacker_gets_nothing),
		cmocka_unit_test(a_directory_that_was_moved_is_not_taken_for_another),
		cmocka_unit_test(S21_nothing_is_copied_up_when_all_is_right),
		cmocka_unit_test(overlay_all_names_of_a_file_of_the_image),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
