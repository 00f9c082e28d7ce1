#include "accounts.h"

#include "ident.h"

enum {
	PASSWD_FIELDS = 7,
	GROUP_FIELDS = 4,
};

/* Cuts off the next line, without its line end. */
static struct slice take_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	if (line.length > 0 && line.bytes[line.length - 1] == '\r')
		line.length--;
	return line;
}

static bool is_entry_name(struct slice name)
{
	/* All digits: such a name would win over the id (CVE-2016-3697). The signs mark NIS and
	 * compat lines, which musl took for accounts with uid 0. */
	if (name.length == 0 || ident_is_digits(name) || name.bytes[0] == '+' ||
	    name.bytes[0] == '-' || name.bytes[0] == '#')
		return false;
	for (size_t i = 0; i < name.length; i++) {
		unsigned char byte = (unsigned char)name.bytes[i];

		if (byte <= ' ' || byte == 0x7f)
			return false;
	}
	return true;
}

/* Splits LINE into exactly COUNT fields. */
static bool split_fields(struct slice line, struct slice *ret_fields, size_t count)
{
	/* A parser in C would see the line end there. */
	if (slice_find(line, '\0') < line.length)
		return false;
	for (size_t i = 0; i + 1 < count; i++) {
		if (slice_find(line, ':') == line.length)
			return false;
		ret_fields[i] = slice_cut(&line, ':');
	}
	ret_fields[count - 1] = line;
	return slice_find(line, ':') == line.length;
}

static bool parse_account(struct slice line, struct account *ret_account)
{
	struct slice fields[PASSWD_FIELDS];
	struct account account = {.line = line};

	if (!split_fields(line, fields, PASSWD_FIELDS) || !is_entry_name(fields[0]) ||
	    !ident_parse(fields[2], &account.uid) || !ident_parse(fields[3], &account.gid))
		return false;
	account.name = fields[0];
	account.home = fields[5];
	*ret_account = account;
	return true;
}

static bool parse_group(struct slice line, struct group_entry *ret_entry)
{
	struct slice fields[GROUP_FIELDS];
	struct group_entry entry = {.line = line};

	if (!split_fields(line, fields, GROUP_FIELDS) || !is_entry_name(fields[0]) ||
	    !ident_parse(fields[2], &entry.gid))
		return false;
	entry.name = fields[0];
	entry.members = fields[3];
	*ret_entry = entry;
	return true;
}

bool passwd_next(struct slice *rest, struct account *ret_account)
{
	while (rest->length > 0) {
		if (parse_account(take_line(rest), ret_account))
			return true;
	}
	return false;
}

bool group_next(struct slice *rest, struct group_entry *ret_entry)
{
	while (rest->length > 0) {
		if (parse_group(take_line(rest), ret_entry))
			return true;
	}
	return false;
}

bool passwd_find_name(struct slice passwd, struct slice name, struct account *ret_account)
{
	struct account account;

	while (passwd_next(&passwd, &account)) {
		if (slice_equal(account.name, name)) {
			*ret_account = account;
			return true;
		}
	}
	return false;
}

bool passwd_find_uid(struct slice passwd, uint32_t uid, struct account *ret_account)
{
	struct account account;

	while (passwd_next(&passwd, &account)) {
		if (account.uid == uid) {
			*ret_account = account;
			return true;
		}
	}
	return false;
}

bool group_find_name(struct slice group, struct slice name, struct group_entry *ret_entry)
{
	struct group_entry entry;

	while (group_next(&group, &entry)) {
		if (slice_equal(entry.name, name)) {
			*ret_entry = entry;
			return true;
		}
	}
	return false;
}

bool group_find_gid(struct slice group, uint32_t gid, struct group_entry *ret_entry)
{
	struct group_entry entry;

	while (group_next(&group, &entry)) {
		if (entry.gid == gid) {
			*ret_entry = entry;
			return true;
		}
	}
	return false;
}

static bool has_member(struct slice members, struct slice user)
{
	/* "a,,b" must not make the nameless user a member. */
	if (user.length == 0)
		return false;
	while (members.length > 0) {
		if (slice_equal(slice_cut(&members, ','), user))
			return true;
	}
	return false;
}

bool group_next_of(struct slice *rest, struct slice user, uint32_t *ret_gid)
{
	struct group_entry entry;

	while (group_next(rest, &entry)) {
		if (has_member(entry.members, user)) {
			*ret_gid = entry.gid;
			return true;
		}
	}
	return false;
}

bool accounts_mention(struct slice file, struct slice name)
{
	while (file.length > 0) {
		struct slice line = take_line(&file);

		while (line.length > 0 && (line.bytes[0] == ' ' || line.bytes[0] == '\t'))
			line = slice_between(line.bytes + 1, line.bytes + line.length);
		if (slice_equal(slice_cut(&line, ':'), name))
			return true;
	}
	return false;
}
