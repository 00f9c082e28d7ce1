#ifndef STEPDOWN_BASE_SLICE_H
#define STEPDOWN_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes that belong to somebody else: not NUL-terminated, may hold anything. */
struct slice {
	const char *bytes;
	size_t length;
};

static inline struct slice slice_of(const char *string)
{
	return (struct slice){string, strlen(string)};
}

static inline struct slice slice_between(const char *begin, const char *end)
{
	return (struct slice){begin, (size_t)(end - begin)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static inline bool slice_is(struct slice slice, const char *string)
{
	return slice_equal(slice, slice_of(string));
}

/* Offset of the first BYTE, or the slice's length when there is none. */
static inline size_t slice_find(struct slice slice, char byte)
{
	const char *found = slice.length == 0 ? NULL : memchr(slice.bytes, byte, slice.length);

	return found == NULL ? slice.length : (size_t)(found - slice.bytes);
}

/* Cuts off and returns what stands before the first SEPARATOR (everything when there is none);
 * *rest keeps what stands behind it. */
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
