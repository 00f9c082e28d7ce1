/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_TALLY_H
#define STEPDOWN_VOLUME_TALLY_H

#include "volume/chown_job.h"

/* The counts of a walk, and its report. Each worker counts for itself, so that no count needs a
 * lock. tally_add() adds the counts up after the walk. */

/* Writes the path of the entry NAME to PATH, cut to fit. */
void tally_write_path(const struct chown_worker *chowner, const char *name,
                      char path[static OWNERSHIP_PATH_BYTES]);

/* Counts an entry as visited, in the first round only. */
void tally_visited(struct chown_worker *chowner);

/* Counts the entry NAME as changed in either round. FORMER is the owner before the change, or NULL
 * if the entry is new. */
void tally_changed(struct chown_worker *chowner, const char *name, const struct owner *former);

/* Counts the entry NAME as skipped, in the first round only. REASON is an errno or a skip_reason.
 * Mounts are no entries (mounts_below.h). */
void tally_skipped(struct chown_worker *chowner, const char *name, int reason);

/* Counts the entry NAME as skipped in either round, because its change failed for REASON. */
void tally_failed(struct chown_worker *chowner, const char *name, int reason);

/* Adds the counts of OTHER to those of CHOWNER. */
void tally_add(struct chown_worker *chowner, const struct chown_worker *other);

/* Fills in the report. The walk must have ended. */
void tally_finish(struct chown_worker *chowner);

#endif
