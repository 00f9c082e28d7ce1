/* Workers that walk a volume together: every entry once, all counts, no thread left. */
#include "scratch.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include "volume/dir_stack.h"
#include "volume/mounts_below.h"
#include "volume/scaling.h"
#include "volume/tally.h"
#include "volume/workers.h"
#include "walked_volume.h"

static unsigned threads, joined;
static unsigned seconds_per_look, seconds_passed; /* looks at the clock */
static bool threads_fail;

/* These take the place of the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument)
{
	__typeof__(pthread_create) *next =
		(__typeof__(next))(uintptr_t)dlsym(RTLD_NEXT, "pthread_create");

	threads++;
	return threads_fail ? EAGAIN : next(thread, attributes, run, argument);
}

int pthread_join(pthread_t thread, void **ret_value)
{
	__typeof__(pthread_join) *next =
		(__typeof__(next))(uintptr_t)dlsym(RTLD_NEXT, "pthread_join");

	joined++;
	return next(thread, ret_value);
}

static char last_access[64];
static unsigned accesses, yields;

/* The entry of a thread is there for a moment after its end. */
int access(const char *path, int mode)
{
	snprintf(last_access, sizeof(last_access), "%s", path);
	return ++accesses == 1 ? 0 : faccessat(AT_FDCWD, path, mode, 0);
}

int sched_yield(void)
{
	yields++;
	return (int)syscall(SYS_sched_yield);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	int result = (int)syscall(SYS_clock_gettime, clock, ret_time);

	seconds_passed += seconds_per_look;
	ret_time->tv_sec += seconds_passed;
	return result;
}

static void make_files(const char *directory, unsigned number)
{
	for (unsigned i = 0; i < number; i++)
		make("%s/%u", directory, i);
}

static void make_dirs(const char *directory, unsigned number, unsigned files)
{
	char name[4096];

	for (unsigned i = 0; i < number; i++) {
		snprintf(name, sizeof(name), "%s/d%u", directory, i);
		make("%s/", name);
		make_files(name, files);
	}
}

static struct rlimit limit;

TEST_IN_CHILD(one_core_is_assumed_if_the_number_is_unknown)
{
	struct scaling scaling;
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	scaling_init(&scaling, 0);
	assert_int_equal(scaling.cores, CPU_COUNT(&set) > 32 ? 32 : CPU_COUNT(&set));
	assert_int_equal(scaling.wanted, 1);
	forbid(SYS_sched_getaffinity, EINVAL);
	scaling_init(&scaling, 0);
	assert_int_equal(scaling.cores, 1);
}

TEST(a_directory_stays_open_for_the_others_that_share_it)
{
	static struct shared_dir share;
	struct dir_stack stack = {.declared = "v"};
	int descriptors = count_descriptors();

	dir_stack_enter(&stack, &(struct dir){.fd = -1}, &(struct inode){0});
	dir_stack_push_name(&stack, "shared");
	dir_stack_enter(&stack, &(struct dir){.fd = dup(STDERR_FILENO)}, &(struct inode){0})
		->share = &share;
	dir_stack_end(&stack);
	dir_stack_push_name(&stack, "below");
	dir_stack_enter(&stack, &(struct dir){.fd = -1}, &(struct inode){0});
	assert_false(dir_stack_close_farthest(&stack));
	dir_stack_leave(&stack);
	assert_int_equal(stack.unread, 1);
	dir_stack_free(&stack);
	assert_int_equal(count_descriptors(), descriptors + 1);
}

static void own_shapes_in_few_descriptors(void)
{
	struct scaling scaling;

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	scaling_init(&scaling, 16);
	assert_int_equal(scaling.most, limit.rlim_max / DIR_STACK_DESCRIPTORS);
	own(at("shapes"), APP, 16);
	assert_left(0, 0);
}

/* One large directory, many small ones, many empty ones, and branches of different depth. */
TEST(every_entry_is_visited_once_by_any_number_of_workers)
{
	enum { ENTRIES = 4 + 6000 + 300 * 21 + 4000 + 60 * 10 };
	static const size_t numbers[] = {1, 2, 3, 8, 40, OWNERSHIP_JOBS_MAX, 0};
	char level[512] = "shapes/deep";

	make("shapes/ shapes/large/ shapes/many/ shapes/empty/");
	make_files("shapes/large", 6000);
	make_dirs("shapes/many", 300, 20);
	make_dirs("shapes/empty", 4000, 0);
	for (unsigned i = 0; i < 60; i++) {
		make("%s/", level);
		make_dirs(level, 3, 2);
		strcat(level, "/down");
	}
	for (size_t i = 0; i < COUNT(numbers); i++) {
		own(at("shapes"), 0, 1);
		settle();
		threads = joined = 0;
		own(at("shapes"), APP, numbers[i]);
		assert_int_equal(threads > 0, numbers[i] != 1);
		assert_int_equal(threads, joined);
		assert_report(ENTRIES, ENTRIES, 0, 0);
		assert_all_owned(at("shapes"));
		own(at("shapes"), APP, numbers[i]);
		assert_report(ENTRIES, 0, 0, 0);
	}
	for (limit.rlim_max = 20; limit.rlim_max <= 84; limit.rlim_max += 16) {
		limit.rlim_cur = limit.rlim_max;
		own(at("shapes"), 0, 1);
		in_child(own_shapes_in_few_descriptors);
		assert_all_owned(at("shapes"));
	}
}

TEST(without_threads_one_worker_visits_all)
{
	make("alone/");
	make_files("alone", 5000);
	threads_fail = true;
	threads = 0;
	own(at("alone"), APP, 16);
	threads_fail = false;
	assert_int_equal(threads, 1);
	assert_report(5001, 5001, 0, 0);
}

static char entry_of_thread[64];
static bool is_finished;

static void do_nothing(struct worker *worker)
{
	snprintf(entry_of_thread, sizeof(entry_of_thread), "/proc/self/task/%d", gettid());
	is_finished = worker->finished;
}

TEST(a_new_worker_waits_until_it_has_work)
{
	struct chown_job job = {.request = &(const struct ownership_request){.jobs = 2}};
	struct chown_worker chowner = {.job = &job};
	struct workers workers;

	memset(&workers, true, sizeof(workers));
	assert_true(workers_open(&workers, &job, "/v", do_nothing));
	workers.busy = 1;
	workers.scaling.wanted = 2;
	assert_true(workers_find_idle(&workers)->idle);
	workers_wait_for_work(&workers.slots[0]);
	accesses = yields = 0;
	assert_true(workers_close(&workers, &chowner));
	assert_true(is_finished);
	assert_string_equal(last_access, entry_of_thread);
	assert_true(accesses > 1 && yields < 10000);
}

static struct walk_progress progress;

/* The last report: visited, changed, ms, finished. */
static unsigned long reported[4];

static uint32_t report_progress(const char *path, uint64_t visited, uint64_t changed,
                                uint32_t time_ms, bool finished)
{
	assert_string_equal(strrchr(path, '/'), "/v");
	if (path == progress.path)
		assert_int_equal(pthread_mutex_trylock(&progress.lock), EBUSY);
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
	assert_true(reported[3]);
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_in_range(reported[2], 300000,
	                300000 + (now.tv_sec - begin.tv_sec) * 1000 +
	                        (now.tv_nsec - begin.tv_nsec) / 1000000 + 1);
}

TEST(a_walk_reports_its_progress)
{
	const struct ownership_request request = {
		.owner = &ids_of(APP), .jobs = 1, .progress = report_progress};

	make("v/ v/file");
	seconds_per_look = 3;
	assert_true(apply_alone(&(struct declared_path){at("v"), DEPTH_TREE}, &request));
	seconds_per_look = seconds_passed = 0;
	assert_memory_equal(reported, ((uint64_t[]){1, 1}), 2 * sizeof(reported[0]));
	assert_true(reported[3]);
}

TEST(only_slow_storage_gets_more_workers_than_cores)
{
	enum { CORES = 4, MOST = 32 };
	static const struct {
		uint64_t time_us;
		unsigned entry_us; /* of each core */
		size_t wanted;
		const char *why;
	} rows[] = {
		{0, 1, 1, "nothing is known yet"},
		{250, 100, 1, "a small walk needs no second thread"},
		{2000, 100, CORES, "the start of the threads takes its time everywhere"},
		{100000, 5, CORES, "a local disk"},
		{200000, 40, CORES, "not yet slow"},
		{2000000, 100, MOST, "one pause of the machine"},
		{20000000, 20, MOST, "between fast and slow the number stays"},
		{25000000, 8, MOST, "not yet fast"},
		{30000000, 7, CORES, "after the pause"},
		{60000000, 1000, MOST, "a server"},
		{90000000, 12, MOST, "a server, which is faster the more workers ask it"},
	};
	struct scaling scaling = {.cores = CORES, .most = MOST, .wanted = 1};

	for (size_t i = 0; i < COUNT(rows); i++) {
		scaling.wanted = scaling_judge(&scaling, rows[i].time_us,
		                               rows[i].time_us * CORES / rows[i].entry_us);
		if (scaling.wanted != rows[i].wanted)
			fail_msg("%s: %zu", rows[i].why, (size_t)scaling.wanted);
		assert_int_equal(scaling_is_slow(&scaling), rows[i].wanted == MOST);
	}
}

static void own_and_be_alone(void)
{
	own(at("alone"), APP, 16);
#ifndef __SANITIZE_THREAD__ /* which has a thread of its own */
	/* A link for itself, one for its name, and one for each thread. */
	assert_int_equal(status_at("/proc/self/task").st_nlink, 3);
#endif
}

TEST(S31_no_thread_is_left)
{
	for (unsigned i = 0; i < 20; i++) {
		own(at("alone"), 0, 1);
		in_child(own_and_be_alone);
	}
}

/* More owners than the list takes. Whatever worker meets them, an owner in the list has all its entries. */
TEST(former_owners_are_counted_by_all_workers)
{
	enum { OWNERS = FORMER_OWNERS_MAX + 4, FILES = 60 };

	for (size_t number = 1; number <= 8; number += 7) {
		uint64_t named = 0;

		make_new_tree();
		make("v/");
		make_dirs("v", OWNERS, FILES);
		for (unsigned i = 0; i < OWNERS * FILES; i++)
			assert_int_equal(chown(at("v/d%u/%u", i / FILES, i % FILES),
			                       2000 + i % OWNERS / 2, 3000 + i % 2),
			                 0);
		own(at("v"), APP, number);
		assert_int_equal(report.changed, 1 + OWNERS * (1 + FILES));
		assert_int_equal(report.former_count, FORMER_OWNERS_MAX);
		for (size_t i = 0; i < report.former_count; i++) {
			const struct former_owner *former = &report.former[i];
			bool has_directories = former->owner.uid == 0;

			assert_int_equal(former->entries, has_directories ? 1 + OWNERS : FILES);
			named += former->entries;
		}
		assert_int_equal(named + report.former_others, report.changed);
	}
}
