/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_WRITABLE_H
#define STEPDOWN_RUN_WRITABLE_H

#include <stdbool.h>

#include "base/error.h"

/* Returns true if this process may write to PATH, and search PATH if PATH is a directory. The
 * caller has made the drop, so the user's rights count. access(2) ignores kept capabilities, but
 * faccessat2(2) with AT_EACCESS counts them. Returns false and sets *error otherwise. */
bool writable_check(const char *path, struct error *error);

#endif
