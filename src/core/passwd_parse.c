/* SPDX-License-Identifier: MIT */
#include "core/passwd_parse.h"

#include "base/id.h"

/* Cuts the next line off *REST and returns it without its line end. */
static struct slice take_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	if (line.length > 0 && line.bytes[line.length - 1] == '\r')
		line.length--;
	return line;
}

static bool is_entry_name(struct slice name)
{
	/* A name of digits only could be taken for another user's uid (CVE-2016-3697). '+' and '-'
	 * mark NIS and compat lines, which musl took for accounts with uid 0. */
	if (name.length == 0 || id_is_digits(name) || name.bytes[0] == '+' ||
	    name.bytes[0] == '-' || name.bytes[0] == '#')
		return false;
	for (size_t i = 0; i < name.length; i++) {
		unsigned char byte = (unsigned char)name.bytes[i];

		if (byte <= ' ' || byte == 0x7f)
			return false;
	}
	return true;
}

static bool parse_entry(struct slice line, enum account_file kind, struct account *entry)
{
	unsigned separators = 0;

	entry->line = line;
	for (size_t i = 0; i < line.length; i++) {
		/* C parsers end the line at a NUL byte, so they would see another entry. */
		if (line.bytes[i] == '\0')
			return false;
		separators += line.bytes[i] == ':';
	}
	if (separators + 1 != kind)
		return false;
	for (size_t i = 0; i < kind; i++)
		entry->fields[i] = slice_cut(&line, ':');
	return is_entry_name(entry->name) && id_parse(entry->id_digits, &entry->uid) &&
	       id_parse(entry->fields[kind == PASSWD_FIELDS ? 3 : 2], &entry->gid);
}

bool account_next(struct slice *rest, enum account_file kind, struct account *entry)
{
	while (rest->length > 0) {
		if (parse_entry(take_line(rest), kind, entry))
			return true;
	}
	return false;
}

bool account_find_name(struct slice file, enum account_file kind, struct slice name,
                       struct account *ret_account)
{
	struct account account;

	while (account_next(&file, kind, &account)) {
		if (slice_equal(account.name, name)) {
			*ret_account = account;
			return true;
		}
	}
	return false;
}

bool account_find_id(struct slice file, enum account_file kind, uint32_t id,
                     struct account *ret_account)
{
	struct account account;

	while (account_next(&file, kind, &account)) {
		if (account.uid == id) {
			*ret_account = account;
			return true;
		}
	}
	return false;
}

bool group_next_of(struct slice *rest, struct slice user, uint32_t *ret_gid)
{
	struct account group;

	while (account_next(rest, GROUP_FIELDS, &group)) {
		/* An empty USER would match the empty name in "a,,b". */
		while (group.members.length > 0 && user.length > 0) {
			if (slice_equal(slice_cut(&group.members, ','), user)) {
				*ret_gid = group.gid;
				return true;
			}
		}
	}
	return false;
}

bool accounts_mention(struct slice file, struct slice name)
{
	while (file.length > 0) {
		struct slice line = take_line(&file);

		while (line.length > 0 && is_blank(line.bytes[0]))
			line = slice_between(line.bytes + 1, line.bytes + line.length);
		if (slice_equal(slice_cut(&line, ':'), name))
			return true;
	}
	return false;
}
