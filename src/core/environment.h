#ifndef STEPDOWN_CORE_ENVIRONMENT_H
#define STEPDOWN_CORE_ENVIRONMENT_H

#include "base/arena.h"

/* Value of NAME in a NULL-terminated list of NAME=VALUE, or NULL. */
const char *environment_get(char *const *environment, const char *name);
const char *environment_find(char *const *environment, struct slice name);

/* One variable of the command's: set to VALUE, or taken away when VALUE is NULL. */
struct environment_change {
	const char *name;
	const char *value;
};

/* A copy of ENVIRONMENT in which every one of the COUNT changes holds, each name standing once
 * and all other strings (odd ones without '=' too) passed through in their order.
 * NULL when the arena is used up. */
char **environment_with(char *const *environment, const struct environment_change *changes,
                        size_t count, struct arena *arena);

#endif
