#ifndef STEPDOWN_IDMAP_H
#define STEPDOWN_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/* Whether ID is mapped by the contents of /proc/self/uid_map or gid_map (user_namespaces(7):
 * "first-inside first-outside count" a line). An empty MAP means that nothing is known: true. */
bool idmap_contains(struct slice map, uint32_t id);

#endif
