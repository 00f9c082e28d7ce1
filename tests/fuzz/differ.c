/* usage: differ SEED SECONDS STEPDOWN SEEN GOSU SU-EXEC [CASE]
 *
 * Gives the same passwd, group and spec to the program under the names gosu and su-exec, and to
 * those whose names these are, and lets each start the program SEEN, which says who it is. As root,
 * in a mount namespace and a root directory of its own. The cases follow from SEED alone; with CASE
 * only that one is made, and is shown.
 *
 * Whatever the two make of it must be the same: refused by both, or accepted by both with equal
 * uids, gids, groups and HOME. These differences, and no others, are on purpose:
 *
 *  1. A spec that oracle_compat_spec() does not take is refused, whatever the other says: a number
 *     that is not digits alone or is beyond 2147483647; a name with a sign in front, a blank, a
 *     control byte, '@', ',', '=' or a second ':' in it.
 *  2. A line that oracle_line() does not count does not exist. So where the two differ, the other
 *     one is asked again, with files that have only the lines that count, and must then agree. (In
 *     these, the carriage return of a line end is left out. For gosu an empty member is added to a
 *     list of members that ends in a blank, or it would take the blank off the last one's name. For
 *     su-exec empty members are taken away, as musl does not see the one that follows.) The other one
 *     may also be killed by a signal at such files: musl writes beyond its list of members where an
 *     empty one is the last.
 *  3. The group list has the primary group. It is added to gosu's; su-exec's has it.
 *
 * A group list is a set: order and repetitions do not count. Where the name of a line that counts
 * begins with a blank of Unicode's, which gosu takes off, the two are not compared.
 *
 * Beside that, the program must do exactly what the oracle makes of the files and the spec. That has
 * uid 0 and gid 0 nowhere but from a plain 0, or from '' as the user: the caller here is uid 0, but its
 * gid and groups are others. */

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <grp.h>

#include "generate.h"
#include "oracle.h"

enum {
	GROUPS = 256,
	OUTPUT = 16384,
	SPECS = 6, /* to each pair of files */
	CALLER_GID = 7,
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

/* Who a command was, or that it was not started. */
struct seen {
	bool started;
	int killed_by; /* a signal, or 0 */
	unsigned uids[3];
	unsigned gids[3];
	unsigned groups[GROUPS];
	size_t group_count;
	char home[256];
};

struct files {
	struct generated passwd;
	struct generated group;
};

struct program {
	const char *name;
	const char *ours;
	const char *theirs;
	bool is_gosu;
	unsigned long same;
	unsigned long refused;
	unsigned long damaged; /* the same, once the lines that do not count were taken away */
	unsigned long strict;  /* our refusals of a spec that theirs accepts */
	unsigned long left;    /* not compared */
};

static struct program programs[] = {
	{.name = "gosu", .ours = "/ours/gosu", .theirs = "/theirs/gosu", .is_gosu = true},
	{.name = "su-exec", .ours = "/ours/su-exec", .theirs = "/theirs/su-exec"},
};

/* --- the place ---------------------------------------------------------------------------------- */

static void copy_file(int from, const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t length;

	if (fd < 0)
		die(to);
	while ((length = read(from, buffer, sizeof(buffer))) > 0) {
		if (write(fd, buffer, (size_t)length) != length)
			die(to);
	}
	close(fd);
	close(from);
}

/* Everything lies in a tmpfs that ends with this process. */
static void make_place(char *const *sources)
{
	static const char *const targets[] = {"/ours/stepdown", "/seen", "/theirs/gosu",
	                                      "/theirs/su-exec"};
	static const char *const directories[] = {"ours", "theirs", "etc", "proc"};
	const gid_t groups[] = {CALLER_GID, CALLER_GID + 1};
	int fds[4];

	for (size_t i = 0; i < 4; i++) {
		fds[i] = open(sources[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			die(sources[i]);
	}
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("differ", "/tmp", "tmpfs", 0, "mode=755") != 0 || chdir("/tmp") != 0)
		die("a mount namespace");
	for (size_t i = 0; i < 4; i++) {
		if (mkdir(directories[i], 0755) != 0)
			die(directories[i]);
	}
	/* gosu looks there for itself. */
	if (mount("proc", "proc", "proc", 0, NULL) != 0 || chroot(".") != 0)
		die("a root directory");
	for (size_t i = 0; i < 4; i++)
		copy_file(fds[i], targets[i]);
	if (link("/ours/stepdown", "/ours/gosu") != 0 ||
	    link("/ours/stepdown", "/ours/su-exec") != 0)
		die("links");
	if (setgroups(2, groups) != 0 || setresgid(CALLER_GID, CALLER_GID, CALLER_GID) != 0)
		die("the caller's groups");
}

static void write_file(const char *path, const struct generated *file)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, file->bytes, file->length) != (ssize_t)file->length)
		die(path);
	close(fd);
}

static void write_files(const struct files *files)
{
	write_file("/etc/passwd", &files->passwd);
	write_file("/etc/group", &files->group);
}

/* --- one start ---------------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
	unsigned one = *(const unsigned *)a;
	unsigned other = *(const unsigned *)b;

	return (one > other) - (one < other);
}

static void make_set(struct seen *seen)
{
	size_t kept = 0;

	qsort(seen->groups, seen->group_count, sizeof(unsigned), compare_numbers);
	for (size_t i = 0; i < seen->group_count; i++) {
		if (kept == 0 || seen->groups[kept - 1] != seen->groups[i])
			seen->groups[kept++] = seen->groups[i];
	}
	seen->group_count = kept;
}

static void add_to(struct seen *seen, unsigned gid)
{
	if (seen->group_count == GROUPS)
		die("so many groups");
	seen->groups[seen->group_count++] = gid;
}

/* What the program SEEN printed: six ids and the groups, and HOME on the other line. */
static void read_seen(const char *output, struct seen *seen)
{
	unsigned *const ids[] = {&seen->uids[0], &seen->uids[1], &seen->uids[2],
	                         &seen->gids[0], &seen->gids[1], &seen->gids[2]};
	char *at = (char *)(uintptr_t)output;

	for (size_t i = 0; i < 6; i++)
		*ids[i] = (unsigned)strtoul(at, &at, 10);
	while (*at == ' ')
		add_to(seen, (unsigned)strtoul(at, &at, 10));
	if (*at++ != '\n' || strlen(at) >= sizeof(seen->home))
		die("what the command printed");
	strcpy(seen->home, at);
	make_set(seen);
	seen->started = true;
}

static void start(const char *program, const char *spec, int output, int nowhere)
{
	char *const words[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)spec,
	                       (char *)(uintptr_t)("/seen"), NULL};
	/* The third makes gosu start with fewer threads, which takes half the time. */
	char *const environment[] = {(char *)(uintptr_t)("HOME=/before"),
	                             (char *)(uintptr_t)("PATH=/"),
	                             (char *)(uintptr_t)("GOMAXPROCS=1"), NULL};

	dup2(output, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execve(program, words, environment);
	_exit(127);
}

static struct seen run(const char *program, const char *spec)
{
	static int ends[2] = {-1, -1};
	static int nowhere = -1;
	static char output[OUTPUT];
	struct seen seen = {.started = false};
	ssize_t length;
	int status;
	pid_t child;

	if (nowhere < 0) {
		if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
			die("pipe");
		nowhere = open("/nowhere", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	}
	/* Errors are read by nobody, but have to go somewhere. */
	if (ftruncate(nowhere, 0) != 0)
		die("truncate");
	child = vfork();
	if (child == 0)
		start(program, spec, ends[1], nowhere);
	if (child < 0 || waitpid(child, &status, 0) != child)
		die("fork");
	/* It has ended, and what it wrote has room in a pipe. */
	length = read(ends[0], output, sizeof(output) - 1);
	if (WIFSIGNALED(status))
		seen.killed_by = WTERMSIG(status);
	if (status == 0 && length > 0) {
		output[length] = '\0';
		read_seen(output, &seen);
	}
	return seen;
}

static bool is_same(const struct seen *a, const struct seen *b)
{
	if (!a->started || !b->started)
		return a->started == b->started && a->killed_by == b->killed_by;
	return memcmp(a->uids, b->uids, sizeof(a->uids)) == 0 &&
	       memcmp(a->gids, b->gids, sizeof(a->gids)) == 0 && a->group_count == b->group_count &&
	       memcmp(a->groups, b->groups, a->group_count * sizeof(unsigned)) == 0 &&
	       strcmp(a->home, b->home) == 0;
}

/* --- what is to be ------------------------------------------------------------------------------ */

static bool find(const struct generated *file, unsigned kind, const struct oracle_ref *ref,
                 struct oracle_entry *ret_entry)
{
	return oracle_find(file->bytes, file->length, kind, ref->is_id ? NULL : ref->text.bytes,
	                   ref->text.length, ref->id, ret_entry);
}

static struct seen expect(const struct files *files, const struct oracle_spec *spec)
{
	const struct oracle_ref caller = {.given = true, .is_id = true};
	const struct oracle_ref *user = spec->user.given ? &spec->user : &caller;
	struct seen seen = {.started = false, .home = "/"};
	struct oracle_entry entry = {.gid = CALLER_GID, .id = user->id};
	struct oracle_entry group = {.counts = false};
	bool has_entry = find(&files->passwd, ORACLE_PASSWD, user, &entry);
	unsigned gid = entry.gid;

	if (!has_entry && !user->is_id)
		return seen;
	if (spec->group.given) {
		gid = spec->group.id;
		if (!spec->group.is_id) {
			if (!find(&files->group, ORACLE_GROUP, &spec->group, &group))
				return seen;
			gid = group.gid;
		}
	}
	for (size_t i = 0; i < 3; i++) {
		seen.uids[i] = entry.id;
		seen.gids[i] = gid;
	}
	add_to(&seen, gid);
	for (size_t at = 0; has_entry && !spec->group.given && at < files->group.length;) {
		at += oracle_line(files->group.bytes + at, files->group.length - at, ORACLE_GROUP,
		                  &group);
		if (group.counts &&
		    oracle_has_member(&group, entry.fields[0].bytes, entry.fields[0].length))
			add_to(&seen, group.gid);
	}
	make_set(&seen);
	if (has_entry)
		snprintf(seen.home, sizeof(seen.home), "%.*s", (int)entry.fields[5].length,
		         entry.fields[5].bytes);
	seen.started = true;
	return seen;
}

static void append(struct generated *file, const char *bytes, size_t length)
{
	if (length > sizeof(file->bytes) - file->length)
		die("a file that is too long");
	memcpy(file->bytes + file->length, bytes, length);
	file->length += length;
}

/* Without those that are empty. */
static void append_members(struct generated *file, const struct oracle_field *list)
{
	bool was_comma = true;

	for (size_t i = 0; i < list->length; i++) {
		bool is_comma = list->bytes[i] == ',';

		if (!is_comma || !was_comma)
			append(file, &list->bytes[i], 1);
		was_comma = is_comma;
	}
	if (list->length > 0 && was_comma && file->bytes[file->length - 1] == ',')
		file->length--;
}

/* The lines that count, as difference 2 above says. */
static void clean(const struct generated *file, unsigned kind, bool for_gosu,
                  struct generated *ret_file)
{
	ret_file->length = 0;
	for (size_t at = 0; at < file->length;) {
		struct oracle_entry entry;
		unsigned char last;

		at += oracle_line(file->bytes + at, file->length - at, kind, &entry);
		if (!entry.counts)
			continue;
		last = (unsigned char)entry.line[entry.length - 1];
		if (kind == ORACLE_PASSWD || for_gosu) {
			append(ret_file, entry.line, entry.length);
			if (kind == ORACLE_GROUP && (last <= ' ' || last >= 0x80))
				append(ret_file, ",", 1);
		} else {
			append(ret_file, entry.line, entry.length - entry.fields[3].length);
			append_members(ret_file, &entry.fields[3]);
		}
		append(ret_file, "\n", 1);
	}
}

/* By the first bytes of U+0085, U+00A0, U+1680, U+2000 to U+205F and U+3000. */
static bool begins_with_wide_blank(const struct generated *file, unsigned kind)
{
	static const char blanks[][3] = {"\302\205", "\302\240", "\341\232",
	                                 "\342\200", "\342\201", "\343\200"};

	for (size_t at = 0; at < file->length;) {
		struct oracle_entry entry;

		at += oracle_line(file->bytes + at, file->length - at, kind, &entry);
		for (size_t i = 0; entry.counts && i < sizeof(blanks) / sizeof(blanks[0]); i++) {
			if (memcmp(entry.line, blanks[i], 2) == 0)
				return true;
		}
	}
	return false;
}

/* --- the comparison ----------------------------------------------------------------------------- */

static void show_bytes(const char *what, const char *bytes, size_t length)
{
	printf("%s \"", what);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte == '\n')
			printf("\\n%s", i + 1 < length ? "\"\n       \"" : "");
		else if (byte < ' ' || byte >= 0x7f || byte == '"' || byte == '\\')
			printf("\\%03o", byte);
		else
			putchar(byte);
	}
	printf("\"\n");
}

static void show_seen(const char *who, const struct seen *seen)
{
	if (seen->killed_by != 0) {
		printf("%-8s was killed by signal %d\n", who, seen->killed_by);
		return;
	}
	if (!seen->started) {
		printf("%-8s refused\n", who);
		return;
	}
	printf("%-8s uid %u %u %u gid %u %u %u groups", who, seen->uids[0], seen->uids[1],
	       seen->uids[2], seen->gids[0], seen->gids[1], seen->gids[2]);
	for (size_t i = 0; i < seen->group_count; i++)
		printf(" %u", seen->groups[i]);
	printf(" HOME '%s'\n", seen->home);
}

static void show_case(const struct files *files, const char *spec)
{
	show_bytes("passwd", files->passwd.bytes, files->passwd.length);
	show_bytes("group ", files->group.bytes, files->group.length);
	show_bytes("spec  ", spec, strlen(spec));
}

static struct seen ask_them(const struct program *program, const char *spec)
{
	struct seen seen = run(program->theirs, spec);

	if (seen.started && program->is_gosu) {
		add_to(&seen, seen.gids[0]);
		make_set(&seen);
	}
	return seen;
}

static bool has_clean_files(const struct files *files, const struct files *cleaned)
{
	return files->passwd.length == cleaned->passwd.length &&
	       files->group.length == cleaned->group.length &&
	       memcmp(files->passwd.bytes, cleaned->passwd.bytes, files->passwd.length) == 0 &&
	       memcmp(files->group.bytes, cleaned->group.bytes, files->group.length) == 0;
}

/* False, and shown, when there is a difference that is none of those above. */
static bool compare(struct program *program, const struct files *files, const char *spec, bool show)
{
	static struct files cleaned;
	struct oracle_spec parsed;
	bool is_strict = oracle_compat_spec(spec, &parsed);
	struct seen wanted = {.started = false};
	struct seen ours = run(program->ours, spec);
	struct seen theirs = ask_them(program, spec);
	const char *breach = NULL;

	if (is_strict)
		wanted = expect(files, &parsed);
	if (!is_same(&ours, &wanted)) {
		breach = "not what the files and the spec say";
	} else if (!is_strict) {
		program->strict += theirs.started;
		program->refused += !theirs.started;
	} else if (is_same(&ours, &theirs)) {
		program->same += ours.started;
		program->refused += !ours.started;
	} else if (begins_with_wide_blank(&files->passwd, ORACLE_PASSWD) ||
	           begins_with_wide_blank(&files->group, ORACLE_GROUP)) {
		program->left++;
	} else {
		clean(&files->passwd, ORACLE_PASSWD, program->is_gosu, &cleaned.passwd);
		clean(&files->group, ORACLE_GROUP, program->is_gosu, &cleaned.group);
		write_files(&cleaned);
		theirs = ask_them(program, spec);
		write_files(files);
		program->damaged++;
		if (!is_same(&ours, &theirs) || has_clean_files(files, &cleaned))
			breach = "not what the other does";
	}
	if (breach != NULL)
		printf("breach: %s: %s\n", program->name, breach);
	if (breach != NULL || show) {
		show_case(files, spec);
		show_seen("oracle", &wanted);
		show_seen("stepdown", &ours);
		show_seen(program->name, &theirs);
	}
	return breach == NULL;
}

/* gosu knows them in the place of a spec. */
static bool is_no_spec(const char *spec)
{
	static const char *const words[] = {"--help", "-h", "-?", "--version", "-v"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(spec, words[i]) == 0)
			return true;
	}
	return false;
}

static bool make_case(uint64_t seed, unsigned long number, bool show)
{
	static struct files files;
	struct generator generator = generator_of(seed, number);
	char spec[GENERATED_SPEC];

	generate_passwd(&generator, &files.passwd);
	generate_group(&generator, &files.group);
	write_files(&files);
	for (int i = 0; i < SPECS; i++) {
		generate_spec(&generator, spec);
		for (size_t j = 0; j < 2 && !is_no_spec(spec); j++) {
			if (!compare(&programs[j], &files, spec, show)) {
				printf("again: SEED %ju, CASE %lu\n", (uintmax_t)seed, number);
				return false;
			}
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	uint64_t seed;
	unsigned long number = 0;
	time_t begin = time(NULL);
	time_t seconds;
	bool held = true;

	if (argc != 7 && argc != 8) {
		fputs("usage: differ SEED SECONDS STEPDOWN SEEN GOSU SU-EXEC [CASE]\n", stderr);
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	seconds = strtol(argv[2], NULL, 10);
	make_place(argv + 3);
	if (argc == 8)
		return make_case(seed, strtoul(argv[7], NULL, 10), true) ? 0 : 1;
	while (held && time(NULL) - begin < seconds)
		held = make_case(seed, number++, false);
	for (size_t i = 0; i < 2; i++) {
		const struct program *program = &programs[i];
		unsigned long starts = program->same + program->refused + program->damaged +
		                       program->strict + program->left;

		printf("# differ %s: seed %ju: %lu specs: %lu the same, %lu refused by both, "
		       "%lu the same without damaged lines, %lu not strict, %lu not compared; %ld "
		       "s\n",
		       program->name, (uintmax_t)seed, starts, program->same, program->refused,
		       program->damaged, program->strict, program->left,
		       (long)(time(NULL) - begin));
	}
	return held ? 0 : 1;
}
