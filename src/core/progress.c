/* SPDX-License-Identifier: MIT */
#include "core/progress.h"

void progress_write(struct text *text, const char *path, uint64_t visited, uint64_t changed,
                    uint32_t milliseconds)
{
	uintmax_t rate = milliseconds == 0 ? 0 : visited * 1000 / milliseconds;

	text_format(text,
	            "changing the owner: '%s': %ju entries visited, %ju changed, %ju a second",
	            path, (uintmax_t)visited, (uintmax_t)changed, rate);
}
