#ifndef STEPDOWN_VOLUME_WORKERS_H
#define STEPDOWN_VOLUME_WORKERS_H

#include <stdalign.h>
#include <stdatomic.h>

#include "volume/tally.h"

/* The workers of one walk. Each goes down its own branch; nothing waits in a common queue, but who
 * has work left gives a part of it to one that has none (gift.h). So what is kept in mind and
 * open grows with the workers, not with the tree. The first worker is the caller's own thread;
 * others are started when there is work for them, and all have ended when the walk is over. */

struct worker {
	struct workers *workers;
	struct shared_dir share; /* for the pool to lend, not for this worker */
	pthread_t thread;
	pid_t thread_id;
	pthread_cond_t wake; /* it was given something, or all is done */
	bool idle;
	uint64_t published_visited; /* of own's counts */
	uint64_t published_changed;
	size_t at; /* entries of the current directory that are still to be taken */
	size_t length;
	struct chown_worker chowner;
	char path[DIR_STACK_PATH_BYTES];    /* of its first level */
	alignas(8) char entries[32 * 1024]; /* as getdents64(2) gives them */
};

struct workers {
	struct chown_job *job;
	const char *path;              /* the declared one */
	void (*work)(struct worker *); /* returns when that worker has nothing left */
	struct worker *slots;
	size_t room; /* for so many workers */
	atomic_size_t cores;
	struct timespec start;
	atomic_bool failed;     /* out of memory: everybody stops */
	atomic_bool wants_work; /* somebody would take work */
	atomic_size_t most;     /* workers */
	atomic_size_t wanted;   /* that pay off by now */
	/* For the progress. */
	atomic_uint due; /* milliseconds since the start */
	atomic_ulong visited;
	atomic_ulong changed;
	pthread_mutex_t lock; /* over what follows, idle and the shares */
	size_t started;
	size_t busy;
	bool over;
};

/* Room for all workers; the first is there at once, with nothing to do. The walk is over when
 * WORKERS is closed. False is out of memory. */
bool workers_open(struct workers *workers, struct chown_job *job, const char *path,
                  void (*work)(struct worker *));
/* Lets the first worker begin, and returns when nobody has anything left. */
void workers_run(struct workers *workers);
/* Ends all threads and sums up in OWN what they counted. False when memory was used up. */
bool workers_close(struct workers *workers, struct chown_worker *chowner);

/* Now and then by each worker: how much time has gone tells how many workers pay off, and when
 * progress is due. */
void workers_tick(struct worker *worker);
static inline bool workers_want_work(const struct workers *workers)
{
	return atomic_load_explicit(&workers->wants_work, memory_order_relaxed);
}

/* With the lock held. One that is idle, started if need be, or NULL. */
struct worker *workers_find_idle(struct workers *workers);
/* With the lock held: it was given something. */
void workers_wake(struct worker *worker);
/* With the lock held. One that is free, or NULL. */
struct shared_dir *workers_lend_share(struct workers *workers);
/* True for the last one who leaves. */
bool workers_leave_share(struct workers *workers, struct shared_dir *share);

#endif
