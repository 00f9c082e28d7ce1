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
	OPTION_OWN_FROM,
	OPTION_OWN_JOBS,
	OPTION_CAP,
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

/* The options that were read so far, and what fills variables in. */
struct option_reader {
	struct options options;
	struct filler filler;
};

/* Takes the value WORD of the option ID, which is called NAME in errors: fills in its variables, parses
 * it, and adds it to the options. On failure the options may hold a part of it. */
bool option_values_take(struct option_reader *reader, enum option_id id, const char *name,
                        const char *word);

#endif
