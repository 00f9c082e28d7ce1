/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_OPTIONS_H
#define STEPDOWN_CORE_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "core/ownership.h"
#include "core/user_spec.h"

enum action {
	ACTION_RUN,
	ACTION_SETUP_ONLY, /* all steps but the drop and the command */
	ACTION_HELP,       /* from ACTION_HELP on, no other option counts */
	ACTION_VERSION,
};

enum verbosity {
	VERBOSITY_QUIET,   /* errors only */
	VERBOSITY_CHANGES, /* errors, warnings and changes */
	VERBOSITY_STEPS,   /* errors, warnings, changes and each step */
};

/* The parsed command line. No name in it has been looked up. */
struct options {
	enum action action;
	enum verbosity verbosity;
	bool dry_run;
	bool strict;
	bool clear_groups;
	bool allow_new_privs;
	bool allow_root;
	bool keep_env;

	struct user_spec *users; /* the alternatives of --user that count, at least one */
	size_t user_count;
	struct spec_ref *groups; /* with their alternatives; one that is not given is no group */
	size_t group_count;

	struct declared_path *volumes; /* in the order given */
	size_t volume_count;

	unsigned mkdir_mode; /* of the directories that --mkdir makes */
	struct spec_ref *own_from;
	size_t own_from_count; /* 0: not given */
	uint32_t own_jobs;     /* 0: not given */

	uint64_t capabilities;       /* --cap: bit N for capability N */
	uint64_t tried_capabilities; /* --try-cap: kept if the process has them */

	const char *home;           /* NULL: not given */
	const char *home_variables; /* a variable_note, or NULL */
	bool umask_given;
	unsigned umask;

	char *const *command; /* NULL-terminated; empty if there is no command */
};

#endif
