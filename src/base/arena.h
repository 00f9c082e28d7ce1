#ifndef STEPDOWN_BASE_ARENA_H
#define STEPDOWN_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

/* Memory that is only ever handed out: the program lives for milliseconds and then becomes
 * another one. A fixed zero-filled region costs nothing for the pages that are not touched. */
struct arena {
	char *next;
	char *end;
};

struct arena arena_in(void *memory, size_t size);
/* Zeroed and aligned for any type; NULL when the region is used up. */
void *arena_allocate(struct arena *arena, size_t count, size_t size);
/* NUL-terminated copy, or NULL. */
char *arena_copy(struct arena *arena, struct slice bytes);

#endif
