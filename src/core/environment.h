/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_ENVIRONMENT_H
#define STEPDOWN_CORE_ENVIRONMENT_H

#include "base/arena.h"

/* Both functions return the value of the first string NAME=VALUE in the NULL-terminated
 * ENVIRONMENT, or NULL. */
const char *environment_get(char *const *environment, const char *name);
const char *environment_find(char *const *environment, struct slice name);

/* One variable of the command: set to VALUE, or removed if VALUE is NULL. */
struct environment_change {
	const char *name;
	const char *value;
};

/* Returns a copy of ENVIRONMENT with COUNT changes applied. Every changed name occurs at most once.
 * All other strings, even those without '=', keep their order. The copy shares its strings with
 * ENVIRONMENT, which is untouched. Returns NULL if the arena is used up. */
char **environment_with(char *const *environment, const struct environment_change *changes,
                        size_t count, struct arena *arena);

#endif
