/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_CAPABILITY_NAMES_H
#define STEPDOWN_CORE_CAPABILITY_NAMES_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* A set of capabilities is a mask: bit N stands for capability number N. */
#define CAPABILITY_BIT(number) (UINT64_C(1) << (number))
#define CAPABILITY_BITS 64

/* Parses names of capabilities(7), separated by ','. The prefix "cap_" is optional, and the case of
 * ASCII letters is ignored. The empty list is the empty set. Errors: an empty element, an unknown
 * name, "all". On failure *ret_mask is untouched, and the error names OPTION. The function does not
 * check whether the kernel knows a capability or the process has it. */
bool capability_parse_list(const char *option, const char *list, uint64_t *ret_mask,
                           struct error *error);

/* Appends the names of MASK to TEXT, for example "cap_chown,cap_kill". The empty set is "none". A
 * capability without a name is "cap_" and its number. */
void capability_add_names(struct text *text, uint64_t mask);

#endif
