#ifndef STEPDOWN_CORE_PASSWD_PARSE_H
#define STEPDOWN_CORE_PASSWD_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The bytes of passwd and group, read strictly: a line counts only with exactly its 7 or 4 fields,
 * ids that id_parse takes, and a name that is not empty, not all digits, does not begin with
 * '+', '-' or '#' and holds no blank and no control byte. A line with a NUL byte never counts. Any
 * other line does not exist, whatever a laxer parser makes of it (uid 0, as a rule). A line
 * may be of any length, end with CRLF, or be the last one without a newline.
 * Everything that is returned points into the bytes that were given; nothing is allocated. Out
 * parameters are untouched when there is no such entry. */

/* Which file it is, by its number of fields. */
enum account_file {
	GROUP_FIELDS = 4,
	PASSWD_FIELDS = 7,
};

/* An entry of either file; a group has the first four fields. */
struct account {
	struct slice line; /* without its line end */
	uint32_t uid;      /* of a group, this is its gid too */
	uint32_t gid;
	union {
		struct slice fields[PASSWD_FIELDS];
		struct {
			struct slice name;
			struct slice password;
			struct slice id_digits;
			struct slice
				members; /* of a group, separated by commas; else gid's digits */
			struct slice comment;
			struct slice home;
			struct slice shell;
		};
	};
};

/* The next entry of *rest that counts; *rest is cut off behind it, or used up when there is none.
 * What is in *ENTRY then means nothing. */
bool account_next(struct slice *rest, enum account_file kind, struct account *entry);

/* The first entry that counts and has NAME, or when that is NULL has ID. */
bool account_find(struct slice file, enum account_file kind, const struct slice *name, uint32_t id,
                  struct account *ret_account);

static inline bool passwd_find_name(struct slice passwd, struct slice name,
                                    struct account *ret_account)
{
	return account_find(passwd, PASSWD_FIELDS, &name, 0, ret_account);
}

static inline bool passwd_find_uid(struct slice passwd, uint32_t uid, struct account *ret_account)
{
	return account_find(passwd, PASSWD_FIELDS, NULL, uid, ret_account);
}

static inline bool group_find_name(struct slice group, struct slice name, struct account *ret_group)
{
	return account_find(group, GROUP_FIELDS, &name, 0, ret_group);
}

static inline bool group_find_gid(struct slice group, uint32_t gid, struct account *ret_group)
{
	return account_find(group, GROUP_FIELDS, NULL, gid, ret_group);
}

/* Next group in *rest (cut off as it goes) that lists USER as a member. */
bool group_next_of(struct slice *rest, struct slice user, uint32_t *ret_gid);

/* True when any line of FILE, damaged ones included, has NAME for its first field. Blanks before
 * it do not hide it, as glibc passes over them. */
bool accounts_mention(struct slice file, struct slice name);

#endif
