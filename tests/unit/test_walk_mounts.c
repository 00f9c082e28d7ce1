/* Mounts in the volume, and a volume that lies in an overlay. */
#include "scratch.h"

#include "hooked_calls.h"
#include "walked_volume.h"

static void make_mounts(const char *name)
{
	make("%s/ %s/other/ %s/other/file %s/other/single", name, name, name, name);
	make("%s/volume/ %s/volume/bound/ %s/volume/tmpfs/", name, name, name);
	make("%s/volume/file %s/volume/own", name, name);
	mount_bind(at("%s/other", name), at("%s/volume/bound", name), 0);
	mount_bind(at("%s/other/single", name), at("%s/volume/file", name), 0);
	mount_type("tmpfs", at("%s/volume/tmpfs", name), NULL);
	make("%s/volume/tmpfs/file", name);
}

/* The volume below NAME is owned, and none of the mounts in it. */
static void assert_mounts_stayed(const char *name)
{
	assert_owned(0, "%s/other %s/other/file %s/other/single", name, name, name);
	assert_owned(0, "%s/volume/tmpfs %s/volume/tmpfs/file", name, name);
	assert_owned(APP, "%s/volume/own %s/volume", name, name);
}

TEST_FRESH_AND_SETTLED(S19_other_mounts_stay_as_they_are)
{
	make_mounts("mounts");
	own(at("mounts/volume"));
	assert_mounts_stayed("mounts");
	assert_report(2, 2, 0, 0);
	/* The volume is a mount itself as a rule. */
	own(at("mounts/volume/bound"));
	assert_owned(APP, "mounts/other mounts/other/file");
	assert_left(0, 0);
}

/* Owns the volume below "told"; the first COUNT of its mounts are declared too. */
static void own_with_declared(unsigned mounts)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = jobs};
	const struct declared_path volumes[] = {{at("told/volume"), DEPTH_TREE},
	                                        {at("told/volume/bound"), DEPTH_TOP},
	                                        {at("told/volume/file"), DEPTH_TOP}};
	struct declared_top tops[3];
	struct volume_set set;
	bool right;

	volume_set_open(&set, tops);
	for (unsigned i = 0; i <= mounts; i++)
		assert_true(volume_check(&volumes[i], &request, &set, &right, &error));
	assert_true(volume_apply(&volumes[0], &request, &set, &report, &error));
	assert_int_equal(report.mounts, 3 - mounts);
	assert_int_equal(report.skipped, 0);
}

TEST_FRESH_AND_SETTLED(S19_mounts_are_counted_unless_declared)
{
	make_mounts("told");
	own_with_declared(0);
	assert_below(report.first_mount, at("told/volume/"));
	assert_non_null(strstr("/bound /file /tmpfs", strrchr(report.first_mount, '/')));
	own_with_declared(2);
	assert_string_equal(report.first_mount, at("told/volume/tmpfs"));
	assert_int_equal(chown(at("told/volume/tmpfs"), APP, 0), 0);
	own_with_declared(2);
	assert_string_equal(report.first_mount, "");
}

/* Older kernels, by the calls and the mount ids that they lack. */
static const struct kernel {
	bool has_openat2, has_statx, tells_mount;
	bool has_nothing; /* but these: no handles, and there is no /proc */
	bool is_blind;
} kernels[] = {
	{false, true, true},
	{true, true, false}, /* Linux 5.6 and 5.7 */
	{false, true},
	{true},
	{false},
	{true, false, false, true},
	{.has_nothing = true, .is_blind = true},
};
static const struct kernel *kernel;
static char volume[16];

/* STATX_MNT_ID and stx_mnt_id, see openat2_statx.c. */
static bool hide_mount_id(struct call *call)
{
	char *status = (char *)call->words[4];
	uint32_t mask;

	if (call->number != SYS_statx)
		return false;
	call->answer = syscall(SYS_statx, call->words[0], call->words[1], call->words[2],
	                       call->words[3], status);
	memcpy(&mask, status, sizeof(mask));
	mask &= ~0x1000U;
	memcpy(status, &mask, sizeof(mask));
	memset(status + 0x90, 0, sizeof(uint64_t));
	return true;
}

static void own_old_volume(void)
{
	if (!kernel->has_openat2)
		forbid(SYS_OPENAT2, EPERM);
	if (!kernel->has_statx)
		forbid(SYS_statx, ENOSYS);
	hook = kernel->tells_mount ? NULL : hide_mount_id;
	jobs = 1;
	if (kernel->has_nothing) {
		forbid(SYS_name_to_handle_at, ENOSYS);
		lose_proc();
	}
	own(at("%s/volume", volume));
	/* S40: no directory is entered if mounts are unknown. */
	if (kernel->is_blind)
		assert_report(1, 1, 1, SKIP_MOUNT_UNKNOWN);
	else
		assert_report(2, 2, 0, 0);
}

TEST_FRESH_AND_SETTLED(S19_S40_on_older_kernels)
{
	for (kernel = kernels; kernel < kernels + COUNT(kernels); kernel++) {
		snprintf(volume, sizeof(volume), "old%d", (int)(kernel - kernels));
		make_mounts(volume);
		in_child(own_old_volume);
		if (kernel->is_blind)
			assert_owned(0, "%s/volume/own %s/volume/bound", volume, volume);
		else
			assert_mounts_stayed(volume);
	}
}

static unsigned opened[2]; /* by openat, by openat2 */
static unsigned changed_by_name;

static bool count_calls(struct call *call)
{
	if (call->number == SYS_openat || call->number == SYS_OPENAT2)
		opened[call->number == SYS_OPENAT2]++;
	changed_by_name += call->number == SYS_fchownat && call->words[4] == AT_SYMLINK_NOFOLLOW;
	return false;
}

static void own_and_count_calls(const char *path)
{
	memset(opened, 0, sizeof(opened));
	changed_by_name = 0;
	jobs = 1;
	hook = count_calls;
	own(path);
	hook = NULL;
	jobs = 0;
	assert_left(0, 0);
}

TEST_FRESH_AND_SETTLED(S19_the_kernel_keeps_the_walk_in_its_mount)
{
	make("kept/");
	for (unsigned i = 0; i < 10; i++)
		make("kept/%u/", i);
	own_and_count_calls(at("kept"));
	assert_int_equal(report.changed, 11);
	/* The path itself is opened once more when all below it is done: no other mount can be in the way. */
	assert_true(opened[0] < 5);
	assert_in_range(opened[1], 11, 15);
}

/* fd_is_local() does not know ramfs. */
TEST(S16_no_change_by_name_on_remote_file_systems)
{
	static const char *const types[] = {"ramfs", "tmpfs"};

	for (unsigned i = 0; i < 2; i++) {
		make("%s/", types[i]);
		mount_type(types[i], at("%s", types[i]), "mode=755");
		make("%s/file", types[i]);
		settle(at("%s", types[i]));
		own_and_count_calls(at("%s", types[i]));
		assert_owned(APP, "%s/file", types[i]);
		assert_int_equal(changed_by_name, i);
	}
}

static void mount_overlay(const char *name)
{
	char options[1024];

	make("%s/upper/ %s/work/ %s/merged/", name, name, name);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
	         at("%s/lower", name), at("%s/upper", name), at("%s/work", name));
	mount_type("overlay", at("%s/merged", name), options);
}

TEST_FRESH_AND_SETTLED(overlay_all_names_of_a_file_of_the_image)
{
	make("p/ p/lower/ p/lower/v/ p/lower/v/sub/ p/lower/v/a p/lower/v/b=p/lower/v/a "
	     "p/lower/v/sub/c=p/lower/v/a p/lower/foreign p/lower/v/sub/foreign=p/lower/foreign");
	mount_overlay("p");
	settle(at("p"));
	own(at("p/merged/v"));
	assert_owned(APP, "p/merged/v p/merged/v/a p/merged/v/b p/merged/v/sub/c");
	assert_owned(0, "p/merged/v/sub/foreign");
	assert_report(6, 5, 1, SKIP_HARDLINK);
	own(at("p/merged/v"));
	assert_report(6, 0, 1, SKIP_HARDLINK);
}

static void own_overlay_without_openat2(void)
{
	forbid(SYS_OPENAT2, EPERM);
	own(at("q/merged"));
	assert_report(4, 4, 0, 0);
}

/* One mount, whatever devices it tells: files of a lower directory on another file system have another one. */
TEST_FRESH_AND_SETTLED(S19_an_overlay_of_two_file_systems_is_one_mount)
{
	make("q/ q/lower/");
	mount_type("tmpfs", at("q/lower"), "mode=755");
	make("q/lower/sub/ q/lower/sub/file q/lower/file");
	mount_overlay("q");
	assert_true(status_at(at("q/merged")).st_dev != status_at(at("q/merged/file")).st_dev);
	in_child(own_overlay_without_openat2);
	assert_owned(APP, "q/merged/sub/file");
}

TEST_FRESH_AND_SETTLED(overlay_names_below_two_declared_paths)
{
	const struct ownership_request request = {.owner = &ids_of(APP)};
	const struct declared_path volumes[] = {{at("two/merged/v"), DEPTH_TREE},
	                                        {at("two/merged/w"), DEPTH_TREE}};
	struct volume_set set;

	make("two/ two/lower/ two/lower/v/ two/lower/w/ two/lower/v/a two/lower/w/b=two/lower/v/a");
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
	assert_owned(APP, "two/merged/v/a two/merged/w/b");
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
