/* Reading passwd and group: each line that counts is found, with its fields, and no other.
 *
 * An input: a byte of which the lowest bit chooses the file, a name, the file. */

#include "core/passwd_parse.h"
#include "fuzz.h"
#include "oracle.h"

static void check_entry(const struct account *found, const struct oracle_entry *wanted,
                        unsigned kind)
{
	CHECK(found->uid == wanted->id && found->gid == wanted->gid, "ids %u %u, not %u %u",
	      found->uid, found->gid, wanted->id, wanted->gid);
	CHECK(found->line.bytes == wanted->line && found->line.length == wanted->length,
	      "line '%.*s'", SLICE(found->line));
	for (unsigned i = 0; i < kind; i++)
		CHECK(found->fields[i].bytes == wanted->fields[i].bytes &&
		              found->fields[i].length == wanted->fields[i].length,
		      "field %u is '%.*s'", i, SLICE(found->fields[i]));
}

static void check_find(struct slice file, enum account_file kind, const struct slice *name,
                       uint32_t id)
{
	struct oracle_entry wanted;
	struct account found;
	bool is_found;

	fuzz_stain(&found, sizeof(found));
	is_found = name != NULL ? account_find_name(file, kind, *name, &found)
	                        : account_find_id(file, kind, id, &found);
	CHECK(is_found == oracle_find(file.bytes, file.length, kind,
	                              name == NULL ? NULL : name->bytes,
	                              name == NULL ? 0 : name->length, id, &wanted),
	      "is found: %d", is_found);
	if (is_found)
		check_entry(&found, &wanted, kind);
	else
		fuzz_check_stain(&found, sizeof(found));
}

/* One after the other, as the oracle has them; each is found again by its name and by its id. */
static void check_entries(struct slice file, enum account_file kind)
{
	struct slice rest = file;
	struct account entry;
	struct oracle_entry wanted;
	size_t at = 0;

	while (account_next(&rest, kind, &entry)) {
		do {
			CHECK(at < file.length, "'%.*s' does not count", SLICE(entry.line));
			at += oracle_line(file.bytes + at, file.length - at, kind, &wanted);
		} while (!wanted.counts);
		check_entry(&entry, &wanted, kind);
		CHECK(rest.bytes == file.bytes + at && rest.length == file.length - at,
		      "the rest is %zu", rest.length);
		check_find(file, kind, &entry.name, 0);
		check_find(file, kind, NULL, entry.uid);
	}
	CHECK(rest.length == 0, "ended early");
	while (at < file.length) {
		at += oracle_line(file.bytes + at, file.length - at, kind, &wanted);
		CHECK(!wanted.counts, "'%.*s' counts", (int)wanted.length, wanted.line);
	}
}

static void check_members(struct slice group, struct slice user)
{
	struct slice rest = group;
	struct oracle_entry wanted;
	size_t at = 0;
	uint32_t gid = UINT32_MAX;

	while (group_next_of(&rest, user, &gid)) {
		do {
			CHECK(at < group.length, "not a member of %u", gid);
			at += oracle_line(group.bytes + at, group.length - at, ORACLE_GROUP,
			                  &wanted);
		} while (!wanted.counts || !oracle_has_member(&wanted, user.bytes, user.length));
		CHECK(gid == wanted.gid, "group %u, not %u", gid, wanted.gid);
		gid = UINT32_MAX;
	}
	CHECK(gid == UINT32_MAX, "written without a group");
	while (at < group.length) {
		at += oracle_line(group.bytes + at, group.length - at, ORACLE_GROUP, &wanted);
		CHECK(!wanted.counts || !oracle_has_member(&wanted, user.bytes, user.length),
		      "a member of %u", wanted.gid);
	}
}

static void check_mention(struct slice file, enum account_file kind, struct slice name)
{
	bool wanted = false;

	for (size_t at = 0; at < file.length;) {
		struct oracle_entry line;

		at += oracle_line(file.bytes + at, file.length - at, kind, &line);
		wanted |= oracle_mentions(&line, name.bytes, name.length);
	}
	CHECK(accounts_mention(file, name) == wanted, "mentioned: %d", !wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct slice rest = fuzz_input(bytes, length);
	enum account_file kind = (fuzz_byte(&rest) & 1) != 0 ? GROUP_FIELDS : PASSWD_FIELDS;
	struct slice name = fuzz_copy(fuzz_section(&rest));
	struct slice file = fuzz_copy(rest);
	const struct slice root = slice_of("root");

	check_entries(file, kind);
	check_find(file, kind, &name, 0);
	check_find(file, kind, &root, 0);
	check_find(file, kind, NULL, 0);
	check_members(file, name);
	check_mention(file, kind, name);
	free((void *)(uintptr_t)name.bytes);
	free((void *)(uintptr_t)file.bytes);
	return 0;
}
