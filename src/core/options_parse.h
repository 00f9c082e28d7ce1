/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_OPTIONS_PARSE_H
#define STEPDOWN_CORE_OPTIONS_PARSE_H

#include "core/options.h"

/* Parses ARGV, and fills in ${VAR} in values from ENVIRONMENT. The options end at the first word
 * that is no option. *ret_options points into ARGV and ARENA. Returns false and sets *error on
 * failure; *ret_options is then untouched. */
bool options_parse(int argc, char *const *argv, char *const *environment, struct arena *arena,
                   struct options *ret_options, struct error *error);

#endif
