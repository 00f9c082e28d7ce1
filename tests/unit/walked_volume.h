#ifndef STEPDOWN_TESTS_WALKED_VOLUME_H
#define STEPDOWN_TESTS_WALKED_VOLUME_H

#include "apply_alone.h"
#include "settle.h"

/* A walk over a volume, and what it reports. To be included behind "scratch.h". */

#define APP 1000
#define OTHER 1001

static struct ownership_report report;
static struct error error;

/* Workers; 0: as many as pay off. Calls can be watched of one only. */
static size_t jobs;

/* Whether a walk begins when its volume is as old as those are that containers start with: then it changes by
 * name what it can. Else it begins at once and changes everything by a descriptor. */
static bool is_settled;

__attribute__((unused)) static void apply(const struct declared_path *volume, uid_t owner,
                                          bool dry_run)
{
	const struct ownership_request request = {
		.owner = &ids_of(owner), .make_mode = 0755, .dry_run = dry_run, .jobs = jobs};

	if (is_settled && access(volume->path, F_OK) == 0)
		settle(volume->path);
	memset(&report, 0xaa, sizeof(report));
	if (!apply_alone(volume, &request, &report, &error))
		fail_msg("%s", error.message);
}

__attribute__((unused)) static void apply_as(const char *path, enum ownership_depth depth,
                                             uid_t owner, bool dry_run)
{
	apply(&(struct declared_path){path, depth, false, false, NULL}, owner, dry_run);
}

__attribute__((unused)) static void make_and_own(const char *path, bool dry_run)
{
	apply(&(struct declared_path){path, DEPTH_TOP, true, false, NULL}, APP, dry_run);
}

__attribute__((unused)) static void own(const char *path)
{
	apply_as(path, DEPTH_TREE, APP, false);
}

__attribute__((unused)) static void apply_in_child(const char *path, enum ownership_depth depth)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = jobs};

	if (is_settled)
		settle(path);
	CHILD_ASSERT(apply_alone(&(struct declared_path){path, depth, false, false, NULL}, &request,
	                         &report, &error));
}

__attribute__((unused)) static void own_in_child(const char *path)
{
	apply_in_child(path, DEPTH_TREE);
}

__attribute__((unused)) static void assert_left(uint64_t left, int reason)
{
	assert_int_equal(report.skipped, left);
	assert_int_equal(report.first_reason, reason);
	if (left == 0)
		assert_string_equal(report.first_skipped, "");
}

/* Each of the two ways to walk has a directory of its own. */
__attribute__((unused)) static int walk_settled(void **state)
{
	is_settled = true;
	strcat(scratch_base, "/settled");
	return mkdir(scratch_base, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

__attribute__((unused)) static int walk_fresh_again(void **state)
{
	is_settled = false;
	*strrchr(scratch_base, '/') = '\0';
	return 0;
}

/* Two rows of a table of tests: the walk of a volume that was made just now, and of one that is settled. */
#define FRESH_AND_SETTLED(test)                                                                    \
	cmocka_unit_test(test),                                                                    \
	{                                                                                          \
#test ", settled", test, walk_settled, walk_fresh_again, NULL                      \
	}

#endif
