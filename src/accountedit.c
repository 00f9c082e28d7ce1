#include "accountedit.h"

#include "spec.h"
#include "text.h"

enum {
	ID_DIGITS = 10, /* of the largest uint32_t */
	NAME_SIZE = 48, /* an account's longest name, '-' and an id */
};

static const char shell[] = "/sbin/nologin";

/* What the functions below share. */
struct planning {
	struct slice passwd;
	struct slice group;
	const struct account_wish *wish;
	uint32_t gid; /* that the account shall have */
	struct arena *arena;
	struct error *error;
	struct account made; /* what is new in either file, with no line and no ids yet */
};

static bool refuse(const struct planning *planning, const char *reason, const char *hint)
{
	return error_set_slice(planning->error, "making the account", planning->wish->name, reason,
	                       hint);
}

static bool is_home(const char *home)
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

/* What makes ENTRY have these ids, the second of which a group has not. A field that already has
 * the value stays as it is written. */
static bool plan_line(const struct planning *planning, const struct account *entry,
                      enum account_file kind, uint32_t id, struct line_change *ret_change)
{
	size_t size = 2 * ID_DIGITS;
	char *line;
	char *at;

	for (size_t i = 0; i < kind; i++)
		size += entry->fields[i].length + 1;
	/* Zeroed, so the line ends where no more is written. */
	line = at = arena_allocate(planning->arena, size, 1);
	if (line == NULL)
		return refuse(planning, "the line is too long", NULL);
	for (size_t i = 0; i < kind; i++) {
		const struct slice *field = &entry->fields[i];

		if (i > 0)
			*at++ = ':';
		if ((i == 2 && entry->uid != id) ||
		    (i == 3 && kind == PASSWD_FIELDS && entry->gid != planning->gid)) {
			struct text text = text_in(at, ID_DIGITS + 1);

			text_add_number(&text, i == 2 ? id : planning->gid);
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

static bool plan_passwd(const struct planning *planning, const struct account *account,
                        struct line_change *ret_change)
{
	const struct account_wish *wish = planning->wish;

	if (account->uid == wish->uid && account->gid == planning->gid)
		return true;
	if (account->uid == 0)
		return refuse(planning, "it is uid 0", "choose another name");
	if (account->line.bytes == NULL) {
		/* A second line would leave the damaged one first for laxer parsers. */
		if (accounts_mention(planning->passwd, wish->name))
			return refuse(planning, "its line in /etc/passwd is damaged",
			              "mend or remove it; it needs 7 fields and decimal ids");
		if (!is_home(account->home.bytes))
			return refuse(planning, "not a home directory that passwd can hold",
			              "an absolute path without ':' and control bytes");
	}
	return plan_line(planning, account, PASSWD_FIELDS, wish->uid, ret_change);
}

/* A group by the account's name that is the primary one of nobody else: it follows its user. */
static bool has_private_group(const struct planning *planning, const struct account *account,
                              struct account *ret_entry)
{
	struct slice rest = planning->passwd;
	struct account other;

	if (account->gid == 0 || !group_find_name(planning->group, account->name, ret_entry) ||
	    ret_entry->gid != account->gid)
		return false;
	while (account_next(&rest, PASSWD_FIELDS, &other)) {
		if (other.gid == account->gid && other.line.bytes != account->line.bytes)
			return false;
	}
	return true;
}

/* A new group is "NAME", or "NAME-GID" when that is taken, or none when both are. */
static bool plan_group(struct planning *planning, const struct account *account,
                       struct line_change *ret_change)
{
	const struct account *changed = &planning->made;
	struct account group;
	char name[NAME_SIZE];
	struct text text = text_in(name, sizeof(name));

	/* A group 0 without entry stays nameless: under the user's name it would be handed out. */
	if (planning->gid == 0 || group_find_gid(planning->group, planning->gid, &group))
		return true;
	if (has_private_group(planning, account, &group)) {
		changed = &group;
	} else if (accounts_mention(planning->group, planning->made.name)) {
		text_add_visible(&text, planning->made.name);
		text_add(&text, "-");
		text_add_number(&text, planning->gid);
		planning->made.name = slice_of(name);
		if (accounts_mention(planning->group, planning->made.name))
			return true;
	}
	return plan_line(planning, changed, GROUP_FIELDS, planning->gid, ret_change);
}

bool account_change_plan(struct slice passwd, struct slice group, const struct account_wish *wish,
                         struct arena *arena, struct account_change *ret_change,
                         struct error *error)
{
	struct planning planning = {
		.passwd = passwd,
		.group = group,
		.wish = wish,
		.gid = wish->uid,
		.arena = arena,
		.error = error,
		.made.uid = UINT32_MAX,
		.made.gid = UINT32_MAX,
		.made.name = wish->name,
		.made.password = {"*", 1}, /* none matches it, and it needs no shadow line */
		.made.home = slice_of(wish->home != NULL ? wish->home : "/"),
		.made.shell = {shell, sizeof(shell) - 1},
	};
	struct account_change change = {0};
	const struct account *account = &planning.made;
	struct account present;
	struct account holder;

	/* Whatever the options let through: here is where a name with a newline would become a line
	 * of its own, with uid 0. */
	if (!spec_is_account_name(wish->name))
		return refuse(&planning, "not a name that an account can have", NULL);
	if (passwd_find_name(passwd, wish->name, &present)) {
		account = &present;
		planning.gid = present.gid;
	}
	if (account->uid != wish->uid && account->uid != 0 &&
	    passwd_find_uid(passwd, wish->uid, &holder) && !slice_equal(holder.name, wish->name)) {
		change.by_number = true;
		planning.gid = holder.gid;
	}
	if (wish->gid_given)
		planning.gid = wish->gid;
	change.gid = planning.gid;
	if (!change.by_number && (!plan_passwd(&planning, account, &change.passwd) ||
	                          !plan_group(&planning, account, &change.group)))
		return false;
	*ret_change = change;
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
