/* A walk in which one call fails: the first time it is made, the second and so on. Memory that cannot be had is an error,
 * anything else leaves an entry and counts it; and the next walk puts right whatever was left. */
#include "scratch.h"

#include "fail_calls.h"
#include "walked_volume.h"

static bool own_tree(size_t workers)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = workers};

	return apply_alone(&(struct declared_path){at("tree"), DEPTH_TREE}, &request);
}

static int make_roots(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	return lchown(path, 0, 0);
}

static void make_wrong(void)
{
	assert_int_equal(nftw(at("tree"), make_roots, 32, FTW_PHYS), 0);
}

/* More directories than names are kept for at first, one below the other and side by side, and files with two names. */
static void make_tree(void)
{
	char path[512] = "tree/deep";

	make("tree/");
	for (unsigned i = 0; i < 60; i++)
		make("tree/a-directory-with-a-longer-name-%u/:%u", i, i % 2 == 0 ? 0 : APP);
	for (unsigned i = 0; i < 20; i++) {
		make("%s/ %s/file", path, path);
		strcat(path, "/d");
	}
	for (unsigned i = 0; i < 120; i++)
		make("tree/linked-%u tree/deep/linked-%u=tree/linked-%u", i, i, i);
}

static void the_next_walk_puts_it_right(void)
{
	assert_true(own_tree(1));
	if (report.skipped != 0)
		fail_msg("left %ju, the first '%s'", (uintmax_t)report.skipped,
		         report.first_skipped);
	count(at("tree"));
	assert_int_equal(wrong, 0);
	assert_int_equal(report.visited, entries);
}

TEST(failed_mmap_is_an_error)
{
	unsigned nth = 0;
	bool met = true;

	make_tree();
	while (met) {
		bool ok;

		make_wrong();
		fail_call(CALL_MMAP, ++nth, 0, ENOMEM);
		ok = own_tree(1);
		met = fail_no_call();
		assert_int_equal(ok, !met);
		if (met) {
			assert_int_equal(error.status, STATUS_FAILED);
			assert_non_null(strstr(error.message, "/tree': Cannot allocate memory"));
		}
		the_next_walk_puts_it_right();
	}
	assert_true(nth > 6);
}

/* The same with workers that have each some memory of their own: which of them it hits is left to chance. */
TEST(failed_mmap_of_one_worker_is_an_error_of_the_walk)
{
	for (unsigned nth = 1; nth < 12; nth++) {
		make_wrong();
		fail_call(CALL_MMAP, nth, 0, ENOMEM);
		if (!own_tree(4))
			assert_non_null(strstr(error.message, "Cannot allocate memory"));
		fail_no_call();
		the_next_walk_puts_it_right();
	}
}

TEST(S36_entries_skipped_by_a_failed_call_are_reported)
{
	static const int errors[] = {EIO, EACCES, ENOENT, EMFILE};

	for (size_t i = 0; i < COUNT(errors); i++) {
		bool met = true;

		for (unsigned nth = 1; met; nth += 1 + nth / 8) {
			make_wrong();
			fail_call(CALL_SYSCALL, nth, 0, errors[i]);
			if (own_tree(1)) {
				count(at("tree"));
				/* What is gone is not to be changed. */
				if (wrong > 0 && report.skipped == 0 && errors[i] != ENOENT)
					fail_msg("errno %d at call %u: %ju wrong, and nobody knows",
					         errors[i], nth, (uintmax_t)wrong);
			}
			met = fail_no_call();
			the_next_walk_puts_it_right();
		}
	}
}

/* Whatever is left then, because the way up is closed, is told; what is below the path is walked on. */
TEST(S36_a_parent_that_cannot_be_opened_is_reported)
{
	static const struct {
		int errnum, reason;
	} rows[] = {{EACCES, EACCES}, {EMFILE, EMFILE}, {EXDEV, SKIP_MOVED}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		make_wrong();
		fail_name("..", rows[i].errnum);
		assert_true(own_tree(1));
		fail_no_call();
		count(at("tree"));
		/* The deepest directories are found by their descriptors, the path itself too. */
		assert_in_range(wrong, 5, 15);
		assert_int_equal(report.skipped, wrong);
		assert_int_equal(report.first_reason, rows[i].reason);
		assert_true(owned_by(at("tree"), APP));
		the_next_walk_puts_it_right();
	}
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

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ownership_request request = {.owner = &ids_of(APP),
		                                          .strict = rows[i].strict,
		                                          .dry_run = rows[i].dry_run};
		uid_t top = rows[i].is_unfinished ? 0 : APP;

		make("top%zu/:%u top%zu/refused linked%zu", i, rows[i].owner, i, i);
		if (rows[i].linked)
			make("top%zu/linked=linked%zu", i, i);
		if (rows[i].errnum != 0)
			fail_name("refused", rows[i].errnum);
		apply_request(at("top%zu", i), DEPTH_TREE_IF_TOP_WRONG, &request);
		fail_no_call();
		assert_int_equal(report.unfinished, rows[i].is_unfinished);
		/* The top itself is skipped too. */
		assert_int_equal(report.skipped,
		                 (rows[i].errnum != 0) + rows[i].linked + rows[i].is_unfinished);
		if (rows[i].dry_run)
			top = rows[i].owner;
		assert_int_equal(status_at(at("top%zu", i)).st_uid, top);
	}
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
