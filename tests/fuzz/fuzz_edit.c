/* Making and renumbering an account. An input: two bytes (the gid is given; how much memory there
 * is), then sections: name, uid, gid, home, group; the rest is passwd. */

#include <stdalign.h>

#include "core/account_change.h"
#include "core/user_spec.h"
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
	size_t length = 0;
	char *bytes = fuzz_memory(file.length + LINE);

	if (change->action != ACCOUNT_KEEP)
		edited = account_file_edit(file, change);
	for (size_t i = 0; i < COUNT(edited.pieces); i++) {
		CHECK(edited.pieces[i].length <= file.length + LINE - length, "a long line");
		if (edited.pieces[i].length > 0)
			memcpy(bytes + length, edited.pieces[i].bytes, edited.pieces[i].length);
		length += edited.pieces[i].length;
	}
	return fuzz_copy((struct slice){bytes, length});
}

static size_t next_line(struct slice file, size_t at, unsigned kind, struct oracle_entry *line)
{
	return at + oracle_line(file.bytes + at, file.length - at, kind, line);
}

static bool same_bytes(const struct oracle_entry *a, const struct oracle_entry *b)
{
	return a->length == b->length && a->line_end == b->line_end &&
	       memcmp(a->line, b->line, a->length + a->line_end) == 0;
}

/* Whether the laxest of parsers would see the third field as 0: what is not a number, what a 32 bit number has not room
 * for, and what is missing. */
static bool is_lax_zero(const struct oracle_entry *line)
{
	char *fields = fuzz_string((struct slice){line->line, line->length});
	const char *at = strchr(fields, ':');
	uint32_t value = 0;

	at = at == NULL ? NULL : strchr(at + 1, ':');
	if (at == NULL)
		return true;
	at++;
	for (at += *at == '+' || *at == '-'; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint32_t)(*at - '0');
	return value == 0;
}

/* The LINE that is new is what was wished, and nothing that anybody could read as root. */
static void check_new_line(const struct oracle_entry *line, const struct line_change *change,
                           unsigned kind, const struct oracle_entry *old, uint32_t id, uint32_t gid)
{
	CHECK(line->counts, "the new line '%.*s' does not count", (int)line->length, line->line);
	CHECK(line->id == id && line->gid == gid, "ids %u %u, not %u %u", line->id, line->gid, id,
	      gid);
	CHECK(strlen(change->new_line) == line->length &&
	              memcmp(change->new_line, line->line, line->length) == 0,
	      "not the planned line");
	CHECK(is_lax_zero(line) == (id == 0), "uid 0 to somebody: '%s'", change->new_line);
	for (unsigned i = 0; old != NULL && i < kind; i++) {
		const struct oracle_field *was = &old->fields[i];
		const struct oracle_field *is = &line->fields[i];
		bool is_number = i == 2 || (i == 3 && kind == ORACLE_PASSWD);

		CHECK(is_number || (was->length == is->length &&
		                    memcmp(was->bytes, is->bytes, was->length) == 0),
		      "field %u is changed: '%s'", i, change->new_line);
	}
}

/* Exactly one line differs; of the one that is changed, its end is kept. */
static void check_edit(struct slice before, struct slice after, const struct line_change *change,
                       unsigned kind, uint32_t id, uint32_t gid)
{
	size_t was = 0;
	size_t is = 0;
	unsigned changed = 0;
	struct oracle_entry old;
	struct oracle_entry new;

	while (was < before.length) {
		CHECK(is < after.length, "lines are lost");
		was = next_line(before, was, kind, &old);
		is = next_line(after, is, kind, &new);
		if (same_bytes(&old, &new))
			continue;
		/* A last line without an end gets one before the next is added. */
		if (change->action == ACCOUNT_ADD && was == before.length &&
		    before.bytes[before.length - 1] != '\n' && is == before.length + 1 &&
		    memcmp(before.bytes, after.bytes, before.length) == 0)
			continue;
		CHECK(change->action == ACCOUNT_RENUMBER, "'%.*s' is changed", (int)old.length,
		      old.line);
		CHECK(++changed == 1, "a second line is changed: '%.*s'", (int)old.length,
		      old.line);
		CHECK(old.counts && old.line == change->old_line.bytes, "not the planned line");
		CHECK(old.line_end == new.line_end, "the length of the line's end is changed");
		CHECK(memcmp(old.line + old.length, new.line + new.length, old.line_end) == 0,
		      "the line's end is changed");
		check_new_line(&new, change, kind, &old, id, gid);
	}
	CHECK((change->action == ACCOUNT_RENUMBER) == (changed == 1), "no line is changed");
	if (change->action == ACCOUNT_ADD) {
		CHECK(is < after.length, "no line is added");
		is = next_line(after, is, kind, &new);
		CHECK(new.line_end == 1, "the line does not end");
		check_new_line(&new, change, kind, NULL, id, gid);
	}
	CHECK(is == after.length, "there are more lines than before");
}

/* The account is found as it was wished, and nobody else is another than before. */
static void check_account(const struct files *before, const struct files *after,
                          const struct account_request *request,
                          const struct account_change *change)
{
	struct oracle_entry entry;
	struct oracle_entry other;

	if (change->by_number) {
		CHECK(change->passwd.action == ACCOUNT_KEEP && change->group.action == ACCOUNT_KEEP,
		      "by number, and yet written");
		CHECK(oracle_find(before->passwd.bytes, before->passwd.length, ORACLE_PASSWD, NULL,
		                  0, request->uid, &other),
		      "by number, and nobody has it");
		CHECK(change->gid == (request->gid_given ? request->gid : other.gid), "gid %u",
		      change->gid);
		return;
	}
	CHECK(oracle_find(after->passwd.bytes, after->passwd.length, ORACLE_PASSWD,
	                  request->name.bytes, request->name.length, 0, &entry),
	      "there is no '%.*s'", SLICE(request->name));
	CHECK(entry.id == request->uid && entry.gid == change->gid, "it has %u:%u", entry.id,
	      entry.gid);
	CHECK(!request->gid_given || change->gid == request->gid, "gid %u", change->gid);
	CHECK(change->gid != 0 || (request->gid_given ? request->gid == 0
	                                              : change->passwd.action != ACCOUNT_ADD ||
	                                                        request->uid == 0),
	      "gid 0 that nobody asked for");
	CHECK(change->group.action == ACCOUNT_KEEP || change->gid != 0, "a group 0 is made");
	if (change->group.action != ACCOUNT_KEEP)
		CHECK(!oracle_find(before->group.bytes, before->group.length, ORACLE_GROUP, NULL, 0,
		                   change->gid, &other),
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

/* What was carried out once is right, so that the next start changes nothing. */
static void check_twice(const struct files *after, const struct account_request *request,
                        struct arena arena, const struct account_change *first)
{
	struct account_change second;

	CHECK(plan(after, request, arena, &second), "the second time is an error");
	CHECK(second.passwd.action == ACCOUNT_KEEP && second.group.action == ACCOUNT_KEEP,
	      "the second time changes something: %d %d", second.passwd.action,
	      second.group.action);
	CHECK(second.gid == first->gid && second.by_number == first->by_number, "gid %u, then %u",
	      first->gid, second.gid);
}

static void check_wish(const struct files *before, const struct account_request *request,
                       struct arena arena)
{
	struct account_change change;
	struct files after;

	if (!plan(before, request, arena, &change))
		return;
	CHECK(spec_is_account_name(request->name), "'%.*s' is a name", SLICE(request->name));
	after.passwd = apply(before->passwd, &change.passwd);
	after.group = apply(before->group, &change.group);
	check_edit(before->passwd, after.passwd, &change.passwd, ORACLE_PASSWD, request->uid,
	           change.gid);
	check_edit(before->group, after.group, &change.group, ORACLE_GROUP, change.gid, change.gid);
	check_account(before, &after, request, &change);
	check_twice(&after, request, arena, &change);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static alignas(max_align_t) char memory[LINE];
	struct slice rest = {(const char *)bytes, length};
	bool gid_given = (fuzz_byte(&rest) & 1) != 0;
	size_t room = fuzz_byte(&rest);
	struct account_request request = {.gid_given = gid_given,
	                                  .name = fuzz_copy(fuzz_section(&rest))};
	struct slice uid = fuzz_section(&rest);
	struct slice gid = fuzz_section(&rest);
	char *home = fuzz_string(fuzz_section(&rest));
	struct files files = {.group = fuzz_copy(fuzz_section(&rest))};

	files.passwd = fuzz_copy(rest);
	request.home = home[0] == '\0' ? NULL : home;
	if (oracle_id(uid.bytes, uid.length, &request.uid) &&
	    (oracle_id(gid.bytes, gid.length, &request.gid) || !gid_given)) {
		/* The smallest sizes are those that run out. */
		room = room < 200 ? sizeof(memory) : room - 200;
		check_wish(&files, &request, arena_in(memory, room));
	}
	fuzz_free();
	return 0;
}
