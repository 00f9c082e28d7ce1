#ifndef STEPDOWN_THREAD_H
#define STEPDOWN_THREAD_H

#include <stdbool.h>
#include <stddef.h>

#define THREAD_GUARD ((size_t)64 * 1024)            /* a page of any machine */
#define THREAD_STACK (THREAD_GUARD + (size_t)65536) /* nothing in a worker recurses */

/* Runs RUN(ARGUMENT) in a thread that ends when it returns. *ret_stack is the memory that it uses,
 * THREAD_STACK bytes to be given back when the kernel knows no such thread any more; or NULL, when
 * the C library sees to it, or there was none to be had. */
bool thread_start(void *(*run)(void *), void *argument, void **ret_stack);

#endif
