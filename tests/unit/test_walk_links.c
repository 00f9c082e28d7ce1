/* Files with several names, paths that are declared together or long, memory that is used up, and former owners. */
#include "scratch.h"

#include "hooked_calls.h"
#include "linux/pages.h"
#include "volume/dir_stack.h"
#include "volume/former_owners.h"
#include "volume/mounts_below.h"
#include "volume/tally.h"
#include "walked_volume.h"

TEST(S17_a_hundred_thousand_linked_files)
{
	make("pairs/ pairs/a/ pairs/b/ kept-outside pairs/a/link=kept-outside");
	for (unsigned i = 0; i < 100000; i++)
		make("pairs/a/%u pairs/b/%u=pairs/a/%u", i, i, i);
	own(at("pairs"), APP, 8);
	assert_report(200004, 100003, 1, SKIP_HARDLINK);
	/* The walk remembers which one it is only if it was among the first of so many. */
	assert_below(report.first_skipped, at("pairs"));
	assert_owned(0, "kept-outside");
	assert_owned(APP, "pairs/b/5");
}

static struct ownership_report reports[3];

/* A start that declares A and B with DEPTH, and "top" alone if there is one. It leaves a report for each. */
static void own_together(const char *a, const char *b, enum ownership_depth depth, bool strict)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .strict = strict};
	const struct declared_path volumes[] = {
		{at("%s", a), depth}, {at("%s", b), depth}, {at("top"), DEPTH_TOP}};
	const struct declared_path *waiting;
	struct volume_set set;

	settle();
	volume_set_open(&set, NULL);
	for (unsigned i = 0; i < 2U + is_there(at("top")); i++)
		assert_true(volume_apply(&volumes[i], &request, &set, &reports[i], &error));
	while ((waiting = volume_waiting(&set)) != NULL)
		assert_true(volume_finish(&set, &reports[waiting - volumes], &error));
	volume_set_close(&set);
}

TEST(S17_links_are_judged_over_all_declared_paths)
{
	static const enum ownership_depth depths[] = {DEPTH_TREE, DEPTH_TREE_IF_TOP_WRONG};

	for (unsigned i = 0; i < 2; i++) {
		make_new_tree();
		/* That b is given to root first changes its ctime, so the links are counted once more. */
		make("a/:0:755:33 b/:1001 a/shared b/other=a/shared top/");
		own_together("a", "b", depths[i], true);
		assert_owned(APP, "a/shared a");
		assert_false(reports[0].former[0].owner.uid + reports[0].former[1].owner.uid);
		assert_int_equal(reports[0].skipped + reports[1].skipped + reports[2].skipped, 0);
		assert_int_equal(reports[0].changed + reports[1].changed, 3);

		/* The path that meets a file first tells that one more name is outside. */
		assert_int_equal(chown(at("a"), OTHER, 33) | chown(at("b"), OTHER, 0), 0);
		make("top/secret a/linked=top/secret b/linked=top/secret");
		own_together("a", "b", depths[i], true);
		assert_int_equal(reports[0].first_reason, SKIP_HARDLINK);
		assert_string_equal(reports[0].first_skipped, at("a/linked"));
		assert_int_equal(reports[1].first_reason, 0);
		/* S42: no path looks finished. It keeps its group. */
		for (unsigned k = 0; k < 2; k++)
			assert_int_equal(reports[k].unfinished, i == 1);
		assert_owned(i == 1 ? 0 : APP, "b");
		assert_int_equal(status_at(at("a")).st_uid, i == 1 ? 0 : APP);
		assert_int_equal(status_at(at("a")).st_gid, i == 1 ? 33 : group_of(APP));
		own_together("a", "b", depths[i], false);
		assert_owned(APP, "a");
		assert_owned(0, "top/secret");
	}
}

/* As root's the path would look finished. */
TEST(S42_a_top_that_root_is_to_own_is_not_given_to_root_before)
{
	const struct ids ids = {.gid = group_of(OTHER)};
	const struct ownership_request request = {.owner = &ids, .strict = true};

	make_new_tree();
	make("outside v/:1001 v/linked=outside");
	assert_true(
		apply_alone(&(struct declared_path){at("v"), DEPTH_TREE_IF_TOP_WRONG}, &request));
	assert_report(2, 0, 2, SKIP_HARDLINK);
	assert_owned(OTHER, "v");
}

TEST(S17_the_path_is_told_if_no_example_was_left)
{
	make_new_tree();
	make("a/ b/");
	for (unsigned i = 0; i <= 9; i++)
		make("%u %s/%u=%u", i, i < 9 ? "a" : "b", i, i);
	own_together("a", "b", DEPTH_TREE, false);
	assert_int_equal(reports[1].first_reason, SKIP_HARDLINK);
	assert_string_equal(reports[1].first_skipped, at("b"));
}

static bool fail_broken(struct call *call)
{
	return call->number == SYS_OPENAT2 && strcmp(name_of(call), "broken") == 0 &&
	       fail_call(call, EIO);
}

TEST(overlay_names_below_two_declared_paths)
{
	make_new_tree();
	make("lower/ lower/v/ lower/w/ lower/v/a lower/w/b=lower/v/a lower/v/broken/ upper/ work/ "
	     "merged/ merged@overlay");
	hook = fail_broken;
	own_together("merged/v", "merged/w", DEPTH_TREE, false);
	hook = NULL;
	/* The file is changed below each of them, because the overlay has copied it twice. The second walk of the first
	 * path counts nothing again. */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(reports[i].changed, 2);
		assert_int_equal(reports[i].skipped, i == 0);
	}
	assert_owned(APP, "merged/v/a merged/w/b");
}

static unsigned maps_left;

static bool fail_last_map(struct call *call)
{
	if (call->number != SYS_mmap)
		return false;
	/* Once memory is used up, the walk asks for no more. */
	assert_true(maps_left > 0);
	return --maps_left == 0 && fail_call(call, ENOMEM);
}

/* More names, links and levels than there is room for at first. */
TEST(failed_mmap_is_an_error)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};
	bool ok = false;

	make("maps/ maps/deep/");
	for (unsigned i = 0; i < 120; i++)
		make("maps/directory-%u/ maps/%u maps/deep/%u=maps/%u", i, i, i, i);
	make_levels("maps/levels", 600, 0);
	maps_left = 1;
	hook = fail_last_map;
	/* The first path that is followed name by name. */
	assert_false(apply_alone(&(struct declared_path){at("maps/"), DEPTH_TREE}, &request));
	assert_non_null(strstr(error.message, "Cannot allocate memory"));
	hook = NULL;
	for (unsigned nth = 1; !ok; nth++) {
		own(at("maps"), 0, 0);
		maps_left = nth;
		hook = fail_last_map;
		ok = apply_alone(&(struct declared_path){at("maps"), DEPTH_TREE}, &request);
		hook = NULL;
		assert_int_equal(ok, maps_left > 0);
		assert_int_equal(bytes_mapped, 0);
		if (!ok && strstr(error.message, "/maps': Cannot allocate memory") == NULL)
			fail_msg("map %u: %s", nth, error.message);
		assert_true(!ok || nth > 6);
	}
	assert_all_owned(at("maps"));
}

/* A file of two declared paths is complete, but cannot be changed below the first one any more. If w is given to root
 * first, the links cannot even be counted once more. */
static void finish_without_memory(unsigned owner_of_w)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};
	const struct declared_path volumes[] = {{at("merged/v"), DEPTH_TREE_IF_TOP_WRONG},
	                                        {at("merged/w"), DEPTH_TREE_IF_TOP_WRONG},
	                                        {at("v"), DEPTH_TREE}};
	int opened = count_descriptors();
	struct volume_set set;

	make_new_tree();
	make("lower/ lower/v/ lower/w/:%u lower/v/a lower/w/b=lower/v/a upper/ work/ merged/ "
	     "merged@overlay v/ outside v/linked=outside",
	     owner_of_w);
	volume_set_open(&set, NULL);
	for (unsigned i = 0; i < 3; i++)
		assert_true(volume_apply(&volumes[i], &request, &set, &report, &error));
	maps_left = 1;
	hook = fail_last_map;
	error.message[0] = '\0';
	assert_false(volume_finish(&set, &report, &error));
	assert_non_null(strstr(error.message, "Cannot allocate memory"));
	hook = NULL;
	/* The third path still waits, and is closed with the set. */
	assert_non_null(volume_waiting(&set));
	volume_set_close(&set);
	assert_int_equal(count_descriptors(), opened);
	assert_owned(0, "merged/v");
}

TEST(S42_the_top_stays_roots_if_memory_is_used_up_at_the_end)
{
	finish_without_memory(0);
	finish_without_memory(OTHER);
}

/* Owns the volume "v". The first MOUNTS of v/bound and v/file are declared too, and a missing path in a third mount. */
static void own_with_declared(unsigned mounts)
{
	const struct ownership_request request = {.owner = &ids_of(APP)};
	const struct declared_path volumes[] = {{at("v"), DEPTH_TREE},
	                                        {at("v/tmpfs/none"), DEPTH_TOP, .make = true},
	                                        {at("v/bound"), DEPTH_TOP},
	                                        {at("v/file"), DEPTH_TOP}};
	struct declared_top tops[4];
	struct volume_set set;
	bool right;

	volume_set_open(&set, tops);
	for (unsigned i = 0; i <= mounts + 1; i++)
		assert_true(volume_check(&volumes[i], &request, &set, &right, &error));
	assert_true(volume_apply(&volumes[0], &request, &set, &report, &error));
	assert_int_equal(report.mounts, 3 - mounts);
	assert_int_equal(report.skipped, 0);
}

TEST_RUN_BY(run_fresh_and_settled, S19_mounts_are_counted_unless_declared)
{
	make("other/ other/single v/ v/bound/ v/tmpfs/ v/file v/bound@other v/file@other/single "
	     "v/tmpfs@tmpfs");
	own_with_declared(0);
	assert_below(report.first_mount, at("v/"));
	assert_non_null(strstr("/bound /file /tmpfs", strrchr(report.first_mount, '/')));
	own_with_declared(2);
	assert_string_equal(report.first_mount, at("v/tmpfs"));
	/* A mount is counted, too, if its owner is right. */
	assert_int_equal(chown(at("v/tmpfs"), APP, 0), 0);
	assert_int_equal(chown(at("v/file"), APP, group_of(APP)), 0);
	own_with_declared(1);
	assert_string_equal(report.first_mount, "");
}

TEST_RUN_BY(run_fresh_and_settled, paths_are_cut)
{
	char name[256];

	memset(name, 'l', 255);
	name[255] = '\0';
	make("long/:1000 long/%s/:1000 long/%s/%s/:1000 long/%s/%s/file", name, name, name, name,
	     name);
	own(at("long//"), APP, 0);
	assert_int_equal(report.changed, 1);
	assert_int_equal(strlen(report.first_wrong), sizeof(report.first_wrong) - 1);
	assert_below(report.first_wrong, at("long/ll"));
	dir_stack_write_path(&(struct dir_stack){.declared = "//"}, 0, NULL, report.first_wrong);
	assert_string_equal(report.first_wrong, "/");
}

TEST(the_first_wrong_entry_and_mount_of_all_workers_are_told)
{
	const struct ownership_request request = {.owner = &ids_of(APP)};
	const struct volume_set set = {0};
	struct chown_job job = {.request = &request, .set = &set};

	for (char name[] = "a"; name[0] <= 'b'; name[0]++) {
		struct chown_worker worker = {.job = &job, .stack.declared = "v"};

		tally_changed(&worker, name, NULL);
		mounts_below_count_inode(&worker, name, &(struct inode){0});
	}
	assert_string_equal(job.report.first_wrong, "v/a");
	assert_string_equal(job.report.first_mount, "v/a");
}

static struct former_owners former;

static void add_owners(void)
{
	former = (struct former_owners){4, {{5, 8}, {6, 6}, {5, 7}, {5, 9}}};
}

static void fill_list(void)
{
	former.count = FORMER_OWNERS_MAX;
}

TEST(another_worker_adds_former_owners_meanwhile)
{
	static const struct former_owner sorted[] = {
		{{5, 7}, 0}, {{5, 8}, 1}, {{5, 9}, 0}, {{6, 6}, 0}};
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct former_counts counts = {0};

	before_lock = add_owners;
	former_owners_count(&former, &lock, &counts, (struct owner){5, 8});
	before_lock = NULL;
	former_owners_report(&former, &counts, &report);
	assert_int_equal(report.former_count, 4);
	assert_memory_equal(report.former, sorted, sizeof(sorted));
	before_lock = fill_list;
	former_owners_count(&former, &lock, &counts, (struct owner){7, 7});
	before_lock = NULL;
	assert_int_equal(counts.entries[FORMER_OWNERS_MAX], 1);
	assert_int_equal(former.count, FORMER_OWNERS_MAX);
}

TEST(allocation_with_overflow_returns_null)
{
	/* The product is 4 bytes. */
	assert_null(pages_allocate(SIZE_MAX / 4 + 2, 4));
}
