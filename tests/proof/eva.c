/* Entry points for Frama-C's Eva (tests/proof/run eva): each calls a parser with every input of every
 * length up to BOUND at once. An input lies in a block of exactly its size, so that a byte read too
 * much is seen. */

#include <stdlib.h>

#include "__fc_builtin.h"
#include "core/passwd_parse.h"
#include "core/user_spec.h"

static struct slice any_slice(size_t length)
{
	char *bytes = malloc(length);

	if (length > 0)
		Frama_C_make_unknown(bytes, length);
	return (struct slice){bytes, length};
}

/* Ends at the first NUL, or at the last byte. */
static const char *any_string(size_t length)
{
	char *bytes = malloc(length + 1);

	Frama_C_make_unknown(bytes, length + 1);
	bytes[length] = '\0';
	return bytes;
}

/* What an error is about is read to its end; the words are not made. */
bool error_set_slice(struct error *error, const char *doing, struct slice object,
                     const char *reason, const char *hint)
{
	(void)doing, (void)reason, (void)hint;
	for (size_t i = 0; i < object.length; i++)
		error->message[0] = object.bytes[i];
	error->status = STATUS_FAILED;
	return false;
}

bool error_set(struct error *error, const char *doing, const char *object, const char *reason,
               const char *hint)
{
	return error_set_slice(error, doing, slice_of(object), reason, hint);
}

void check_ident(void)
{
	for (size_t length = 0; length <= BOUND; length++) {
		uint32_t id = UINT32_MAX;

		if (id_parse(any_slice(length), &id)) {
			//@ assert id <= ID_MAX;
		} else {
			//@ assert id == UINT32_MAX;
		}
	}
}

static void check_file(enum account_file kind)
{
	for (size_t length = 0; length <= BOUND; length++) {
		struct slice rest = any_slice(length);
		struct account entry;

		while (account_next(&rest, kind, &entry)) {
			//@ assert entry.uid <= ID_MAX && entry.gid <= ID_MAX;
		}
		//@ assert rest.length == 0;
	}
}

void check_passwd(void)
{
	check_file(PASSWD_FIELDS);
}

void check_group(void)
{
	check_file(GROUP_FIELDS);
}

void check_members(void)
{
	for (size_t length = 0; length <= BOUND; length++) {
		struct slice rest = any_slice(length);
		uint32_t gid;

		while (group_next_of(&rest, slice_of("a"), &gid)) {
			//@ assert gid <= ID_MAX;
		}
	}
}

void check_mention(void)
{
	for (size_t length = 0; length <= BOUND; length++)
		(void)accounts_mention(any_slice(length), slice_of("a"));
}

void check_spec(void)
{
	for (size_t length = 0; length <= BOUND; length++) {
		const char *text = any_string(length);
		struct user_spec spec;
		struct spec_ref ref;
		struct error error;

		(void)spec_parse_user(text, &spec, &error);
		(void)spec_parse_gosu(text, &spec, &error);
		(void)spec_parse_group(text, &ref, &error);
	}
}
