#include "linux/relro.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/* Stops after the first call, which is for the program itself. */
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
		/* mprotect(2) takes whole pages. The linker places the segment so that it ends at the
		 * end of a page; headers, which are read-only, may lie before it in the first. */
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
