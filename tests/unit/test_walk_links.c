/* Symbolic links, and files with several names. */
#include "scratch.h"

#include "walked_volume.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH_AND_SETTLED(S14_links_are_owned_themselves),
		FRESH_AND_SETTLED(S17_links_from_outside_are_left),
		FRESH_AND_SETTLED(S17_a_mounted_name_is_not_one_of_the_tree),
		cmocka_unit_test(S17_a_hundred_thousand_linked_files),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
