/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_OPTION_VALUES_H
#define STEPDOWN_CORE_OPTION_VALUES_H

#include "core/expand.h"
#include "core/options.h"

enum option_id {
	OPTION_USER,
	OPTION_GROUP,
	OPTION_CLEAR_GROUPS,
	OPTION_OWN,
	OPTION_OWN_ONCE,
	OPTION_OWN_TOP,
	OPTION_MKDIR,
	OPTION_MKDIR_MODE,
	OPTION_OWN_FROM,
	OPTION_OWN_JOBS,
	OPTION_CAP,
	OPTION_TRY_CAP,
	OPTION_ALLOW_NEW_PRIVS,
	OPTION_ALLOW_ROOT,
	OPTION_HOME,
	OPTION_KEEP_ENV,
	OPTION_UMASK,
	OPTION_SETUP_ONLY,
	OPTION_DRY_RUN,
	OPTION_STRICT,
	OPTION_VERBOSE,
	OPTION_QUIET,
	OPTION_HELP,
	OPTION_VERSION,
};

/* The options that were read so far, and the filler of their variables. */
struct option_reader {
	struct options options;
	struct filler filler;
	const char *note; /* a variable_note of the value that is being read, or NULL */
};

/* Fills in the variables of WORD, parses WORD as the value of the option ID, and adds it to
 * reader->options. NAME is the name of the option in errors. Returns false and sets
 * *reader->filler.error on failure; the options may then hold a part of WORD. */
bool option_values_take(struct option_reader *reader, enum option_id id, const char *name,
                        const char *word);

#endif
