#include "spec.h"

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
	/* A sign is how a number out of range looks (S2, S3), and NIS marks its lines so. */
	return name.length > 0 && strchr("-+#", name.bytes[0]) == NULL;
}

static bool parse_ref(const char *doing, struct slice text, struct spec_ref *ret_ref,
                      struct error *error)
{
	uint32_t id = 0;
	bool is_id = ident_parse(text, &id);
	bool is_digits = ident_is_digits(text);

	if (!is_id && (is_digits || !is_lookup_name(text)))
		return error_set_slice(
			error, doing, text,
			is_digits ? "the id is out of range" : "neither a name nor an id", ID_HINT);
	*ret_ref = (struct spec_ref){true, is_id, false, id, text};
	return true;
}

static bool parse_path_or_ref(const char *doing, struct slice text, struct spec_ref *ret_ref,
                              struct error *error)
{
	struct slice path = text;

	if (text.length == 0 || text.bytes[0] != '@')
		return parse_ref(doing, text, ret_ref, error);
	path.bytes++;
	path.length--;
	if (path.length == 0 || path.bytes[0] != '/')
		return error_set_slice(error, doing, path, "it is not absolute",
		                       "start it with '/'");
	*ret_ref = (struct spec_ref){true, false, true, 0, path};
	return true;
}

/* Fills in the user and the group of SPEC. In COMPAT a part that is empty is left out, and there
 * are no paths. */
static bool parse_user_and_group(struct slice text, bool compat, struct user_spec *spec,
                                 struct error *error)
{
	struct slice group = text;
	struct slice user = slice_cut(&group, ':');
	bool has_user = user.length > 0 || !compat;
	bool has_group = group.length > 0 || (user.length < text.length && !compat);

	if (has_user &&
	    !(compat ? parse_ref : parse_path_or_ref)("reading the user", user, &spec->user, error))
		return false;
	return !has_group || parse_ref("reading the group", group, &spec->group, error);
}

bool spec_parse_user(const char *text, struct user_spec *ret_spec, struct error *error)
{
	struct user_spec spec = {.text = text};
	struct slice ids = slice_of(text);

	/* A path may hold a '='. */
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
	return parse_ref("reading the owner", text, ret_ref, error);
}

bool spec_parse_group(const char *text, struct spec_ref *ret_ref, struct error *error)
{
	return parse_path_or_ref("reading the group", slice_of(text), ret_ref, error);
}

bool spec_parse_compat(const char *text, struct user_spec *ret_spec, struct error *error)
{
	struct user_spec spec = {.text = text};

	if (!parse_user_and_group(slice_of(text), true, &spec, error))
		return false;
	*ret_spec = spec;
	return true;
}
