/* Reading passwd and group: each line that counts is found, with its fields, and no other.
 *
 * An input: a byte of which the lowest bit chooses the file, a name, the file. */

#include "fuzz.h"
#include "oracle.h"

static void check_find(struct slice file, enum account_file kind, const struct slice *name,
                       uint32_t id)
{
	struct account wanted;
	struct account found;
	bool is_found;

	fuzz_stain(&found, sizeof(found));
	is_found = name != NULL ? account_find_name(file, kind, *name, &found)
	                        : account_find_id(file, kind, id, &found);
	CHECK(is_found == oracle_find(file, kind, name, id, &wanted), "is found: %d", is_found);
	if (is_found)
		CHECK(oracle_same_entry(&found, &wanted, kind), "'%.*s'", SLICE(found.line));
	else
		fuzz_check_failure(&found, sizeof(found), NULL);
}

/* Each entry is the next, and is found again by its name and by its id. */
static void check_entries(struct slice file, enum account_file kind, struct slice name)
{
	struct slice rest = file;
	struct slice lines = file;
	struct account entry;
	struct oracle_line line;
	bool is_mentioned = false;

	while (oracle_next(&lines, kind, &line)) {
		is_mentioned |= oracle_mentions(line.entry.line, name);
		if (!line.counts)
			continue;
		CHECK(account_next(&rest, kind, &entry) &&
		              oracle_same_entry(&entry, &line.entry, kind) &&
		              rest.bytes == lines.bytes && rest.length == lines.length,
		      "'%.*s' is not the next", SLICE(line.entry.line));
		check_find(file, kind, &entry.name, 0);
		check_find(file, kind, NULL, entry.uid);
	}
	CHECK(!account_next(&rest, kind, &entry) && rest.length == 0, "more entries");
	CHECK(accounts_mention(file, name) == is_mentioned, "mentioned: %d", !is_mentioned);
}

static void check_members(struct slice file, struct slice name)
{
	struct slice lines = file;
	struct oracle_line line;
	uint32_t gid = UINT32_MAX;

	while (oracle_next(&lines, GROUP_FIELDS, &line)) {
		if (line.counts && oracle_has_member(&line.entry, name))
			CHECK(group_next_of(&file, name, &gid) && gid == line.entry.gid,
			      "group %u, not %u", gid, line.entry.gid);
	}
	gid = UINT32_MAX;
	CHECK(!group_next_of(&file, name, &gid) && gid == UINT32_MAX, "group %u", gid);
}

void fuzz_one(struct slice input)
{
	enum account_file kind = (fuzz_byte(&input) & 1) != 0 ? GROUP_FIELDS : PASSWD_FIELDS;
	struct slice name = fuzz_copy(fuzz_section(&input));
	struct slice file = fuzz_copy(input);
	const struct slice root = slice_of("root");

	check_entries(file, kind, name);
	check_members(file, name);
	check_find(file, kind, &name, 0);
	check_find(file, kind, &root, 0);
	check_find(file, kind, NULL, 0);
}
