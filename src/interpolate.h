#ifndef STEPDOWN_INTERPOLATE_H
#define STEPDOWN_INTERPOLATE_H

#include "arena.h"
#include "error.h"

/* Fills in ${VAR}, ${VAR-default} and ${VAR:-default} from ENVIRONMENT, and $$ as a dollar: an
 * exec-form ENTRYPOINT has no shell that would. Defaults are taken as they stand and hold no '$'.
 * OPTION is named in errors: an unset VAR without a default, an unfinished or unknown form, or no
 * more memory.
 * *ret_value is a NUL-terminated copy in ARENA, untouched on failure. */
bool interpolate(const char *option, const char *value, char *const *environment,
                 struct arena *arena, char **ret_value, struct error *error);

#endif
