/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_WORKERS_H
#define STEPDOWN_VOLUME_WORKERS_H

#include <stdalign.h>

#include "volume/chown_job.h"
#include "volume/scaling.h"
#include "volume/walk_progress.h"

/* The workers of one walk, and their threads. Each worker visits its own branch of the tree
 * (walk_loop.h). There is no common queue: a worker that has work gives a part of it to an idle one
 * (share_work.h). So the descriptors grow with the number of workers, not with the tree. The memory
 * of a worker grows with the names of the directories that it has still to enter. The first worker
 * is the thread of the caller. Other threads start when there is work for them. All threads have
 * ended when the walk is over (S31). */

struct worker {
	struct workers *workers;
	struct shared_dir share; /* for any worker (workers_lend_share) */
	pthread_t thread;
	pid_t thread_id;
	pthread_cond_t wake; /* signalled if the worker got work, or the walk is over */
	bool idle;           /* the worker waits for work */
	bool finished;       /* the worker has seen that the walk is over */
	bool has_shared;     /* the last step was share_work() */
	struct added_counts added;
	size_t at;     /* offset in entries of the next one to visit */
	size_t length; /* bytes in entries */
	struct chown_worker chowner;
	char path[OWNERSHIP_PATH_BYTES];    /* of the first level, if another worker gave it */
	alignas(8) char entries[32 * 1024]; /* as getdents64(2) writes them */
};

struct workers {
	struct chown_job *job;
	const char *path;              /* the declared path */
	void (*loop)(struct worker *); /* returns when the worker is finished */
	struct worker *slots;
	size_t room; /* number of slots */
	struct scaling scaling;
	struct walk_progress progress;
	atomic_bool failed;     /* memory is used up: all workers stop */
	atomic_bool wants_work; /* fewer workers are busy than wanted */
	pthread_mutex_t lock;   /* protects the fields below, idle and the shares */
	size_t started;
	size_t busy;
	bool over;
};

/* Allocates all workers. The first one exists at once, and has no work yet. LOOP is the function of
 * each worker. Returns false if memory is used up; WORKERS must then not be used. */
bool workers_open(struct workers *workers, struct chown_job *job, const char *path,
                  void (*loop)(struct worker *));

/* Lets the first worker begin, and returns when no worker has work left. */
void workers_run(struct workers *workers);

/* Waits for the end of all threads, adds their counts to CHOWNER, and frees the memory. Returns
 * false if memory was used up during the walk. */
bool workers_close(struct workers *workers, struct chown_worker *chowner);

/* Publishes the counts of WORKER, sets the number of workers that pay off, and reports progress if
 * due. Each worker calls this function after a few entries. */
void workers_tick(struct worker *worker);

/* Makes WORKER idle, and waits until another worker gives it work. If no worker is busy any more,
 * the walk is over: WORKER is then finished. */
void workers_wait_for_work(struct worker *worker);

/* Returns true if another worker would take work. */
static inline bool workers_want_work(const struct workers *workers)
{
	return atomic_load_explicit(&workers->wants_work, memory_order_relaxed);
}

/* Returns an idle worker, or NULL if no more workers pay off or pthread_create(3) fails. Starts a
 * thread if all workers are busy. The caller holds the lock. */
struct worker *workers_find_idle(struct workers *workers);

/* Wakes WORKER, which has got work. The caller holds the lock. */
void workers_wake(struct worker *worker);

/* Returns a free share with one worker in it, or NULL. The caller holds the lock. */
struct shared_dir *workers_lend_share(struct workers *workers);

/* Takes one worker out of SHARE. Returns true if it was the last one. */
bool workers_leave_share(struct workers *workers, struct shared_dir *share);

#endif
