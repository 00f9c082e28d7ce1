/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_VOLUME_H
#define STEPDOWN_VOLUME_VOLUME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "core/ownership.h"
#include "volume/volume_set.h"

/* Follows the path of VOLUME and checks that its owner may be changed. Changes nothing, but adds
 * the path to SET. A symbolic link on the way counts only if root alone could have put it there
 * (S15). *RET_IS_RIGHT tells whether the path has the owner of REQUEST already.
 *
 * Errors: the path is not absolute, or is missing although VOLUME does not make it. A link on the
 * way is not trusted. The path leads to a directory of the system (S20), to an interface of the
 * kernel, or to a directory that holds this program (S37). *RET_IS_RIGHT is untouched on
 * failure. */
bool volume_check(const struct declared_path *volume, const struct ownership_request *request,
                  struct volume_set *set, bool *ret_is_right, struct error *error);

/* Checks VOLUME as volume_check() does, then gives it to the owner of REQUEST. Entries that have
 * the right owner are not touched (S21). The declared path itself is changed last, so that its
 * owner tells whether the work was finished (S18). Entries that cannot or must not be changed are
 * counted in *RET_REPORT, and are no error. If files with several hard links are incomplete, the
 * report says that the path waits for volume_finish(). SET holds the paths of all volumes that
 * volume_check() accepted. The process must be root.
 *
 * Errors: those of volume_check(), a directory that cannot be made, and used up memory.
 * *RET_REPORT is untouched on failure, but some entries may be changed. */
bool volume_apply(const struct declared_path *volume, const struct ownership_request *request,
                  struct volume_set *set, struct ownership_report *ret_report, struct error *error);

/* Returns the first path whose report says that it waits and that is not finished yet, or NULL. */
const struct declared_path *volume_waiting(const struct volume_set *set);

/* Finishes the path that volume_waiting() returns, after volume_apply() was called for all paths.
 * Files whose names were all met by now have their new owner; on an overlay the other names get it
 * here. If a file is incomplete that may be complete now, the first call walks all waiting paths
 * once more, and counts the links anew. Incomplete files are counted as skipped, for the path that
 * met them first. *RET_REPORT is the complete report. Returns false if memory is used up. */
bool volume_finish(struct volume_set *set, struct ownership_report *ret_report,
                   struct error *error);

/* Frees what SET holds, also paths that still wait. */
void volume_set_close(struct volume_set *set);

#endif
