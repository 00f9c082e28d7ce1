/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_LINUX_RELRO_H
#define STEPDOWN_LINUX_RELRO_H

/* Makes the relocated constants of the program (PT_GNU_RELRO) read-only. The static program calls
 * this function first in main(), because musl protects nothing there. The loader protects the
 * dynamic program. If mprotect(2) fails, the constants stay writable, because the protection is
 * only a second line of defence. */
void relro_protect(void);

#endif
