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

enum program gosu_program(const char *argv0);
const char *gosu_program_name(enum program program);

/* Exit status of their own errors, and of a command that cannot be run. */
#define GOSU_STATUS_FAILED 1

enum gosu_action {
	GOSU_RUN,
	GOSU_VERSION,
	GOSU_HELP,  /* usage on stdout, exit status 0 */
	GOSU_USAGE, /* usage on stderr, exit status 1 */
};

/* What stands in for options under the two other names: USER[:GROUP] COMMAND [ARG]... */
struct gosu_options {
	enum gosu_action action;
	struct user_spec user; /* the only one of the options, which point here */
	struct options options;
};

bool gosu_parse(enum program program, int argc, char *const *argv, struct gosu_options *ret_options,
                struct error *error);

#endif
