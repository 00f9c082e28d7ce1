#ifndef STEPDOWN_LINUX_RELRO_H
#define STEPDOWN_LINUX_RELRO_H

/* Makes the relocated constants of the program (PT_GNU_RELRO) read-only. Called once, first in main() of
 * the static program, because musl does not do it there. The dynamic program needs no call: the loader
 * has done it. If the kernel refuses, the constants stay writable: they are a second line of defence. */
void relro_protect(void);

#endif
