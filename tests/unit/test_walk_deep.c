/* Trees that are deeper than descriptors or the length of a path reach. */
#include "scratch.h"

#include <sys/resource.h>

#include "chain.h"
#include "walked_volume.h"

static void own_deep_with_few_descriptors(void)
{
	const struct rlimit limit = {64, 64};

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	own(at("deep"));
	assert_report(100002, 100002, 0, 0);
	assert_true(dup(0) < 10);
}

TEST(a_hundred_thousand_levels_with_64_descriptors)
{
	make_chain(at("deep"), 100000, "d", 0, 0755);
	in_child(own_deep_with_few_descriptors);
	assert_owned(APP, "deep");
	assert_int_equal(count_and_remove_chain(at("deep"), "d", APP), 100001);
}

static void own_with_hardly_any_descriptors(void)
{
	const struct rlimit limit = {9, 9};

	for (int fd = 3; fd < 64; fd++)
		close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	own(at("few"));
	assert_report(103, 102, 0, 0);
}

TEST(long_names_and_nine_descriptors)
{
	char name[256];

	memset(name, '\n', 255);
	name[255] = '\0';
	make_chain(at("few"), 100, name, 0, 0755);
	make("few/link>x:1000");
	in_child(own_with_hardly_any_descriptors);
	assert_int_equal(unlink(at("few/link")), 0);
	assert_int_equal(count_and_remove_chain(at("few"), name, APP), 101);
}

TEST_FRESH_AND_SETTLED(paths_are_cut)
{
	char name[256];

	memset(name, 'l', 255);
	name[255] = '\0';
	make_chain(at("long"), 5, name, APP, 0755);
	own(at("long//"));
	assert_int_equal(report.changed, 1);
	assert_int_equal(strlen(report.first_wrong), sizeof(report.first_wrong) - 1);
	assert_below(report.first_wrong, at("long/ll"));
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
