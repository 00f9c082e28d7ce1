/* SPDX-License-Identifier: MIT */
#include "volume/tally.h"

#include <errno.h>
#include <string.h>

void tally_write_path(const struct chown_worker *chowner, const char *name,
                      char path[static OWNERSHIP_PATH_BYTES])
{
	size_t level = chowner->stack.depth == 0 ? 0 : chowner->stack.depth - 1;

	dir_stack_write_path(&chowner->stack, level, name, path);
}

void tally_visited(struct chown_worker *chowner)
{
	chowner->visited += !chowner->job->again;
}

void tally_changed(struct chown_worker *chowner, const char *name, const struct owner *former)
{
	struct chown_job *job = chowner->job;

	if (former != NULL)
		former_owners_count(&job->former, &job->lock, &chowner->former, *former);
	if (chowner->changed++ == 0 && !atomic_exchange(&job->has_first_wrong, true))
		tally_write_path(chowner, name, job->report.first_wrong);
}

/* Returns true if the next start will skip the entry for the same REASON (S42). Any other reason
 * may pass before, so the declared path must not look finished. */
static bool is_lasting(int reason)
{
	switch (reason) {
	case EPERM:
	case EROFS:
	case EINVAL:
	case ENOTSUP:
	case EOVERFLOW:
	case SKIP_HARDLINK:
	case SKIP_DEVICE:
	case SKIP_PROGRAM:
	case SKIP_IGNORED:
		return true;
	default:
		return false;
	}
}

void tally_failed(struct chown_worker *chowner, const char *name, int reason)
{
	struct chown_job *job = chowner->job;

	chowner->skipped++;
	chowner->skipped_for_now |= !is_lasting(reason);
	if (atomic_exchange(&job->has_first_skipped, true))
		return;
	job->report.first_reason = reason;
	tally_write_path(chowner, name, job->report.first_skipped);
}

void tally_skipped(struct chown_worker *chowner, const char *name, int reason)
{
	if (!chowner->job->again)
		tally_failed(chowner, name, reason);
}

void tally_add(struct chown_worker *chowner, const struct chown_worker *other)
{
	chowner->visited += other->visited;
	chowner->changed += other->changed;
	chowner->skipped += other->skipped;
	chowner->skipped_for_now |= other->skipped_for_now;
	chowner->mounts += other->mounts;
	former_counts_add(&chowner->former, &other->former);
}

void tally_finish(struct chown_worker *chowner)
{
	struct ownership_report *report = &chowner->job->report;

	former_owners_report(&chowner->job->former, &chowner->former, report);
	report->visited = chowner->visited;
	report->changed = chowner->changed;
	report->mounts = chowner->mounts;
	report->skipped = chowner->skipped;
}
