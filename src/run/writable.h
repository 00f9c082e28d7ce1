#ifndef STEPDOWN_RUN_WRITABLE_H
#define STEPDOWN_RUN_WRITABLE_H

#include <stdbool.h>

#include "base/error.h"

/* Asks access(2) whether this process may write to PATH, and search PATH if it is a directory. Called after the
 * drop, so with the user's rights. access(2) does not count the capabilities that were kept, but faccessat2(2) with
 * AT_EACCESS does. Sets the error and returns false if not. */
bool writable_check(const char *path, struct error *error);

#endif
