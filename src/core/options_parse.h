#ifndef STEPDOWN_CORE_OPTIONS_PARSE_H
#define STEPDOWN_CORE_OPTIONS_PARSE_H

#include "core/options.h"

/* Reads ARGV (options end at the first word that is none), with
 * ${VAR} in values filled in from ENVIRONMENT. *ret_options is untouched on failure. */
bool options_parse(int argc, char *const *argv, char *const *environment, struct arena *arena,
                   struct options *ret_options, struct error *error);

#endif
