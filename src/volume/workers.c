#include "volume/workers.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "linux/pages.h"

/* A network file system answers one call at a time to each who asks, so there the workers wait
 * and more of them than cores pay off; on a local disk more would stand in each other's way. */
#define WORKERS 32
/* In microseconds. What an entry takes is counted as if all cores had worked at it: on a local file
 * system 3 to 6, with too many workers as well; on a network never so little. */
#define SLOW 40
#define FAST 8
#define SMALL 250 /* what is done by then needs no thread */
#define LATE 2000 /* before that, the start of the threads is a good part of the time */

#define JOIN_TRIES 10000

/* Microseconds. */
static uint64_t elapsed(const struct pool *pool)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)(now.tv_sec - pool->start.tv_sec) * 1000000000 + (uint64_t)now.tv_nsec -
	        (uint64_t)pool->start.tv_nsec) /
	       1000;
}

static size_t count_cores(void)
{
	cpu_set_t set;

	/* EINVAL: more than 1024 processors. One worker per core is then not known to pay off. */
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

/* As many as have descriptors enough. */
static size_t most_workers(size_t most)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / TREE_DESCRIPTORS < most)
		most = (size_t)(limit.rlim_cur / TREE_DESCRIPTORS);
	return most < 1 ? 1 : most;
}

static void init_worker(struct pool *pool, struct worker *worker)
{
	pthread_cond_init(&worker->wake, NULL);
	worker->pool = pool;
	worker->own.job = pool->job;
	worker->own.tree.declared = pool->path;
}

bool pool_open(struct pool *pool, struct own_job *job, const char *path,
               void (*work)(struct worker *))
{
	size_t jobs = job->request->jobs;
	size_t room = most_workers(jobs == 0 ? WORKERS : jobs);

	memset(pool, 0, sizeof(*pool));
	pthread_mutex_init(&pool->lock, NULL);
	pool->job = job;
	pool->path = path;
	pool->work = work;
	pool->cores = jobs == 0 ? count_cores() : jobs;
	pool->room = room;
	if (pool->cores > room)
		pool->cores = room;
	pool->most = room;
	pool->wanted = 1;
	pool->due = VOLUME_SILENT;
	pool->started = 1;
	pool->workers = memory_take(room, sizeof(*pool->workers));
	if (pool->workers == NULL)
		return false;
	init_worker(pool, &pool->workers[0]);
	clock_gettime(CLOCK_MONOTONIC, &pool->start);
	return true;
}

/* With the lock held. */
static void note_hunger(struct pool *pool)
{
	atomic_store_explicit(&pool->hungry, pool->busy < pool->wanted, memory_order_relaxed);
}

static void set_wanted(struct pool *pool, size_t workers)
{
	pthread_mutex_lock(&pool->lock);
	pool->wanted = workers;
	note_hunger(pool);
	pthread_mutex_unlock(&pool->lock);
}

static void show_progress(struct pool *pool, uint32_t milliseconds, bool finished)
{
	pthread_mutex_lock(&pool->lock);
	if (finished || milliseconds >= pool->due)
		pool->due = milliseconds + pool->job->request->progress(pool->path, pool->looked,
		                                                        pool->changed, milliseconds,
		                                                        finished);
	pthread_mutex_unlock(&pool->lock);
}

void pool_tick(struct worker *worker)
{
	struct pool *pool = worker->pool;
	const struct own *own = &worker->own;
	uint64_t time = elapsed(pool);
	size_t wanted = pool->wanted;
	uint64_t core_time;
	uint64_t looked;

	pool->looked += (unsigned long)(own->looked - worker->told_looked);
	pool->changed += (unsigned long)(own->changed - worker->told_changed);
	worker->told_looked = own->looked;
	worker->told_changed = own->changed;
	looked = pool->looked;
	core_time = time * pool->cores;
	/* One pause of the machine must not look like a slow disk for ever. */
	if (time > LATE && core_time > SLOW * looked)
		wanted = pool->most;
	else if (time > SMALL && (wanted == 1 || core_time < FAST * looked))
		wanted = pool->cores;
	if (wanted != pool->wanted)
		set_wanted(pool, wanted);
	if (pool->job->request->progress != NULL && time / 1000 >= pool->due)
		show_progress(pool, (uint32_t)(time / 1000), false);
}

/* False when there will be nothing to do any more. */
static bool wait_for_work(struct worker *worker)
{
	struct pool *pool = worker->pool;
	bool over;

	pthread_mutex_lock(&pool->lock);
	while (worker->idle && !pool->over)
		pthread_cond_wait(&worker->wake, &pool->lock);
	over = pool->over;
	pthread_mutex_unlock(&pool->lock);
	return !over;
}

static void work(struct worker *worker)
{
	struct pool *pool = worker->pool;

	pool->work(worker);
	pthread_mutex_lock(&pool->lock);
	worker->idle = true;
	pool->busy--;
	if (pool->busy == 0) {
		pool->over = true;
		for (size_t i = 0; i < pool->started; i++)
			pthread_cond_signal(&pool->workers[i].wake);
	}
	note_hunger(pool);
	pthread_mutex_unlock(&pool->lock);
}

static void *run_thread(void *argument)
{
	struct worker *worker = argument;

	worker->thread_id = gettid();
	while (wait_for_work(worker))
		work(worker);
	return NULL;
}

struct worker *pool_find_idle(struct pool *pool)
{
	struct worker *worker;

	if (pool->busy >= pool->wanted)
		return NULL;
	for (size_t i = 0; i < pool->started; i++) {
		if (pool->workers[i].idle)
			return &pool->workers[i];
	}
	worker = &pool->workers[pool->started];
	init_worker(pool, worker);
	worker->idle = true;
	if (pthread_create(&worker->thread, NULL, run_thread, worker) != 0) {
		/* EAGAIN: a limit of processes or of memory. Go on with the workers that there are. */
		pool->cores = pool->most = pool->wanted = pool->started;
		worker = NULL;
	} else {
		pool->started++;
	}
	note_hunger(pool);
	return worker;
}

void pool_wake(struct worker *worker)
{
	worker->idle = false;
	worker->pool->busy++;
	note_hunger(worker->pool);
	pthread_cond_signal(&worker->wake);
}

struct share *pool_lend_share(struct pool *pool)
{
	for (size_t i = 0; i < pool->started; i++) {
		struct share *share = &pool->workers[i].share;

		if (share->workers == 0) {
			share->workers = 1;
			share->ended = false;
			return share;
		}
	}
	return NULL;
}

bool pool_leave_share(struct pool *pool, struct share *share)
{
	bool last;

	pthread_mutex_lock(&pool->lock);
	last = --share->workers == 0;
	pthread_mutex_unlock(&pool->lock);
	return last;
}

void pool_run(struct pool *pool)
{
	pool->busy = 1;
	pool->over = false;
	pool->workers[0].idle = false;
	do
		work(&pool->workers[0]);
	while (wait_for_work(&pool->workers[0]));
}

/* S31: pthread_join(3) returns when the kernel has cleared the thread's id, and the thread runs no code
 * after that. For some microseconds the kernel still lists the thread, with root's ids: wait until it is
 * gone, if /proc tells. */
static void join_worker(struct worker *worker)
{
	char path[48];
	struct text text = text_in(path, sizeof(path));

	pthread_join(worker->thread, NULL);
	text_format(&text, "/proc/self/task/%u", (unsigned)worker->thread_id);
	for (int tries = 0; tries < JOIN_TRIES && access(path, F_OK) == 0; tries++)
		sched_yield();
}

bool pool_close(struct pool *pool, struct own *own)
{
	for (size_t i = 1; i < pool->started; i++)
		join_worker(&pool->workers[i]);
	for (size_t i = 0; i < pool->started; i++) {
		struct worker *worker = &pool->workers[i];

		own_add(own, &worker->own);
		tree_free(&worker->own.tree);
	}
	if (pool->due > VOLUME_SILENT)
		show_progress(pool, (uint32_t)(elapsed(pool) / 1000), true);
	memory_give_back(pool->workers, pool->room, sizeof(*pool->workers));
	return !pool->failed;
}
