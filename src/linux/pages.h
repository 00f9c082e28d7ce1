#ifndef STEPDOWN_LINUX_PAGES_H
#define STEPDOWN_LINUX_PAGES_H

#include <stddef.h>

/* Memory of a walk, which grows with the tree, and of a dry run's text: whole pages from the kernel,
 * zero-filled. malloc would be an eighth of the static program, for five blocks. */

/* COUNT elements of SIZE, or NULL when there is no more. */
void *pages_allocate(size_t count, size_t size);
/* What was taken, or NULL with a *CAPACITY of 0, now with room for NEEDED elements at least: what it
 * held is kept, and it may have moved. NULL when there is no more: then MEMORY is as it was. */
void *pages_grow(void *memory, size_t *capacity, size_t needed, size_t size);
void pages_free(void *memory, size_t count, size_t size);

#endif
