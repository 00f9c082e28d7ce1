/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_USER_SPEC_H
#define STEPDOWN_CORE_USER_SPEC_H

#include "base/error.h"
#include "base/id.h"

/* A user or a group as the author of the option wrote it: by number, by name, by a path, or not at
 * all. */
struct spec_ref {
	bool given;
	bool is_id;
	bool is_path;      /* @PATH: the owner of PATH */
	uint32_t id;       /* valid if is_id */
	struct slice name; /* valid if given: the text, without the '@' of a path */
	/* True if a variable may choose this user or group, so the result must not be group 0
	 * (S38). False if the author of the option wrote group 0. */
	bool may_not_be_gid_0;
	/* --group only: if the group is absent or root's, the next element counts instead. */
	bool has_alternative;
	const char *variables; /* a variable_note, or NULL */
};

/* The value of --user, or one alternative of it. */
struct user_spec {
	const char *text;     /* the text with its variables filled in */
	bool defines_account; /* NAME=UID[:GROUP] or NAME=@PATH[:GROUP] */
	struct slice account; /* valid if defines_account */
	struct spec_ref user; /* always given, except in gosu's '' and ':group' */
	struct spec_ref group;
	bool may_not_be_gid_0; /* as in spec_ref, for every source of the primary group */
	const char *variables; /* a variable_note, or NULL */
};

/* Returns true if NAME is allowed for a new account. The useradd of shadow accepts these names
 * everywhere. No such name can begin another field or line in passwd (S29). */
bool spec_is_account_name(struct slice name);

/* Parses NAME, UID, @PATH, NAME=UID or NAME=@PATH, each with or without :GROUP. A ':' ends a PATH.
 * *ret_spec points into TEXT. Looks nothing up.
 *
 * This function and the next three return false and set *error on failure; their result is then
 * untouched. */
bool spec_parse_user(const char *text, struct user_spec *ret_spec, struct error *error);

/* Parses NAME or UID. */
bool spec_parse_owner(struct slice text, struct spec_ref *ret_ref, struct error *error);

/* Parses GROUP, GID or @PATH. */
bool spec_parse_group(const char *text, struct spec_ref *ret_ref, struct error *error);

/* Parses the forms of gosu and su-exec: user, user:group, numbers, '', ':group', 'user:'. */
bool spec_parse_gosu(const char *text, struct user_spec *ret_spec, struct error *error);

/* Parses an octal mode without set-user-ID, set-group-ID and sticky bits. Returns false for any
 * other text; *RET_MODE is then untouched. */
bool spec_parse_mode(const char *text, unsigned *ret_mode);

#endif
