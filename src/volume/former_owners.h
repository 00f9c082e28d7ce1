/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_FORMER_OWNERS_H
#define STEPDOWN_VOLUME_FORMER_OWNERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/ownership.h"

/* The owners that entries had before a walk changed them. The owners are kept nowhere else, so the
 * report names them. All workers share the list of owners, and each worker has counts of its own. A
 * lock is needed only if a worker meets a new owner. */

struct former_owners {
	atomic_size_t count; /* the owners below do not change any more */
	struct owner owners[FORMER_OWNERS_MAX];
};

/* The counts of one worker, in the order of the list. The last element counts all owners that are
 * not in the list, because it was full. */
struct former_counts {
	uint64_t entries[FORMER_OWNERS_MAX + 1];
};

/* Counts one entry of OWNER. LOCK protects additions to FORMER. */
void former_owners_count(struct former_owners *former, pthread_mutex_t *lock,
                         struct former_counts *counts, struct owner owner);

/* Adds the counts of OTHER to COUNTS. */
void former_counts_add(struct former_counts *counts, const struct former_counts *other);

/* Writes FORMER and COUNTS to REPORT, sorted. */
void former_owners_report(const struct former_owners *former, const struct former_counts *counts,
                          struct ownership_report *report);

#endif
