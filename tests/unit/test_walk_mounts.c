/* Mounts in the volume, and a volume that lies in an overlay. */
#include "scratch.h"

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
	(void)state;
	make_mounts("mounts");
	own(at("mounts/volume"));
	assert_mounts_stayed("mounts");
	assert_left(0, 0);
	/* The volume is a mount itself as a rule. */
	own(at("mounts/volume/bound"));
	assert_owner(at("mounts/other"), APP);
	assert_owner(at("mounts/other/file"), APP);
	assert_left(0, 0);
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
	assert_mounts_stayed("old");
	make_mounts("older");
	in_child(own_without_statx);
	assert_owner(at("older/volume/tmpfs"), 0);
	assert_owner(at("older/volume/tmpfs/file"), 0);
	assert_owner(at("older/volume/own"), APP);
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
	settle(at("p"));
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
		FRESH_AND_SETTLED(S19_other_mounts_stay_as_they_are),
		FRESH_AND_SETTLED(S19_on_older_kernels),
		FRESH_AND_SETTLED(S21_nothing_is_copied_up_when_all_is_right),
		FRESH_AND_SETTLED(overlay_all_names_of_a_file_of_the_image),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
