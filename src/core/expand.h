#ifndef STEPDOWN_CORE_EXPAND_H
#define STEPDOWN_CORE_EXPAND_H

#include "base/arena.h"
#include "base/error.h"

/* Where the variables come from, and where values and errors go. */
struct filler {
	char *const *environment;
	struct arena *arena;
	struct error *error;
	bool lacks; /* set when a variable comes to nothing: unset, or empty */
};

/* Fills in ${VAR}, ${VAR-default} and ${VAR:-default} from the environment, and $$ as a dollar: an
 * exec-form ENTRYPOINT has no shell that would. Defaults are taken as they stand and hold no '$'.
 * SIGNS are those that have a meaning in this VALUE. The author of the option wrote VALUE and its defaults,
 * so each of SIGNS in the result is the author's, because a variable that holds one is an error (S26).
 * Returns a copy in the arena, or NULL: such a variable, an unset VAR without a default, an unfinished or
 * unknown form, or no more memory; OPTION is named in the error. */
char *expand(struct filler *filler, const char *option, const char *value, const char *signs);

#endif
