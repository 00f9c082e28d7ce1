/* Symbolic links, and files with several names. */
#include "scratch.h"

#include "volume/hardlink_check.h"
#include "walked_volume.h"

static void S14_links_are_owned_themselves(void **state)
{
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

static void own_as_in_gvisor(void)
{
	forbid_when(SYS_fchownat, 4, AT_EMPTY_PATH, EBADF);
	own_in_child(at("gvisor"));
	CHILD_ASSERT(report.skipped == 0 && report.changed == 4);
}

static void own_once_as_in_gvisor(void)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .strict = true, .jobs = 1};
	const struct declared_path path = {at("gvisor-once"), DEPTH_TREE_IF_TOP_WRONG, false, false,
	                                   NULL};

	forbid_when(SYS_fchownat, 4, AT_EMPTY_PATH, EBADF);
	CHILD_ASSERT(apply_alone(&path, &request, &report, &error));
	CHILD_ASSERT(report.unfinished && report.first_reason == SKIP_HARDLINK);
}

static void S42_the_top_is_marked_in_gvisor(void **state)
{
	struct stat status;

	make_file(at("outside-once"), 0, 0600);
	make_dir(at("gvisor-once"), OTHER, 0755);
	make_file(at("gvisor-once/file"), 0, 0600);
	assert_int_equal(link(at("outside-once"), at("gvisor-once/link")), 0);
	in_child(own_once_as_in_gvisor);
	assert_int_equal(stat(at("gvisor-once"), &status), 0);
	assert_int_equal(status.st_uid, 0);
	assert_owner(at("gvisor-once/file"), APP);
}

/* There a descriptor that was opened with O_PATH is refused, and its name in /proc is not. */
static void S14_links_are_owned_themselves_in_gvisor(void **state)
{
	make_file(at("beside"), 0, 0600);
	make_dir(at("gvisor"), 0, 0775);
	make_link("../beside", at("gvisor/link"), 0);
	make_link("/nowhere", at("gvisor/dangling"), 0);
	make_file(at("gvisor/file"), 0, 0600);
	in_child(own_as_in_gvisor);
	assert_owner(at("beside"), 0);
	assert_owner(at("gvisor/link"), APP);
	assert_owner(at("gvisor/dangling"), APP);
	assert_owner(at("gvisor/file"), APP);
	assert_owner(at("gvisor"), APP);
}

/* Nothing is known of the clock of ramfs. */
static void S43_on_remote_file_systems_a_hard_link_must_be_a_minute_old(void **state)
{
	make_dir(at("server"), 0, 0755);
	assert_int_equal(mount("none", at("server"), "ramfs", 0, "mode=755"), 0);
	make_file(at("server/file"), 0, 0600);
	make_file(at("server/pair"), 0, 0600);
	assert_int_equal(link(at("server/pair"), at("server/twin")), 0);
	own(at("server"));
	assert_left(2, SKIP_YOUNG_HARDLINK);
	assert_owner(at("server/pair"), 0);
	assert_owner(at("server/file"), APP);
	assert_int_equal(umount(at("server")), 0);
	assert_int_equal(rmdir(at("server")), 0);
}

/* The number of nanoseconds is 0 in each of its times. */
static void S17_a_file_system_of_whole_seconds_is_waited_for(void **state)
{
	const uint64_t second = (uint64_t)time(NULL) * NS_PER_SECOND;
	const struct inode whole = {.changed = second};
	const struct inode fine = {.changed = second + 1};
	int64_t whole_time = inode_ns_until_older(&whole, 1000000);
	int64_t fine_time = inode_ns_until_older(&fine, 1000000);

	/* The clock may go on between the two. */
	assert_true(whole_time - fine_time >= NS_PER_SECOND - 1000001);
}

static void S17_hard_links_from_outside_are_skipped(void **state)
{
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
	assert_left(2, SKIP_HARDLINK);
	assert_non_null(strstr(report.first_skipped, "/shadow"));
	/* The same when the path itself is such a name. */
	own(at("hard/a/shadow"));
	assert_owner(at("shadow"), 0);
	assert_left(1, SKIP_HARDLINK);
	apply_as(at("hard/a/shadow"), DEPTH_TOP, APP, false);
	assert_owner(at("shadow"), 0);
}

static void S17_a_mounted_name_is_not_one_of_the_tree(void **state)
{
	make_dir(at("bindlink"), 0, 0755);
	make_file(at("passwd"), 0, 0600);
	make_file(at("bindlink/mounted"), 0, 0600);
	assert_int_equal(link(at("passwd"), at("bindlink/name")), 0);
	assert_int_equal(mount(at("passwd"), at("bindlink/mounted"), NULL, MS_BIND, NULL), 0);
	own(at("bindlink"));
	assert_owner(at("passwd"), 0);
	assert_left(1, SKIP_HARDLINK);
}

static void S17_a_hundred_thousand_linked_files(void **state)
{
	char name[32];
	int a;
	int b;

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
	assert_left(1, SKIP_HARDLINK);
	assert_int_equal(report.changed, 100002);
	/* Which one it is was kept in mind only if it was among the first of so many. */
	assert_int_equal(strncmp(report.first_skipped, at("pairs"), strlen(at("pairs"))), 0);
	assert_owner(at("kept outside"), 0);
	assert_owner(at("pairs/b/5"), APP);
}

/* A start that declares "together/a" and "together/b" with DEPTH. */
static void own_together(enum ownership_depth depth, bool strict,
                         struct ownership_report reports[2])
{
	const struct ownership_request request = {.owner = &ids_of(APP), .strict = strict};
	const struct declared_path volumes[] = {{at("together/a"), depth, false, false, NULL},
	                                        {at("together/b"), depth, false, false, NULL}};
	const struct declared_path *waiting;
	struct volume_set set;

	settle(at("together"));
	volume_set_open(&set, NULL);
	for (unsigned i = 0; i < 2; i++)
		assert_true(volume_apply(&volumes[i], &request, &set, &reports[i], &error));
	while ((waiting = volume_waiting(&set)) != NULL)
		assert_true(volume_finish(&set, &reports[waiting - volumes], &error));
	volume_set_close(&set);
}

static void S17_links_are_judged_over_all_declared_paths(void **state)
{
	static const enum ownership_depth depths[] = {DEPTH_TREE, DEPTH_TREE_IF_TOP_WRONG};
	struct ownership_report reports[2];

	for (unsigned i = 0; i < 2; i++) {
		make_dir(at("together"), 0, 0755);
		make_dir(at("together/a"), 0, 0755);
		make_dir(at("together/b"), 0, 0755);
		make_file(at("together/a/shared"), 0, 0600);
		assert_int_equal(link(at("together/a/shared"), at("together/b/other")), 0);
		own_together(depths[i], true, reports);
		assert_owner(at("together/a/shared"), APP);
		assert_owner(at("together/a"), APP);
		assert_int_equal(reports[0].skipped + reports[1].skipped, 0);
		assert_int_equal(reports[0].changed + reports[1].changed, 3);

		/* With one more name outside, the path that meets the file first tells it. */
		assert_int_equal(chown(at("together/a"), 0, 0), 0);
		assert_int_equal(chown(at("together/b"), 0, 0), 0);
		make_file(at("together/secret"), 0, 0600);
		assert_int_equal(link(at("together/secret"), at("together/a/linked")), 0);
		assert_int_equal(link(at("together/secret"), at("together/b/linked")), 0);
		own_together(depths[i], true, reports);
		assert_owner(at("together/secret"), 0);
		assert_int_equal(reports[0].first_reason, SKIP_HARDLINK);
		assert_string_equal(reports[0].first_skipped, at("together/a/linked"));
		assert_int_equal(reports[1].first_reason, 0);
		/* S42: no path looks finished. */
		assert_int_equal(reports[0].unfinished, i == 1);
		assert_int_equal(reports[1].unfinished, i == 1);
		assert_owner(at("together/a"), i == 1 ? 0 : APP);
		assert_owner(at("together/b"), i == 1 ? 0 : APP);
		own_together(depths[i], false, reports);
		assert_owner(at("together/a"), APP);
		assert_owner(at("together/secret"), 0);
		assert_int_equal(rename(at("together"), at("together%u", i)), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S17_links_are_judged_over_all_declared_paths),
		FRESH_AND_SETTLED(S14_links_are_owned_themselves),
		FRESH_AND_SETTLED(S14_links_are_owned_themselves_in_gvisor),
		cmocka_unit_test(S42_the_top_is_marked_in_gvisor),
		cmocka_unit_test(S43_on_remote_file_systems_a_hard_link_must_be_a_minute_old),
		cmocka_unit_test(S17_a_file_system_of_whole_seconds_is_waited_for),
		FRESH_AND_SETTLED(S17_hard_links_from_outside_are_skipped),
		FRESH_AND_SETTLED(S17_a_mounted_name_is_not_one_of_the_tree),
		cmocka_unit_test(S17_a_hundred_thousand_linked_files),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
