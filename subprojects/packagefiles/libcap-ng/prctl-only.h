/* Included before everything else: leaves of libcap-ng what stepdown does with it, and makes it ask
 * the kernel with prctl(2) and never /proc.
 *
 * It has that way built in, for containers without /proc, and takes it when a file cannot be
 * opened; here no file ever can. A /proc that is mounted may belong to another PID namespace, or
 * be prepared by somebody: then it tells of another process. And without it neither stdio nor
 * malloc gets into the program. What becomes useless is capng_print_caps_*() and the name
 * "cap_NN" of a capability that the library does not know (then it is NULL). */
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/prctl.h>

#undef asprintf
#undef fopen
#undef open
#undef snprintf
#define asprintf(result, ...) (*(result) = NULL, -1)
#define fopen(path, mode) ((FILE *)NULL)
#define open(path, flags) (-1)
#define snprintf(buffer, ...) ((void)((buffer)[0] = '\0'))

/* As on a kernel that has them not: the bounding set, the securebits and no_new_privs are stepdown's
 * own business, and to ask for them takes a hundred system calls. CAPNG_SELECT_BOUNDS does nothing
 * then. */
#undef PR_CAPBSET_DROP
#undef PR_SET_SECUREBITS
#undef PR_SET_NO_NEW_PRIVS
