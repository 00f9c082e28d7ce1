/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_FILE_CAPABILITIES_H
#define STEPDOWN_RUN_FILE_CAPABILITIES_H

#include <stdint.h>

#include "base/arena.h"

/* The file capabilities that execve(2) needs in the bounding set. Tried on Linux 6.18:
 *
 * - execve(2) fails with EPERM if the file has the effective bit, and the bounding set lacks one of
 *   its permitted capabilities. The uid does not matter, and neither does no_new_privs.
 * - If the bounding set has all of them, the command gets them. With no_new_privs the command runs,
 *   and gets only those that it has already.
 * - A file without the effective bit always runs. So does a file on a mount with the option nosuid,
 *   where file capabilities do not count.
 * - For a script only the capabilities of the interpreter count, which the "#!" line names. */
struct file_capabilities {
	const char *file;  /* the file that has them: the command, or its interpreter */
	uint64_t required; /* in the bounding set; 0 if any bounding set will do */
};

/* Reads the file capabilities that execve(2) of FILE takes into account. Nothing is required if
 * they cannot be read. The result may lie in ARENA. */
struct file_capabilities file_capabilities_read(const char *file, struct arena *arena);

#endif
