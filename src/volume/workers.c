/* SPDX-License-Identifier: MIT */
#include "volume/workers.h"

#include <sched.h>
#include <unistd.h>

#include "base/text.h"
#include "linux/pages.h"
#include "volume/tally.h"

/* sched_yield(2) calls until the wait for a thread's end stops (join_worker). */
#define JOIN_TRIES 10000

static void init_worker(struct workers *workers, struct worker *worker)
{
	pthread_cond_init(&worker->wake, NULL);
	worker->workers = workers;
	worker->chowner.job = workers->job;
	worker->chowner.stack.declared = workers->path;
}

bool workers_open(struct workers *workers, struct chown_job *job, const char *path,
                  void (*loop)(struct worker *))
{
	memset(workers, 0, sizeof(*workers));
	pthread_mutex_init(&workers->lock, NULL);
	workers->job = job;
	workers->path = path;
	workers->loop = loop;
	scaling_init(&workers->scaling, job->request->jobs);
	workers->room = workers->scaling.most;
	workers->started = 1;
	workers->slots = pages_allocate(workers->room, sizeof(*workers->slots));
	if (workers->slots == NULL)
		return false;
	init_worker(workers, &workers->slots[0]);
	walk_progress_start(&workers->progress, job->request->progress, path);
	return true;
}

/* The caller holds the lock. */
static void update_wants_work(struct workers *workers)
{
	atomic_store_explicit(&workers->wants_work, workers->busy < workers->scaling.wanted,
	                      memory_order_relaxed);
}

static void set_wanted(struct workers *workers, size_t count)
{
	pthread_mutex_lock(&workers->lock);
	workers->scaling.wanted = count;
	update_wants_work(workers);
	pthread_mutex_unlock(&workers->lock);
}

void workers_tick(struct worker *worker)
{
	struct workers *workers = worker->workers;
	uint64_t time_us = walk_progress_time_us(&workers->progress);
	size_t wanted;

	walk_progress_add(&workers->progress, &worker->added, worker->chowner.visited,
	                  worker->chowner.changed);
	wanted = scaling_judge(&workers->scaling, time_us, workers->progress.visited);
	if (wanted != workers->scaling.wanted)
		set_wanted(workers, wanted);
	walk_progress_report(&workers->progress, time_us);
}

/* Makes WORKER idle. The last busy worker ends the walk. The caller holds the lock. */
static void retire_worker(struct worker *worker)
{
	struct workers *workers = worker->workers;

	worker->idle = true;
	workers->busy--;
	if (workers->busy == 0) {
		workers->over = true;
		for (size_t i = 0; i < workers->started; i++)
			pthread_cond_signal(&workers->slots[i].wake);
	}
	update_wants_work(workers);
}

/* Waits until WORKER has work, or the walk is over. The caller holds the lock. */
static void wait_for_wake(struct worker *worker)
{
	struct workers *workers = worker->workers;

	while (worker->idle && !workers->over)
		pthread_cond_wait(&worker->wake, &workers->lock);
	worker->finished = workers->over;
}

void workers_wait_for_work(struct worker *worker)
{
	pthread_mutex_lock(&worker->workers->lock);
	retire_worker(worker);
	wait_for_wake(worker);
	pthread_mutex_unlock(&worker->workers->lock);
}

static void *run_thread(void *argument)
{
	struct worker *worker = argument;

	worker->thread_id = gettid();
	/* The thread that started this one gives it work, and may have done so already. */
	pthread_mutex_lock(&worker->workers->lock);
	wait_for_wake(worker);
	pthread_mutex_unlock(&worker->workers->lock);
	worker->workers->loop(worker);
	return NULL;
}

struct worker *workers_find_idle(struct workers *workers)
{
	struct worker *worker;

	if (workers->busy >= workers->scaling.wanted)
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
		scaling_freeze(&workers->scaling, workers->started);
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
	workers->loop(&workers->slots[0]);
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
	walk_progress_finish(&workers->progress);
	pages_free(workers->slots, workers->room, sizeof(*workers->slots));
	return !workers->failed;
}
