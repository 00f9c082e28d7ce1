#ifndef STEPDOWN_TESTS_FUZZ_H
#define STEPDOWN_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "slice.h"

/* What the targets share. A target is a file fuzz_NAME.c with the one function that libFuzzer and
 * AFL++ call for each input; what is wrong ends the process. An input is text as far as it can be,
 * so that a corpus can be read: sections separated by a form feed, words in a section by NUL. */

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

/* To print a slice by "%.*s". */
#define SLICE(slice) (int)(slice).length, (slice).bytes

static inline struct slice fuzz_input(const uint8_t *bytes, size_t length)
{
	return (struct slice){(const char *)bytes, length};
}

/* Cuts off the next section. */
static inline struct slice fuzz_section(struct slice *rest)
{
	return slice_cut(rest, '\f');
}

/* Cuts off a byte; 0 when there is none. */
static inline unsigned fuzz_byte(struct slice *rest)
{
	unsigned byte = 0;

	if (rest->length > 0) {
		byte = (unsigned char)rest->bytes[0];
		*rest = slice_between(rest->bytes + 1, rest->bytes + rest->length);
	}
	return byte;
}

static inline void *fuzz_memory(size_t size)
{
	void *memory = malloc(size > 0 ? size : 1);

	CHECK(memory != NULL, "no memory");
	return memory;
}

/* Copies of exactly the size that is needed, so that a byte read too much is seen. */
static inline struct slice fuzz_copy(struct slice slice)
{
	char *copy = fuzz_memory(slice.length);

	if (slice.length > 0)
		memcpy(copy, slice.bytes, slice.length);
	return (struct slice){copy, slice.length};
}

/* The same as a string, which ends at the first NUL. */
static inline char *fuzz_string(struct slice slice)
{
	size_t length = slice_find(slice, '\0');
	char *copy = fuzz_memory(length + 1);

	if (length > 0)
		memcpy(copy, slice.bytes, length);
	copy[length] = '\0';
	return copy;
}

#define FUZZ_WORDS 64

/* A NULL-terminated list of strings: FIRST, unless it is NULL, and the words of SECTION. */
static inline int fuzz_words(const char *first, struct slice section, char *words[FUZZ_WORDS])
{
	int count = 0;

	if (first != NULL)
		words[count++] = fuzz_string(slice_of(first));
	while (section.length > 0 && count < FUZZ_WORDS - 1)
		words[count++] = fuzz_string(slice_cut(&section, '\0'));
	words[count] = NULL;
	return count;
}

static inline void fuzz_free_words(char **words)
{
	for (; *words != NULL; words++)
		free(*words);
}

/* A line that may be shown: nothing in it starts another or drives a terminal. NEWLINES: several
 * lines. */
static inline void fuzz_check_visible(const char *text, bool newlines)
{
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		CHECK((*at >= 0x20 && *at != 0x7f) || (newlines && *at == '\n'),
		      "control byte %02x in '%s'", *at, text);
		CHECK(at[0] != 0xc2 || at[1] < 0x80 || at[1] > 0x9f, "U+00%02x in '%s'", at[1],
		      text);
	}
}

/* An error is finished: what is to be printed, and how to end. */
static inline void fuzz_check_error(const struct error *error)
{
	CHECK(error->status == STATUS_FAILED, "status %d", error->status);
	CHECK(memchr(error->message, '\0', sizeof(error->message)) != NULL, "endless message");
	CHECK(error->message[0] != '\0', "no message");
	fuzz_check_visible(error->message, false);
}

/* To see that an out-parameter is untouched. */
static inline void fuzz_stain(void *memory, size_t size)
{
	memset(memory, 0x5a, size);
}

static inline void fuzz_check_stain(const void *memory, size_t size)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		CHECK(bytes[i] == 0x5a, "an out-parameter is written on failure, at byte %zu", i);
}

#endif
