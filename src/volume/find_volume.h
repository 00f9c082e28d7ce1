/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_FIND_VOLUME_H
#define STEPDOWN_VOLUME_FIND_VOLUME_H

#include "core/ownership.h"
#include "volume/resolve_path.h"

/* Follows the path of VOLUME, and refuses a path whose owner must not be changed (volume_check). If
 * MAKE_NOW is true and VOLUME wants it, makes a missing directory. On success the caller closes the
 * descriptor of *RET_RESOLVED; on failure *RET_RESOLVED is unspecified. */
bool find_volume(const struct declared_path *volume, const struct ownership_request *request,
                 bool make_now, struct resolved *ret_resolved, struct error *error);

/* Returns true if RESOLVED exists and has the owner of REQUEST. */
bool volume_has_right_owner(const struct resolved *resolved,
                            const struct ownership_request *request);

#endif
