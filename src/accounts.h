#ifndef STEPDOWN_ACCOUNTS_H
#define STEPDOWN_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/* The bytes of passwd and group, read strictly: a line counts only with exactly its 7 or 4 fields,
 * ids that ident_parse takes, and a name that is not empty, not all digits, does not begin with
 * '+', '-' or '#' and holds no blank and no control byte. A line with a NUL byte never counts. Any
 * other line does not exist, whatever a laxer parser makes of it (uid 0, as a rule). A line
 * may be of any length, end with CRLF, or be the last one without a newline.
 * Everything that is returned points into the bytes that were given; nothing is allocated. Out
 * parameters are untouched when there is no such entry. */

struct account {
	struct slice name;
	uint32_t uid;
	uint32_t gid;
	struct slice home;
	struct slice line; /* without its line end */
};

struct group_entry {
	struct slice name;
	uint32_t gid;
	struct slice members; /* separated by commas */
	struct slice line;    /* without its line end */
};

/* The next entry of *rest that counts; *rest is cut off behind it, or used up when there is none.
 */
bool passwd_next(struct slice *rest, struct account *ret_account);
bool group_next(struct slice *rest, struct group_entry *ret_entry);

/* The first entry that counts. */
bool passwd_find_name(struct slice passwd, struct slice name, struct account *ret_account);
bool passwd_find_uid(struct slice passwd, uint32_t uid, struct account *ret_account);
bool group_find_name(struct slice group, struct slice name, struct group_entry *ret_entry);
bool group_find_gid(struct slice group, uint32_t gid, struct group_entry *ret_entry);

/* Next group in *rest (cut off as it goes) that lists USER as a member. */
bool group_next_of(struct slice *rest, struct slice user, uint32_t *ret_gid);

/* True when any line of FILE, damaged ones included, has NAME for its first field. Blanks before
 * it do not hide it, as glibc passes over them. */
bool accounts_mention(struct slice file, struct slice name);

#endif
