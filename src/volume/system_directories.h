/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_SYSTEM_DIRECTORIES_H
#define STEPDOWN_VOLUME_SYSTEM_DIRECTORIES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "volume/resolve_path.h"

/* Calls JUDGE_DIRECTORY with each directory above RESOLVED, from the nearest to "/", until it
 * returns true. Returns true if a call returned true, or if RESOLVED is longer than PATH_MAX. */
bool directories_any_above(const char *resolved,
                           bool (*judge_directory)(const struct stat *status, void *data),
                           void *data);

/* Returns the refused path (refused_path) of the directory that RESOLVED is, or that covers
 * RESOLVED. Returns NULL if there is none. Compares inodes, because a bind mount gives a directory
 * another path (S20). */
const char *system_directory_find(const struct resolved *resolved);

#endif
