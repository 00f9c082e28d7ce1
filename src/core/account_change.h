/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_ACCOUNT_CHANGE_H
#define STEPDOWN_CORE_ACCOUNT_CHANGE_H

#include "base/arena.h"
#include "base/error.h"
#include "core/passwd_parse.h"

/* The account that --user NAME=UID[:GID] defines. */
struct account_request {
	struct slice name;
	uint32_t uid; /* 0 only if the caller allows root */
	bool gid_given;
	uint32_t gid;     /* valid if gid_given */
	const char *home; /* of a new account; NULL means "/" */
};

enum account_action {
	ACCOUNT_KEEP,
	ACCOUNT_ADD,
	ACCOUNT_RENUMBER, /* replace the ids in the old line */
};

/* The change of one file. */
struct line_change {
	enum account_action action;
	struct slice old_line; /* ACCOUNT_RENUMBER: the old line, without its line end */
	const char *new_line;  /* ACCOUNT_ADD, ACCOUNT_RENUMBER: without newline */
};

struct account_change {
	struct line_change passwd;
	struct line_change group;
	bool by_number; /* another account has the uid, so nothing is written */
	uint32_t gid;   /* the primary group after the change */
};

/* Decides which lines of PASSWD and GROUP must change so that the account of REQUEST exists. The
 * new lines are in ARENA. The old lines point into PASSWD and GROUP.
 * Errors: the entry to renumber has uid 0; a damaged line has the name; the name or the home is not
 * valid in a line; ARENA is used up. On failure *ret_change is untouched. */
bool account_change_plan(struct slice passwd, struct slice group,
                         const struct account_request *request, struct arena *arena,
                         struct account_change *ret_change, struct error *error);

/* Returns true if HOME is absolute and has no byte that ends a field or a line of passwd. */
bool account_can_hold_home(const char *home);

/* The new contents of a file: the pieces in their order. A piece may be empty. */
struct edited_file {
	struct slice pieces[4]; /* ACCOUNT_ADD: the first piece is the whole old file */
};

/* Returns the contents of FILE after CHANGE. Unchanged bytes are those of FILE, byte for byte.
 * CHANGE must be planned from the same bytes and must not be ACCOUNT_KEEP. */
struct edited_file account_file_edit(struct slice file, const struct line_change *change);

#endif
