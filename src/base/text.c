/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdarg.h>

struct text text_in(char *buffer, size_t capacity)
{
	buffer[0] = '\0';
	return (struct text){.bytes = buffer, .capacity = capacity};
}

/* Writes "..." at the end of a full text. The cut never falls into a UTF-8 sequence. */
static void mark_cut(struct text *text)
{
	size_t at = text->capacity - 1 - 3;

	while (at > 0 && ((unsigned char)text->bytes[at] & 0xc0) == 0x80)
		at--;
	memcpy(text->bytes + at, "...", 4);
	text->length = at + 3;
}

static void add_bytes(struct text *text, const char *bytes, size_t length)
{
	size_t room = text->capacity - 1 - text->length;
	size_t taken = length < room ? length : room;

	if (text->is_cut)
		return;
	memcpy(text->bytes + text->length, bytes, taken);
	text->length += taken;
	text->bytes[text->length] = '\0';
	if (taken < length) {
		text->is_cut = true;
		mark_cut(text);
	}
}

void text_add(struct text *text, const char *string)
{
	add_bytes(text, string, strlen(string));
}

static void add_in_base(struct text *text, uint64_t number, unsigned base, unsigned least_digits)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % base);
		number /= base;
	} while (number != 0 || sizeof(digits) - at < least_digits);
	add_bytes(text, digits + at, sizeof(digits) - at);
}

void text_add_number(struct text *text, uint64_t number)
{
	add_in_base(text, number, 10, 1);
}

void text_add_octal(struct text *text, unsigned number)
{
	add_in_base(text, number, 8, 4);
}

static void add_escape(struct text *text, unsigned char byte)
{
	static const char letters[] = "tn\\\\r"; /* for the bytes from '\t' to '\r' */
	static const char digits[] = "0123456789abcdef";
	char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
	bool has_letter = byte == '\t' || byte == '\n' || byte == '\r';

	if (has_letter)
		escape[1] = letters[byte - '\t'];
	add_bytes(text, escape, has_letter ? 2 : 4);
}

/* Returns the length in bytes of the UTF-8 sequence at the start of TEXT, which is not empty. Sets
 * *RET_CODE to its code point. If there is no valid sequence (RFC 3629), returns 1 for the first
 * byte, and *RET_CODE is untouched: a byte out of place, a sequence that is cut or too long for its
 * code point, a surrogate, or a number beyond U+10FFFF. */
static size_t read_utf8(struct slice text, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)text.bytes[0];
	size_t length = first < 0x80   ? 1
	                : first < 0xc0 ? 0
	                : first < 0xe0 ? 2
	                : first < 0xf0 ? 3
	                               : 4;
	uint32_t code = length == 1 ? first : first & (0x7fU >> length);

	if (length == 0 || length > text.length || first >= 0xf8)
		return 1;
	for (size_t i = 1; i < length; i++) {
		unsigned char byte = (unsigned char)text.bytes[i];

		if ((byte & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (byte & 0x3fU);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 1;
	*ret_code = code;
	return length;
}

/* Returns false for a character by which a name could forge output. A control character begins a
 * line or drives the terminal: U+009B does the same as ESC [. A direction mark makes a line look
 * like another one (CVE-2021-42574). */
static bool is_visible(uint32_t code)
{
	bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
	bool is_separator = code == 0x2028 || code == 0x2029;
	bool is_direction = code == 0x061c || code == 0x200e || code == 0x200f ||
	                    (code >= 0x202a && code <= 0x202e) ||
	                    (code >= 0x2066 && code <= 0x2069);

	return !is_control && !is_separator && !is_direction;
}

void text_add_visible(struct text *text, struct slice object)
{
	while (object.length > 0) {
		uint32_t code = 0; /* invisible */
		size_t length = read_utf8(object, &code);

		if (is_visible(code)) {
			add_bytes(text, object.bytes, length);
		} else {
			for (size_t i = 0; i < length; i++)
				add_escape(text, (unsigned char)object.bytes[i]);
		}
		object = slice_between(object.bytes + length, object.bytes + object.length);
	}
}

void text_add_quoted(struct text *text, struct slice object)
{
	text_add(text, "'");
	text_add_visible(text, object);
	text_add(text, "'");
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (; *format != '\0'; format++) {
		char kind;
		unsigned number = 0;
		const char *string;

		if (*format != '%') {
			add_bytes(text, format, 1);
			continue;
		}
		kind = *++format;
		if (kind == 'j') { /* "%ju" */
			text_add_number(text, va_arg(arguments, uintmax_t));
			format++;
			continue;
		}
		if (kind != 's') /* "%u", "%o", or the length in "%.*s" */
			number = va_arg(arguments, unsigned);
		if (kind == 'u') {
			text_add_number(text, number);
		} else if (kind == 'o') {
			text_add_octal(text, number);
		} else {
			string = va_arg(arguments, const char *);
			text_add_visible(text, (struct slice){string, kind == 's' ? strlen(string)
			                                                          : number});
			format += kind == '.' ? 2 : 0; /* "%.*s" */
		}
	}
	va_end(arguments);
}
