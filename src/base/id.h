#ifndef STEPDOWN_BASE_ID_H
#define STEPDOWN_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The largest uid or gid that is accepted anywhere. Above it lie (uid_t)-1, which means "leave
 * alone" to setresuid(2), and everything that a 32-bit kernel interface or a signed int elsewhere
 * turns into something else (CVE-2024-40635). */
#define IDENT_MAX UINT32_C(2147483647)

/* What the kernel shows for an id that is not mapped in this user namespace. */
#define IDENT_OVERFLOW UINT32_C(65534)

/* True when TEXT is one or more decimal digits and nothing else: then it is an id, never a name
 * (CVE-2016-3697). */
bool id_is_digits(struct slice text);

/* The only parser of uids and gids in this program: digits only, leading zeros are decimal,
 * 0..IDENT_MAX. On failure *ret_id is untouched. */
bool id_parse(struct slice text, uint32_t *ret_id);

#endif
