#include "memory.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

void *memory_take(size_t count, size_t size)
{
	void *memory = MAP_FAILED;

	if (count <= SIZE_MAX / size)
		memory = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
		              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void *memory_grow(void *memory, size_t count, size_t more, size_t size)
{
	void *moved = memory_take(more, size);

	/* Copied, for mremap(2) would move the pages behind the back of the thread sanitizer. */
	if (moved != NULL && memory != NULL) {
		memcpy(moved, memory, count * size);
		memory_give_back(memory, count, size);
	}
	return moved;
}

void memory_give_back(void *memory, size_t count, size_t size)
{
	if (memory != NULL)
		munmap(memory, count * size);
}
