#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "volume/hardlinks.h"

/* One name as it was met. */
struct link_sight {
	struct inode inode;
	uint64_t directory;
	const char *name;
};

static enum hardlinks_verdict meet(struct hardlinks *links, struct link_sight sight)
{
	enum hardlinks_verdict verdict;

	assert_true(
		hardlinks_record_name(links, &sight.inode, sight.directory, sight.name, &verdict));
	return verdict;
}

static struct link_sight sight_of(uint64_t inode, uint64_t count, uint64_t directory,
                                  const char *name)
{
	return (struct link_sight){
		.inode.device = 7,
		.inode.number = inode,
		.inode.links = (uint32_t)count,
		.inode.changed = inode_time(1000, 5),
		.directory = directory,
		.name = name,
	};
}

static uint64_t unfinished(const struct hardlinks *links)
{
	const char *path;

	return hardlinks_count_unfinished(links, 0, &path);
}

static void S17_a_pair_is_complete_at_its_second_name(void **state)
{
	struct hardlinks links = {.seed = 1};

	assert_int_equal(meet(&links, sight_of(5, 2, 1, "a")), HARDLINKS_FIRST);
	assert_int_equal(unfinished(&links), 1);
	assert_int_equal(meet(&links, sight_of(5, 2, 1, "b")), HARDLINKS_ALL);
	assert_int_equal(unfinished(&links), 0);
	assert_int_equal(links.complete, 1);
	hardlinks_free(&links);
}

static void S17_the_same_name_counts_once(void **state)
{
	/* Its directory was moved to where the walk had yet to come: the same directory, the same
	 * name, and the ctime of the file tells nothing. */
	struct hardlinks links = {.seed = 1};

	assert_int_equal(meet(&links, sight_of(5, 2, 1, "a")), HARDLINKS_FIRST);
	assert_int_equal(meet(&links, sight_of(5, 2, 1, "a")), HARDLINKS_MORE);
	assert_int_equal(meet(&links, sight_of(5, 2, 1, "a")), HARDLINKS_MORE);
	assert_int_equal(unfinished(&links), 1);
	/* The same name elsewhere is another one. */
	assert_int_equal(meet(&links, sight_of(5, 2, 2, "a")), HARDLINKS_ALL);
	hardlinks_free(&links);
}

static void S17_a_changed_file_is_never_complete(void **state)
{
	static const struct {
		const char *what;
		uint64_t count;
		int64_t seconds;
		int64_t nanoseconds;
	} changes[] = {
		{"seconds", 3, 1001, 5},
		{"nanoseconds", 3, 1000, 6},
		{"links added", 4, 1000, 5},
		{"links removed", 2, 1000, 5},
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct hardlinks links = {.seed = 1};
		struct link_sight changed = sight_of(5, changes[i].count, 1, "b");

		changed.inode.changed = inode_time(changes[i].seconds, changes[i].nanoseconds);
		meet(&links, sight_of(5, 3, 1, "a"));
		if (meet(&links, changed) != HARDLINKS_MORE ||
		    meet(&links, sight_of(5, 3, 1, "c")) != HARDLINKS_MORE ||
		    meet(&links, sight_of(5, 3, 1, "d")) != HARDLINKS_MORE)
			fail_msg("complete in spite of: %s", changes[i].what);
		assert_int_equal(unfinished(&links), 4);
		hardlinks_free(&links);
	}
}

static void S17_files_are_told_apart_by_device_and_inode(void **state)
{
	struct hardlinks links = {.seed = 1};
	struct link_sight other = sight_of(5, 2, 1, "b");

	other.inode.device = 8;
	assert_int_equal(meet(&links, sight_of(5, 2, 1, "a")), HARDLINKS_FIRST);
	assert_int_equal(meet(&links, other), HARDLINKS_FIRST);
	assert_int_equal(meet(&links, sight_of(6, 2, 1, "c")), HARDLINKS_FIRST);
	assert_int_equal(unfinished(&links), 3);
	hardlinks_free(&links);
}

static void S17_a_hundred_thousand_files(void **state)
{
	struct hardlinks links = {.seed = 0x1234};
	char name[32];

	for (uint64_t i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%u", (unsigned)i);
		assert_int_equal(meet(&links, sight_of(i + 1, 2, 1, name)), HARDLINKS_FIRST);
	}
	assert_int_equal(unfinished(&links), 100000);
	for (uint64_t i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%u", (unsigned)i);
		assert_int_equal(meet(&links, sight_of(i + 1, 2, 2, name)), HARDLINKS_ALL);
	}
	assert_int_equal(unfinished(&links), 0);
	hardlinks_free(&links);
}

static void S17_memory_is_bounded(void **state)
{
	struct hardlinks links = {.seed = 1, .maximum = 10};
	char name[32];

	for (uint64_t i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "%u", (unsigned)i);
		assert_int_equal(meet(&links, sight_of(i + 1, 2, 1, name)), HARDLINKS_FIRST);
	}
	assert_int_equal(meet(&links, sight_of(100, 2, 1, "one too many")), HARDLINKS_FULL);
	assert_int_equal(meet(&links, sight_of(1, 2, 1, "second")), HARDLINKS_FULL);
	assert_int_equal(links.files.used, 10);
	assert_int_equal(unfinished(&links), 10);
	hardlinks_free(&links);
}

static void S17_an_unfinished_file_has_its_path_noted(void **state)
{
	struct hardlinks links = {.seed = 1};
	struct link_sight sight;
	char name[32];
	const char *path;

	/* Complete ones give their place back. */
	for (uint64_t i = 0; i < 100; i++) {
		char *note;

		snprintf(name, sizeof(name), "%u", (unsigned)i);
		sight = sight_of(i + 1, 2, 1, name);
		assert_int_equal(meet(&links, sight), HARDLINKS_FIRST);
		note = hardlinks_take_example(&links, &sight.inode);
		assert_non_null(note);
		strcpy(note, name);
		assert_int_equal(meet(&links, sight_of(i + 1, 2, 2, name)), HARDLINKS_ALL);
	}
	assert_int_equal(hardlinks_count_unfinished(&links, 0, &path), 0);
	assert_null(path);
	sight = sight_of(500, 2, 1, "left");
	meet(&links, sight);
	strcpy(hardlinks_take_example(&links, &sight.inode), "/data/left");
	assert_int_equal(hardlinks_count_unfinished(&links, 0, &path), 1);
	assert_string_equal(path, "/data/left");
	for (uint64_t i = 0; i < 20; i++) {
		sight = sight_of(1000 + i, 2, 1, "more");
		meet(&links, sight);
		hardlinks_take_example(&links, &sight.inode);
	}
	assert_null(hardlinks_take_example(&links, &sight.inode));
	hardlinks_free(&links);
}

static void overlay_the_other_names_of_a_complete_file_are_known(void **state)
{
	struct hardlinks links = {.seed = 1};
	struct link_sight name = sight_of(5, 2, 1, "a");

	assert_false(hardlinks_is_complete(&links, &name.inode));
	meet(&links, name);
	assert_false(hardlinks_is_complete(&links, &name.inode));
	meet(&links, sight_of(5, 2, 1, "b"));
	assert_true(hardlinks_is_complete(&links, &name.inode));
	name.inode.changed += NS_PER_SECOND;
	assert_false(hardlinks_is_complete(&links, &name.inode));
	name = sight_of(6, 2, 1, "a");
	assert_false(hardlinks_is_complete(&links, &name.inode));
	hardlinks_free(&links);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S17_a_pair_is_complete_at_its_second_name),
		cmocka_unit_test(S17_the_same_name_counts_once),
		cmocka_unit_test(S17_a_changed_file_is_never_complete),
		cmocka_unit_test(S17_files_are_told_apart_by_device_and_inode),
		cmocka_unit_test(S17_a_hundred_thousand_files),
		cmocka_unit_test(S17_memory_is_bounded),
		cmocka_unit_test(S17_an_unfinished_file_has_its_path_noted),
		cmocka_unit_test(overlay_the_other_names_of_a_complete_file_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
