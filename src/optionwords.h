#ifndef STEPDOWN_OPTIONWORDS_H
#define STEPDOWN_OPTIONWORDS_H

#include "error.h"

enum { OPTION_FLAG }; /* the kind of option that takes no value */

/* One option that there is; its name stands elsewhere, and not by a pointer, which would take more
 * room than the name. */
struct option {
	char letter;          /* '\0': none */
	unsigned char kind;   /* OPTION_FLAG, or what the table's owner calls the others */
	unsigned char value;  /* what it sets */
	unsigned char offset; /* where */
};

/* The place in an argument list, and what was found there. */
struct option_words {
	const struct option *known;
	const char *names;   /* theirs as they are written, one behind the other; "" ends them */
	char *const *next;   /* the first word that is not taken; NULL ends them */
	const char *letters; /* what is left of a "-vn", or NULL */
	const struct option *option;
	const char *name;
	const char *value; /* of an option that takes one */
};

/* Takes the next option: --name, --name=value, --name value, -x, -xvalue, -x value, -xyz. At the
 * end, which is the first word that is none or what follows "--", words->option is NULL.
 *
 * getopt_long(3) would bring stdio into a static program, a tenth of the whole, and takes
 * abbreviations, which turn ambiguous with every option that is added. */
bool option_words_take(struct option_words *words, struct error *error);

#endif
