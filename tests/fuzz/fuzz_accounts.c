/* Reading passwd and group: each line that counts is found, with its fields, and no other.
 *
 * An input: a byte of which the lowest bit chooses the file, a name, the file. */

#include "fuzz.h"
#include "same.h"

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
		CHECK(is_same_entry(&found, &wanted, kind), "line '%.*s'", SLICE(found.line));
	else
		fuzz_check_failure(&found, sizeof(found), NULL);
}

/* The parser, the members of groups and the mentioned names line by line, as the oracle has them. Each entry is found
 * again by its name and by its id. */
static void check_lines(struct slice file, enum account_file kind, struct slice name)
{
	struct slice rest = file;
	struct slice groups = file;
	struct account entry;
	struct oracle_entry line;
	bool is_mentioned = false;
	uint32_t gid = UINT32_MAX;

	for (size_t at = 0; at < file.length;) {
		at += oracle_line(file.bytes + at, file.length - at, kind, &line);
		is_mentioned |= oracle_mentions(&line, name.bytes, name.length);
		if (!line.counts)
			continue;
		CHECK(account_next(&rest, kind, &entry) && is_same_entry(&entry, &line, kind) &&
		              rest.bytes == file.bytes + at && rest.length == file.length - at,
		      "'%.*s' is not the next", (int)line.length, line.line);
		check_find(file, kind, &entry.name, 0);
		check_find(file, kind, NULL, entry.uid);
	}
	CHECK(!account_next(&rest, kind, &entry) && rest.length == 0, "more entries");
	CHECK(accounts_mention(file, name) == is_mentioned, "mentioned: %d", !is_mentioned);
	for (size_t at = 0; at < file.length;) {
		at += oracle_line(file.bytes + at, file.length - at, ORACLE_GROUP, &line);
		if (line.counts && oracle_has_member(&line, name.bytes, name.length))
			CHECK(group_next_of(&groups, name, &gid) && gid == line.gid,
			      "group %u, not %u", gid, line.gid);
	}
	gid = UINT32_MAX;
	CHECK(!group_next_of(&groups, name, &gid) && gid == UINT32_MAX, "group %u", gid);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct slice rest = {(const char *)bytes, length};
	enum account_file kind = (fuzz_byte(&rest) & 1) != 0 ? GROUP_FIELDS : PASSWD_FIELDS;
	struct slice name = fuzz_copy(fuzz_section(&rest));
	struct slice file = fuzz_copy(rest);
	const struct slice root = slice_of("root");

	check_lines(file, kind, name);
	check_find(file, kind, &name, 0);
	check_find(file, kind, &root, 0);
	check_find(file, kind, NULL, 0);
	fuzz_free();
	return 0;
}
