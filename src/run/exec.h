#ifndef STEPDOWN_RUN_EXEC_H
#define STEPDOWN_RUN_EXEC_H

#include "base/arena.h"
#include "base/error.h"

/* Becomes COMMAND (NULL-terminated, at least one word) with ENVIRONMENT, and so returns only when
 * that failed. A first word without a slash is searched in PATH of ENVIRONMENT as execvp(3) does,
 * with the rights of the moment. *error gets STATUS_NOT_FOUND, or STATUS_CANNOT_RUN for a file that
 * was found, or STATUS_FAILED where ARENA is used up. Nothing is changed. */
bool exec_command(char *const *command, char *const *environment, struct arena *arena,
                  struct error *error);

#endif
