#ifndef STEPDOWN_VOLUME_VOLUME_H
#define STEPDOWN_VOLUME_VOLUME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "core/ownership.h"

/* Follows the path of VOLUME, which may hold links only where root alone could have put them, and
 * judges what it leads to; changes nothing. *RET_RIGHT: that belongs to whom REQUEST says. Errors:
 * it is missing and not to be made, not absolute, a directory of the system, one that holds this
 * program, a link that is not trusted. */
bool volume_check(const struct declared_path *volume, const struct ownership_request *request,
                  bool *ret_right, struct error *error);
/* volume_check, then makes the path belong to whom REQUEST says: all that is wrong and nothing
 * else, PATH itself last, so that its own owner tells whether the work was finished. Entries that
 * cannot or must not be changed are counted, and are no error; out of memory is one. Root only. */
bool volume_apply(const struct declared_path *volume, const struct ownership_request *request,
                  struct ownership_report *ret_report, struct error *error);

#endif
