/* SPDX-License-Identifier: MIT */
#include "linux/relro.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/* Protects OBJECT, and returns 1 so that dl_iterate_phdr(3) stops. The first call is for the
 * program itself. */
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
		/* mprotect(2) takes whole pages. The linker ends the segment at the end of a page.
		 * The first page may also hold headers, which are read-only anyway. */
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
