#ifndef STEPDOWN_CORE_GOSU_ARGS_H
#define STEPDOWN_CORE_GOSU_ARGS_H

#include "base/error.h"
#include "core/options.h"

/* By which name the program was called: the last part of argv[0]. */
enum program {
	PROGRAM_STEPDOWN,
	PROGRAM_GOSU,
	PROGRAM_SU_EXEC,
};

enum program compat_program(const char *argv0);
const char *compat_name(enum program program);

/* Exit status of their own errors, and of a command that cannot be run. */
#define COMPAT_STATUS_FAILED 1

enum compat_action {
	COMPAT_RUN,
	COMPAT_VERSION,
	COMPAT_HELP,  /* usage on stdout, exit status 0 */
	COMPAT_USAGE, /* usage on stderr, exit status 1 */
};

/* What stands in for options under the two other names: USER[:GROUP] COMMAND [ARG]... */
struct compat_options {
	enum compat_action action;
	struct user_spec user; /* the only one of the options, which point here */
	struct options options;
};

bool compat_parse(enum program program, int argc, char *const *argv,
                  struct compat_options *ret_options, struct error *error);

#endif
