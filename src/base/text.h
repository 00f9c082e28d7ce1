/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_BASE_TEXT_H
#define STEPDOWN_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* One NUL-terminated line in a buffer of the caller's. Text that does not fit is cut, and "..." at
 * the end marks the cut. These functions replace stdio, because its page faults cost more than all
 * other work of a start. */
struct text {
	char *bytes;
	size_t capacity; /* size of the buffer in bytes, the NUL included; at least 4 */
	size_t length;   /* in bytes, without the NUL */
	bool is_cut;     /* the functions below add no more bytes */
};

/* Returns an empty text in BUFFER, which has CAPACITY bytes and stays the caller's. */
struct text text_in(char *buffer, size_t capacity);

/* Adds the bytes of STRING as they are. */
void text_add(struct text *text, const char *string);

/* Adds NUMBER in decimal digits. */
void text_add_number(struct text *text, uint64_t number);

/* Adds NUMBER in four or more octal digits, as umask(1) prints it. */
void text_add_octal(struct text *text, unsigned number);

/* Adds OBJECT in single quotes. Control characters, direction marks and bytes that are not UTF-8
 * are written as \n, \t, \r or \xNN. A file name that an attacker chose then cannot begin a line,
 * drive the terminal, or look like another name (CVE-2021-42574). */
void text_add_quoted(struct text *text, struct slice object);

/* Does the same as text_add_quoted(), without the quotes. */
void text_add_visible(struct text *text, struct slice object);

/* Adds FORMAT as printf(3) does, with "%s", "%.*s", "%u", "%ju" and "%o" only. Strings are added by
 * text_add_visible(), and octal numbers by text_add_octal(). */
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
