/* Making and renumbering an account. An input: two bytes (the gid is given; how much memory there
 * is), then sections: name, uid, gid, home, group; the rest is passwd. */

#include <stdalign.h>

#include "core/account_change.h"
#include "fuzz.h"
#include "oracle.h"

enum { LINE = 1 << 14 }; /* no line is longer */

struct files {
	struct slice passwd;
	struct slice group;
};

static struct slice apply(struct slice file, const struct line_change *change)
{
	struct edited_file edited = {{file}};
	struct slice result = {fuzz_memory(file.length + LINE), 0};
	char *end = (char *)(uintptr_t)result.bytes;

	if (change->action != ACCOUNT_KEEP)
		edited = account_file_edit(file, change);
	for (size_t i = 0; i < COUNT(edited.pieces); i++) {
		CHECK(edited.pieces[i].length <= file.length + LINE - result.length, "a long line");
		if (edited.pieces[i].length > 0)
			end = mempcpy(end, edited.pieces[i].bytes, edited.pieces[i].length);
		result.length += edited.pieces[i].length;
	}
	return fuzz_copy(result);
}

/* Whether the laxest of parsers would see the third field as 0: what is not a number, what a 32 bit number has not room
 * for, and what is missing. */
static bool is_lax_zero(const char *line)
{
	const char *at = strchr(line, ':');
	uint32_t value = 0;

	at = at == NULL ? NULL : strchr(at + 1, ':');
	if (at == NULL)
		return true;
	at++;
	for (at += *at == '+' || *at == '-'; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint32_t)(*at - '0');
	return value == 0;
}

/* LINE counts, has the ids and is nothing that anybody could read as root. All other fields are those of
 * OLD, unless it is NULL. */
static void check_new_line(const char *line, enum account_file kind, const struct account *old,
                           uint32_t id, uint32_t gid)
{
	struct slice rest = slice_of(line);
	struct oracle_line new;

	CHECK(oracle_next(&rest, kind, &new) && new.counts &&new.line_end == 0 && rest.length == 0,
	      "the new line '%s' does not count", line);
	CHECK(new.entry.uid == id &&new.entry.gid == gid, "'%s': not %u %u", line, id, gid);
	CHECK(is_lax_zero(line) == (id == 0), "uid 0 to somebody: '%s'", line);
	for (unsigned i = 0; old != NULL && i < kind; i++)
		CHECK(i == 2 || (i == 3 && kind == PASSWD_FIELDS) ||
		              slice_equal(old->fields[i], new.entry.fields[i]),
		      "field %u is changed: '%s'", i, line);
}

/* Everything is as before, but for one line: a new one at the end, or one in the place of a line that counts. */
static void check_edit(struct slice before, struct slice after, const struct line_change *change,
                       enum account_file kind, uint32_t id, uint32_t gid)
{
	const char *end = before.bytes + before.length;
	struct slice rest = before;
	struct slice old = {end, 0};
	struct oracle_line line = {.counts = false};
	bool is_new = change->action == ACCOUNT_ADD;
	bool lacks_end = is_new && before.length > 0 && end[-1] != '\n';
	char *wanted = fuzz_memory(before.length + LINE);
	char *at = wanted;

	if (change->action == ACCOUNT_KEEP) {
		CHECK(slice_equal(before, after), "it is changed");
		return;
	}
	while (!is_new && old.bytes != change->old_line.bytes) {
		CHECK(oracle_next(&rest, kind, &line), "no line of the file");
		old = line.entry.line;
	}
	CHECK(is_new || line.counts, "'%.*s' does not count", SLICE(old));
	check_new_line(change->new_line, kind, is_new ? NULL : &line.entry, id, gid);
	at = mempcpy(at, before.bytes, (size_t)(old.bytes - before.bytes));
	at += sprintf(at, "%s%s%s", lacks_end ? "\n" : "", change->new_line, is_new ? "\n" : "");
	at = mempcpy(at, old.bytes + old.length, (size_t)(end - old.bytes) - old.length);
	CHECK(slice_equal(after, slice_between(wanted, at)), "'%.*s', not '%.*s'", SLICE(after),
	      (int)(at - wanted), wanted);
}

/* The account is found as it was wished, and no group is made that there is. */
static void check_account(const struct files *before, const struct files *after,
                          const struct account_request *request,
                          const struct account_change *change)
{
	struct account entry;
	struct account other;

	if (change->by_number) {
		CHECK(change->passwd.action == ACCOUNT_KEEP && change->group.action == ACCOUNT_KEEP,
		      "by number, and yet written");
		CHECK(oracle_find(before->passwd, PASSWD_FIELDS, NULL, request->uid, &other),
		      "by number, and nobody has it");
		CHECK(change->gid == (request->gid_given ? request->gid : other.gid), "gid %u",
		      change->gid);
		return;
	}
	CHECK(oracle_find(after->passwd, PASSWD_FIELDS, &request->name, 0, &entry),
	      "there is no '%.*s'", SLICE(request->name));
	CHECK(entry.uid == request->uid && entry.gid == change->gid, "it has %u:%u", entry.uid,
	      entry.gid);
	CHECK(!request->gid_given || change->gid == request->gid, "gid %u", change->gid);
	CHECK(change->gid != 0 || (request->gid_given ? request->gid == 0
	                                              : change->passwd.action != ACCOUNT_ADD ||
	                                                        request->uid == 0),
	      "gid 0 that nobody asked for");
	CHECK(change->group.action == ACCOUNT_KEEP || change->gid != 0, "a group 0 is made");
	CHECK(change->group.action == ACCOUNT_KEEP ||
	              !oracle_find(before->group, GROUP_FIELDS, NULL, change->gid, &other),
	      "there is a group %u", change->gid);
}

static bool plan(const struct files *files, const struct account_request *request,
                 struct arena arena, struct account_change *ret_change)
{
	struct error error;

	fuzz_stain(ret_change, sizeof(*ret_change));
	if (account_change_plan(files->passwd, files->group, request, &arena, ret_change, &error))
		return true;
	fuzz_check_failure(ret_change, sizeof(*ret_change), &error);
	return false;
}

static void check_request(const struct files *before, const struct account_request *request,
                          struct arena arena)
{
	struct account_change change;
	struct account_change second;
	struct files after;

	if (!plan(before, request, arena, &change))
		return;
	CHECK(spec_is_account_name(request->name), "'%.*s' is a name", SLICE(request->name));
	after.passwd = apply(before->passwd, &change.passwd);
	after.group = apply(before->group, &change.group);
	check_edit(before->passwd, after.passwd, &change.passwd, PASSWD_FIELDS, request->uid,
	           change.gid);
	check_edit(before->group, after.group, &change.group, GROUP_FIELDS, change.gid, change.gid);
	check_account(before, &after, request, &change);
	/* The next start changes nothing. */
	CHECK(plan(&after, request, arena, &second), "the second time is an error");
	CHECK(second.passwd.action == ACCOUNT_KEEP && second.group.action == ACCOUNT_KEEP,
	      "the second time changes something: %d %d", second.passwd.action,
	      second.group.action);
	CHECK(second.gid == change.gid && second.by_number == change.by_number, "gid %u, then %u",
	      change.gid, second.gid);
}

void fuzz_one(struct slice input)
{
	static alignas(max_align_t) char memory[LINE];
	bool gid_given = (fuzz_byte(&input) & 1) != 0;
	size_t room = fuzz_byte(&input);
	struct account_request request = {.gid_given = gid_given,
	                                  .name = fuzz_copy(fuzz_section(&input))};
	struct slice uid = fuzz_section(&input);
	struct slice gid = fuzz_section(&input);
	char *home = fuzz_string(fuzz_section(&input));
	struct files files = {.group = fuzz_copy(fuzz_section(&input))};

	files.passwd = fuzz_copy(input);
	request.home = home[0] == '\0' ? NULL : home;
	/* The smallest sizes are those that run out. */
	room = room < 200 ? sizeof(memory) : room - 200;
	if (oracle_id(uid, &request.uid) && (oracle_id(gid, &request.gid) || !gid_given))
		check_request(&files, &request, arena_in(memory, room));
}
