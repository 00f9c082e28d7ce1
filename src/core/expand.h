/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_EXPAND_H
#define STEPDOWN_CORE_EXPAND_H

#include "base/arena.h"
#include "base/error.h"

/* The source of the variables, and the receivers of values and errors. */
struct filler {
	char *const *environment;
	struct arena *arena;
	struct error *error;
	bool has_empty; /* set to true if a variable and its default are unset or empty */
};

/* Returns a copy of VALUE in the arena with ${VAR}, ${VAR-default}, ${VAR:-default} and $$ (a
 * dollar) filled in. An exec-form ENTRYPOINT has no shell that does this. A default is taken
 * literally and holds no '$'.
 *
 * SIGNS are the characters that have a meaning in VALUE. A variable that holds one of SIGNS is an
 * error, because only the option's author may write them (S26).
 *
 * Returns NULL and sets the error on failure: a variable with one of SIGNS, an unset VAR without a
 * default, an unfinished or unknown form, or a full arena. The error names OPTION. */
char *expand(struct filler *filler, const char *option, const char *value, const char *signs);

#endif
