/* What root itself may not enter or change. */
#include "scratch.h"

#include "chain.h"
#include "walked_volume.h"

#define FEW (1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID)

static void own_without_dac_override(void)
{
	keep_capabilities(FEW);
	own_in_child(at("closed"));
	CHILD_ASSERT(report.skipped == 0);
	CHILD_ASSERT(report.visited == 8 && report.changed == 6);
	CHILD_ASSERT(syscall(SYS_setfsuid, -1) == 0);
	/* The second start. */
	own_in_child(at("closed"));
	CHILD_ASSERT(report.visited == 8 && report.changed == 0 && report.skipped == 0);
	/* Deeper than what is kept open, everything wrong and nobody else's to enter. */
	own_in_child(at("chain"));
	CHILD_ASSERT(report.visited == 102 && report.changed == 102 && report.skipped == 0);
	CHILD_ASSERT(syscall(SYS_setfsuid, -1) == 0);
}

static void own_without_dac_override_nor_openat2(void)
{
	forbid(437, ENOSYS);
	keep_capabilities(FEW);
	own_in_child(at("chain2"));
	CHILD_ASSERT(report.visited == 102 && report.changed == 102 && report.skipped == 0);
}

static void S35_entered_as_the_owner_changed_as_root(void **state)
{
	make_dir(at("closed"), APP, 0700);
	make_file(at("closed/root's"), 0, 0600);
	make_dir(at("closed/other's"), OTHER, 0700);
	make_file(at("closed/other's/file"), 0, 0000);
	make_dir(at("closed/other's/root's"), 0, 0700);
	make_file(at("closed/other's/root's/file"), OTHER, 0600);
	make_link("x", at("closed/other's/root's/link"), 0);
	/* May be read by all, but not searched. */
	make_dir(at("closed/list"), APP, 0744);
	make_chain(at("chain"), 100, "d", OTHER, 0700);
	make_chain(at("chain2"), 100, "d", OTHER, 0700);
	in_child(own_without_dac_override);
	in_child(own_without_dac_override_nor_openat2);
	assert_owner(at("closed/root's"), APP);
	assert_owner(at("closed/other's/file"), APP);
	assert_owner(at("closed/other's/root's/file"), APP);
	assert_int_equal(count_and_remove_chain(at("chain"), "d", APP), 101);
	assert_int_equal(count_and_remove_chain(at("chain2"), "d", APP), 101);
}

static void own_where_chown_is_ignored(void)
{
	forbid(SYS_fchownat, 0);
	jobs = 2;
	own_in_child(at("ignored"));
	CHILD_ASSERT(report.visited == 22 && report.changed == 0 && report.former_count == 0);
	CHILD_ASSERT(report.skipped == 22 && report.first_reason == SKIP_IGNORED);
	apply_in_child(at("ignored"), DEPTH_TOP);
	CHILD_ASSERT(report.skipped == 1 && report.first_reason == SKIP_IGNORED);
	apply_in_child(at("ignored"), DEPTH_TREE_IF_TOP_WRONG);
	CHILD_ASSERT(report.skipped == 22 && !report.unfinished);
}

/* Every change is reported as done, and none is. */
static void S36_a_file_system_that_ignores_chown_is_reported(void **state)
{
	make_dir(at("ignored"), OTHER, 0755);
	make_dir(at("ignored/sub"), 0, 0755);
	for (unsigned i = 0; i < 20; i++)
		make_file(at("ignored/sub/%u", i), i % 2 == 0 ? 0 : OTHER, 0600);
	in_child(own_where_chown_is_ignored);
}

static void own_without_setuid(void)
{
	keep_capabilities(1U << CAP_CHOWN);
	own_in_child(at("shut"));
	CHILD_ASSERT(report.skipped == 1 && report.first_reason == EACCES);
	CHILD_ASSERT(strcmp(report.first_skipped, at("shut/sub")) == 0);
	CHILD_ASSERT(syscall(SYS_setfsuid, -1) == 0);
}

static void S35_without_setuid_the_directory_is_skipped(void **state)
{
	make_dir(at("shut"), 0, 0755);
	make_dir(at("shut/sub"), OTHER, 0700);
	make_file(at("shut/sub/file"), 0, 0600);
	make_file(at("shut/file"), 0, 0600);
	in_child(own_without_setuid);
	assert_owner(at("shut/file"), APP);
	assert_owner(at("shut"), APP);
	assert_owner(at("shut/sub/file"), 0);
}

static void own_closed_top(void)
{
	const struct ownership_request request = {.owner = &ids_of(APP)};
	const struct declared_path option = {at("closed-top"), DEPTH_TOP, false, false, NULL};

	keep_capabilities(1U << CAP_CHOWN);
	CHILD_ASSERT(apply_alone(&option, &request, &report, &error));
	CHILD_ASSERT(report.changed == 0 && report.skipped == 1 && report.first_reason == EACCES);
}

/* A directory that cannot be opened cannot be locked. */
static void S44_a_top_that_cannot_be_locked_is_skipped(void **state)
{
	make_dir(at("closed-top"), OTHER, 0700);
	in_child(own_closed_top);
	assert_owner(at("closed-top"), OTHER);
	apply_as(at("closed-top"), DEPTH_TOP, APP, false);
	assert_owner(at("closed-top"), APP);
}

static void own_without_chown(void)
{
	keep_capabilities(FEW & ~(1U << CAP_CHOWN));
	own_in_child(at("refused"));
	CHILD_ASSERT(report.visited == 4 && report.changed == 0 && report.skipped == 3);
	CHILD_ASSERT(report.first_reason == EPERM);
	CHILD_ASSERT(strcmp(report.first_skipped, at("refused/sub/file")) == 0);
}

static void S36_a_failure_is_counted_and_the_walk_goes_on(void **state)
{
	make_dir(at("refused"), 0, 0755);
	make_dir(at("refused/sub"), 0, 0755);
	make_file(at("refused/sub/file"), 0, 0600);
	make_file(at("refused/right"), APP, 0600);
	in_child(own_without_chown);
	make_dir(at("ro"), 0, 0755);
	assert_int_equal(mount("none", at("ro"), "tmpfs", 0, NULL), 0);
	make_file(at("ro/file"), 0, 0600);
	make_file(at("ro/pair"), 0, 0600);
	assert_int_equal(link(at("ro/pair"), at("ro/other")), 0);
	assert_int_equal(mount("none", at("ro"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	own(at("ro"));
	assert_left(4, EROFS);
	assert_int_equal(strncmp(report.first_skipped, at("ro/"), strlen(at("ro/"))), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH_AND_SETTLED(S35_entered_as_the_owner_changed_as_root),
		FRESH_AND_SETTLED(S35_without_setuid_the_directory_is_skipped),
		FRESH_AND_SETTLED(S36_a_file_system_that_ignores_chown_is_reported),
		FRESH_AND_SETTLED(S44_a_top_that_cannot_be_locked_is_skipped),
		FRESH_AND_SETTLED(S36_a_failure_is_counted_and_the_walk_goes_on),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
