/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_LINUX_PAGES_H
#define STEPDOWN_LINUX_PAGES_H

#include <stddef.h>

/* Memory that grows with the tree of a walk or the text of a dry run: zero-filled pages of
 * mmap(2). */

/* Returns COUNT zeroed elements of SIZE bytes. Returns NULL if the kernel has no memory or the
 * product overflows. */
void *pages_allocate(size_t count, size_t size);

/* Returns MEMORY with room for at least NEEDED elements of SIZE bytes, and sets *CAPACITY to the
 * room. The content is kept, and may move. MEMORY may be NULL if *CAPACITY is 0. Returns NULL if
 * the kernel has no memory; MEMORY and *CAPACITY are then untouched. */
void *pages_grow(void *memory, size_t *capacity, size_t needed, size_t size);

/* Returns the COUNT elements of SIZE bytes at MEMORY to the kernel. MEMORY may be NULL. */
void pages_free(void *memory, size_t count, size_t size);

#endif
