/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PROGRESS_H
#define STEPDOWN_CORE_PROGRESS_H

#include "base/text.h"

/* Appends the message about a walk of PATH that takes MILLISECONDS so far: the entries visited and
 * changed, and the visited entries per second (0 if MILLISECONDS is 0). */
void progress_write(struct text *text, const char *path, uint64_t visited, uint64_t changed,
                    uint32_t milliseconds);

#endif
