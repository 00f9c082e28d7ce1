/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>

struct arena arena_in(void *memory, size_t size)
{
	return (struct arena){memory, (char *)memory + size};
}

void *arena_allocate(struct arena *arena, size_t count, size_t size)
{
	size_t padding = -(uintptr_t)arena->next % alignof(max_align_t);
	size_t room = (size_t)(arena->end - arena->next);
	char *memory;

	if (padding > room || (size != 0 && count > (room - padding) / size))
		return NULL;
	memory = arena->next + padding;
	arena->next = memory + count * size;
	/* An earlier arena may have written to the region: the plan is made again under the
	 * lock. */
	return memset(memory, 0, count * size);
}

char *arena_copy(struct arena *arena, struct slice bytes)
{
	char *copy = arena_allocate(arena, bytes.length + 1, 1);

	if (copy != NULL && bytes.length > 0)
		memcpy(copy, bytes.bytes, bytes.length);
	return copy;
}
