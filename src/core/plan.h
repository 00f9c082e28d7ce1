/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLAN_H
#define STEPDOWN_CORE_PLAN_H

#include "core/account_change.h"
#include "core/facts.h"
#include "core/options.h"

/* The ids, groups and names that the command runs with. */
struct identity {
	struct ids ids;
	struct slice name; /* empty: no entry in passwd */
	const char *home;  /* NULL: HOME is not set */
};

enum step_kind {
	STEP_ACCOUNT,        /* passwd and group */
	STEP_VOLUME,         /* one declared path */
	STEP_FINISH_VOLUMES, /* files with hard links in several declared paths */
	STEP_STDIO,          /* the user becomes the owner of the standard streams */
	STEP_UMASK,
	STEP_DROP,           /* irreversible: later steps run as the user */
	STEP_CHECK_WRITABLE, /* one declared path, as the user */
	STEP_COMMAND,        /* execve(2) */
};

struct plan_step {
	enum step_kind kind;
	const struct declared_path *volume; /* STEP_VOLUME and STEP_CHECK_WRITABLE, else NULL */
};

/* At most one warning about the groups, one about the user or its account, and one about the
 * capabilities. */
#define PLAN_WARNINGS 3

/* At most one note each about the groups and the capabilities. */
#define PLAN_NOTES 2

/* All decisions of a start. The steps are executed in their order. */
struct plan {
	bool was_root; /* euid 0 at the start; else ids and accounts stay as they are */
	bool strict;
	const char *chosen; /* the alternative of --user that was taken, if --user is an @PATH or a
	                     * list; else NULL */
	const struct identity *identity;
	struct account_request account_request; /* input of STEP_ACCOUNT */
	bool account_must_be_written;           /* else the ids can be used by number */
	struct account_change change;
	struct creds_target creds;
	const struct creds_state *before; /* the credentials up to STEP_DROP */
	struct slice passwd;              /* the files before the start, for names of owners */
	struct slice group;
	struct declared_path *volumes; /* one for each distinct path, in order of execution */
	size_t volume_count;
	struct ownership_request request; /* the same for all volumes */
	unsigned umask;
	char *const *environment;
	char *const *command;
	const struct plan_step *steps;
	size_t step_count;
	size_t warning_count;
	const char *warnings[PLAN_WARNINGS]; /* complete messages */
	size_t note_count;
	const char *notes[PLAN_NOTES]; /* complete messages for --verbose and --dry-run */
};

#endif
