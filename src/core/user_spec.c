/* SPDX-License-Identifier: MIT */
#include "core/user_spec.h"

#define ID_HINT "ids are 0 to 2147483647, in decimal digits"

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

		if (byte <= ' ' || byte == 0x7f || strchr(",@=:", byte) != NULL)
			return false;
	}
	/* '-' and '+' begin a number that is out of range (S2, S3), and a line of NIS in passwd.
	 * '#' begins a comment. */
	return name.length > 0 && strchr("-+#", name.bytes[0]) == NULL;
}

static bool parse_ref(const char *doing, struct slice text, bool takes_paths,
                      struct spec_ref *ret_ref, struct error *error)
{
	uint32_t id = 0;
	bool is_path = takes_paths && text.length > 0 && text.bytes[0] == '@';
	bool is_id = id_parse(text, &id);
	const char *reason = NULL;
	const char *hint = ID_HINT;

	if (is_path) {
		text = slice_between(text.bytes + 1, text.bytes + text.length);
		if (text.length == 0 || text.bytes[0] != '/') {
			reason = "it is not absolute";
			hint = "start it with '/'";
		}
	} else if (!is_id) {
		if (id_is_digits(text))
			reason = "the id is out of range";
		else if (!is_lookup_name(text))
			reason = "neither a name nor an id";
	}
	if (reason != NULL)
		return error_set_slice(error, doing, text, reason, hint);
	*ret_ref = (struct spec_ref){
		.given = true, .is_id = is_id, .is_path = is_path, .id = id, .name = text};
	return true;
}

/* Parses the user and the group of SPEC from TEXT. If IS_GOSU is true, an empty part is not
 * given, and '@' begins no path. */
static bool parse_user_and_group(struct slice text, bool is_gosu, struct user_spec *spec,
                                 struct error *error)
{
	struct slice group = text;
	struct slice user = slice_cut(&group, ':');
	bool has_user = user.length > 0 || !is_gosu;
	bool has_group = group.length > 0 || (user.length < text.length && !is_gosu);

	if (has_user && !parse_ref("reading the user", user, !is_gosu, &spec->user, error))
		return false;
	return !has_group || parse_ref("reading the group", group, false, &spec->group, error);
}

bool spec_parse_user(const char *text, struct user_spec *ret_spec, struct error *error)
{
	struct user_spec spec = {.text = text};
	struct slice ids = slice_of(text);

	/* A path may hold a '=', so text that begins with '@' is not split. */
	spec.account = slice_cut(&ids, text[0] == '@' ? '\0' : '=');
	spec.defines_account = spec.account.length < strlen(text);
	if (!spec.defines_account)
		ids = spec.account;
	else if (!spec_is_account_name(spec.account))
		return error_set_slice(error, "reading the account", spec.account,
		                       "not a name that an account can have",
		                       "a letter or '_', then letters, digits, '_', '-', '.'; at "
		                       "most 32");
	if (!parse_user_and_group(ids, false, &spec, error))
		return false;
	if (spec.defines_account && !spec.user.is_id && !spec.user.is_path)
		return error_set(error, "reading the user", text, "the uid is not a number",
		                 ID_HINT);
	*ret_spec = spec;
	return true;
}

bool spec_parse_owner(struct slice text, struct spec_ref *ret_ref, struct error *error)
{
	return parse_ref("reading the owner", text, false, ret_ref, error);
}

bool spec_parse_group(const char *text, struct spec_ref *ret_ref, struct error *error)
{
	return parse_ref("reading the group", slice_of(text), true, ret_ref, error);
}

bool spec_parse_gosu(const char *text, struct user_spec *ret_spec, struct error *error)
{
	struct user_spec spec = {.text = text};

	if (!parse_user_and_group(slice_of(text), true, &spec, error))
		return false;
	*ret_spec = spec;
	return true;
}

bool spec_parse_mode(const char *text, unsigned *ret_mode)
{
	unsigned mode = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '7' && mode <= 0777; at++)
		mode = mode * 8 + (unsigned)(*at - '0');
	if (at == text || *at != '\0' || mode > 0777)
		return false;
	*ret_mode = mode;
	return true;
}
