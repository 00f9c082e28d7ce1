/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_BASE_ARENA_H
#define STEPDOWN_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

/* A region of memory from which pieces are taken in order. No piece is given back, because the
 * program lives for milliseconds until execve(2) replaces it. If the region is static, its unused
 * pages cost nothing. */
struct arena {
	char *next; /* the first free byte */
	char *end;  /* the byte behind the region */
};

/* Returns an arena over the SIZE bytes at MEMORY, which stays the caller's. */
struct arena arena_in(void *memory, size_t size);

/* Returns COUNT zeroed elements of SIZE bytes, aligned for any type. Returns NULL if the region is
 * too small; the arena is then unchanged. */
void *arena_allocate(struct arena *arena, size_t count, size_t size);

/* Returns a copy of BYTES with a NUL behind it. Returns NULL if the region is too small; the arena
 * is then unchanged. */
char *arena_copy(struct arena *arena, struct slice bytes);

#endif
