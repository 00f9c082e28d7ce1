#ifndef STEPDOWN_RUN_EXEC_H
#define STEPDOWN_RUN_EXEC_H

#include "base/arena.h"
#include "base/error.h"

/* Replaces this process by COMMAND (NULL-terminated, at least one word) with ENVIRONMENT, by
 * execve(2). Searches a first word without a slash in PATH of ENVIRONMENT, as execvp(3) does, with
 * the rights of the moment.
 *
 * Returns only on failure, always false, and sets *error. The status is STATUS_NOT_FOUND,
 * STATUS_CANNOT_RUN if a file was found, or STATUS_FAILED if ARENA is used up. The process is then
 * unchanged. */
bool exec_command(char *const *command, char *const *environment, struct arena *arena,
                  struct error *error);

#endif
