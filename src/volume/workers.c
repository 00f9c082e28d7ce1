#include "volume/workers.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "linux/pages.h"

/* Workers on a network file system wait for the server most of the time, so more of them than cores
 * pay off. On a local disk more workers than cores only hinder each other. */
#define WORKERS_DEFAULT 32

/* Time for one entry, times the number of cores. Local file systems take 3 to 6 us, network file
 * systems more than 40 us. */
#define SLOW_ENTRY_US 40
#define FAST_ENTRY_US 8
#define SMALL_WALK_US 250       /* a walk that ends before needs no second thread */
#define THREADS_PAY_OFF_US 2000 /* before, the start of threads distorts the time */

/* sched_yield(2) calls until the wait for a thread's end stops (join_worker). */
#define JOIN_TRIES 10000

/* Returns the microseconds since the start. */
static uint64_t elapsed_us(const struct workers *workers)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)(now.tv_sec - workers->start.tv_sec) * 1000000000 +
	        (uint64_t)now.tv_nsec - (uint64_t)workers->start.tv_nsec) /
	       1000;
}

static size_t count_cores(void)
{
	cpu_set_t set;

	/* EINVAL: the machine has more than 1024 processors. The number of cores is then
	 * unknown. */
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

/* Returns MOST, or fewer if RLIMIT_NOFILE does not suffice for so many workers; at least 1. */
static size_t limit_workers(size_t most)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / DIR_STACK_DESCRIPTORS < most)
		most = (size_t)(limit.rlim_cur / DIR_STACK_DESCRIPTORS);
	return most < 1 ? 1 : most;
}

static void init_worker(struct workers *workers, struct worker *worker)
{
	pthread_cond_init(&worker->wake, NULL);
	worker->workers = workers;
	worker->chowner.job = workers->job;
	worker->chowner.stack.declared = workers->path;
}

bool workers_open(struct workers *workers, struct chown_job *job, const char *path,
                  void (*work)(struct worker *))
{
	size_t jobs = job->request->jobs;
	size_t room = limit_workers(jobs == 0 ? WORKERS_DEFAULT : jobs);

	memset(workers, 0, sizeof(*workers));
	pthread_mutex_init(&workers->lock, NULL);
	workers->job = job;
	workers->path = path;
	workers->work = work;
	workers->cores = jobs == 0 ? count_cores() : jobs;
	workers->room = room;
	if (workers->cores > room)
		workers->cores = room;
	workers->most = room;
	workers->wanted = 1;
	workers->due = PROGRESS_SILENT_MS;
	workers->started = 1;
	workers->slots = pages_allocate(room, sizeof(*workers->slots));
	if (workers->slots == NULL)
		return false;
	init_worker(workers, &workers->slots[0]);
	clock_gettime(CLOCK_MONOTONIC, &workers->start);
	return true;
}

/* The caller holds the lock. */
static void update_wants_work(struct workers *workers)
{
	atomic_store_explicit(&workers->wants_work, workers->busy < workers->wanted,
	                      memory_order_relaxed);
}

static void set_wanted(struct workers *workers, size_t count)
{
	pthread_mutex_lock(&workers->lock);
	workers->wanted = count;
	update_wants_work(workers);
	pthread_mutex_unlock(&workers->lock);
}

static void report_walk_progress(struct workers *workers, uint32_t milliseconds, bool finished)
{
	pthread_mutex_lock(&workers->lock);
	if (finished || milliseconds >= workers->due)
		workers->due = milliseconds + workers->job->request->progress(
						      workers->path, workers->visited,
						      workers->changed, milliseconds, finished);
	pthread_mutex_unlock(&workers->lock);
}

void workers_tick(struct worker *worker)
{
	struct workers *workers = worker->workers;
	const struct chown_worker *chowner = &worker->chowner;
	uint64_t time_us = elapsed_us(workers);
	size_t wanted = workers->wanted;
	uint64_t core_time_us;
	uint64_t visited;

	workers->visited += (unsigned long)(chowner->visited - worker->published_visited);
	workers->changed += (unsigned long)(chowner->changed - worker->published_changed);
	worker->published_visited = chowner->visited;
	worker->published_changed = chowner->changed;
	visited = workers->visited;
	core_time_us = time_us * workers->cores;
	/* Between FAST_ENTRY_US and SLOW_ENTRY_US the number stays. Below FAST_ENTRY_US it falls
	 * again, because one pause of the machine may have looked like a slow disk. */
	if (time_us > THREADS_PAY_OFF_US && core_time_us > SLOW_ENTRY_US * visited)
		wanted = workers->most;
	else if (time_us > SMALL_WALK_US && (wanted == 1 || core_time_us < FAST_ENTRY_US * visited))
		wanted = workers->cores;
	if (wanted != workers->wanted)
		set_wanted(workers, wanted);
	if (workers->job->request->progress != NULL && time_us / 1000 >= workers->due)
		report_walk_progress(workers, (uint32_t)(time_us / 1000), false);
}

/* Waits until WORKER has work. Returns false if the walk is over. */
static bool wait_for_work(struct worker *worker)
{
	struct workers *workers = worker->workers;
	bool over;

	pthread_mutex_lock(&workers->lock);
	while (worker->idle && !workers->over)
		pthread_cond_wait(&worker->wake, &workers->lock);
	over = workers->over;
	pthread_mutex_unlock(&workers->lock);
	return !over;
}

/* Works until WORKER is idle. The last busy worker ends the walk. */
static void work_until_idle(struct worker *worker)
{
	struct workers *workers = worker->workers;

	workers->work(worker);
	pthread_mutex_lock(&workers->lock);
	worker->idle = true;
	workers->busy--;
	if (workers->busy == 0) {
		workers->over = true;
		for (size_t i = 0; i < workers->started; i++)
			pthread_cond_signal(&workers->slots[i].wake);
	}
	update_wants_work(workers);
	pthread_mutex_unlock(&workers->lock);
}

static void *run_thread(void *argument)
{
	struct worker *worker = argument;

	worker->thread_id = gettid();
	while (wait_for_work(worker))
		work_until_idle(worker);
	return NULL;
}

struct worker *workers_find_idle(struct workers *workers)
{
	struct worker *worker;

	if (workers->busy >= workers->wanted)
		return NULL;
	for (size_t i = 0; i < workers->started; i++) {
		if (workers->slots[i].idle)
			return &workers->slots[i];
	}
	worker = &workers->slots[workers->started];
	init_worker(workers, worker);
	worker->idle = true;
	if (pthread_create(&worker->thread, NULL, run_thread, worker) != 0) {
		/* EAGAIN: a limit of processes or memory. The walk continues with the present
		 * workers. */
		workers->cores = workers->most = workers->wanted = workers->started;
		worker = NULL;
	} else {
		workers->started++;
	}
	update_wants_work(workers);
	return worker;
}

void workers_wake(struct worker *worker)
{
	worker->idle = false;
	worker->workers->busy++;
	update_wants_work(worker->workers);
	pthread_cond_signal(&worker->wake);
}

struct shared_dir *workers_lend_share(struct workers *workers)
{
	for (size_t i = 0; i < workers->started; i++) {
		struct shared_dir *share = &workers->slots[i].share;

		if (share->workers == 0) {
			share->workers = 1;
			share->ended = false;
			return share;
		}
	}
	return NULL;
}

bool workers_leave_share(struct workers *workers, struct shared_dir *share)
{
	bool last;

	pthread_mutex_lock(&workers->lock);
	last = --share->workers == 0;
	pthread_mutex_unlock(&workers->lock);
	return last;
}

void workers_run(struct workers *workers)
{
	workers->busy = 1;
	workers->over = false;
	workers->slots[0].idle = false;
	do
		work_until_idle(&workers->slots[0]);
	while (wait_for_work(&workers->slots[0]));
}

/* Waits until the thread of WORKER has ended (S31, S49). pthread_join(3) returns when the kernel
 * has cleared the id of the thread, which then runs no more code. For some microseconds
 * /proc/self/task still lists the thread, with root's ids. So the function also waits until the
 * entry is gone. */
static void join_worker(struct worker *worker)
{
	char path[48];
	struct text text = text_in(path, sizeof(path));

	pthread_join(worker->thread, NULL);
	text_format(&text, "/proc/self/task/%u", (unsigned)worker->thread_id);
	for (int tries = 0; tries < JOIN_TRIES && access(path, F_OK) == 0; tries++)
		sched_yield();
}

bool workers_close(struct workers *workers, struct chown_worker *chowner)
{
	for (size_t i = 1; i < workers->started; i++)
		join_worker(&workers->slots[i]);
	for (size_t i = 0; i < workers->started; i++) {
		struct worker *worker = &workers->slots[i];

		tally_add(chowner, &worker->chowner);
		dir_stack_free(&worker->chowner.stack);
	}
	if (workers->due > PROGRESS_SILENT_MS)
		report_walk_progress(workers, (uint32_t)(elapsed_us(workers) / 1000), true);
	pages_free(workers->slots, workers->room, sizeof(*workers->slots));
	return !workers->failed;
}
