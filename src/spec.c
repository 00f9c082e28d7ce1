#include "spec.h"

#define RANGE_HINT "0 to 2147483647, in decimal digits"

bool spec_is_account_name(struct slice name)
{
	if (name.length == 0 || name.length > 32)
		return false;
	for (size_t i = 0; i < name.length; i++) {
		char byte = name.bytes[i];
		bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		              byte == '_';
		bool other = (byte >= '0' && byte <= '9') || byte == '-' || byte == '.';

		if (!letter && (!other || i == 0))
			return false;
	}
	return true;
}

static bool is_lookup_name(struct slice name)
{
	for (size_t i = 0; i < name.length; i++) {
		unsigned char byte = (unsigned char)name.bytes[i];

		if (byte <= ' ' || byte == 0x7f || byte == ',' || byte == '@' || byte == '=' ||
		    byte == ':')
			return false;
	}
	/* A sign is how a number out of range looks (S2, S3), and NIS marks its lines so. */
	return name.length > 0 && name.bytes[0] != '-' && name.bytes[0] != '+' &&
	       name.bytes[0] != '#';
}

static bool parse_ref(const char *doing, struct slice text, struct spec_ref *ret_ref,
                      struct error *error)
{
	struct spec_ref ref = {.given = true};

	if (ident_is_digits(text)) {
		if (!ident_parse(text, &ref.id))
			return error_set_slice(error, doing, text, "the id is out of range",
			                       RANGE_HINT);
		ref.is_id = true;
	} else if (is_lookup_name(text)) {
		ref.name = text;
	} else {
		return error_set_slice(error, doing, text, "neither a name nor an id",
		                       "ids are " RANGE_HINT);
	}
	*ret_ref = ref;
	return true;
}

static bool parse_user_and_group(struct slice text, struct user_spec *spec, struct error *error)
{
	struct slice group = text;
	struct slice user = slice_cut(&group, ':');

	if (!parse_ref("reading the user", user, &spec->user, error))
		return false;
	if (user.length == text.length)
		return true;
	return parse_ref("reading the group", group, &spec->group, error);
}

bool spec_parse_user(const char *text, struct user_spec *ret_spec, struct error *error)
{
	struct user_spec spec = {0};
	struct slice ids = slice_of(text);
	struct slice account;

	if (ids.length == 0)
		return error_set(error, "reading the user", text, "it is empty",
		                 "write --user NAME, --user UID or --user NAME=UID:GID");
	account = slice_cut(&ids, '=');
	if (account.length < strlen(text)) {
		if (!spec_is_account_name(account))
			return error_set_slice(error, "reading the account", account,
			                       "not a name that an account can have",
			                       "a letter or '_', then letters, digits, '_', '-', "
			                       "'.'; at most 32");
		spec.defines_account = true;
		spec.account = account;
	} else {
		ids = slice_of(text);
	}
	if (!parse_user_and_group(ids, &spec, error))
		return false;
	if (spec.defines_account && !spec.user.is_id)
		return error_set(error, "reading the user", text, "the uid is not a number",
		                 "write NAME=UID or NAME=UID:GID");
	*ret_spec = spec;
	return true;
}

bool spec_parse_group(const char *text, struct spec_ref *ret_ref, struct error *error)
{
	return parse_ref("reading the group", slice_of(text), ret_ref, error);
}

bool spec_parse_compat(const char *text, struct user_spec *ret_spec, struct error *error)
{
	struct user_spec spec = {0};
	struct slice group = slice_of(text);
	struct slice user = slice_cut(&group, ':');

	if (user.length > 0 && !parse_ref("reading the user", user, &spec.user, error))
		return false;
	if (group.length > 0 && !parse_ref("reading the group", group, &spec.group, error))
		return false;
	*ret_spec = spec;
	return true;
}
