#include "memory.h"

#include <stdint.h>
#include <sys/mman.h>

void *memory_take(size_t count, size_t size)
{
	return memory_grow(NULL, 0, count, size);
}

void *memory_grow(void *memory, size_t count, size_t more, size_t size)
{
	if (more > SIZE_MAX / size)
		return NULL;
	if (memory != NULL)
		memory = mremap(memory, count * size, more * size, MREMAP_MAYMOVE);
	else
		memory = mmap(NULL, more * size, PROT_READ | PROT_WRITE,
		              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void memory_give_back(void *memory, size_t count, size_t size)
{
	if (memory != NULL)
		munmap(memory, count * size);
}
