/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_OPTION_PARSER_H
#define STEPDOWN_CORE_OPTION_PARSER_H

#include "base/error.h"

struct option {
	char name[20];
	char letter; /* '\0': no letter */
	bool takes_value;
	unsigned id; /* chosen by the owner of the table */
};

/* The position in an argument list, and the option that was found there. */
struct option_words {
	const struct option *known;
	size_t known_count;
	char *const *next;   /* the first word that is not taken; NULL ends the list */
	const char *letters; /* the rest of a word such as "-vn", or NULL */
	const struct option *option;
	const char *value; /* set if the option takes a value */
};

/* Takes the next option: --name, --name=value, --name value, -x, -xvalue, -x value, -xyz. Sets
 * words->option to NULL at the end of the options: the first word that is no option, or the word
 * after "--". Returns false and sets *error if the option is unknown, lacks its value, or takes
 * none. A long option with one dash and "-x=value" are errors too, because "-own" would be the
 * value "wn" of -o.
 *
 * getopt_long(3) is not used, because it accepts abbreviations, which break when options are
 * added. */
bool option_words_take(struct option_words *words, struct error *error);

#endif
