#ifndef STEPDOWN_TESTS_FUZZ_H
#define STEPDOWN_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/slice.h"

/* What the targets share. A target is a file fuzz_NAME.c with the function fuzz_one(). A breach ends
 * the process. An input is text as far as possible, so that a corpus can be read: sections separated
 * by a form feed, words in a section by NUL. */

/* Defined by each target: tests one input. */
void fuzz_one(struct slice input);

/* Gives the BYTES to fuzz_one(), and frees all memory afterwards. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: breach: %s: ", __FILE__, __LINE__, #condition);    \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* To print a slice by "%.*s". */
#define SLICE(slice) (int)(slice).length, (slice).bytes

/* --- memory, until the end of the input ------------------------------------------------------------ */

/* Returns MEMORY, which malloc() gave and free() gets. */
void *fuzz_keep(void *memory);
void *fuzz_memory(size_t size);
/* Returns a copy of exactly that size, so that a sanitizer sees a byte that is read too much. */
struct slice fuzz_copy(struct slice slice);
/* Returns a copy as a string, which ends at the first NUL. */
char *fuzz_string(struct slice slice);

/* --- the parts of an input ------------------------------------------------------------------------- */

/* Cuts off the next section. */
struct slice fuzz_section(struct slice *rest);
/* Cuts off a byte; returns 0 if there is none. */
unsigned fuzz_byte(struct slice *rest);

enum { FUZZ_WORDS = 64 };

/* Makes a NULL-terminated list of FIRST, unless it is NULL, and the words of SECTION. Returns their
 * number. */
int fuzz_words(const char *first, struct slice section, char *words[FUZZ_WORDS]);

/* --- checks ---------------------------------------------------------------------------------------- */

/* Returns true if the *RET_SIZE bytes at AT are one character that may be shown as it is. */
bool fuzz_is_shown(const char *at, size_t length, size_t *ret_size);
/* Nothing in TEXT starts another line, unless NEWLINES, or drives a terminal. */
void fuzz_check_visible(const char *text, bool newlines);
void fuzz_check_error(const struct error *error);
/* Fills MEMORY, so that fuzz_check_failure() sees that a failure leaves it untouched. */
void fuzz_stain(void *memory, size_t size);
/* ERROR, unless it is NULL, is complete. */
void fuzz_check_failure(const void *memory, size_t size, const struct error *error);

#endif
