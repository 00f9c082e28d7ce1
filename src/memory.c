#include "memory.h"

#include <stdint.h>
#include <sys/mman.h>

void *memory_take(size_t count, size_t size)
{
	void *memory;

	if (count > SIZE_MAX / size)
		return NULL;
	memory = mmap(NULL, count * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	              0);
	return memory == MAP_FAILED ? NULL : memory;
}

void *memory_grow(void *memory, size_t count, size_t more, size_t size)
{
	void *moved;

	if (memory == NULL)
		return memory_take(more, size);
	if (more > SIZE_MAX / size)
		return NULL;
	moved = mremap(memory, count * size, more * size, MREMAP_MAYMOVE);
	return moved == MAP_FAILED ? NULL : moved;
}

void memory_give_back(void *memory, size_t count, size_t size)
{
	if (memory != NULL)
		munmap(memory, count * size);
}
