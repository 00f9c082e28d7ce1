/* When a walk tells its progress. */
#include "scratch.h"

#include "hooked_calls.h"
#include "volume/walk_progress.h"
#include "walked_volume.h"

static struct walk_progress progress;

/* The last report: visited, changed, ms, finished. */
static unsigned long reported[4];

static uint32_t report_progress(const char *path, uint64_t visited, uint64_t changed,
                                uint32_t time_ms, bool finished)
{
	assert_string_equal(strrchr(path, '/'), "/v");
	assert_int_equal(locks_held, 1);
	memcpy(reported, (uint64_t[]){visited, changed, time_ms, finished}, sizeof(reported));
	return 5000;
}

TEST(progress_is_reported_when_it_is_due_and_at_the_end)
{
	struct added_counts one = {0}, other = {0};
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	walk_progress_start(&progress, report_progress, "/v");
	walk_progress_add(&progress, &one, 7, 5);
	walk_progress_add(&progress, &other, 20, 10);
	walk_progress_add(&progress, &one, 9, 6);
	walk_progress_report(&progress, 1999999);
	walk_progress_finish(&progress);
	assert_int_equal(reported[0], 0);
	walk_progress_report(&progress, 2000000);
	assert_memory_equal(reported, ((uint64_t[]){29, 16, 2000, false}), sizeof(reported));
	walk_progress_add(&progress, &other, 21, 10);
	walk_progress_report(&progress, 6999999);
	assert_int_equal(reported[0], 29);
	walk_progress_report(&progress, 7000000);
	assert_memory_equal(reported, ((uint64_t[]){30, 16, 7000, false}), sizeof(reported));
	walk_progress_finish(&progress);
	assert_true(reported[3]);
	progress.start.tv_sec -= 300;
	walk_progress_finish(&progress);
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_in_range(reported[2], 300000,
	                300000 + (now.tv_sec - begin.tv_sec) * 1000 +
	                        (now.tv_nsec - begin.tv_nsec) / 1000000 + 1);
}

static void make_report_due_later(void)
{
	progress.due_ms = 9000;
}

TEST(no_progress_is_reported_if_another_worker_has_or_nobody_asked)
{
	walk_progress_start(&progress, report_progress, "/v");
	progress.visited = 1;
	reported[0] = 0;
	before_lock = make_report_due_later;
	walk_progress_report(&progress, 3000000);
	before_lock = NULL;
	assert_int_equal(reported[0], 0);
	walk_progress_start(&progress, NULL, "/v");
	walk_progress_report(&progress, 3000000);
}

/* Each look at the clock takes three seconds. */
static bool pass_time(struct call *call)
{
	static long passed;

	if (call->number != SYS_clock_gettime)
		return false;
	let_through(call);
	passed += 3;
	((struct timespec *)call->words[1])->tv_sec += passed;
	return true;
}

TEST_IN_CHILD(a_walk_reports_its_progress)
{
	const struct ownership_request request = {
		.owner = &ids_of(APP), .jobs = 1, .progress = report_progress};

	make("v/ v/file");
	hook = pass_time;
	assert_true(apply_alone(&(struct declared_path){at("v"), DEPTH_TREE}, &request));
	assert_memory_equal(reported, ((uint64_t[]){1, 1}), 2 * sizeof(reported[0]));
	assert_true(reported[3]);
}
