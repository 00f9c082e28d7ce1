#include "accountedit.h"

#include "ident.h"
#include "spec.h"
#include "text.h"

#define MAKING "making the account"

enum {
	ID_DIGITS = 10, /* of the largest uint32_t */
};

static const char password[] = "*"; /* no password matches it, and it needs no shadow line */
static const char shell[] = "/sbin/nologin";

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

static char *put_bytes(char *at, struct slice bytes)
{
	memcpy(at, bytes.bytes, bytes.length);
	return at + bytes.length;
}

static char *put_number(char *at, uint32_t number)
{
	struct text text = text_in(at, ID_DIGITS + 1);

	text_add_number(&text, number);
	return at + text.length;
}

/* A copy of LINE in which the digits at ID, a field of it, are those of NUMBER. A field that
 * already has the value stays as it is written. */
static const char *renumber_field(struct slice line, struct slice id, uint32_t number,
                                  struct arena *arena)
{
	uint32_t present;
	char *copy;
	char *at;

	if (ident_parse(id, &present) && present == number)
		return arena_copy(arena, line);
	copy = arena_allocate(arena, line.length + ID_DIGITS + 1, 1);
	if (copy == NULL)
		return NULL;
	at = put_bytes(copy, slice_between(line.bytes, id.bytes));
	at = put_number(at, number);
	put_bytes(at, slice_between(id.bytes + id.length, line.bytes + line.length));
	return copy;
}

/* The field at INDEX, from 0, of a line that has it. */
static struct slice field_of(struct slice line, unsigned index)
{
	struct slice field = slice_cut(&line, ':');

	while (index-- > 0)
		field = slice_cut(&line, ':');
	return field;
}

/* What the planning functions below share. */
struct planning {
	struct slice passwd;
	struct slice group;
	const struct account_wish *wish;
	const struct account *present; /* the entry of that name, or NULL */
	uint32_t gid;                  /* that the account shall have */
	struct arena *arena;
	struct error *error;
};

static bool out_of_memory(const struct planning *planning)
{
	return error_set_slice(planning->error, MAKING, planning->wish->name,
	                       "the line is too long", NULL);
}

/* Whatever the options let through: here is where a name with a newline would become a line of
 * its own, with uid 0. */
static bool check_new_line(const struct planning *planning, const char *home)
{
	if (!spec_is_account_name(planning->wish->name))
		return error_set_slice(planning->error, MAKING, planning->wish->name,
		                       "not a name that an account can have", NULL);
	if (!is_home(home))
		return error_set(planning->error, MAKING, home,
		                 "not a home directory that passwd can hold",
		                 "an absolute path without ':' and control bytes");
	return true;
}

/* "NAME:*:UID:GID::HOME:/sbin/nologin" */
static bool add_passwd(const struct planning *planning, struct line_change *ret_change)
{
	const struct account_wish *wish = planning->wish;
	const char *home = wish->home != NULL ? wish->home : "/";
	size_t capacity = wish->name.length + strlen(home) + 2 * ID_DIGITS + sizeof(password) +
	                  sizeof(shell) + 8;
	struct text text;
	char *line;

	if (!check_new_line(planning, home))
		return false;
	line = arena_allocate(planning->arena, capacity, 1);
	if (line == NULL)
		return out_of_memory(planning);
	text = text_in(line, capacity);
	text_add_visible(&text, wish->name);
	text_add(&text, ":");
	text_add(&text, password);
	text_add(&text, ":");
	text_add_number(&text, wish->uid);
	text_add(&text, ":");
	text_add_number(&text, planning->gid);
	text_add(&text, "::");
	text_add(&text, home);
	text_add(&text, ":");
	text_add(&text, shell);
	*ret_change = (struct line_change){.action = ACCOUNT_ADD, .new_line = line};
	return true;
}

static bool renumber_passwd(const struct planning *planning, struct line_change *ret_change)
{
	struct slice old_line = planning->present->line;
	const char *line = renumber_field(old_line, field_of(old_line, 2), planning->wish->uid,
	                                  planning->arena);

	if (line != NULL)
		line = renumber_field(slice_of(line), field_of(slice_of(line), 3), planning->gid,
		                      planning->arena);
	if (line == NULL)
		return out_of_memory(planning);
	*ret_change = (struct line_change){ACCOUNT_RENUMBER, old_line, line};
	return true;
}

static bool plan_passwd(const struct planning *planning, struct line_change *ret_change)
{
	const struct account_wish *wish = planning->wish;
	const struct account *present = planning->present;

	if (present == NULL) {
		/* A second line would leave the damaged one first for laxer parsers. */
		if (accounts_mention(planning->passwd, wish->name))
			return error_set_slice(planning->error, MAKING, wish->name,
			                       "its line in /etc/passwd is damaged",
			                       "mend or remove that line; it needs 7 fields and "
			                       "decimal ids");
		return add_passwd(planning, ret_change);
	}
	if (present->uid == wish->uid && present->gid == planning->gid)
		return true;
	if (present->uid == 0)
		return error_set_slice(planning->error, "renumbering the account", present->name,
		                       "it is uid 0", "choose another name");
	return renumber_passwd(planning, ret_change);
}

/* A group by the account's name that is the primary one of nobody else: it follows its user. */
static bool has_private_group(const struct planning *planning, struct group_entry *ret_entry)
{
	const struct account *present = planning->present;
	struct slice rest = planning->passwd;
	struct group_entry entry;
	struct account other;

	if (present == NULL || present->gid == 0 ||
	    !group_find_name(planning->group, present->name, &entry) || entry.gid != present->gid)
		return false;
	while (passwd_next(&rest, &other)) {
		if (other.gid == present->gid && other.line.bytes != present->line.bytes)
			return false;
	}
	*ret_entry = entry;
	return true;
}

/* "NAME:*:GID:", or "NAME-GID:*:GID:" when the name is taken, or nothing when both are. */
static bool add_group(const struct planning *planning, struct line_change *ret_change)
{
	struct slice name = planning->wish->name;
	size_t capacity = name.length + 2 * ID_DIGITS + sizeof(password) + 4;
	struct text text;
	char *line;

	if (!spec_is_account_name(name))
		return true;
	line = arena_allocate(planning->arena, capacity, 1);
	if (line == NULL)
		return out_of_memory(planning);
	text = text_in(line, capacity);
	text_add_visible(&text, name);
	if (accounts_mention(planning->group, name)) {
		text_add(&text, "-");
		text_add_number(&text, planning->gid);
		if (accounts_mention(planning->group, slice_of(line)))
			return true;
	}
	text_add(&text, ":");
	text_add(&text, password);
	text_add(&text, ":");
	text_add_number(&text, planning->gid);
	text_add(&text, ":");
	*ret_change = (struct line_change){.action = ACCOUNT_ADD, .new_line = line};
	return true;
}

static bool plan_group(const struct planning *planning, struct line_change *ret_change)
{
	struct group_entry entry;
	const char *line;

	/* A group 0 without entry stays nameless: under the user's name it would be handed out. */
	if (planning->gid == 0 || group_find_gid(planning->group, planning->gid, &entry))
		return true;
	if (!has_private_group(planning, &entry))
		return add_group(planning, ret_change);
	line = renumber_field(entry.line, field_of(entry.line, 2), planning->gid, planning->arena);
	if (line == NULL)
		return out_of_memory(planning);
	*ret_change = (struct line_change){ACCOUNT_RENUMBER, entry.line, line};
	return true;
}

bool account_change_plan(struct slice passwd, struct slice group, const struct account_wish *wish,
                         struct arena *arena, struct account_change *ret_change,
                         struct error *error)
{
	struct planning planning = {passwd, group, wish, NULL, wish->uid, arena, error};
	struct account_change change = {0};
	struct account found;
	struct account holder;

	if (passwd_find_name(passwd, wish->name, &found)) {
		planning.present = &found;
		planning.gid = found.gid;
	}
	if ((planning.present == NULL || (found.uid != wish->uid && found.uid != 0)) &&
	    passwd_find_uid(passwd, wish->uid, &holder) && !slice_equal(holder.name, wish->name)) {
		change.by_number = true;
		planning.gid = holder.gid;
	}
	if (wish->gid_given)
		planning.gid = wish->gid;
	change.gid = planning.gid;
	if (!change.by_number &&
	    (!plan_passwd(&planning, &change.passwd) || !plan_group(&planning, &change.group)))
		return false;
	*ret_change = change;
	return true;
}

struct edited_file account_file_edit(struct slice file, const struct line_change *change)
{
	struct edited_file edited = {.pieces = {file}, .count = 1};
	const char *end = file.bytes + file.length;

	if (change->action == ACCOUNT_ADD) {
		edited.is_append = true;
		if (file.length > 0 && end[-1] != '\n')
			edited.pieces[edited.count++] = slice_of("\n");
		edited.pieces[edited.count++] = slice_of(change->new_line);
		edited.pieces[edited.count++] = slice_of("\n");
	} else if (change->action == ACCOUNT_RENUMBER) {
		edited.pieces[0] = slice_between(file.bytes, change->old_line.bytes);
		edited.pieces[1] = slice_of(change->new_line);
		edited.pieces[2] =
			slice_between(change->old_line.bytes + change->old_line.length, end);
		edited.count = 3;
	}
	return edited;
}
