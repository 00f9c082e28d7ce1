#ifndef STEPDOWN_TESTS_FUZZ_H
#define STEPDOWN_TESTS_FUZZ_H

#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "base/error.h"
#include "base/slice.h"

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

/* The next character of UTF-8, in as many bytes as mbrtowc(3) says. The locale is in force for that call
 * only: in UTF-8 the regular expressions of the oracle would match no byte that is out of place. */
static inline size_t fuzz_character(const char *at, size_t length, wchar_t *ret_code)
{
	static locale_t utf8;
	mbstate_t state = {0};
	locale_t before;
	size_t size;

	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	CHECK(utf8 != (locale_t)0, "no locale C.UTF-8");
	before = uselocale(utf8);
	size = mbrtowc(ret_code, at, length, &state);
	uselocale(before);
	return size;
}

/* Whether the *RET_SIZE bytes at AT are one character that may be shown; else they are to be escaped. */
static inline bool fuzz_is_shown(const char *at, size_t length, size_t *ret_size)
{
	/* The last two are no characters of UTF-8 (RFC 3629), but the C library reads them. */
	static const wchar_t hidden[][2] = {
		{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f},
		{0x2028, 0x202e}, {0x2066, 0x2069}, {0xd800, 0xdfff}, {0x110000, WCHAR_MAX}};
	wchar_t code;
	size_t size = fuzz_character(at, length, &code);

	*ret_size = size == 0 || size > length ? 1 : size;
	if (size == 0 || size > length)
		return false;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (code >= hidden[i][0] && code <= hidden[i][1])
			return false;
	}
	return true;
}

/* A line that may be shown: nothing in it starts another or drives a terminal. NEWLINES: several
 * lines. */
static inline void fuzz_check_visible(const char *text, bool newlines)
{
	size_t length = strlen(text);
	size_t size;

	for (size_t i = 0; i < length; i += size) {
		bool shown = fuzz_is_shown(text + i, length - i, &size);

		CHECK(shown || (newlines && text[i] == '\n'), "byte %02x in '%s'",
		      (unsigned char)text[i], text);
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
