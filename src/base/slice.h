/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_BASE_SLICE_H
#define STEPDOWN_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A range of bytes in memory that another object owns. The range has no NUL at its end, and may
 * hold any byte, NUL included. */
struct slice {
	const char *bytes;
	size_t length;
};

/* Returns the bytes of STRING without its NUL. */
static inline struct slice slice_of(const char *string)
{
	return (struct slice){string, strlen(string)};
}

/* Returns the bytes from BEGIN up to the one before END. */
static inline struct slice slice_between(const char *begin, const char *end)
{
	return (struct slice){begin, (size_t)(end - begin)};
}

/* Returns true if A and B hold the same bytes. */
static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* Returns true if SLICE holds the bytes of STRING. */
static inline bool slice_is(struct slice slice, const char *string)
{
	return slice_equal(slice, slice_of(string));
}

/* Returns the offset of the first BYTE, or the length of SLICE if there is none. */
static inline size_t slice_find(struct slice slice, char byte)
{
	const char *found = slice.length == 0 ? NULL : memchr(slice.bytes, byte, slice.length);

	return found == NULL ? slice.length : (size_t)(found - slice.bytes);
}

/* Returns true for a space and a tab. Unlike isblank(3), this does not depend on a locale. */
static inline bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Cuts the bytes before the first SEPARATOR off *REST and returns them. *REST keeps the bytes
 * behind the separator. If there is no separator, all bytes are returned and *REST becomes
 * empty. */
static inline struct slice slice_cut(struct slice *rest, char separator)
{
	size_t at = slice_find(*rest, separator);
	struct slice head = {rest->bytes, at};
	size_t used = at < rest->length ? at + 1 : at;

	rest->bytes += used;
	rest->length -= used;
	return head;
}

#endif
