#ifndef STEPDOWN_CORE_PLAN_H
#define STEPDOWN_CORE_PLAN_H

#include "core/account_change.h"
#include "core/facts.h"
#include "core/options.h"

/* Who the command will be. */
struct identity {
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* sorted, unique, gid among them */
	size_t group_count;
	struct slice name; /* empty: no entry */
	const char *home;  /* NULL: HOME is not set */
};

enum step_kind {
	STEP_ACCOUNT, /* passwd and group */
	STEP_VOLUME,  /* one declared path */
	STEP_STDIO,   /* standard streams handed over */
	STEP_UMASK,
	STEP_DROP,           /* no way back from here */
	STEP_CHECK_WRITABLE, /* one declared path, as the user */
	STEP_COMMAND,
};

struct plan_step {
	enum step_kind kind;
	const struct declared_path *volume;
};

#define PLAN_WARNINGS 3 /* who it will be, capabilities, new privileges */

/* What will be done, in order, with nothing left to decide. */
struct plan {
	bool was_root; /* else there is nothing to step down from */
	bool strict;
	const char *chosen; /* what --user says of it, where that leaves a question; else NULL */
	struct identity identity;
	struct account_request account_request; /* of STEP_ACCOUNT */
	struct account_change change;
	struct creds_target creds;
	const struct creds_state *before; /* as the steps up to the drop find it */
	struct ownership_request request; /* what all volumes have in common */
	unsigned umask;
	char *const *environment;
	char *const *command;
	const struct plan_step *steps;
	size_t step_count;
	size_t warning_count;
	const char *warnings[PLAN_WARNINGS]; /* finished lines */
};

#endif
