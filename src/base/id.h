/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_BASE_ID_H
#define STEPDOWN_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The largest uid or gid that the program accepts. setresuid(2) reads the larger (uid_t)-1 as
 * "leave the id alone" (S2). A 32-bit interface or a signed int turns other larger numbers into
 * another id (S1, CVE-2024-40635). */
#define ID_MAX UINT32_C(2147483647)

/* The id that the kernel shows instead of one that this user namespace does not map
 * (user_namespaces(7)). */
#define ID_OVERFLOW UINT32_C(65534)

/* Returns true if TEXT is one or more decimal digits and nothing else. Such a text is always an id,
 * never a name (S4, CVE-2016-3697). */
bool id_is_digits(struct slice text);

/* Parses a uid or gid from 0 to ID_MAX. TEXT is digits only (S3), and leading zeros are decimal.
 * Returns false otherwise; *RET_ID is then untouched. The program has no other parser of ids. */
bool id_parse(struct slice text, uint32_t *ret_id);

#endif
