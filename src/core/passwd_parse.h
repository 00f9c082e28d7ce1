/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PASSWD_PARSE_H
#define STEPDOWN_CORE_PASSWD_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* A strict parser for passwd(5) and group(5). An entry has exactly 7 fields (passwd) or 4 fields
 * (group). Its ids must be valid for id_parse(). Its name is not empty, is not all digits and does
 * not begin with '+', '-' or '#'. The name has no blank and no control byte. A line with a NUL byte
 * is never an entry. All other lines are ignored, because laxer parsers usually turn them into
 * accounts with uid 0. A line may have any length and may end with CRLF; the last line needs no
 * newline. Results point into the caller's bytes; nothing is allocated. If no entry is found, the
 * ret_ parameters are untouched. */

/* The file, as its number of fields. */
enum account_file {
	GROUP_FIELDS = 4,
	PASSWD_FIELDS = 7,
};

/* An entry of either file. A group has only the first four fields. */
struct account {
	struct slice line; /* without its line end */
	uint32_t uid;      /* of a group: its gid */
	uint32_t gid;
	union {
		struct slice fields[PASSWD_FIELDS];
		struct {
			struct slice name;
			struct slice password;
			struct slice id_digits;
			struct slice
				members; /* of a group, separated by commas; of a user: the gid */
			struct slice comment;
			struct slice home;
			struct slice shell;
		};
	};
};

/* Finds the next entry in *REST and cuts *REST off behind that entry. Returns false if no entry
 * follows; *REST is then empty and *ENTRY is not valid. */
bool account_next(struct slice *rest, enum account_file kind, struct account *entry);

/* Finds the first entry with NAME. */
bool account_find_name(struct slice file, enum account_file kind, struct slice name,
                       struct account *ret_account);

/* Finds the first entry with ID: the uid in passwd, the gid in group. */
bool account_find_id(struct slice file, enum account_file kind, uint32_t id,
                     struct account *ret_account);

static inline bool passwd_find_name(struct slice passwd, struct slice name,
                                    struct account *ret_account)
{
	return account_find_name(passwd, PASSWD_FIELDS, name, ret_account);
}

static inline bool passwd_find_uid(struct slice passwd, uint32_t uid, struct account *ret_account)
{
	return account_find_id(passwd, PASSWD_FIELDS, uid, ret_account);
}

static inline bool group_find_name(struct slice group, struct slice name, struct account *ret_group)
{
	return account_find_name(group, GROUP_FIELDS, name, ret_group);
}

static inline bool group_find_gid(struct slice group, uint32_t gid, struct account *ret_group)
{
	return account_find_id(group, GROUP_FIELDS, gid, ret_group);
}

/* Finds the next group in *REST that lists USER as a member, and cuts *REST off behind that group.
 * An empty USER is a member of no group. */
bool group_next_of(struct slice *rest, struct slice user, uint32_t *ret_gid);

/* Returns true if the first field of any line is NAME, even if the line is damaged. Blanks before
 * the name are ignored, because glibc skips them. */
bool accounts_mention(struct slice file, struct slice name);

#endif
