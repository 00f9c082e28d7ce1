#include "scratch.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/resource.h>

#include "cases.h"
#include "volume/dir_stack.h"
#include "volume/scaling.h"
#include "volume/share_work.h"
#include "volume/walk_progress.h"
#include "walked_volume.h"

static unsigned threads;

/* In place of the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument)
{
	__typeof__(pthread_create) *next =
		(__typeof__(next))(uintptr_t)dlsym(RTLD_NEXT, "pthread_create");

	threads++;
	return next(thread, attributes, run, argument);
}

/* --- what a donor gives, without threads --------------------------------------------------------- */

static struct workers workers;

/* Enters the last subdirectory of the level above. NAMES are the subdirectories of the new level behind its flags: '-'
 * closed, '!' not read to its end, '+' shared with another worker, who has read it to its end. */
static void enter_level(struct dir_stack *stack, char *names)
{
	size_t flags = strspn(names, "-!+");
	const struct dir_level level = {
		.dir.fd = memchr(names, '-', flags) == NULL ? STDERR_FILENO : -1,
		.unread = memchr(names, '!', flags) != NULL,
		.share = memchr(names, '+', flags) == NULL ? NULL : &workers.slots[0].share};

	if (level.share != NULL)
		*level.share = (struct shared_dir){2, true};
	assert_non_null(dir_stack_join(stack, &level));
	names += flags;
	while (names != NULL && *names != '\0')
		assert_true(dir_stack_push_name(stack, strsep(&names, ",")));
}

/* Appends the names and the entries that WORKER is still to visit. */
static void append_pending(char *found, const struct worker *worker)
{
	const struct dir_stack *stack = &worker->chowner.stack;

	for (size_t level = 0; level < stack->depth; level++) {
		const char *name = stack->names + stack->levels[level].children;
		const char *end = name + dir_stack_pending(stack, level);

		for (; name < end; name = strchr(name, '\0') + 1)
			append(found, " %s", name);
	}
	if (worker->length > worker->at)
		append(found, " %zu entries", (worker->length - worker->at) / 24);
}

/* The donor has LEVELS, ENTRIES that are read but not visited, and the memory or the workers are as STATE says. */
static void share(char *levels, size_t entries, const char *state, char *found)
{
	struct chown_job job = {.request = &(const struct ownership_request){.jobs = 2}};
	struct worker *donor, *receiver;

	assert_true(workers_open(&workers, &job, "/v", NULL));
	donor = &workers.slots[0];
	receiver = &workers.slots[1];
	receiver->workers = &workers;
	receiver->idle = true;
	receiver->at = 7;
	donor->share.ended = true;
	workers.started = workers.scaling.wanted = 2;
	workers.busy = strcmp(state, "busy") == 0 ? 2 : 1;
	while (levels != NULL)
		enter_level(&donor->chowner.stack, strsep(&levels, "/"));
	donor->at = 24;
	donor->length = 24 + 24 * entries;
	for (size_t at = 0; at < donor->length; at += 24)
		donor->entries[at + ENTRY_SIZE_AT] = 24;
	if (strcmp(state, "lent") == 0)
		donor->share.workers = receiver->share.workers = 1;
	if (strcmp(state, "names-full") == 0) {
		dir_stack_join(&receiver->chowner.stack, &(struct dir_level){.dir.fd = -1});
		dir_stack_leave(&receiver->chowner.stack);
	}
	if (strstr(state, "full") != NULL)
		forbid(SYS_mmap, ENOMEM);
	share_work(donor);
	if (!receiver->idle) {
		const struct dir_level *level = receiver->chowner.stack.levels;

		assert_true(workers.busy == 2 && receiver->chowner.stack.depth == 1);
		assert_true(receiver->at == 0 && level->share->workers >= 2);
		append(found, "%s%s", receiver->path, level->unread ? " unread" : "");
		append_pending(found, receiver);
	}
	append(found, " |");
	append_pending(found, donor);
	append(found, "%s", workers.failed ? ", failed" : "");
}

/* LINE is the levels of the donor, its entries, and a state. WANTED is what the receiver gets, and the donor keeps. */
static void shares(const char *line, const char *wanted)
{
	char levels[20], state[20], found[FOUND_BYTES] = "";
	size_t entries;
	pid_t child;

#ifdef __SANITIZE_THREAD__ /* which needs memory for each lock */
	if (strstr(line, "full") != NULL)
		return;
#endif
	child = start_child();
	if (child == 0) {
		assert_int_equal(sscanf(line, "%19s %zu %19s", levels, &entries, state), 3);
		share(levels, entries, state, found);
		assert_found(line, found, wanted);
		_exit(0);
	}
	assert_int_equal(status_of(child), 0);
}

PATTERNS(a_donor_gives_about_half_from_its_first_level, shares) = {
	{"a,b/c,d/e,f 0 -", "/v a | c e f"},
	{"a,b,c,d,e/ 0 -", "/v a b | c d"},
	{"longer,b,c/ 0 -", "/v longer | b"},
	{"a,a,bb,c/ 0 -", "/v a a | bb"},
	{"b/c,d/e 0 -", "/v/b c | e"},
	{"-a,b/c,d/e,f 0 -", "/v/b c | a e f"},
	{"!b/c,d/e,f 0 -", "/v unread | c e f"},
	{"+!b/c,d/e,f 0 -", "/v/b c | e f"},
	{"+a,b/c,d/e,f 0 -", "/v a | c e f"},
	/* The donor keeps a part of the current level. */
	{"b/c,d 0 -", "/v/b c | d"},
	{"b/d 0 -", " | d"},
	{"b/ 0 -", " |"},
	{"!b 0 -", " | b"},
	{"!b 16 -", "/v unread 8 entries | b 8 entries"},
	{"b 15 -", "/v 7 entries | b 8 entries"},
	{"b 14 -", " | b 14 entries"},
	{"a,b 14 -", "/v a | b 14 entries"},
	{"a,b 16 -", "/v 8 entries | a b 8 entries"},
	{"a,b/c,d 16 -", "/v a | c d 16 entries"},
	{"a,b/c,d 0 busy", " | a c d"},
	{"a,b/c,d 0 lent", " | a c d"},
	{"a,b/c,d 0 full", " | a c d, failed"},
	{"a,b/c,d 0 names-full", "/v | a c d, failed"},
};

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

	forbid(SYS_sched_getaffinity, EINVAL);
	scaling_init(&scaling, 0);
	assert_int_equal(scaling.cores, 1);
}

TEST(a_directory_stays_open_for_the_others_that_share_it)
{
	static struct shared_dir share;
	struct dir_stack stack = {.declared = "v"};
	int descriptors = count_descriptors();

	dir_stack_enter(&stack, &(struct dir){.fd = dup(STDERR_FILENO)}, &(struct inode){0})
		->share = &share;
	dir_stack_enter(&stack, &(struct dir){.fd = -1}, &(struct inode){0});
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
		threads = 0;
		own(at("shapes"), APP, numbers[i]);
		assert_int_equal(threads > 0, numbers[i] != 1);
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

/* What was reported last: visited, changed, ms, finished. */
static unsigned long reported[4];

static uint32_t report_progress(const char *path, uint64_t visited, uint64_t changed,
                                uint32_t time_ms, bool finished)
{
	assert_string_equal(path, "/v");
	memcpy(reported, (uint64_t[]){visited, changed, time_ms, finished}, sizeof(reported));
	return 5000;
}

TEST(progress_is_reported_when_it_is_due_and_at_the_end)
{
	struct walk_progress progress = {0};
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
	progress.start.tv_sec -= 300;
	walk_progress_finish(&progress);
	assert_true(reported[3]);
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_in_range(reported[2], 300000,
	                300000 + (now.tv_sec - begin.tv_sec) * 1000 +
	                        (now.tv_nsec - begin.tv_nsec) / 1000000 + 1);
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
	make("alone/");
	make_files("alone", 5000);
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
