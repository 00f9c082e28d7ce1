/* SPDX-License-Identifier: MIT */
#include "core/account_change.h"

#include "base/text.h"
#include "core/user_spec.h"

enum {
	ID_DIGITS = 10,        /* of UINT32_MAX */
	GROUP_NAME_BYTES = 48, /* the longest account name, '-', an id and NUL */
};

/* The inputs, the intermediate entries and the result of account_change_plan(). */
struct change_builder {
	struct slice passwd;
	struct slice group_file;
	const struct account_request *request;
	uint32_t gid; /* the account's primary gid after the change */
	struct arena *arena;
	struct error *error;
	struct account new_account; /* the fields of new lines; line and ids are empty */
	struct account present;     /* the account's entry, if passwd has one */
	struct account other;       /* another entry of passwd, for comparison */
	struct account group;       /* the group with GID, or the private group */
	char group_name[GROUP_NAME_BYTES];
	struct account_change change;
};

static bool error_set_account(const struct change_builder *builder, const char *reason,
                              const char *hint)
{
	return error_set_slice(builder->error, "making the account", builder->request->name, reason,
	                       hint);
}

bool account_can_hold_home(const char *home)
{
	if (home[0] != '/')
		return false;
	for (; *home != '\0'; home++) {
		unsigned char byte = (unsigned char)*home;

		if (byte < ' ' || byte == 0x7f || byte == ':')
			return false;
	}
	return true;
}

/* Builds the line of ENTRY with the id ID, and in passwd with the gid builder->gid. A field that
 * already has the value keeps its spelling. */
static bool build_line(const struct change_builder *builder, const struct account *entry,
                       enum account_file kind, uint32_t id, struct line_change *ret_change)
{
	size_t size = 2 * ID_DIGITS;
	char *line;
	char *at;

	for (size_t i = 0; i < kind; i++)
		size += entry->fields[i].length + 1;
	/* The arena is zero-filled, so the line is NUL-terminated. */
	line = at = arena_allocate(builder->arena, size, 1);
	if (line == NULL)
		return error_set_account(builder, "the line is too long", NULL);
	for (size_t i = 0; i < kind; i++) {
		const struct slice *field = &entry->fields[i];

		if (i > 0)
			*at++ = ':';
		if ((i == 2 && entry->uid != id) ||
		    (i == 3 && kind == PASSWD_FIELDS && entry->gid != builder->gid)) {
			struct text text = text_in(at, ID_DIGITS + 1);

			text_add_number(&text, i == 2 ? id : builder->gid);
			at += text.length;
			continue;
		}
		for (size_t j = 0; j < field->length; j++)
			*at++ = field->bytes[j];
	}
	ret_change->action = entry->line.bytes == NULL ? ACCOUNT_ADD : ACCOUNT_RENUMBER;
	ret_change->old_line = entry->line;
	ret_change->new_line = line;
	return true;
}

static bool plan_passwd_line(struct change_builder *builder, const struct account *account)
{
	const struct account_request *request = builder->request;

	if (account->uid == request->uid && account->gid == builder->gid)
		return true;
	if (account->uid == 0)
		return error_set_account(builder, "it is uid 0", "choose another name");
	if (account->line.bytes == NULL) {
		/* Do not add a second line: other parsers would still use the damaged first one. */
		if (accounts_mention(builder->passwd, request->name))
			return error_set_account(
				builder, "its line in /etc/passwd is damaged",
				"mend or remove it; it needs 7 fields and decimal ids");
		if (!account_can_hold_home(account->home.bytes))
			return error_set_account(builder,
			                         "not a home directory that passwd can hold",
			                         "an absolute path without ':' and control bytes");
	}
	return build_line(builder, account, PASSWD_FIELDS, request->uid, &builder->change.passwd);
}

/* Returns true if the account's primary group has its name and is no other account's primary group.
 * Such a group is renumbered together with the account. */
static bool has_private_group(struct change_builder *builder, const struct account *account)
{
	struct slice rest = builder->passwd;

	if (account->gid == 0 ||
	    !group_find_name(builder->group_file, account->name, &builder->group) ||
	    builder->group.gid != account->gid)
		return false;
	while (account_next(&rest, PASSWD_FIELDS, &builder->other)) {
		if (builder->other.gid == account->gid &&
		    builder->other.line.bytes != account->line.bytes)
			return false;
	}
	return true;
}

/* Plans the line of the primary group. A new group is called "NAME", or "NAME-GID" if "NAME" is
 * taken. If both names are taken, no group is made. */
static bool plan_group_line(struct change_builder *builder, const struct account *account)
{
	struct account *changed = &builder->new_account;
	struct text text = text_in(builder->group_name, GROUP_NAME_BYTES);

	/* A missing entry of group 0 is not made: it would give root's group the user's name. */
	if (builder->gid == 0 || group_find_gid(builder->group_file, builder->gid, &builder->group))
		return true;
	if (has_private_group(builder, account)) {
		changed = &builder->group;
	} else if (accounts_mention(builder->group_file, changed->name)) {
		text_add_visible(&text, changed->name);
		text_add(&text, "-");
		text_add_number(&text, builder->gid);
		changed->name = slice_of(builder->group_name);
		if (accounts_mention(builder->group_file, changed->name))
			return true;
	}
	return build_line(builder, changed, GROUP_FIELDS, builder->gid, &builder->change.group);
}

bool account_change_plan(struct slice passwd, struct slice group,
                         const struct account_request *request, struct arena *arena,
                         struct account_change *ret_change, struct error *error)
{
	struct change_builder builder = {
		.passwd = passwd,
		.group_file = group,
		.request = request,
		.gid = request->uid,
		.arena = arena,
		.error = error,
		.new_account.uid = UINT32_MAX,
		.new_account.gid = UINT32_MAX,
		.new_account.name = request->name,
		.new_account.password = {"*", 1}, /* matches no password, needs no shadow(5) line */
		.new_account.home = slice_of(request->home != NULL ? request->home : "/"),
		.new_account.shell = slice_of("/sbin/nologin"),
	};
	const struct account *account = &builder.new_account;

	/* Check the name again, although the options parser did: a newline in the name would start
	 * another line, possibly with uid 0. */
	if (!spec_is_account_name(request->name))
		return error_set_account(&builder, "not a name that an account can have", NULL);
	if (passwd_find_name(passwd, request->name, &builder.present)) {
		account = &builder.present;
		builder.gid = account->gid;
	}
	if (account->uid != request->uid && account->uid != 0 &&
	    passwd_find_uid(passwd, request->uid, &builder.other) &&
	    !slice_equal(builder.other.name, request->name)) {
		builder.change.by_number = true;
		builder.gid = builder.other.gid;
	}
	if (request->gid_given)
		builder.gid = request->gid;
	builder.change.gid = builder.gid;
	if (!builder.change.by_number &&
	    (!plan_passwd_line(&builder, account) || !plan_group_line(&builder, account)))
		return false;
	*ret_change = builder.change;
	return true;
}

struct edited_file account_file_edit(struct slice file, const struct line_change *change)
{
	const struct slice *old_line = &change->old_line;
	const char *end = file.bytes + file.length;
	struct slice line = slice_of(change->new_line);

	if (change->action == ACCOUNT_ADD)
		return (struct edited_file){
			{file, {"\n", file.length > 0 && end[-1] != '\n'}, line, {"\n", 1}}};
	return (struct edited_file){{slice_between(file.bytes, old_line->bytes), line,
	                             slice_between(old_line->bytes + old_line->length, end)}};
}
