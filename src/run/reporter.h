/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_REPORTER_H
#define STEPDOWN_RUN_REPORTER_H

#include "core/options.h"

/* The receiver of finished lines, because only main() prints. */
struct reporter {
	enum verbosity verbosity;
	void (*print_line)(const char *line);
	ownership_progress *progress; /* not called at VERBOSITY_QUIET */
};

#endif
