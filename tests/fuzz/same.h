#ifndef STEPDOWN_TESTS_SAME_H
#define STEPDOWN_TESTS_SAME_H

#include "core/passwd_parse.h"
#include "core/user_spec.h"
#include "oracle.h"

/* Whether a parser has found what the oracle wants: the same bytes of the text, not equal ones. */

static inline bool is_same_field(struct slice found, const struct oracle_field *wanted)
{
	return found.bytes == wanted->bytes && found.length == wanted->length;
}

static inline bool is_same_ref(const struct spec_ref *found, const struct oracle_ref *wanted)
{
	return found->given == wanted->given &&
	       (!found->given ||
	        (found->is_id == wanted->is_id && found->is_path == wanted->is_path &&
	         (!found->is_id || found->id == wanted->id) &&
	         is_same_field(found->name, &wanted->text)));
}

static inline bool is_same_spec(const struct user_spec *found, const struct oracle_spec *wanted)
{
	return found->defines_account == wanted->defines_account &&
	       (!found->defines_account || is_same_field(found->account, &wanted->account)) &&
	       is_same_ref(&found->user, &wanted->user) &&
	       is_same_ref(&found->group, &wanted->group);
}

static inline bool is_same_entry(const struct account *found, const struct oracle_entry *wanted,
                                 unsigned kind)
{
	bool is_same = found->uid == wanted->id && found->gid == wanted->gid &&
	               found->line.bytes == wanted->line && found->line.length == wanted->length;

	for (unsigned i = 0; is_same && i < kind; i++)
		is_same = is_same_field(found->fields[i], &wanted->fields[i]);
	return is_same;
}

#endif
