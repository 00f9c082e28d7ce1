#ifndef STEPDOWN_OPTIONWORDS_H
#define STEPDOWN_OPTIONWORDS_H

#include "error.h"

/* One option that there is. getopt_long(3) would bring stdio into a static program, a tenth of the
 * whole, and takes abbreviations, which turn ambiguous with every option that is added. */
struct option_known {
	const char *name; /* without "--"; NULL ends a table */
	char letter;      /* '\0': none */
	bool takes_value;
	int id; /* not negative */
};

/* The place in an argument list: ARGV[next], and within it the next letter of "-vn", if any. */
struct option_words {
	char *const *argv; /* NULL-terminated */
	size_t next;
	const char *letters;
};

enum {
	OPTION_NONE = -1,    /* the options have ended; argv + next is the command */
	OPTION_REFUSED = -2, /* and the error is filled */
};

/* Takes the next option: --name, --name=value, --name value, -x, -xvalue, -x value, -xyz. The end
 * is the first word that is none, or what follows "--". Returns the id, and in *ret_value the
 * value when the option takes one, or one of the two above. */
int option_words_take(struct option_words *words, const struct option_known *known,
                      const char **ret_value, struct error *error);

#endif
