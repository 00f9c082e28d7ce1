/* SPDX-License-Identifier: MIT */
#include "volume/walk_progress.h"

#include "linux/inode.h"

void walk_progress_start(struct walk_progress *progress, ownership_progress *report,
                         const char *path)
{
	progress->report = report;
	progress->path = path;
	progress->due_ms = PROGRESS_SILENT_MS;
	pthread_mutex_init(&progress->lock, NULL);
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

uint64_t walk_progress_time_us(const struct walk_progress *progress)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)(now.tv_sec - progress->start.tv_sec) * NS_PER_SECOND +
	        (uint64_t)now.tv_nsec - (uint64_t)progress->start.tv_nsec) /
	       1000;
}

void walk_progress_add(struct walk_progress *progress, struct added_counts *added, uint64_t visited,
                       uint64_t changed)
{
	progress->visited += (unsigned long)(visited - added->visited);
	progress->changed += (unsigned long)(changed - added->changed);
	*added = (struct added_counts){visited, changed};
}

static void report_counts(struct walk_progress *progress, uint32_t time_ms, bool finished)
{
	pthread_mutex_lock(&progress->lock);
	if (finished || time_ms >= progress->due_ms)
		progress->due_ms = time_ms + progress->report(progress->path, progress->visited,
		                                              progress->changed, time_ms, finished);
	pthread_mutex_unlock(&progress->lock);
}

void walk_progress_report(struct walk_progress *progress, uint64_t time_us)
{
	if (progress->report != NULL && time_us / 1000 >= progress->due_ms)
		report_counts(progress, (uint32_t)(time_us / 1000), false);
}

void walk_progress_finish(struct walk_progress *progress)
{
	if (progress->due_ms > PROGRESS_SILENT_MS)
		report_counts(progress, (uint32_t)(walk_progress_time_us(progress) / 1000), true);
}
