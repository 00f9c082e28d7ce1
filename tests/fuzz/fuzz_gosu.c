/* Called as gosu: Debian's gosu is the oracle. Both get the same spec and the same passwd and group, and
 * must both refuse, or give the command equal uids, gids, groups and HOME. gosu reads only the lines that
 * oracle_next() counts, because a damaged line is not to exist. The caller is uid 0, but its gid and groups
 * are others. An input: the spec, group; the rest is passwd. Needs root and gosu, and makes a mount
 * namespace for itself.
 *
 * Two more differences are on purpose: a spec that oracle_gosu_spec() does not take is refused, whatever
 * gosu does, and the list of groups has the primary group. */

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdalign.h>
#include <stddef.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/plan_make.h"
#include "fuzz.h"
#include "oracle.h"

enum { CALLER_GID = 7, OUTPUT = 1 << 14 };

static const gid_t caller_groups[] = {CALLER_GID, CALLER_GID + 1};

static void make_place(void)
{
	static bool is_ready;

	CHECK(is_ready || (unshare(CLONE_NEWNS) == 0 &&
	                   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	                   mount("fuzz", "/etc", "tmpfs", 0, "mode=755") == 0 &&
	                   setgroups(COUNT(caller_groups), caller_groups) == 0 &&
	                   setresgid(CALLER_GID, CALLER_GID, CALLER_GID) == 0 &&
	                   setenv("HOME", "/before", true) == 0),
	      "no mount namespace: %s", strerror(errno));
	is_ready = true;
}

/* Writes the lines of FILE that count. Returns false if gosu reads one of them in another way: it takes
 * blanks off both ends of a line, and knows more of them than ASCII. */
static bool write_file(const char *path, struct slice file, enum account_file kind)
{
	FILE *stream = fopen(path, "we");
	struct oracle_line line;
	bool is_comparable = true;

	CHECK(stream != NULL, "%s: %s", path, strerror(errno));
	while (oracle_next(&file, kind, &line)) {
		struct slice entry = line.entry.line;

		if (!line.counts)
			continue;
		fprintf(stream, "%.*s\n", SLICE(entry));
		is_comparable &= (unsigned char)entry.bytes[0] < 0x80 &&
		                 entry.bytes[entry.length - 1] > ' ';
	}
	CHECK(fclose(stream) == 0, "%s: %s", path, strerror(errno));
	return is_comparable;
}

/* Returns what a command says of itself that gosu starts; NULL if gosu fails. */
static char *start(const char *spec)
{
	static const char command[] =
		"exec gosu \"$SPEC\" /bin/sh -c 'printf \"HOME=%s\\n\" \"$HOME\" && "
		"exec grep -E \"^(Uid|Gid|Groups):\" /proc/self/status' 2>/dev/null";
	char *output = fuzz_memory(OUTPUT);
	FILE *stream;

	CHECK(setenv("SPEC", spec, true) == 0, "no memory");
	stream = popen(command, "re");
	CHECK(stream != NULL, "no shell: %s", strerror(errno));
	output[fread(output, 1, OUTPUT - 1, stream)] = '\0';
	return pclose(stream) == 0 ? output : NULL;
}

/* The groups in LIST are those of IDS, but for the primary group, which may be missing. */
static void check_groups(char *list, const struct ids *ids)
{
	bool is_seen[OUTPUT] = {false};

	CHECK(ids->group_count <= OUTPUT, "%zu groups", ids->group_count);
	for (char *word = strtok(list, " \n"); word != NULL; word = strtok(NULL, " \n")) {
		gid_t gid = (gid_t)strtoul(word, NULL, 10);
		size_t i = 0;

		while (i < ids->group_count && ids->groups[i] != gid)
			i++;
		CHECK(i < ids->group_count, "group %u is missing", gid);
		is_seen[i] = true;
	}
	for (size_t i = 0; i < ids->group_count; i++)
		CHECK(is_seen[i] || ids->groups[i] == ids->gid, "group %u is too much",
		      ids->groups[i]);
}

static void check_seen(char *seen, const struct plan *plan)
{
	const struct ids *ids = &plan->identity->ids;
	char *const *home = plan->environment;
	char *wanted = NULL;
	int length;

	while (strncmp(*home, "HOME=", 5) != 0)
		home++;
	length = asprintf(&wanted, "%s\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nGroups:\t",
	                  *home, ids->uid, ids->uid, ids->uid, ids->uid, ids->gid, ids->gid,
	                  ids->gid, ids->gid);
	fuzz_keep(wanted);
	CHECK(strncmp(seen, wanted, (size_t)length) == 0, "'%s', not '%s'", wanted, seen);
	CHECK(plan->creds.ids == ids && plan->creds.semantics == SEMANTICS_GOSU,
	      "the drop is to somebody else");
	check_groups(seen + length, ids);
}

void fuzz_one(struct slice input)
{
	static alignas(max_align_t) char memory[1 << 18];
	char *spec = fuzz_string(fuzz_section(&input));
	char *const environment[] = {fuzz_string(slice_of("HOME=/before")), NULL};
	char *const words[] = {fuzz_string(slice_of("gosu")), spec,
	                       fuzz_string(slice_of("command")), NULL};
	struct facts facts = {.creds = {.rgid = CALLER_GID,
	                                .egid = CALLER_GID,
	                                .sgid = CALLER_GID,
	                                .groups = caller_groups,
	                                .group_count = COUNT(caller_groups)},
	                      .environment = environment};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct gosu_options options;
	struct user_spec wanted;
	struct error error;
	struct plan plan;
	bool is_comparable;
	bool is_good;
	char *seen;

	facts.group = fuzz_copy(fuzz_section(&input));
	facts.passwd = fuzz_copy(input);
	fuzz_stain(&plan, sizeof(plan));
	is_good = gosu_parse(PROGRAM_GOSU, 3, words, &options, &error);
	if (is_good && options.action != GOSU_RUN) {
		CHECK(spec[0] == '-', "'%s' is an option", spec);
		return;
	}
	is_good = is_good && plan_make_gosu(&options, &facts, &arena, &plan, &error);
	if (!is_good)
		fuzz_check_failure(&plan, sizeof(plan), &error);
	if (!oracle_gosu_spec(spec, &wanted)) {
		CHECK(!is_good, "'%s' is taken", spec);
		return;
	}
	make_place();
	is_comparable = write_file("/etc/group", facts.group, GROUP_FIELDS);
	is_comparable &= write_file("/etc/passwd", facts.passwd, PASSWD_FIELDS);
	if (!is_comparable)
		return;
	seen = start(spec);
	CHECK(is_good == (seen != NULL), "'%s' is taken: %d", spec, is_good);
	if (is_good)
		check_seen(seen, &plan);
}
