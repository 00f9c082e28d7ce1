#ifndef STEPDOWN_CORE_ACCOUNT_CHANGE_H
#define STEPDOWN_CORE_ACCOUNT_CHANGE_H

#include "base/arena.h"
#include "base/error.h"
#include "core/passwd_parse.h"

/* What --user NAME=UID[:GID] asks for. */
struct account_request {
	struct slice name;
	uint32_t uid; /* 0 only where the caller has allowed it */
	bool gid_given;
	uint32_t gid;     /* when gid_given */
	const char *home; /* of an account that is made; NULL is "/" */
};

enum account_action {
	ACCOUNT_KEEP,
	ACCOUNT_ADD,
	ACCOUNT_RENUMBER,
};

/* What is done to one file. */
struct line_change {
	enum account_action action;
	struct slice old_line; /* ACCOUNT_RENUMBER: a line of the file, without its line end */
	const char *new_line;  /* ACCOUNT_ADD, ACCOUNT_RENUMBER: without newline */
};

struct account_change {
	struct line_change passwd;
	struct line_change group;
	bool by_number; /* the uid belongs to another name: nothing is written */
	uint32_t gid;   /* the primary group that results */
};

/* Decides what passwd and group need for REQUEST to hold, and builds the new lines in ARENA. The old
 * lines point into PASSWD and GROUP. Errors: the entry to renumber is of uid 0; a damaged line
 * has the name; the name or home cannot stand in a line; ARENA is used up. */
bool account_change_plan(struct slice passwd, struct slice group,
                         const struct account_request *request, struct arena *arena,
                         struct account_change *ret_change, struct error *error);

/* The new contents of a file: these pieces one behind the other, some of them empty. */
struct edited_file {
	struct slice pieces[4]; /* ACCOUNT_ADD: the first is the old file */
};

/* CHANGE, planned from these very bytes of FILE and not ACCOUNT_KEEP, carried out; every byte that
 * is not changed is that of FILE. */
struct edited_file account_file_edit(struct slice file, const struct line_change *change);

#endif
