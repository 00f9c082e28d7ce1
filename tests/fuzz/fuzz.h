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
 * AFL++ call for each input. A breach ends the process. An input is text as far as possible, so that
 * a corpus can be read: sections separated by a form feed, words in a section by NUL. */

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

/* --- memory of one input ------------------------------------------------------------------------- */

enum { FUZZ_KEPT = 1 << 16 };
static void *fuzz_kept[FUZZ_KEPT];
static size_t fuzz_kept_count;

/* Returns MEMORY of malloc(), or NULL, which fuzz_free() frees at the end of the input. */
static inline void *fuzz_keep(void *memory)
{
	CHECK(fuzz_kept_count < FUZZ_KEPT, "an input needs more memory");
	return fuzz_kept[fuzz_kept_count++] = memory;
}

static inline void fuzz_free(void)
{
	while (fuzz_kept_count > 0)
		free(fuzz_kept[--fuzz_kept_count]);
}

static inline void *fuzz_memory(size_t size)
{
	return fuzz_keep(malloc(size > 0 ? size : 1));
}

/* A copy of exactly the size that is needed, so that a sanitizer sees a byte that is read too much. */
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
	return fuzz_keep(slice.length == 0 ? strdup("") : strndup(slice.bytes, slice.length));
}

/* --- the parts of an input ------------------------------------------------------------------------ */

/* Cuts off the next section. */
static inline struct slice fuzz_section(struct slice *rest)
{
	return slice_cut(rest, '\f');
}

/* Cuts off a byte; 0 if there is none. */
static inline unsigned fuzz_byte(struct slice *rest)
{
	if (rest->length == 0)
		return 0;
	rest->length--;
	return (unsigned char)*rest->bytes++;
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

/* --- checks --------------------------------------------------------------------------------------- */

/* Whether the *RET_SIZE bytes at AT are one character that may be shown; else they are to be escaped. mbrtowc(3)
 * says how many bytes a character of UTF-8 has. The locale is in force for that call only: in UTF-8 the regular
 * expressions of the oracle would match no byte that is out of place. */
static inline bool fuzz_is_shown(const char *at, size_t length, size_t *ret_size)
{
	/* The last two are no characters of UTF-8 (RFC 3629), but the C library reads them. */
	static const wchar_t hidden[][2] = {
		{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f},
		{0x2028, 0x202e}, {0x2066, 0x2069}, {0xd800, 0xdfff}, {0x110000, WCHAR_MAX}};
	static locale_t utf8;
	mbstate_t state = {0};
	locale_t before;
	wchar_t code;
	size_t size;
	bool shown;

	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	CHECK(utf8 != (locale_t)0, "no locale C.UTF-8");
	before = uselocale(utf8);
	size = mbrtowc(&code, at, length, &state);
	uselocale(before);
	shown = size != 0 && size <= length;
	*ret_size = shown ? size : 1;
	for (size_t i = 0; shown && i < COUNT(hidden); i++)
		shown = code < hidden[i][0] || code > hidden[i][1];
	return shown;
}

/* A line that may be shown: nothing in it starts another or drives a terminal. NEWLINES: several
 * lines. */
static inline void fuzz_check_visible(const char *text, bool newlines)
{
	size_t length = strlen(text);
	size_t size;

	for (size_t i = 0; i < length; i += size)
		CHECK(fuzz_is_shown(text + i, length - i, &size) || (newlines && text[i] == '\n'),
		      "byte %02x in '%s'", (unsigned char)text[i], text);
}

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

/* After a failure *RESULT is as fuzz_stain() left it, and the error is complete. */
static inline void fuzz_check_failure(const void *result, size_t size, const struct error *error)
{
	const unsigned char *bytes = result;

	for (size_t i = 0; i < size; i++)
		CHECK(bytes[i] == 0x5a, "an out-parameter is written on failure, at byte %zu", i);
	if (error != NULL)
		fuzz_check_error(error);
}

#endif
