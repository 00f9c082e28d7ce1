/* Making visible what comes from outside, in a buffer that may be too small. An input: a byte for
 * the buffer's size, the bytes to be shown. */

#include "base/text.h"
#include "fuzz.h"

/* Writes the expected text, without a limit. The C library decides which bytes are UTF-8. */
static char *show(struct slice object)
{
	static const char *const short_forms[256] = {
		['\t'] = "\\t", ['\n'] = "\\n", ['\r'] = "\\r"};
	char *result = fuzz_memory(4 * object.length + 1);
	char *at = result;

	for (size_t i = 0; i < object.length;) {
		size_t size;
		bool shown = fuzz_is_shown(object.bytes + i, object.length - i, &size);

		for (size_t end = i + size; i < end; i++) {
			unsigned char byte = (unsigned char)object.bytes[i];

			if (shown)
				*at++ = object.bytes[i];
			else if (short_forms[byte] != NULL)
				at = stpcpy(at, short_forms[byte]);
			else
				at += sprintf(at, "\\x%02x", byte);
		}
	}
	*at = '\0';
	return result;
}

/* A text that is too long ends in dots, and in whole characters before them. */
static void check(const struct text *text, size_t capacity, char *wanted)
{
	size_t at = capacity - 4;

	if (strlen(wanted) >= capacity) {
		while (at > 0 && (wanted[at] & 0xc0) == 0x80)
			at--;
		strcpy(wanted + at, "...");
	}
	CHECK(strcmp(text->bytes, wanted) == 0, "'%s', not '%s'", text->bytes, wanted);
	CHECK(text->length == strlen(wanted), "length %zu of '%s'", text->length, wanted);
	fuzz_check_visible(text->bytes, false);
}

void fuzz_one(struct slice input)
{
	size_t capacity = 4 + fuzz_byte(&input);
	struct slice object = fuzz_copy(input);
	char *string = fuzz_string(input);
	char *shown = show(slice_of(string));
	char *buffer = fuzz_memory(capacity);
	char *wanted = fuzz_memory(8 * input.length + 300);
	struct text text = text_in(buffer, capacity);
	unsigned number = 0;

	memcpy(&number, object.bytes, object.length < 4 ? object.length : 4);
	strcpy(wanted, show(object));
	text_add_visible(&text, object);
	check(&text, capacity, wanted);

	text = text_in(buffer, capacity);
	sprintf(wanted, "'%s'", show(object));
	text_add_quoted(&text, object);
	check(&text, capacity, wanted);

	text = text_in(buffer, capacity);
	sprintf(wanted, "<%s> %u %04o %ju %s", shown, number, number, (uintmax_t)number << 20,
	        shown);
	text_format(&text, "<%s> %u %o %ju %.*s", string, number, number, (uintmax_t)number << 20,
	            (int)strlen(string), string);
	check(&text, capacity, wanted);
}
