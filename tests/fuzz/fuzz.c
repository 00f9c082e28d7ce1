#include "fuzz.h"

#include <locale.h>
#include <wchar.h>

enum { KEPT = 1 << 16 };
static void *kept[KEPT];
static size_t kept_count;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	fuzz_one((struct slice){(const char *)bytes, length});
	while (kept_count > 0)
		free(kept[--kept_count]);
	return 0;
}

void *fuzz_keep(void *memory)
{
	CHECK(kept_count < KEPT, "an input needs more memory");
	return kept[kept_count++] = memory;
}

void *fuzz_memory(size_t size)
{
	return fuzz_keep(malloc(size > 0 ? size : 1));
}

struct slice fuzz_copy(struct slice slice)
{
	char *copy = fuzz_memory(slice.length);

	if (slice.length > 0)
		memcpy(copy, slice.bytes, slice.length);
	return (struct slice){copy, slice.length};
}

char *fuzz_string(struct slice slice)
{
	return fuzz_keep(slice.length == 0 ? strdup("") : strndup(slice.bytes, slice.length));
}

struct slice fuzz_section(struct slice *rest)
{
	return slice_cut(rest, '\f');
}

unsigned fuzz_byte(struct slice *rest)
{
	if (rest->length == 0)
		return 0;
	rest->length--;
	return (unsigned char)*rest->bytes++;
}

int fuzz_words(const char *first, struct slice section, char *words[FUZZ_WORDS])
{
	int count = 0;

	if (first != NULL)
		words[count++] = fuzz_string(slice_of(first));
	while (section.length > 0 && count < FUZZ_WORDS - 1)
		words[count++] = fuzz_string(slice_cut(&section, '\0'));
	words[count] = NULL;
	return count;
}

/* mbrtowc(3) says how many bytes a character of UTF-8 has. The locale is in force for that call
 * only: in UTF-8 the regular expressions of the oracle would match no byte that is out of place. */
bool fuzz_is_shown(const char *at, size_t length, size_t *ret_size)
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

void fuzz_check_visible(const char *text, bool newlines)
{
	size_t length = strlen(text);
	size_t size;

	for (size_t i = 0; i < length; i += size)
		CHECK(fuzz_is_shown(text + i, length - i, &size) || (newlines && text[i] == '\n'),
		      "byte %02x in '%s'", (unsigned char)text[i], text);
}

void fuzz_check_error(const struct error *error)
{
	CHECK(error->status == STATUS_FAILED, "status %d", error->status);
	CHECK(memchr(error->message, '\0', sizeof(error->message)) != NULL, "endless message");
	CHECK(error->message[0] != '\0', "no message");
	fuzz_check_visible(error->message, false);
}

void fuzz_stain(void *memory, size_t size)
{
	memset(memory, 0x5a, size);
}

void fuzz_check_failure(const void *memory, size_t size, const struct error *error)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		CHECK(bytes[i] == 0x5a, "an out-parameter is written on failure, at byte %zu", i);
	if (error != NULL)
		fuzz_check_error(error);
}
