/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_WALK_PROGRESS_H
#define STEPDOWN_VOLUME_WALK_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "core/ownership.h"

/* The progress of one walk: its time, the entries of all workers so far, and when the next report
 * is due. The callback of the request writes the line (core/progress.h). */

struct walk_progress {
	ownership_progress *report; /* NULL: nothing is reported */
	const char *path;           /* the declared path */
	struct timespec start;
	atomic_uint due_ms; /* time of the next report, from the start on */
	atomic_ulong visited;
	atomic_ulong changed;
	pthread_mutex_t lock; /* held during a report */
};

/* The part of a worker's counts that walk_progress_add() has added. */
struct added_counts {
	uint64_t visited;
	uint64_t changed;
};

/* Starts the time of a walk of PATH. The caller has zeroed PROGRESS. */
void walk_progress_start(struct walk_progress *progress, ownership_progress *report,
                         const char *path);

/* Returns the microseconds since the start. */
uint64_t walk_progress_time_us(const struct walk_progress *progress);

/* Adds what a worker has counted since its last call. VISITED and CHANGED are the worker's counts
 * since its start. */
void walk_progress_add(struct walk_progress *progress, struct added_counts *added, uint64_t visited,
                       uint64_t changed);

/* Reports the counts if a report is due at TIME_US. Any worker may call this function. */
void walk_progress_report(struct walk_progress *progress, uint64_t time_us);

/* Reports the final counts, if any report was made before. */
void walk_progress_finish(struct walk_progress *progress);

#endif
