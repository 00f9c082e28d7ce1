/* What root itself may not enter or change. */
#include "scratch.h"

#include "chain.h"
#include "walked_volume.h"

#define FEW (1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID)

/* A walk of PATH by a root that has only these capabilities, or by one whose changes are ignored. */
static const struct row {
	const char *made, *path;
	uint32_t capabilities; /* 0: all */
	enum ownership_depth depth;
	uint64_t visited, changed, left;
	int reason;
	const char *first; /* that is left; NULL: any */
	const char *apps, *roots, *others;
} rows[] = {
	/* S35: entered as the owner, changed as root. All may read the list, but not search it. */
	{"closed/:1000:700 closed/root's closed/other's/:1001:700 closed/other's/file:0:0 "
         "closed/other's/root's/:0:700 closed/other's/root's/file:1001 "
         "closed/other's/root's/link>x closed/list/:1000:744",
         "closed", FEW, DEPTH_TREE, 8, 6, 0, 0, NULL,
         "closed/root's closed/other's/file closed/other's/root's/file"},
	{NULL, "closed", FEW, DEPTH_TREE, 8, 0, 0, 0},
	/* S35: without CAP_SETUID the directory is skipped. */
	{"shut/ shut/sub/:1001:700 shut/sub/file shut/file", "shut", 1U << CAP_CHOWN, DEPTH_TREE, 3,
         2, 1, EACCES, "shut/sub", "shut/file shut", "shut/sub/file"},
	/* S44: a directory that cannot be opened cannot be locked. */
	{"top/:1001:700", "top", 1U << CAP_CHOWN, DEPTH_TOP, 1, 0, 1, EACCES, "top",
         .others = "top"},
	{NULL, "top", 0, DEPTH_TOP, 1, 1, 0, 0, NULL, "top"},
	/* S36: a failure is counted, and the walk goes on. */
	{"refused/ refused/sub/ refused/sub/file refused/right:1000", "refused",
         FEW & ~(1U << CAP_CHOWN), DEPTH_TREE, 4, 0, 3, EPERM, "refused/sub/file"},
	/* S36: every change is reported as done, and none is. */
	{"ignored/:1001 ignored/sub/ ignored/sub/1 ignored/sub/2:1001 ignored/sub/3", "ignored", 0,
         DEPTH_TREE, 5, 0, 5, SKIP_IGNORED},
	{NULL, "ignored", 0, DEPTH_TOP, 1, 0, 1, SKIP_IGNORED},
	{NULL, "ignored", 0, DEPTH_TREE_IF_TOP_WRONG, 5, 0, 5, SKIP_IGNORED},
};

static const struct row *row;

static void walk_row(void)
{
	if (row->reason == SKIP_IGNORED)
		forbid(SYS_fchownat, 0);
	if (row->capabilities != 0)
		keep_capabilities(row->capabilities);
	jobs = 2;
	apply_as(at("%s", row->path), row->depth, APP, false);
	assert_report(row->visited, row->changed, row->left, row->reason);
	assert_int_equal(report.former_count > 0, row->changed > 0);
	if (row->first != NULL)
		assert_string_equal(report.first_skipped, at("%s", row->first));
	if (row->depth == DEPTH_TREE_IF_TOP_WRONG)
		assert_false(report.unfinished);
	assert_int_equal(syscall(SYS_setfsuid, -1), 0);
}

TEST_FRESH_AND_SETTLED(S35_S36_S44_what_root_may_not_change_is_counted)
{
	for (row = rows; row < rows + COUNT(rows); row++) {
		print_message("# %s, capabilities %x\n", row->path, row->capabilities);
		if (row->made != NULL)
			make("%s", row->made);
		in_child(walk_row);
		if (row->apps != NULL)
			assert_owned(APP, "%s", row->apps);
		if (row->roots != NULL)
			assert_owned(0, "%s", row->roots);
		if (row->others != NULL)
			assert_owned(OTHER, "%s", row->others);
	}
}

static void own_chain(void)
{
	keep_capabilities(FEW);
	own(at("chain"));
	assert_report(102, 102, 0, 0);
	assert_int_equal(syscall(SYS_setfsuid, -1), 0);
}

static void own_chain_without_openat2(void)
{
	forbid(SYS_OPENAT2, ENOSYS);
	own_chain();
}

/* Deeper than what is kept open, everything wrong and nobody else's to enter. */
TEST_FRESH_AND_SETTLED(S35_a_deep_tree_is_entered_as_its_owner)
{
	for (unsigned i = 0; i < 2; i++) {
		make_chain(at("chain"), 100, "d", OTHER, 0700);
		in_child(i == 0 ? own_chain : own_chain_without_openat2);
		assert_int_equal(count_and_remove_chain(at("chain"), "d", APP), 101);
	}
}

TEST_FRESH_AND_SETTLED(S36_a_read_only_volume_is_counted)
{
	make("ro/");
	mount_type("tmpfs", at("ro"), NULL);
	make("ro/file ro/pair ro/other=ro/pair");
	assert_int_equal(mount("none", at("ro"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	own(at("ro"));
	assert_report(4, 0, 4, EROFS);
	assert_below(report.first_skipped, at("ro/"));
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
