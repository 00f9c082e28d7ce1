/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_EXEC_H
#define STEPDOWN_RUN_EXEC_H

#include "base/arena.h"
#include "base/error.h"
#include "core/plan.h"

/* Replaces this process by the command of PLAN (at least one word) with the environment of PLAN, by
 * execve(2). Searches a first word without a slash in PATH of that environment, as execvp(3) does,
 * with the present credentials.
 *
 * Returns only on failure, always false, and sets *error. The status is STATUS_NOT_FOUND,
 * STATUS_CANNOT_RUN if a file was found, or STATUS_FAILED if ARENA is used up. The process is then
 * unchanged. */
bool exec_command(const struct plan *plan, struct arena *arena, struct error *error);

/* Returns false if execve(2) would refuse the command of PLAN because of file capabilities. Sets
 * *error then as exec_command() does. Searches the command by the mode bits of the files. Other
 * reasons why the command cannot run are not foreseen, because this process has other rights than
 * the command. */
bool exec_foresee(const struct plan *plan, struct arena *arena, struct error *error);

#endif
