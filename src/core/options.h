#ifndef STEPDOWN_CORE_OPTIONS_H
#define STEPDOWN_CORE_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "core/ownership.h"
#include "core/user_spec.h"

enum action {
	ACTION_RUN,
	ACTION_SETUP_ONLY, /* all but the drop and the command */
	ACTION_HELP,       /* from here on nothing else counts */
	ACTION_VERSION,
};

enum verbosity {
	VERBOSITY_QUIET,   /* errors */
	VERBOSITY_CHANGES, /* and warnings, and what was changed */
	VERBOSITY_STEPS,   /* and each step done */
};

/* The command line in words that need no more parsing. Nothing has been looked up. */
struct options {
	enum action action;
	enum verbosity verbosity;
	bool dry_run;
	bool strict;
	bool clear_groups;
	bool allow_new_privs;
	bool allow_root;
	bool keep_env;

	struct user_spec *users; /* the alternatives of --user that are left, at least one */
	size_t user_count;
	struct spec_ref *groups;
	size_t group_count;

	struct declared_path *volumes; /* in the order given */
	size_t volume_count;

	struct spec_ref *own_from;
	size_t own_from_count; /* 0: not given */
	uint32_t own_jobs;     /* 0: not given */

	uint64_t capabilities; /* kept ones, bit N for capability N */

	const char *home; /* NULL: not given */
	bool umask_given;
	unsigned umask;

	char *const *command; /* NULL-terminated; empty when there is none */
};

#endif
