/* What root itself may not enter or change, and calls that fail. */
#include "scratch.h"

#include <dirent.h>

#include "hooked_calls.h"
#include "linux/pages.h"
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
} walks[] = {
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

static bool ignore_changes(struct call *call)
{
	return call->number == SYS_fchownat;
}

static void walk_row(void)
{
	jobs = row->reason == SKIP_IGNORED ? 1 : 2;
	hook = row->reason == SKIP_IGNORED ? ignore_changes : NULL;
	if (row->capabilities != 0)
		keep_capabilities(row->capabilities);
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
	for (row = walks; row < walks + COUNT(walks); row++) {
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

static bool is_before_openat2;

static void own_chain(void)
{
	keep_capabilities(FEW);
	if (is_before_openat2)
		forbid(SYS_OPENAT2, ENOSYS);
	own(at("chain"));
	assert_report(102, 102, 0, 0);
	assert_int_equal(syscall(SYS_setfsuid, -1), 0);
}

/* Deeper than what is kept open, everything wrong and nobody else's to enter. */
TEST_FRESH_AND_SETTLED(S35_a_deep_tree_is_entered_as_its_owner)
{
	make_levels("chain", 100, OTHER, 0700);
	for (unsigned i = 0; i < 2; i++) {
		is_before_openat2 = i == 1;
		in_child(own_chain);
		assert_wrong(at("chain"), 0);
		apply_as(at("chain"), DEPTH_TREE, OTHER, false);
	}
}

static const char *failing_name;
static int failing_errnum;

static bool fail_about_name(struct call *call)
{
	return strcmp(name_of(call), failing_name) == 0 && fail_call(call, failing_errnum);
}

/* Whatever is left then, because the way up is closed, is reported; what is below the path is walked on. */
TEST(S36_a_parent_that_cannot_be_opened_is_reported)
{
	static const struct {
		int errnum, reason;
	} rows[] = {{EACCES, EACCES}, {EMFILE, EMFILE}, {EXDEV, SKIP_MOVED}};

	make_levels("parents", 20, 0, 0755);
	make("parents/beside/ parents/beside/file");
	failing_name = "..";
	jobs = 1;
	for (size_t i = 0; i < COUNT(rows); i++) {
		failing_errnum = rows[i].errnum;
		hook = fail_about_name;
		own(at("parents"));
		hook = NULL;
		/* The deepest directories are found by their descriptors, the path itself too. */
		count(at("parents"));
		assert_in_range(wrong, 5, 15);
		assert_left(wrong, rows[i].reason);
		assert_owned(APP, "parents parents/beside parents/beside/file");
		apply_as(at("parents"), DEPTH_TREE, 0, false);
		assert_left(0, 0);
	}
	jobs = 0;
}

/* With --own-once a top that is right says that all below it is done. */
TEST(S42_the_top_stays_roots_while_the_next_start_may_do_more)
{
	static const struct {
		int errnum;
		bool strict, linked, dry_run;
		uid_t owner; /* of the top, before */
		bool is_unfinished;
	} rows[] = {
		{0, false, false, false, 0, false},     {0, true, false, false, OTHER, false},
		{EPERM, false, false, false, 0, false}, {EACCES, true, false, false, 0, true},
		{EIO, false, false, false, 0, true},    {EMFILE, false, false, false, OTHER, true},
		{ESTALE, true, false, false, 0, true},  {0, false, true, false, 0, false},
		{0, true, true, false, OTHER, true},    {EIO, false, false, true, OTHER, true},
	};

	failing_name = "refused";
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ownership_request request = {.owner = &ids_of(APP),
		                                          .strict = rows[i].strict,
		                                          .dry_run = rows[i].dry_run,
		                                          .jobs = 1};
		uid_t top = rows[i].is_unfinished ? 0 : APP;

		make("top%zu/:%u top%zu/refused linked%zu", i, rows[i].owner, i, i);
		if (rows[i].linked)
			make("top%zu/linked=linked%zu", i, i);
		failing_errnum = rows[i].errnum;
		hook = failing_errnum == 0 ? NULL : fail_about_name;
		apply_request(at("top%zu", i), DEPTH_TREE_IF_TOP_WRONG, &request);
		hook = NULL;
		assert_int_equal(report.unfinished, rows[i].is_unfinished);
		/* The top itself is skipped too. */
		assert_int_equal(report.skipped,
		                 (rows[i].errnum != 0) + rows[i].linked + rows[i].is_unfinished);
		if (rows[i].dry_run)
			top = rows[i].owner;
		assert_int_equal(status_at(at("top%zu", i)).st_uid, top);
	}
}

/* As some file systems do: each entry of a directory is of an unknown type (d_type of getdents(2)). */
static bool hide_types(struct call *call)
{
	char *list = (char *)call->words[1];
	uint16_t size;

	if (call->number != SYS_getdents64)
		return false;
	call->answer = syscall(SYS_getdents64, call->words[0], list, call->words[2]);
	for (long at = 0; at < call->answer; at += size) {
		memcpy(&size, list + at + 16, sizeof(size));
		list[at + 18] = DT_UNKNOWN;
	}
	return true;
}

TEST_FRESH_AND_SETTLED(entries_of_unknown_type_are_visited)
{
	make("types/ types/wrong/ types/wrong/file types/right/:1000 types/right/file "
	     "types/link>.");
	jobs = 1;
	hook = hide_types;
	own(at("types"));
	hook = NULL;
	jobs = 0;
	assert_report(6, 5, 0, 0);
	assert_wrong(at("types"), 0);
}

TEST(allocation_with_overflow_returns_null)
{
	/* The product is 4 bytes. */
	assert_null(pages_allocate(SIZE_MAX / 4 + 2, 4));
}

static unsigned maps_left;

static bool fail_last_map(struct call *call)
{
	return call->number == SYS_mmap && --maps_left == 0 && fail_call(call, ENOMEM);
}

/* More names, links and levels than there is room for at first. */
TEST(failed_mmap_is_an_error)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};
	bool ok = false;

	make("maps/ maps/deep/");
	for (unsigned i = 0; i < 120; i++)
		make("maps/directory-%u/ maps/%u maps/deep/%u=maps/%u", i, i, i, i);
	make_levels("maps/levels", 600, 0, 0755);
	for (unsigned nth = 1; !ok; nth++) {
		apply_as(at("maps"), DEPTH_TREE, 0, false);
		maps_left = nth;
		hook = fail_last_map;
		ok = apply_alone(&(struct declared_path){at("maps"), DEPTH_TREE}, &request);
		hook = NULL;
		assert_int_equal(ok, maps_left > 0);
		if (!ok && strstr(error.message, "/maps': Cannot allocate memory") == NULL)
			fail_msg("map %u: %s", nth, error.message);
		assert_true(!ok || nth > 6);
	}
	assert_wrong(at("maps"), 0);
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
