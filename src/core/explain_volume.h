/* SPDX-License-Identifier: MIT */
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
 * Each changed entry counts once. An owner is written as the user of the entry. The group stands
 * behind the user if it is neither root's group, nor the user's group in passwd, nor the group that
 * the volume gets. The group also stands there if only the group was changed. Ids without a name
 * are written as numbers. */
void explain_changed(const struct plan *plan, const struct declared_path *volume,
                     const struct ownership_report *report, struct text *text);

/* The facts in a report that are worth a line besides the counts. */
enum volume_remark {
	/* The volume is new, and a variable brought white space or a comma into its path. */
	REMARK_ODD_PATH,
	/* The change cannot be undone: the entries had more than two owners, and the user has not
	 * chosen the owners by --own-from. */
	REMARK_IRREVERSIBLE,
	/* There are mounts below the path. The line names the first whose top is not the user's. */
	REMARK_MOUNTS,
	/* A user other than root can replace the volume by another directory (S47). */
	REMARK_EXCHANGE,
	VOLUME_REMARKS, /* the number of remarks */
};

/* Appends PREFIX and the line of REMARK. Returns false and appends nothing if REPORT gives no
 * reason for the line. */
bool explain_remark(enum volume_remark remark, const struct plan *plan,
                    const struct declared_path *volume, const struct ownership_report *report,
                    const char *prefix, struct text *text);

/* Appends the number of skipped entries, the first of them and its reason. A hint names --cap-add
 * CHOWN if CAP_CHOWN is not effective during the walk. */
void explain_skipped(const struct plan *plan, const struct declared_path *volume,
                     const struct ownership_report *report, struct text *text);

/* Appends all lines of a dry run, each with a newline. */
void explain_volume(const struct plan *plan, const struct declared_path *volume,
                    const struct ownership_report *report, struct text *text);

#endif
