#ifndef STEPDOWN_CORE_USER_SPEC_H
#define STEPDOWN_CORE_USER_SPEC_H

#include "base/error.h"
#include "base/id.h"

/* A user or a group as somebody wrote it: by number, by name or by a path, or not at all. */
struct spec_ref {
	bool given;
	bool is_id;
	bool is_path;      /* @PATH: whoever owns it */
	uint32_t id;       /* when is_id */
	struct slice name; /* when given: as it is written; a path is without its '@' */
	/* A variable may choose it, so it must not come to group 0 (S38). False if the author of the option
	 * wrote the group 0 itself. */
	bool may_not_be_gid_0;
};

/* What --user says, or one alternative of it. */
struct user_spec {
	const char *text;     /* as written, variables filled in */
	bool defines_account; /* NAME=UID[:GROUP]: the account is this */
	struct slice account; /* when defines_account */
	struct spec_ref user; /* always given, but for gosu's '' and ':group' */
	struct spec_ref group;
	bool may_not_be_gid_0; /* as in spec_ref, whatever the primary group comes from */
};

/* The rule for the names of accounts that are made: what shadow's useradd accepts everywhere, so
 * nothing that could start another field or line in passwd. */
bool spec_is_account_name(struct slice name);

/* NAME, UID or @PATH, or NAME=UID or NAME=@PATH, each of them with or without :GROUP; so a ':' ends
 * a PATH. Points into TEXT. On failure *ret_spec is untouched. Nothing is looked up. */
bool spec_parse_user(const char *text, struct user_spec *ret_spec, struct error *error);
/* NAME or UID. */
bool spec_parse_owner(struct slice text, struct spec_ref *ret_ref, struct error *error);
/* GROUP, GID or @PATH. */
bool spec_parse_group(const char *text, struct spec_ref *ret_ref, struct error *error);
/* As gosu and su-exec take it: user, user:group, numbers, '', ':group', 'user:'. */
bool spec_parse_compat(const char *text, struct user_spec *ret_spec, struct error *error);

#endif
