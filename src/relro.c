#include "relro.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/* Called for the program itself first, and stops there: libraries are their loader's business. */
static int protect_object(struct dl_phdr_info *object, size_t size, void *context)
{
	uintptr_t page = getauxval(AT_PAGESZ);

	(void)size;
	(void)context;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];
		uintptr_t begin = object->dlpi_addr + header->p_vaddr;
		uintptr_t end = (begin + header->p_memsz) & -page;

		if (header->p_type != PT_GNU_RELRO)
			continue;
		/* Whole pages only. The first begins with what is read-only already; the rest of
		 * the last is data that is written to. */
		begin &= -page;
		if (begin < end)
			(void)mprotect((void *)begin, end - begin, PROT_READ);
	}
	return 1;
}

void relro_protect(void)
{
	(void)dl_iterate_phdr(protect_object, NULL);
}
