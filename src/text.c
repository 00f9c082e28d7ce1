#include "text.h"

#include <stdarg.h>

struct text text_in(char *buffer, size_t capacity)
{
	buffer[0] = '\0';
	return (struct text){buffer, capacity, 0};
}

static void add_bytes(struct text *text, const char *bytes, size_t length)
{
	size_t room = text->capacity - 1 - text->length;
	size_t taken = length < room ? length : room;

	memcpy(text->bytes + text->length, bytes, taken);
	text->length += taken;
	if (taken < length)
		memcpy(text->bytes + text->length - 3, "...", 3);
	text->bytes[text->length] = '\0';
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
	static const char letters[] = "tn\\\\r"; /* from '\t' on */
	static const char digits[] = "0123456789abcdef";
	char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
	bool has_letter = byte == '\t' || byte == '\n' || byte == '\r';

	if (has_letter)
		escape[1] = letters[byte - '\t'];
	add_bytes(text, escape, has_letter ? 2 : 4);
}

void text_add_visible(struct text *text, struct slice object)
{
	bool begun = false;

	for (size_t i = 0; i < object.length; i++) {
		unsigned char byte = (unsigned char)object.bytes[i];
		unsigned char next = i + 1 < object.length ? (unsigned char)object.bytes[i + 1] : 0;
		/* U+0080 to U+009F in UTF-8: U+009B begins a command as ESC [ does. */
		bool begins = byte == 0xc2 && next >= 0x80 && next <= 0x9f;

		if (byte < 0x20 || byte == 0x7f || begins || begun)
			add_escape(text, byte);
		else
			add_bytes(text, &object.bytes[i], 1);
		begun = begins;
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
		if (kind != 's') /* or how long the string is that follows */
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
