/* Trees that are deeper than descriptors or the length of a path reach. */
#include "scratch.h"

#include <sys/resource.h>

#include "chain.h"
#include "walked_volume.h"

static void own_deep_with_few_descriptors(void)
{
	const struct rlimit limit = {64, 64};

	CHILD_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	own_in_child(at("deep"));
	CHILD_ASSERT(report.visited == 100002 && report.changed == 100002);
	CHILD_ASSERT(report.skipped == 0);
	CHILD_ASSERT(dup(0) < 10);
}

static void a_hundred_thousand_levels_with_64_descriptors(void **state)
{
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
	CHILD_ASSERT(report.visited == 103 && report.changed == 102);
	CHILD_ASSERT(report.skipped == 0);
}

static void long_names_and_nine_descriptors(void **state)
{
	char name[256];

	memset(name, '\n', 255);
	name[255] = '\0';
	make_chain(at("few"), 100, name, 0, 0755);
	assert_int_equal(symlink("x", at("few/link")), 0);
	assert_int_equal(lchown(at("few/link"), APP, group_of(APP)), 0);
	in_child(own_with_hardly_any_descriptors);
	assert_int_equal(unlink(at("few/link")), 0);
	assert_int_equal(count_and_remove_chain(at("few"), name, APP), 101);
}

static void paths_are_cut(void **state)
{
	char name[256];

	memset(name, 'l', 255);
	name[255] = '\0';
	make_chain(at("long"), 5, name, APP, 0755);
	own(at("long//"));
	assert_int_equal(report.changed, 1);
	assert_int_equal(strlen(report.first_wrong), sizeof(report.first_wrong) - 1);
	assert_int_equal(strncmp(report.first_wrong, at("long/ll"), strlen(at("long/ll"))), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_thousand_levels_with_64_descriptors),
		cmocka_unit_test(long_names_and_nine_descriptors),
		FRESH_AND_SETTLED(paths_are_cut),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
