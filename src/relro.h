#ifndef STEPDOWN_RELRO_H
#define STEPDOWN_RELRO_H

/* Makes the program's relocated constants (PT_GNU_RELRO) read-only, once and early in main().
 * glibc has done it by then, and so has musl's loader; in a static program musl never does.
 * A kernel that refuses leaves them as they were: they are a second line of defence only. */
void relro_protect(void);

#endif
