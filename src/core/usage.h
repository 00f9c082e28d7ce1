/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_USAGE_H
#define STEPDOWN_CORE_USAGE_H

/* The text of --help. */
extern const char usage_text[];

#endif
