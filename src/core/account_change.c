#include "core/account_change.h"

#include "base/text.h"
#include "core/user_spec.h"

enum {
	ID_DIGITS = 10, /* of the largest uint32_t */
	NAME_SIZE = 48, /* an account's longest name, '-' and an id */
};

static const char shell[] = "/sbin/nologin";

/* What the functions below share. */
struct planning {
	struct slice passwd;
	struct slice group_file;
	const struct account_request *request;
	uint32_t gid; /* that the account shall have */
	struct arena *arena;
	struct error *error;
	struct account made;    /* what is new in either file, with no line and no ids yet */
	struct account present; /* the account, where there is one */
	struct account other;   /* somebody whom it is compared with */
	struct account group;   /* the group of that gid, or the one that follows the account */
	char group_name[NAME_SIZE];
	struct account_change change;
};

static bool refuse(const struct planning *planning, const char *reason, const char *hint)
{
	return error_set_slice(planning->error, "making the account", planning->request->name,
	                       reason, hint);
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

static bool plan_passwd(struct planning *planning, const struct account *account)
{
	const struct account_request *request = planning->request;

	if (account->uid == request->uid && account->gid == planning->gid)
		return true;
	if (account->uid == 0)
		return refuse(planning, "it is uid 0", "choose another name");
	if (account->line.bytes == NULL) {
		/* A second line would leave the damaged one first for laxer parsers. */
		if (accounts_mention(planning->passwd, request->name))
			return refuse(planning, "its line in /etc/passwd is damaged",
			              "mend or remove it; it needs 7 fields and decimal ids");
		if (!is_home(account->home.bytes))
			return refuse(planning, "not a home directory that passwd can hold",
			              "an absolute path without ':' and control bytes");
	}
	return plan_line(planning, account, PASSWD_FIELDS, request->uid, &planning->change.passwd);
}

/* A group by the account's name that is the primary one of nobody else: it follows its user. */
static bool has_private_group(struct planning *planning, const struct account *account)
{
	struct slice rest = planning->passwd;

	if (account->gid == 0 ||
	    !group_find_name(planning->group_file, account->name, &planning->group) ||
	    planning->group.gid != account->gid)
		return false;
	while (account_next(&rest, PASSWD_FIELDS, &planning->other)) {
		if (planning->other.gid == account->gid &&
		    planning->other.line.bytes != account->line.bytes)
			return false;
	}
	return true;
}

/* A new group is "NAME", or "NAME-GID" when that is taken, or none when both are. */
static bool plan_group(struct planning *planning, const struct account *account)
{
	struct account *changed = &planning->made;
	struct text text = text_in(planning->group_name, NAME_SIZE);

	/* A group 0 without entry stays nameless: under the user's name it would be handed out. */
	if (planning->gid == 0 ||
	    group_find_gid(planning->group_file, planning->gid, &planning->group))
		return true;
	if (has_private_group(planning, account)) {
		changed = &planning->group;
	} else if (accounts_mention(planning->group_file, changed->name)) {
		text_add_visible(&text, changed->name);
		text_add(&text, "-");
		text_add_number(&text, planning->gid);
		changed->name = slice_of(planning->group_name);
		if (accounts_mention(planning->group_file, changed->name))
			return true;
	}
	return plan_line(planning, changed, GROUP_FIELDS, planning->gid, &planning->change.group);
}

bool account_change_plan(struct slice passwd, struct slice group,
                         const struct account_request *request, struct arena *arena,
                         struct account_change *ret_change, struct error *error)
{
	struct planning planning = {
		.passwd = passwd,
		.group_file = group,
		.request = request,
		.gid = request->uid,
		.arena = arena,
		.error = error,
		.made.uid = UINT32_MAX,
		.made.gid = UINT32_MAX,
		.made.name = request->name,
		.made.password = {"*", 1}, /* none matches it, and it needs no shadow line */
		.made.home = slice_of(request->home != NULL ? request->home : "/"),
		.made.shell = {shell, sizeof(shell) - 1},
	};
	const struct account *account = &planning.made;

	/* Whatever the options let through: here is where a name with a newline would become a line
	 * of its own, with uid 0. */
	if (!spec_is_account_name(request->name))
		return refuse(&planning, "not a name that an account can have", NULL);
	if (passwd_find_name(passwd, request->name, &planning.present)) {
		account = &planning.present;
		planning.gid = account->gid;
	}
	if (account->uid != request->uid && account->uid != 0 &&
	    passwd_find_uid(passwd, request->uid, &planning.other) &&
	    !slice_equal(planning.other.name, request->name)) {
		planning.change.by_number = true;
		planning.gid = planning.other.gid;
	}
	if (request->gid_given)
		planning.gid = request->gid;
	planning.change.gid = planning.gid;
	if (!planning.change.by_number &&
	    (!plan_passwd(&planning, account) || !plan_group(&planning, account)))
		return false;
	*ret_change = planning.change;
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
