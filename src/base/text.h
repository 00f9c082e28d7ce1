#ifndef STEPDOWN_BASE_TEXT_H
#define STEPDOWN_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Builds one NUL-terminated line in a buffer of the caller's. What does not fit is cut, and the
 * cut is marked by "..." at the end. stdio is not used: its pages cost more than a start does. */
struct text {
	char *bytes;
	size_t capacity; /* of bytes, the NUL included; at least 4 */
	size_t length;
	bool is_cut; /* nothing is added any more */
};

struct text text_in(char *buffer, size_t capacity);
void text_add(struct text *text, const char *string);
void text_add_number(struct text *text, uint64_t number);
/* Four or more octal digits, as umask(1) prints them. */
void text_add_octal(struct text *text, unsigned number);
/* In single quotes. Control characters, direction marks and bytes that are not UTF-8 are written as \n, \t or
 * \xNN: a file name must not be able to start a line of its own, to drive the terminal or to look like
 * another one. */
void text_add_quoted(struct text *text, struct slice object);
/* As text_add_quoted, without the quotes. */
void text_add_visible(struct text *text, struct slice object);
/* As printf(3), with no more than "%s", "%.*s", "%u", "%ju" and "%o". Strings are added as
 * text_add_visible does, and octal numbers as text_add_octal. */
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
