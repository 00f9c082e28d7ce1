#ifndef STEPDOWN_TASKS_H
#define STEPDOWN_TASKS_H

#include <stddef.h>

/* The threads of this process that the kernel still knows; 0 where there is no /proc to tell. One
 * that was joined may be on its way out yet, with root's ids. */
size_t tasks_count(void);

#endif
