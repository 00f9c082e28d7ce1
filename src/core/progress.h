#ifndef STEPDOWN_CORE_PROGRESS_H
#define STEPDOWN_CORE_PROGRESS_H

#include "base/text.h"

/* How far a walk of PATH has come in MILLISECONDS. */
void progress_write(struct text *text, const char *path, uint64_t visited, uint64_t changed,
                    uint32_t milliseconds);

#endif
