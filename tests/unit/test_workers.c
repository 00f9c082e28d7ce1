/* Workers that walk a volume together: every entry once, all counts, no thread left. */
#include "scratch.h"

#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include "volume/dir_stack.h"
#include "volume/mounts_below.h"
#include "volume/scaling.h"
#include "volume/tally.h"
#include "volume/walk_loop.h"
#include "walked_volume.h"

/* Takes the place of the C library's function, and counts its calls. */
#define COUNTED(name, parameters, ...)                                                             \
	static atomic_uint name##_calls;                                                           \
	int name parameters                                                                        \
	{                                                                                          \
		name##_calls++;                                                                    \
		return NEXT(name)(__VA_ARGS__);                                                    \
	}

COUNTED(pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *),
         void *argument),
        thread, attributes, run, argument)
COUNTED(pthread_join, (pthread_t thread, void **ret_value), thread, ret_value)
COUNTED(pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex), condition, mutex)
COUNTED(pthread_cond_signal, (pthread_cond_t * condition), condition)
COUNTED(sched_yield, (void), )

static char last_access[64];
static bool entries_stay; /* of threads in /proc */

int access(const char *path, int mode)
{
	snprintf(last_access, sizeof(last_access), "%s", path);
	return entries_stay ? 0 : faccessat(AT_FDCWD, path, mode, 0);
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

static rlim_t limit;

TEST_IN_CHILD(the_cores_are_those_of_the_process_or_one_if_unknown)
{
	struct scaling scaling;
	cpu_set_t set, one;

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 1024}), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	scaling_init(&scaling, 0);
	assert_int_equal(scaling.cores, CPU_COUNT(&set) > 32 ? 32 : CPU_COUNT(&set));
	assert_int_equal(scaling.wanted, 1);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	scaling_init(&scaling, 0);
	assert_int_equal(scaling.cores, 1);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
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

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){limit, limit}), 0);
	scaling_init(&scaling, 16);
	assert_int_equal(scaling.most, limit / DIR_STACK_DESCRIPTORS);
	own(at("shapes"), APP, 16);
	assert_left(0, 0);
}

/* One large directory, many small ones, many empty ones, and branches of different depth. */
TEST(S31_every_entry_is_visited_once_and_no_thread_is_left)
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
		pthread_create_calls = pthread_join_calls = 0;
		own(at("shapes"), APP, numbers[i]);
		if (numbers[i] != 0) /* 0: one for each processor */
			assert_int_equal(pthread_create_calls > 0, numbers[i] != 1);
		assert_int_equal(pthread_create_calls, pthread_join_calls);
#ifndef __SANITIZE_THREAD__ /* which has a thread of its own */
		/* A link for itself, one for its name, and one for each thread. */
		assert_int_equal(status_at("/proc/self/task").st_nlink, 3);
#endif
		assert_report(ENTRIES, ENTRIES, 0, 0);
		assert_all_owned(at("shapes"));
		own(at("shapes"), APP, numbers[i]);
		assert_report(ENTRIES, 0, 0, 0);
	}
	for (limit = 20; limit <= 84; limit += 16) {
		own(at("shapes"), 0, 1);
		in_child(own_shapes_in_few_descriptors);
		assert_all_owned(at("shapes"));
	}
}

TEST_IN_CHILD(without_threads_one_worker_visits_all)
{
	make("alone/");
	make_files("alone", 5000);
	pthread_create_calls = 0;
	forbid(SYS_clone3, EAGAIN);
	forbid(SYS_clone, EAGAIN);
	own(at("alone"), APP, 16);
	assert_int_equal(pthread_create_calls, 1);
	assert_report(5001, 5001, 0, 0);
}

static char entry_of_thread[64];
static atomic_bool has_looped;
static bool is_finished;

static void do_nothing(struct worker *worker)
{
	snprintf(entry_of_thread, sizeof(entry_of_thread), "/proc/self/task/%d", gettid());
	is_finished = worker->finished;
	has_looped = true;
}

/* The entry of a thread that has ended is not waited for without end. */
TEST_IN_CHILD(a_new_worker_waits_until_the_walk_is_over)
{
	struct chown_job job = {.request = &(const struct ownership_request){.jobs = 2}};
	struct chown_worker chowner = {.job = &job};
	struct workers workers;

	memset(&workers, true, sizeof(workers));
	assert_true(workers_open(&workers, &job, "/v", do_nothing));
	workers.busy = 1;
	workers.scaling.wanted = 2;
	assert_true(workers_find_idle(&workers)->idle);
	assert_int_equal(workers.started, 2);
	while (pthread_cond_wait_calls == 0 && !has_looped)
		sched_yield();
	pthread_cond_signal_calls = 0;
	workers_wait_for_work(&workers.slots[0]);
	assert_int_equal(pthread_cond_signal_calls, 2);
	entries_stay = true;
	sched_yield_calls = 0;
	assert_true(workers_close(&workers, &chowner));
	assert_true(is_finished);
	assert_string_equal(last_access, entry_of_thread);
	assert_int_equal(sched_yield_calls, 10000);
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

/* More owners than the list takes. Whatever worker meets them, an owner in the list has all its entries. */
TEST(former_owners_are_counted_by_all_workers)
{
	enum { OWNERS = FORMER_OWNERS_MAX + 4, FILES = 60 };
	uint64_t named = 0;

	make_new_tree();
	make("v/");
	make_dirs("v", OWNERS, FILES);
	for (unsigned i = 0; i < OWNERS * FILES; i++)
		assert_int_equal(chown(at("v/d%u/%u", i / FILES, i % FILES), 2000 + i % OWNERS / 2,
		                       3000 + i % 2),
		                 0);
	own(at("v"), APP, 8);
	assert_int_equal(report.changed, 1 + OWNERS * (1 + FILES));
	assert_int_equal(report.former_count, FORMER_OWNERS_MAX);
	for (size_t i = 0; i < report.former_count; i++) {
		bool has_directories = report.former[i].owner.uid == 0;

		assert_int_equal(report.former[i].entries, has_directories ? 1 + OWNERS : FILES);
		named += report.former[i].entries;
	}
	assert_int_equal(named + report.former_others, report.changed);
}

TEST(an_error_of_a_shared_directory_is_counted_once)
{
	const struct ownership_request request = {.jobs = 1};
	struct chown_job job = {.request = &request};
	struct shared_dir share = {.workers = 4};
	struct dir_level level = {.unread = true, .share = &share};
	struct workers workers;

	make_new_tree();
	make("file");
	level.dir.fd = open(at("file"), O_RDONLY | O_CLOEXEC);
	assert_true(workers_open(&workers, &job, "v", walk_loop));
	for (int i = 0; i < 3; i++) {
		workers.over = workers.slots[0].finished = workers.slots[0].idle = false;
		assert_non_null(dir_stack_join(&workers.slots[0].chowner.stack, &level));
		workers_run(&workers);
	}
	assert_int_equal(workers.slots[0].chowner.skipped, 1);
	assert_true(workers_close(&workers, &(struct chown_worker){.job = &job}));
	close(level.dir.fd);
}
