#ifndef STEPDOWN_CORE_OPTION_PARSER_H
#define STEPDOWN_CORE_OPTION_PARSER_H

#include "base/error.h"

struct option {
	char name[20];
	char letter; /* '\0': none */
	bool takes_value;
	unsigned id; /* chosen by the owner of the table */
};

/* The place in an argument list, and what was found there. */
struct option_words {
	const struct option *known;
	size_t known_count;
	char *const *next;   /* the first word that is not taken; NULL ends them */
	const char *letters; /* what is left of a "-vn", or NULL */
	const struct option *option;
	const char *value; /* of an option that takes one */
};

/* Takes the next option: --name, --name=value, --name value, -x, -xvalue, -x value, -xyz. At the
 * end, which is the first word that is none or what follows "--", words->option is NULL.
 *
 * getopt_long(3) is not used, because it accepts abbreviations, which break when options are added. */
bool option_words_take(struct option_words *words, struct error *error);

#endif
