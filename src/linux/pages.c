/* SPDX-License-Identifier: MIT */
#include "linux/pages.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

void *pages_allocate(size_t count, size_t size)
{
	void *memory = MAP_FAILED;

	if (count <= SIZE_MAX / size)
		memory = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
		              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void *pages_grow(void *memory, size_t *capacity, size_t needed, size_t size)
{
	size_t larger = 512;
	void *moved;

	if (needed <= *capacity)
		return memory;
	while (larger < needed)
		larger *= 2;
	moved = pages_allocate(larger, size);
	if (moved == NULL)
		return NULL;
	/* memcpy and not mremap(2), because the thread sanitizer does not see mremap(2) move
	 * pages. */
	if (memory != NULL)
		memcpy(moved, memory, *capacity * size);
	pages_free(memory, *capacity, size);
	*capacity = larger;
	return moved;
}

void pages_free(void *memory, size_t count, size_t size)
{
	if (memory != NULL)
		munmap(memory, count * size);
}
