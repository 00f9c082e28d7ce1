#ifndef STEPDOWN_CORE_EXPLAIN_VOLUME_H
#define STEPDOWN_CORE_EXPLAIN_VOLUME_H

#include "base/text.h"
#include "core/plan.h"

/* The lines about one declared path, from the report of its walk. Each function but
 * explain_volume() appends one complete message without a newline. */

/* Appends the number of entries that were changed, and the owners that they had before:
 *
 *   owning: '/var/spool': entries changed: 57 of 57: root 10, postfix 45, postfix:postdrop 2
 *
 * Each changed entry counts once. An owner is the user of the entry. The group stands behind the
 * user if it tells more: if it is neither root's group, nor the user's group in passwd, nor the
 * group that the volume gets. The group always stands there if the user was right before, so that
 * only the group was changed. Ids without a name are written as numbers. */
void explain_changed(const struct plan *plan, const struct declared_path *volume,
                     const struct ownership_report *report, struct text *text);

/* Returns true if the change must be called irreversible: the entries had more than two owners, and
 * the user has not chosen the owners by --own-from. */
bool explain_is_irreversible(const struct plan *plan, const struct ownership_report *report);

/* Appends that the change cannot be undone, and names --own-from. */
void explain_irreversible(const struct declared_path *volume, struct text *text);

/* Returns true if the volume is new and a variable brought white space or a comma into its path. */
bool explain_has_odd_path(const struct declared_path *volume,
                          const struct ownership_report *report);
/* Appends what is odd in that path, and the variables. */
void explain_odd_path(const struct declared_path *volume, struct text *text);

/* Appends that a user other than root can replace the volume by another directory (S47). */
void explain_exchange(const struct declared_path *volume, struct text *text);

/* Appends the number of mounts below the path, and the first whose top is not the user's. */
void explain_mounts(const struct declared_path *volume, const struct ownership_report *report,
                    struct text *text);

/* Appends the number of skipped entries, the first of them and its reason. A hint names --cap-add
 * CHOWN if CAP_CHOWN is not effective during the walk. */
void explain_skipped(const struct plan *plan, const struct declared_path *volume,
                     const struct ownership_report *report, struct text *text);

/* Appends all lines of a dry run, each with a newline. */
void explain_volume(const struct plan *plan, const struct declared_path *volume,
                    const struct ownership_report *report, struct text *text);

#endif
