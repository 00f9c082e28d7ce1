/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_SCALING_H
#define STEPDOWN_VOLUME_SCALING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of workers of a walk. A walk begins with one worker. If the walk lasts, it gets one
 * worker for each core. If entries take long, the storage is probably a server: a worker waits for
 * it most of the time, so more workers than cores pay off. On a local disk more workers than cores
 * only hinder each other. */

struct scaling {
	atomic_size_t cores;
	atomic_size_t most;   /* upper limit of wanted */
	atomic_size_t wanted; /* number of workers that pay off now */
};

/* Begins with one worker. JOBS is the maximum that the user wants; 0: automatic. RLIMIT_NOFILE
 * limits the maximum too. */
void scaling_init(struct scaling *scaling, size_t jobs);

/* Returns the number of workers that pay off if a walk has visited VISITED entries in TIME_US. The
 * caller stores the result in wanted. */
size_t scaling_judge(const struct scaling *scaling, uint64_t time_us, uint64_t visited);

/* Keeps the number of workers at COUNT, because no more threads can start. */
void scaling_freeze(struct scaling *scaling, size_t count);

/* Returns true if the walk has more workers than cores, because the storage is slow. */
static inline bool scaling_is_slow(const struct scaling *scaling)
{
	return scaling->wanted > scaling->cores;
}

#endif
