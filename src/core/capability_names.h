#ifndef STEPDOWN_CORE_CAPABILITY_NAMES_H
#define STEPDOWN_CORE_CAPABILITY_NAMES_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* A set of capabilities: bit N stands for the capability with the number N. */
#define CAPABILITY_BIT(number) (UINT64_C(1) << (number))

/* Reads a list of names separated by commas, with or without "cap_", in any case; the empty list
 * is the empty set. An empty element, a name that is not in capabilities(7) or "all" is an error,
 * and *ret_mask is then untouched. Whether this kernel knows a capability, or the process has it,
 * is not looked at. */
bool capability_parse_list(const char *list, uint64_t *ret_mask, struct error *error);

/* Appends "cap_chown,cap_kill" to TEXT, "none" for the empty set and "cap_63" for a capability that
 * has no name yet. */
void capability_add_names(struct text *text, uint64_t mask);

#endif
