/* Symbolic links, and files with several names. */
#include "scratch.h"

#include "hooked_calls.h"
#include "volume/hardlink_check.h"
#include "walked_volume.h"

/* A descriptor that was opened with O_PATH is refused, and its name in /proc is not. */
static bool refuse_empty_path(struct call *call)
{
	return call->number == SYS_fchownat && (call->words[4] & AT_EMPTY_PATH) != 0 &&
	       fail_call(call, EBADF);
}

TEST_FRESH_AND_SETTLED(S14_links_are_owned_themselves_in_gvisor)
{
	make("beside/ beside/file links/:0:775 links/directory>../beside links/file>../beside/file "
	     "links/dangling>/nowhere links/up>.. links/plain");
	jobs = 1;
	for (unsigned i = 0; i < 2; i++) {
		apply_as(at("links"), DEPTH_TREE, 0, false);
		hook = i == 0 ? NULL : refuse_empty_path;
		own(at("links"));
		hook = NULL;
		assert_report(6, 6, 0, 0);
		assert_owned(0, "beside beside/file .");
		assert_wrong(at("links"), 0);
	}
	jobs = 0;
}

/* Nothing is known of the clock of ramfs. */
TEST(S43_on_remote_file_systems_a_hard_link_must_be_a_minute_old)
{
	make("server/");
	mount_type("ramfs", at("server"), "mode=755");
	make("server/file server/pair server/twin=server/pair");
	own(at("server"));
	assert_left(2, SKIP_YOUNG_HARDLINK);
	assert_owned(0, "server/pair");
	assert_owned(APP, "server/file");
}

/* The number of nanoseconds is 0 in each of its times. */
TEST(S17_a_file_system_of_whole_seconds_is_waited_for)
{
	const uint64_t second = (uint64_t)time(NULL) * NS_PER_SECOND;
	const struct inode whole = {.changed = second};
	const struct inode fine = {.changed = second + 1};
	int64_t whole_time = inode_ns_until_older(&whole, 1000000);
	int64_t fine_time = inode_ns_until_older(&fine, 1000000);

	/* The clock may go on between the two. */
	assert_true(whole_time - fine_time >= NS_PER_SECOND - 1000001);
}

TEST_FRESH_AND_SETTLED(S17_hard_links_from_outside_are_skipped)
{
	make("hard/ hard/a/ hard/b/ hard/a/pair hard/b/pair=hard/a/pair shadow "
	     "hard/b/shadow=shadow "
	     "hard/a/shadow=shadow target:1000 hard/a/right=target");
	own(at("hard"));
	assert_owned(APP, "hard/a/pair");
	assert_int_equal(report.changed, 4);
	assert_left(2, SKIP_HARDLINK);
	assert_non_null(strstr(report.first_skipped, "/shadow"));
	/* The same when the path itself is such a name. */
	own(at("hard/a/shadow"));
	assert_left(1, SKIP_HARDLINK);
	apply_as(at("hard/a/shadow"), DEPTH_TOP, APP, false);
	assert_owned(0, "shadow");
}

TEST_FRESH_AND_SETTLED(S17_a_mounted_name_is_not_one_of_the_tree)
{
	make("bindlink/ passwd bindlink/mounted bindlink/name=passwd");
	mount_bind(at("passwd"), at("bindlink/mounted"), 0);
	own(at("bindlink"));
	assert_owned(0, "passwd");
	assert_left(1, SKIP_HARDLINK);
}

TEST(S17_a_hundred_thousand_linked_files)
{
	char name[32];
	int a;
	int b;

	make("pairs/ pairs/a/ pairs/b/");
	a = open(at("pairs/a"), O_PATH | O_CLOEXEC);
	b = open(at("pairs/b"), O_PATH | O_CLOEXEC);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		assert_int_equal(mknodat(a, name, S_IFREG | 0600, 0), 0);
		assert_int_equal(linkat(a, name, b, i == 77777 ? "link" : name, 0), 0);
	}
	assert_int_equal(renameat(b, "link", AT_FDCWD, at("kept-outside")), 0);
	close(a);
	close(b);
	own(at("pairs"));
	assert_report(200002, 100002, 1, SKIP_HARDLINK);
	/* Which one it is was kept in mind only if it was among the first of so many. */
	assert_below(report.first_skipped, at("pairs"));
	assert_owned(0, "kept-outside");
	assert_owned(APP, "pairs/b/5");
}

/* A start that declares "together/a" and "together/b" with DEPTH. */
static void own_together(enum ownership_depth depth, bool strict,
                         struct ownership_report reports[2])
{
	const struct ownership_request request = {.owner = &ids_of(APP), .strict = strict};
	const struct declared_path volumes[] = {{at("together/a"), depth},
	                                        {at("together/b"), depth}};
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

TEST(S17_links_are_judged_over_all_declared_paths)
{
	static const enum ownership_depth depths[] = {DEPTH_TREE, DEPTH_TREE_IF_TOP_WRONG};
	struct ownership_report reports[2];

	for (unsigned i = 0; i < 2; i++) {
		make("together/ together/a/ together/b/ together/a/shared "
		     "together/b/other=together/a/shared");
		own_together(depths[i], true, reports);
		assert_owned(APP, "together/a/shared together/a");
		assert_int_equal(reports[0].skipped + reports[1].skipped, 0);
		assert_int_equal(reports[0].changed + reports[1].changed, 3);

		/* With one more name outside, the path that meets the file first tells it. */
		assert_int_equal(chown(at("together/a"), 0, 0), 0);
		assert_int_equal(chown(at("together/b"), 0, 0), 0);
		make("together/secret together/a/linked=together/secret "
		     "together/b/linked=together/secret");
		own_together(depths[i], true, reports);
		assert_int_equal(reports[0].first_reason, SKIP_HARDLINK);
		assert_string_equal(reports[0].first_skipped, at("together/a/linked"));
		assert_int_equal(reports[1].first_reason, 0);
		/* S42: no path looks finished. */
		for (unsigned k = 0; k < 2; k++)
			assert_int_equal(reports[k].unfinished, i == 1);
		assert_owned(i == 1 ? 0 : APP, "together/a together/b");
		own_together(depths[i], false, reports);
		assert_owned(APP, "together/a");
		assert_owned(0, "together/secret");
		assert_int_equal(rename(at("together"), at("together%u", i)), 0);
	}
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
