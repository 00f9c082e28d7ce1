/* Mounts in the volume, and a volume that lies in an overlay. */
#include "scratch.h"

#include "fail_calls.h"
#include "walked_volume.h"

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

/* The volume below NAME is owned, and none of the mounts in it. */
static void assert_mounts_stayed(const char *name)
{
	assert_owner(at("%s/other", name), 0);
	assert_owner(at("%s/other/file", name), 0);
	assert_owner(at("%s/other/single", name), 0);
	assert_owner(at("%s/volume/tmpfs", name), 0);
	assert_owner(at("%s/volume/tmpfs/file", name), 0);
	assert_owner(at("%s/volume/own", name), APP);
	assert_owner(at("%s/volume", name), APP);
}

static void S19_other_mounts_stay_as_they_are(void **state)
{
	make_mounts("mounts");
	own(at("mounts/volume"));
	assert_mounts_stayed("mounts");
	assert_left(0, 0);
	assert_int_equal(report.visited, 2);
	/* The volume is a mount itself as a rule. */
	own(at("mounts/volume/bound"));
	assert_owner(at("mounts/other"), APP);
	assert_owner(at("mounts/other/file"), APP);
	assert_left(0, 0);
}

/* Owns the volume below "told"; the first COUNT of its mounts are declared too. */
static void own_with_declared(unsigned count)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = jobs};
	const struct declared_path volumes[] = {
		{at("told/volume"), DEPTH_TREE, false, false, NULL},
		{at("told/volume/bound"), DEPTH_TOP, false, false, NULL},
		{at("told/volume/file"), DEPTH_TOP, false, false, NULL}};
	struct declared_top tops[3];
	struct volume_set set;
	bool right;

	volume_set_open(&set, tops);
	for (unsigned i = 0; i <= count; i++)
		assert_true(volume_check(&volumes[i], &request, &set, &right, &error));
	assert_true(volume_apply(&volumes[0], &request, &set, &report, &error));
}

static void S19_mounts_are_counted_unless_declared(void **state)
{
	const char *first;

	make_mounts("told");
	own_with_declared(0);
	assert_int_equal(report.mounts, 3);
	first = strrchr(report.first_mount, '/');
	assert_true(first != NULL && (strcmp(first, "/bound") == 0 || strcmp(first, "/file") == 0 ||
	                              strcmp(first, "/tmpfs") == 0));
	own_with_declared(2);
	assert_int_equal(report.mounts, 1);
	assert_string_equal(report.first_mount, at("told/volume/tmpfs"));
	assert_int_equal(chown(at("told/volume/tmpfs"), APP, 0), 0);
	own_with_declared(2);
	assert_int_equal(report.mounts, 1);
	assert_string_equal(report.first_mount, "");
	assert_int_equal(report.skipped, 0);
}

#define OPENAT2 437

/* Older kernels, by the calls and the mount ids that they lack. */
static const struct kernel {
	bool has_openat2, has_statx, tells_mount;
	bool has_nothing; /* but these: no handles, and there is no /proc */
} kernels[] = {
	{false, true, true, false},   {true, true, false, false}, /* Linux 5.6 and 5.7 */
	{false, true, false, false},  {true, false, false, false},
	{false, false, false, false}, {true, false, false, true},
};
#define KERNELS (sizeof(kernels) / sizeof(kernels[0]))

static unsigned kernel;

static void own_old_volume(void)
{
	if (!kernels[kernel].has_openat2)
		forbid(OPENAT2, EPERM);
	if (!kernels[kernel].has_statx)
		forbid(SYS_statx, ENOSYS);
	if (!kernels[kernel].tells_mount)
		hide_mount_ids();
	if (kernels[kernel].has_nothing) {
		forbid(SYS_name_to_handle_at, ENOSYS);
		CHILD_ASSERT(unshare(CLONE_NEWNS) == 0 && umount2("/proc", MNT_DETACH) == 0);
	}
	own_in_child(at("old%u/volume", kernel));
	CHILD_ASSERT(report.skipped == 0);
}

static void S19_on_older_kernels(void **state)
{
	char name[16];

	for (kernel = 0; kernel < KERNELS; kernel++) {
		snprintf(name, sizeof(name), "old%u", kernel);
		make_mounts(name);
		in_child(own_old_volume);
		assert_mounts_stayed(name);
	}
}

static void own_where_nothing_tells(void)
{
	forbid(OPENAT2, EPERM);
	forbid(SYS_statx, EPERM);
	forbid(SYS_name_to_handle_at, EPERM);
	CHILD_ASSERT(unshare(CLONE_NEWNS) == 0 && umount2("/proc", MNT_DETACH) == 0);
	own_in_child(at("blind"));
	CHILD_ASSERT(report.skipped == 1 && report.first_reason == SKIP_MOUNT_UNKNOWN);
}

static void S40_no_directory_is_entered_if_mounts_are_unknown(void **state)
{
	make_dir(at("blind"), 0, 0755);
	make_dir(at("blind/sub"), 0, 0755);
	make_file(at("blind/sub/file"), 0, 0600);
	in_child(own_where_nothing_tells);
	assert_owner(at("blind/sub"), 0);
	assert_owner(at("blind/sub/file"), 0);
}

/* S47: who may put another directory in the place of the declared one. */
static void S47_a_user_may_rename_in_the_directory_above(void **state)
{
	static const struct {
		uid_t owner;
		mode_t mode;
		bool can_be_exchanged;
	} rows[] = {
		{0, 0755, false},  {0, 0775, true},   {0, 0757, true},
		{0, 01777, false}, {APP, 0755, true}, {APP, 01777, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_dir(at("above%zu", i), rows[i].owner, rows[i].mode);
		make_dir(at("above%zu/volume", i), 0, 0755);
		own(at("above%zu/volume", i));
		assert_int_equal(report.can_be_exchanged, rows[i].can_be_exchanged);
	}
}

static unsigned opened[2]; /* by openat, by openat2 */

static void count_opened(enum call call, long word, const char *path)
{
	if (call == CALL_SYSCALL && (word == SYS_openat || word == OPENAT2))
		opened[word == OPENAT2]++;
}

static void S19_the_kernel_keeps_the_walk_in_its_mount(void **state)
{
	make_dir(at("kept"), 0, 0755);
	for (unsigned i = 0; i < 10; i++)
		make_dir(at("kept/%u", i), 0, 0755);
	memset(opened, 0, sizeof(opened));
	jobs = 1;
	watch_calls(count_opened);
	own(at("kept"));
	watch_calls(NULL);
	jobs = 0;
	assert_int_equal(report.changed, 11);
	/* The path itself is opened once more when all below it is done: no other mount can be in the way. */
	assert_true(opened[0] < 5);
	assert_in_range(opened[1], 11, 15);
}

static unsigned changed_by_name;

static void count_changes(enum call call, long word, const char *path)
{
	changed_by_name += call == CALL_FCHOWNAT && word == AT_SYMLINK_NOFOLLOW;
}

/* fd_is_local() does not know ramfs. */
static void S16_no_change_by_name_on_remote_file_systems(void **state)
{
	static const char *const types[] = {"ramfs", "tmpfs"};

	for (unsigned i = 0; i < 2; i++) {
		make_dir(at("%s", types[i]), 0, 0755);
		assert_int_equal(mount("none", at("%s", types[i]), types[i], 0, "mode=755"), 0);
		make_file(at("%s/file", types[i]), 0, 0600);
		settle(at("%s", types[i]));
		changed_by_name = 0;
		jobs = 1;
		watch_calls(count_changes);
		own(at("%s", types[i]));
		watch_calls(NULL);
		jobs = 0;
		assert_owner(at("%s/file", types[i]), APP);
		assert_left(0, 0);
		assert_int_equal(changed_by_name, i);
	}
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

static void S21_overlay_copies_nothing_up_if_all_owners_are_right(void **state)
{
	make_dir(at("o"), 0, 0755);
	make_dir(at("o/lower"), APP, 0755);
	make_dir(at("o/lower/sub"), APP, 0755);
	make_file(at("o/lower/sub/file"), APP, 0600);
	mount_overlay("o");
	apply_as(at("o/merged/sub"), DEPTH_TREE, APP, false);
	assert_int_equal(report.visited, 2);
	assert_int_equal(report.changed, 0);
	assert_int_equal(access(at("o/upper/sub"), F_OK), -1);
}

static void overlay_all_names_of_a_file_of_the_image(void **state)
{
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
	settle(at("p"));
	own(at("p/merged/v"));
	assert_owner(at("p/merged/v"), APP);
	assert_owner(at("p/merged/v/a"), APP);
	assert_owner(at("p/merged/v/b"), APP);
	assert_owner(at("p/merged/v/sub/c"), APP);
	assert_owner(at("p/merged/v/sub/foreign"), 0);
	assert_int_equal(report.visited, 6);
	assert_int_equal(report.changed, 5);
	assert_left(1, SKIP_HARDLINK);
	own(at("p/merged/v"));
	assert_int_equal(report.changed, 0);
	assert_left(1, SKIP_HARDLINK);
}

static void own_overlay_without_openat2(void)
{
	forbid(OPENAT2, EPERM);
	own_in_child(at("q/merged"));
	CHILD_ASSERT(report.skipped == 0 && report.changed == 4);
}

/* One mount, whatever devices it tells: files of a lower directory on another file system have another one. */
static void S19_an_overlay_of_two_file_systems_is_one_mount(void **state)
{
	struct stat directory;
	struct stat file;

	make_dir(at("q"), 0, 0755);
	make_dir(at("q/lower"), 0, 0755);
	assert_int_equal(mount("none", at("q/lower"), "tmpfs", 0, "mode=755"), 0);
	make_dir(at("q/lower/sub"), 0, 0755);
	make_file(at("q/lower/sub/file"), 0, 0600);
	make_file(at("q/lower/file"), 0, 0600);
	mount_overlay("q");
	assert_int_equal(stat(at("q/merged"), &directory), 0);
	assert_int_equal(stat(at("q/merged/file"), &file), 0);
	assert_true(directory.st_dev != file.st_dev);
	in_child(own_overlay_without_openat2);
	assert_owner(at("q/merged/sub/file"), APP);
}

static void overlay_names_below_two_declared_paths(void **state)
{
	const struct ownership_request request = {.owner = &ids_of(APP)};
	const struct declared_path volumes[] = {
		{at("two/merged/v"), DEPTH_TREE, false, false, NULL},
		{at("two/merged/w"), DEPTH_TREE, false, false, NULL}};
	struct volume_set set;

	make_dir(at("two"), 0, 0755);
	make_dir(at("two/lower"), 0, 0755);
	make_dir(at("two/lower/v"), 0, 0755);
	make_dir(at("two/lower/w"), 0, 0755);
	make_file(at("two/lower/v/a"), 0, 0600);
	assert_int_equal(link(at("two/lower/v/a"), at("two/lower/w/b")), 0);
	mount_overlay("two");
	settle(at("two"));
	volume_set_open(&set, NULL);
	for (unsigned i = 0; i < 2; i++)
		assert_true(volume_apply(&volumes[i], &request, &set, &report, &error));
	assert_ptr_equal(volume_waiting(&set), &volumes[0]);
	assert_true(volume_finish(&set, &report, &error));
	assert_null(volume_waiting(&set));
	volume_set_close(&set);
	assert_int_equal(report.changed, 2);
	assert_left(0, 0);
	assert_owner(at("two/merged/v/a"), APP);
	assert_owner(at("two/merged/w/b"), APP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH_AND_SETTLED(S19_other_mounts_stay_as_they_are),
		FRESH_AND_SETTLED(S19_mounts_are_counted_unless_declared),
		FRESH_AND_SETTLED(S19_on_older_kernels),
		cmocka_unit_test(S40_no_directory_is_entered_if_mounts_are_unknown),
		cmocka_unit_test(S47_a_user_may_rename_in_the_directory_above),
		FRESH_AND_SETTLED(S19_the_kernel_keeps_the_walk_in_its_mount),
		FRESH_AND_SETTLED(S19_an_overlay_of_two_file_systems_is_one_mount),
		cmocka_unit_test(S16_no_change_by_name_on_remote_file_systems),
		FRESH_AND_SETTLED(S21_overlay_copies_nothing_up_if_all_owners_are_right),
		FRESH_AND_SETTLED(overlay_all_names_of_a_file_of_the_image),
		FRESH_AND_SETTLED(overlay_names_below_two_declared_paths),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
