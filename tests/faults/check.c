#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "calls.h"
#include "tools.h"

#define LEFT "entries skipped"
#define GROUPS_STAY "the groups stay: setgroups is denied"
#define BY_NUMBER "(the ids are used by number)"

/* Lines that are no errors, unless something is strict. */
static const char *const remarks[] = {
	LEFT,
	BY_NUMBER,
	"entries changed: ",
	"': this cannot be undone, ",
	"': other mounts below it stay as they are: ",
	" entries visited, ", /* progress */
	"': added the line '",
	"/etc/passwd': changed '",
	"/etc/group': changed '",
	": checking that the user can write: ",
	GROUPS_STAY,
};

/* What may stand in the place of an errno's own words. */
static const struct {
	int errnum; /* 0: any */
	const char *words;
} causes[] = {
	/* The one command line that ends so without any fault. */
	{0, "changing the gid: '1000': not mapped in this user namespace"},
	{EINVAL, "not mapped in this user namespace"},
	{EPERM, "there is no CAP_"},
	{EPERM, "setgroups is denied in this user namespace"},
	{EPERM, "missing in the container"},
	{EAGAIN, "another process holds a lock on"},
	{EACCES, "another process holds a lock on"},
	/* It is tried again until the time for a lock is up. */
	{EINTR, "another process holds a lock on"},
	{EPERM, "a seccomp profile forbids flock"},
	{ENOSYS, "a seccomp profile forbids flock"},
	{EPERM, "a seccomp profile forbids umask"},
	{ENOSYS, "a seccomp profile forbids umask"},
	/* libcap-ng gives capset(2) the answer of gettid(2). */
	{ENOSYS, "'capabilities': Operation not permitted"},
	{ENOENT, "it does not exist"},
	{ENOENT, "no such user"},
	{ENOENT, "no such group"},
	{ENOENT, "not found"},
	/* It was there before, and is there again. */
	{ENOENT, "Resource temporarily unavailable (the file is as it was)"},
	{EEXIST, "it does not exist"},
	/* What was a directory. */
	{ELOOP, "Not a directory"},
	/* Of memory, whatever the kernel calls it. */
	{EAGAIN, "Cannot allocate memory"},
	{EPERM, "Cannot allocate memory"},
	{ENOSYS, "Cannot allocate memory"},
	/* Whatever it was, it was found afterwards. */
	{EINVAL, "checking the step down: "},
	{EPERM, "checking the step down: "},
	{ENOSYS, "checking the step down: "},
};

static char learned[sizeof(((struct world *)0)->error_text) + 1];

__attribute__((format(printf, 1, 2))) static const char *breach_of(const char *format, ...)
{
	static char problem[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	return problem;
}

void check_learn(const char *said)
{
	learned[0] = '\n';
	strncpy(learned + 1, said, sizeof(learned) - 2);
}

/* --- what the program left behind -------------------------------------------------------------------- */

enum version { IS_OLD, IS_NEW, IS_TORN };

static enum version version_of(const struct world *world, const char *name, const char *old_bytes,
                               const char *new_bytes)
{
	const char *path = path_of("%s/etc/%s", world->path, name);

	/* Where nothing is to be changed, old is as it should be. */
	if (is_file(path, new_bytes == NULL ? old_bytes : new_bytes))
		return IS_NEW;
	return is_file(path, old_bytes) ? IS_OLD : IS_TORN;
}

static enum version passwd_of(const struct world *world)
{
	return version_of(world, "passwd", old_passwd, world->scenario->new_passwd);
}

static enum version group_of(const struct world *world)
{
	return version_of(world, "group", old_group, world->scenario->new_group);
}

static bool has_metadata(const struct world *world, const char *name, mode_t mode, gid_t gid)
{
	struct stat status;

	return lstat(path_of("%s/etc/%s", world->path, name), &status) == 0 &&
	       status.st_mode == (S_IFREG | mode) && status.st_uid == 0 && status.st_gid == gid;
}

static const char *text_of(const char *path)
{
	static char text[4096];

	read_file(path, text, sizeof(text));
	return text;
}

static bool begins_with(const char *text, const char *begin)
{
	return strncmp(text, begin, strlen(begin)) == 0;
}

/* The kernel says that there are no accounts: then the command gets what an image without the files
 * gives, which is never more than with them, and what is written fits that. */
static bool is_without_accounts(const struct fault *fault)
{
	return fault != NULL && fault->call.number == SYS_openat && fault->deed == DEED_FAIL &&
	       fault->errnum == ENOENT &&
	       (strcmp(fault->path, "/etc") == 0 || strcmp(fault->path, "passwd") == 0 ||
	        strcmp(fault->path, "group") == 0);
}

static const char *check_accounts(const struct world *world, const struct fault *fault)
{
	if (is_without_accounts(fault) &&
	    begins_with(text_of(path_of("%s/etc/passwd", world->path)), old_passwd) &&
	    begins_with(text_of(path_of("%s/etc/group", world->path)), old_group))
		return NULL;
	if (passwd_of(world) == IS_TORN)
		return breach_of("/etc/passwd is neither the old one nor the new one:\n%s",
		                 text_of(path_of("%s/etc/passwd", world->path)));
	if (group_of(world) == IS_TORN)
		return breach_of("/etc/group is neither the old one nor the new one:\n%s",
		                 text_of(path_of("%s/etc/group", world->path)));
	return NULL;
}

/* Who says that he has given it an owner, and has not, leaves it root's. */
static bool has_lost_metadata(const struct world *world, const struct fault *fault)
{
	gid_t gid = 33;

	if (fault != NULL && fault->deed == DEED_LIE && fault->call.number == SYS_fchown &&
	    !has_metadata(world, "group", 0640, gid))
		gid = 0;
	return !has_metadata(world, "passwd", 0644, 0) || !has_metadata(world, "group", 0640, gid);
}

/* Unless the kernel said that there is none. */
static bool has_lost_attribute(const struct world *world, const struct fault *fault)
{
	char value[8];

	if (fault != NULL && (fault->errnum == ENOTSUP || fault->errnum == ENODATA) &&
	    (fault->call.number == SYS_flistxattr || fault->call.number == SYS_fgetxattr ||
	     fault->call.number == SYS_fsetxattr))
		return false;
	return getxattr(path_of("%s/etc/passwd", world->path), "user.note", value, 8) != 4 &&
	       errno == ENODATA;
}

static bool is_owner(const struct stat *status, uid_t uid, gid_t gid)
{
	return status->st_uid == uid && status->st_gid == gid;
}

static const char *check_outside(const struct world *world)
{
	static const char *const names[] = {
		"", "/bin", "/etc", "/outside", "/outside/secret", "/root", "/bin/probe"};
	struct stat status;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (lstat(path_of("%s%s", world->path, names[i]), &status) != 0 ||
		    !is_owner(&status, 0, 0))
			return breach_of("'%s' outside of the volume has changed its owner",
			                 names[i]);
	}
	if (!is_file(path_of("%s/outside/secret", world->path), "secret\n"))
		return "a file outside of the volume has changed";
	if (lstat(path_of("%s/new", world->path), &status) == 0 && !is_owner(&status, 0, 0))
		return "the directory above a new one is not root's";
	if (lstat(path_of("%s/new/deep", world->path), &status) == 0 && !is_owner(&status, 0, 0) &&
	    !is_owner(&status, 1000, 1000))
		return "a new directory has a strange owner";
	return NULL;
}

static long count_wrong(const struct world *world)
{
	long wrong = 0;
	struct stat status;

	for (const struct entry *entry = world->scenario->entries;
	     entry != NULL && entry->path != NULL; entry++) {
		if (lstat(path_of("%s%s", world->path, entry->path), &status) != 0)
			return -1;
		if (is_owner(&status, entry->wanted_uid, entry->wanted_gid))
			continue;
		if (!is_owner(&status, entry->uid, entry->gid))
			return -1;
		wrong++;
	}
	return wrong;
}

const char *check_remains(const struct world *world, const struct fault *fault)
{
	const char *breach = check_accounts(world, fault);

	if (breach == NULL)
		breach = check_outside(world);
	if (breach == NULL && count_wrong(world) < 0)
		breach = "an entry of the volume is gone or somebody else's";
	return breach;
}

const char *check_order(const struct world *world)
{
	const struct entry *path = world->scenario->entries;
	struct stat status;

	if (path == NULL || (path->uid == path->wanted_uid && path->gid == path->wanted_gid) ||
	    count_wrong(world) == 0)
		return NULL;
	if (lstat(path_of("%s%s", world->path, path->path), &status) == 0 &&
	    is_owner(&status, path->uid, path->gid))
		return NULL;
	return "the path is right, and below it is not";
}

static bool has_left_over(const struct world *world)
{
	DIR *stream = opendir(path_of("%s/etc", world->path));
	const struct dirent *entry;
	bool found = false;

	if (stream == NULL)
		die("/etc");
	while ((entry = readdir(stream)) != NULL) {
		const char *name = entry->d_name;

		found |= strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		         strcmp(name, "passwd") != 0 && strcmp(name, "group") != 0 &&
		         strcmp(name, ".pwd.lock") != 0 && strncmp(name, "filler", 6) != 0;
	}
	closedir(stream);
	return found;
}

static bool is_new_directory_right(const struct world *world)
{
	struct stat status;

	return !scenario_has(world->scenario, "--mkdir") ||
	       (lstat(path_of("%s/new/deep", world->path), &status) == 0 &&
	        is_owner(&status, 1000, 1000));
}

const char *check_finished(const struct world *world)
{
	if (passwd_of(world) != IS_NEW || group_of(world) != IS_NEW)
		return "the account was not made";
	if (count_wrong(world) != 0 || !is_new_directory_right(world))
		return "the volume is not as it was asked for";
	if (has_left_over(world))
		return "a temporary file is left over";
	return NULL;
}

/* --- what it said -------------------------------------------------------------------------------------- */

static bool is_remark(const char *line)
{
	char whole[4096];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(learned, whole) != NULL)
		return true;
	for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
		if (strstr(line, remarks[i]) != NULL)
			return true;
	}
	return false;
}

static bool names_cause(const char *line, const struct fault *fault)
{
	char number[32];

	if (fault == NULL || (fault->deed != DEED_FAIL && fault->deed != DEED_LATE))
		return true;
	snprintf(number, sizeof(number), "error %d", fault->errnum);
	if (strstr(line, strerror(fault->errnum)) != NULL || strstr(line, number) != NULL)
		return true;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if ((causes[i].errnum == 0 || causes[i].errnum == fault->errnum) &&
		    strstr(line, causes[i].words) != NULL)
			return true;
	}
	return false;
}

/* Splits what was said, and counts the lines that are errors; *ret_last is the last line. */
static int count_errors(const struct world *world, const char **ret_last)
{
	static char text[sizeof(world->error_text)];
	int errors = 0;
	char *line = text;

	*ret_last = "";
	strcpy(text, world->error_text);
	while (*line != '\0') {
		char *end = strchr(line, '\n');

		if (end == NULL)
			return -1;
		*end = '\0';
		errors += !is_remark(line);
		*ret_last = line;
		line = end + 1;
	}
	return errors;
}

static bool is_about_messages(const struct fault *fault)
{
	return fault != NULL &&
	       (fault->call.number == SYS_write || fault->call.number == SYS_writev) &&
	       fault->call.arguments[0] == 2;
}

static bool is_told(const struct world *world, const struct fault *fault, const char *remark)
{
	return is_about_messages(fault) || strstr(world->error_text, remark) != NULL;
}

static const char *check_error_line(const struct world *world, const struct fault *fault)
{
	const char *words = world->scenario->words;
	const char *program = path_of("%.*s: ", (int)strcspn(words, " "), words);
	const char *last;
	int errors = count_errors(world, &last);
	bool is_strict = errors == 0 && scenario_has(world->scenario, "--strict") &&
	                 is_remark(last);

	if (is_about_messages(fault))
		return NULL;
	if ((errors != 1 && !is_strict) || (errors == 1 && is_remark(last)))
		return breach_of("it ended with %d lines of errors", errors);
	if (!begins_with(last, program))
		return "the error line does not name the program";
	if (!names_cause(last, fault))
		return "the error line does not name what happened";
	return NULL;
}

/* --- the whole ----------------------------------------------------------------------------------------- */

/* In the order of tests/tools/probe.c. */
static void expect(const struct scenario *scenario, char text[static 2048])
{
	const struct state *state = &scenario->state;
	unsigned long long kept = state->kept;
	const char *user = state->user;
	char names[256];
	int length;

	length = snprintf(text, 1024,
	                  "cap.amb %016llx\ncap.bnd %016llx\ncap.eff %016llx\n"
	                  "cap.inh %016llx\ncap.prm %016llx\n"
	                  "uid %u %u %u %u\ngid %u %u %u %u\ngroups %s\ncwd /\nfds -\n"
	                  "no_new_privs %d\nsecurebits %016x\numask %s\n",
	                  (unsigned long long)state->ambient, (unsigned long long)state->bounding,
	                  kept, kept, kept, state->uid, state->uid, state->uid, state->uid,
	                  state->gid, state->gid, state->gid, state->gid, state->groups,
	                  !state->may_gain_privileges, state->securebits,
	                  state->mask == NULL ? "0022" : state->mask);
	snprintf(names, sizeof(names), "env.HOME %s\nenv.KEPT yes\n", state->home);
	if (user == NULL)
		snprintf(text + length, 1024,
		         "env.LOGNAME (unset)\nenv.USER (unset)\n%senv.PATH /bin\n", names);
	else
		snprintf(text + length, 1024, "%senv.LOGNAME %s\nenv.PATH /bin\nenv.USER %s\n",
		         names, user, user);
}

/* Securebits are not among what is promised: they are cleared where the kernel has them, and what they
 * could do shows in the sets. */
static bool is_about_securebits(const struct fault *fault)
{
	return fault != NULL && fault->call.number == SYS_prctl &&
	       (fault->call.arguments[0] == PR_GET_SECUREBITS ||
	        fault->call.arguments[0] == PR_SET_SECUREBITS);
}

/* The lines of which KEYS are the beginnings, ended by NULL, are the same. */
static bool is_same_but_for(const char *a, const char *b, const char *const *keys)
{
	while (*a != '\0' && *b != '\0') {
		size_t length_a = strcspn(a, "\n") + 1, length_b = strcspn(b, "\n") + 1;
		bool free = false;

		for (size_t i = 0; keys[i] != NULL && !free; i++)
			free = strncmp(a, keys[i], strlen(keys[i])) == 0;
		if (!free && (length_a != length_b || memcmp(a, b, length_a) != 0))
			return false;
		a += length_a;
		b += length_b;
	}
	return *a == *b;
}

static bool is_output(const struct world *world, const struct fault *fault, const char *wanted)
{
	static const char *const none[] = {NULL};
	static const char *const accounts[] = {"gid ", "groups ", "env.", NULL};
	static const char *const securebits[] = {"securebits ", NULL};
	static const char *const groups[] = {"groups ", NULL};

	/* The list of the start may stay where it holds nothing that is not wanted, and is told. */
	if (fault != NULL && fault->call.number == SYS_setgroups && fault->errnum == EPERM &&
	    strstr(world->error_text, GROUPS_STAY) != NULL)
		return is_same_but_for(world->output_text, wanted, groups);
	return is_same_but_for(world->output_text, wanted,
	                       is_without_accounts(fault)   ? accounts
	                       : is_about_securebits(fault) ? securebits
	                                                    : none);
}

static bool is_status(const struct scenario *scenario, const struct fault *fault, int status)
{
	if (!begins_with(scenario->words, "stepdown "))
		return status == 1; /* as gosu and su-exec do */
	if (fault == NULL || fault->call.number != SYS_execve)
		return status == 125;
	return status == 126 ||
	       (status == 127 && (fault->errnum == ENOENT || fault->errnum == ENOTDIR ||
	                          fault->errnum == ENAMETOOLONG));
}

/* Untold is what the kernel hid: it said that it was done, or that there is nothing. */
static bool is_hidden(const struct fault *fault)
{
	if (fault == NULL)
		return false;
	if (fault->deed == DEED_LIE)
		return fault->call.number == SYS_fchownat || fault->call.number == SYS_mkdirat;
	return fault->deed == DEED_FAIL && (fault->errnum == ENOENT || fault->errnum == EXDEV) &&
	       (fault->call.number == SYS_openat || fault->call.number == SYS_openat2 ||
	        fault->call.number == SYS_statx || fault->call.number == SYS_newfstatat ||
	        fault->call.number == SYS_getdents64);
}

/* It ran the command, or ended well where there is none. */
static const char *check_success(const struct world *world, const struct fault *fault)
{
	const struct scenario *scenario = world->scenario;
	bool accounts = passwd_of(world) == IS_NEW && group_of(world) == IS_NEW;
	bool strict = scenario_has(scenario, "--strict");
	bool must = strict || scenario_has(scenario, "--setup-only") || fault == NULL;
	const char *last;

	if (count_errors(world, &last) != 0 && !is_about_messages(fault))
		return "it went on in spite of an error";
	if (!accounts && (must || !is_told(world, fault, BY_NUMBER)) &&
	    !(fault != NULL && fault->deed == DEED_LIE && fault->call.number == SYS_renameat))
		return "it went on without the account, and did not say so";
	if ((count_wrong(world) != 0 || !is_new_directory_right(world)) && !is_hidden(fault) &&
	    (strict || fault == NULL || !is_told(world, fault, LEFT)))
		return "it went on with a volume that is not right, and did not say so";
	return NULL;
}

const char *check_ran(const struct world *world)
{
	char wanted[2048];
	const char *last;

	expect(world->scenario, wanted);
	if (strcmp(world->output_text, wanted) != 0)
		return breach_of("it did not run the command as asked for:\n%s",
		                 world->output_text);
	return count_errors(world, &last) == 0 ? NULL : "it told an error";
}

/* The user has no name if /etc was read-only already when the plan was made. */
static bool is_output_without_name(const struct world *world, const struct fault *fault)
{
	struct scenario nameless = *world->scenario;
	char wanted[2048];

	nameless.state.user = NULL;
	expect(&nameless, wanted);
	return strstr(world->error_text, "Read-only file system (the ids are used by number)") !=
	               NULL &&
	       is_output(world, fault, wanted);
}

static const char *check_end(const struct world *world, const struct fault *fault,
                             const struct outcome *outcome)
{
	const struct scenario *scenario = world->scenario;
	int status = WEXITSTATUS(outcome->status);
	char wanted[2048] = "";

	if (outcome->hung)
		return "it hung";
	if (!WIFEXITED(outcome->status))
		return breach_of("it ended by signal %d", WTERMSIG(outcome->status));
	if (!scenario_has(scenario, "--setup-only") && !scenario->never_runs)
		expect(scenario, wanted);
	if ((is_output(world, fault, wanted) || is_output_without_name(world, fault)) &&
	    status == 0 && !scenario->never_runs)
		return check_success(world, fault);
	if (outcome->executed || world->output_text[0] != '\0')
		return breach_of("it ran the command in another state, status %d:\n%swanted:\n%s",
		                 status, world->output_text, wanted);
	if (!is_status(scenario, fault, status))
		return breach_of("its status is %d", status);
	return check_error_line(world, fault);
}

const char *check_run(const struct world *world, const struct fault *fault,
                      const struct outcome *outcome)
{
	const char *breach = check_remains(world, fault);

	if (fault != NULL && !fault->happened)
		fault = NULL;
	if (breach == NULL)
		breach = check_end(world, fault, outcome);
	if (breach == NULL && has_left_over(world) &&
	    !(fault != NULL && (fault->call.number == SYS_unlinkat ||
	                        (fault->deed == DEED_LIE && fault->call.number == SYS_renameat))))
		breach = "a temporary file is left over";
	if (breach == NULL && has_lost_metadata(world, fault))
		breach = "the owner or the mode of an account file has changed";
	if (breach == NULL && has_lost_attribute(world, fault))
		breach = "/etc/passwd has lost an attribute";
	if (breach == NULL && fault == NULL && !world->scenario->never_runs)
		breach = check_finished(world);
	return breach;
}
