/* Making visible what comes from outside, in a buffer that may be too small. An input: a byte for
 * the buffer's size, the bytes to be shown. */

#include "base/text.h"
#include "fuzz.h"

/* Writes the expected text, without a limit. The C library decides which bytes are UTF-8. */
static size_t show(struct slice object, char *result)
{
	static const char *const short_forms[256] = {
		['\t'] = "\\t", ['\n'] = "\\n", ['\r'] = "\\r"};
	size_t length = 0;

	for (size_t i = 0; i < object.length;) {
		size_t size;
		bool shown = fuzz_is_shown(object.bytes + i, object.length - i, &size);

		for (size_t end = i + size; i < end; i++) {
			unsigned char byte = (unsigned char)object.bytes[i];

			if (shown)
				result[length++] = object.bytes[i];
			else if (short_forms[byte] != NULL)
				length += (size_t)sprintf(result + length, "%s", short_forms[byte]);
			else
				length += (size_t)sprintf(result + length, "\\x%02x", byte);
		}
	}
	result[length] = '\0';
	return length;
}

/* A result that is too long ends in dots, and in whole characters before them. */
static void cut(char *wanted, size_t length, size_t capacity)
{
	size_t at = capacity - 4;

	if (length < capacity)
		return;
	while (at > 0 && (wanted[at] & 0xc0) == 0x80)
		at--;
	strcpy(wanted + at, "...");
}

static void check(const struct text *text, const char *wanted, const char *what)
{
	CHECK(strcmp(text->bytes, wanted) == 0, "%s: '%s', not '%s'", what, text->bytes, wanted);
	CHECK(text->length == strlen(wanted), "%s: length %zu", what, text->length);
	fuzz_check_visible(text->bytes, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct slice rest = fuzz_input(bytes, length);
	size_t capacity = 4 + fuzz_byte(&rest);
	struct slice object = fuzz_copy(rest);
	char *string = fuzz_string(rest);
	char *buffer = fuzz_memory(capacity);
	char *wanted = fuzz_memory(8 * object.length + 300);
	char *shown = fuzz_memory(4 * object.length + 1);
	struct text text = text_in(buffer, capacity);
	unsigned number = 0;
	size_t size;

	memcpy(&number, object.bytes, object.length < 4 ? object.length : 4);
	size = show(object, wanted);
	cut(wanted, size, capacity);
	text_add_visible(&text, object);
	check(&text, wanted, "visible");

	text = text_in(buffer, capacity);
	show(object, shown);
	size = (size_t)sprintf(wanted, "'%s'", shown);
	cut(wanted, size, capacity);
	text_add_quoted(&text, object);
	check(&text, wanted, "quoted");

	text = text_in(buffer, capacity);
	show(slice_of(string), shown);
	size = (size_t)sprintf(wanted, "<%s> %u %04o %ju %s", shown, number, number,
	                       (uintmax_t)number << 20, shown);
	cut(wanted, size, capacity);
	text_format(&text, "<%s> %u %o %ju %.*s", string, number, number, (uintmax_t)number << 20,
	            (int)strlen(string), string);
	check(&text, wanted, "format");

	free((void *)(uintptr_t)object.bytes);
	free(string);
	free(buffer);
	free(wanted);
	free(shown);
	return 0;
}
