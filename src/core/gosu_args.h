/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_GOSU_ARGS_H
#define STEPDOWN_CORE_GOSU_ARGS_H

#include "base/error.h"
#include "core/options.h"

/* The name that the program was started by: the last component of argv[0]. */
enum program {
	PROGRAM_STEPDOWN,
	PROGRAM_GOSU,
	PROGRAM_SU_EXEC,
};

/* Returns the program that ARGV0 names; every unknown name is PROGRAM_STEPDOWN. */
enum program gosu_program(const char *argv0);

/* Returns false and sets *error if ARGV0 is the name of a similar tool that is not imitated. */
bool gosu_check_name(const char *argv0, struct error *error);

/* Returns the name of PROGRAM for messages. */
const char *gosu_program_name(enum program program);

/* The exit status of gosu and su-exec for every error, even if the command cannot be executed. */
#define GOSU_STATUS_FAILED 1

enum gosu_action {
	GOSU_RUN,
	GOSU_VERSION,
	GOSU_HELP,  /* usage on stdout, exit status 0 */
	GOSU_USAGE, /* usage on stderr, exit status 1 */
};

/* The command line of gosu and su-exec: USER[:GROUP] COMMAND [ARG]... */
struct gosu_options {
	enum gosu_action action;
	struct user_spec user; /* options.users points here */
	struct options options;
};

/* Parses ARGV into *ret_options. Only GOSU_RUN fills user and options; options.users then points
 * into *ret_options, so the structure must not be moved. Fails if USER is not valid; *ret_options
 * is then untouched. */
bool gosu_parse(enum program program, int argc, char *const *argv, struct gosu_options *ret_options,
                struct error *error);

#endif
