/* The functions of the libc that the parsers call, for Frama-C: as loops, so that each outcome is
 * followed by itself, where the specification that comes with Frama-C would join them. Those that
 * look for something or compare read all the bytes that they may read, and then answer anything
 * they could have answered for some contents: that is more than can happen, and so a proof of all
 * that can, and it keeps the analysis from following each contents by itself. */

#include <stddef.h>
#include <string.h>

#include "__fc_builtin.h"

size_t strlen(const char *string)
{
	size_t length = 0;

	while (string[length] != '\0')
		length++;
	return length;
}

void *memchr(const void *memory, int byte, size_t length)
{
	const unsigned char *bytes = memory;

	(void)byte;
	for (size_t i = 0; i < length; i++) {
		unsigned char read = bytes[i];

		(void)read;
		if (Frama_C_interval(0, 1) != 0)
			return (void *)(bytes + i);
	}
	return NULL;
}

int memcmp(const void *one, const void *other, size_t length)
{
	const unsigned char *a = one;
	const unsigned char *b = other;

	for (size_t i = 0; i < length; i++) {
		unsigned char read = a[i] ^ b[i];

		(void)read;
	}
	return Frama_C_interval(-1, 1);
}

char *strchr(const char *string, int byte)
{
	for (;; string++) {
		if (*string == (char)byte)
			return (char *)string;
		if (*string == '\0')
			return NULL;
	}
}

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}
