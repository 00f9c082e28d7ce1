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

#include "tools.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SKIPPED "entries skipped"
#define BY_NUMBER "(the ids are used by number)"
#define GROUPS_STAY "the groups stay: setgroups is denied"

/* Parts of lines that are no errors, from tests/common/messages. */
static const char *const remarks[] = {
	SKIPPED,
	BY_NUMBER,
	"entries changed: ",
	"': this cannot be undone, ",
	"': other mounts below it stay as they are: ",
	"checking that the user can write: ",
};

/* Those of lines that are not in that table. */
static const char *const unlisted_remarks[] = {
	" entries visited, ", /* progress */
	"': added the line '",
	GROUPS_STAY,
};

/* Parts of messages, from the same table, that stand in the place of the words for an errno. */
static const struct {
	const char *words;
	int errnums[4];
} causes[] = {
	{"not mapped in this user namespace", {EINVAL}},
	{"setgroups is denied in this user namespace", {EPERM}},
	{"missing in the container", {EPERM}},
	/* After EINTR the lock is tried again until the time for it is over. */
	{"another process holds a lock on", {EAGAIN, EACCES, EINTR}},
	{"a seccomp profile forbids ", {EPERM, ENOSYS}},
	{"it does not exist", {ENOENT, EEXIST}},
	{"no such user", {ENOENT}},
	{"no such group", {ENOENT}},
	{"not found", {ENOENT}},
	/* The proof finds afterwards what a call did not do. */
	{"checking the step down: ", {EINVAL, EPERM, ENOSYS}},
};

/* The second errno is reported in the place of the first. */
static const int renamed[][2] = {
	{EAGAIN, ENOMEM}, /* of mmap(2) */
	{EPERM, ENOMEM},  {ENOSYS, ENOMEM},
	{ENOSYS, EPERM},  /* libcap-ng gives capset(2) the answer of gettid(2) */
	{ELOOP, ENOTDIR}, /* what was a directory */
	{ENOENT, EAGAIN}, /* a file that was there before, and is there again */
};

static const struct fault no_fault = {.call.number = -1};
/* The run without a fault has printed this: a newline and the errors, and the output. */
static char learned[sizeof(((struct world *)0)->error_text) + 1];
static char wanted[sizeof(((struct world *)0)->output_text)];

__attribute__((format(printf, 1, 2))) static const char *breach_of(const char *format, ...)
{
	static char problem[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	return problem;
}

void check_learn(const char *errors, const char *output)
{
	snprintf(learned, sizeof(learned), "\n%s", errors);
	snprintf(wanted, sizeof(wanted), "%s", output);
}

void check_messages(const char *path)
{
	static char messages[65536];

	read_file(path, messages, sizeof(messages));
	for (size_t i = 0; i < COUNT(remarks); i++) {
		if (strstr(messages, remarks[i]) == NULL)
			die(breach_of("%s: no message has '%s'", path, remarks[i]));
	}
	for (size_t i = 0; i < COUNT(causes); i++) {
		if (strstr(messages, causes[i].words) == NULL)
			die(breach_of("%s: no message has '%s'", path, causes[i].words));
	}
}

/* --- what the program left behind -------------------------------------------------------------------- */

enum version { IS_OLD, IS_NEW, IS_TORN };

static enum version version_of(const struct world *world, const char *name, const char *old_bytes,
                               const char *new_bytes)
{
	const char *path = path_of("%s/etc/%s", world->path, name);

	/* If nothing is to be changed, old is as it should be. */
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

static const char *text_of(const struct world *world, const char *name)
{
	static char text[4096];

	read_file(path_of("%s/etc/%s", world->path, name), text, sizeof(text));
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
	return fault->call.number == SYS_openat && fault->deed == DEED_FAIL &&
	       fault->errnum == ENOENT &&
	       (strcmp(fault->path, "/etc") == 0 || strcmp(fault->path, "passwd") == 0 ||
	        strcmp(fault->path, "group") == 0);
}

static bool has_lost_metadata(const struct world *world, const struct fault *fault)
{
	/* A kernel that lies about the owner leaves it root's. */
	return !has_metadata(world, "passwd", 0644, 0) ||
	       (!has_metadata(world, "group", 0640, 33) &&
	        !(fault->deed == DEED_LIE && fault->call.number == SYS_fchown &&
	          has_metadata(world, "group", 0640, 0)));
}

static bool has_lost_attribute(const struct world *world, const struct fault *fault)
{
	char value[8];

	/* The kernel said that there is none. */
	if ((fault->errnum == ENOTSUP || fault->errnum == ENODATA) &&
	    (fault->call.number == SYS_flistxattr || fault->call.number == SYS_fgetxattr ||
	     fault->call.number == SYS_fsetxattr))
		return false;
	return getxattr(path_of("%s/etc/passwd", world->path), "user.note", value, 8) != 4 &&
	       errno == ENODATA;
}

static const char *check_accounts(const struct world *world, const struct fault *fault)
{
	bool fits = is_without_accounts(fault) &&
	            begins_with(text_of(world, "passwd"), old_passwd) &&
	            begins_with(text_of(world, "group"), old_group);

	if (!fits && passwd_of(world) == IS_TORN)
		return breach_of("/etc/passwd is neither the old one nor the new one:\n%s",
		                 text_of(world, "passwd"));
	if (!fits && group_of(world) == IS_TORN)
		return breach_of("/etc/group is neither the old one nor the new one:\n%s",
		                 text_of(world, "group"));
	if (has_lost_metadata(world, fault))
		return "the owner or the mode of an account file has changed";
	return has_lost_attribute(world, fault) ? "/etc/passwd has lost an attribute" : NULL;
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

	for (size_t i = 0; i < COUNT(names); i++) {
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

/* Returns the number of entries that are not as they were asked for, or -1 if one of them is gone or has an
 * owner that it never had. */
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
	const struct entry *declared = world->scenario->entries;
	struct stat status;

	if (declared == NULL || count_wrong(world) == 0 ||
	    (declared->uid == declared->wanted_uid && declared->gid == declared->wanted_gid) ||
	    (lstat(path_of("%s%s", world->path, declared->path), &status) == 0 &&
	     is_owner(&status, declared->uid, declared->gid)))
		return NULL;
	return "the path is right, and below it is not";
}

static bool has_left_over(const struct world *world)
{
	static const char *const kept[] = {".", "..", "passwd", "group", ".pwd.lock"};
	DIR *stream = opendir(path_of("%s/etc", world->path));
	const struct dirent *entry;
	bool found = false;

	if (stream == NULL)
		die("/etc");
	while ((entry = readdir(stream)) != NULL) {
		bool is_kept = begins_with(entry->d_name, "filler");

		for (size_t i = 0; i < COUNT(kept); i++)
			is_kept |= strcmp(entry->d_name, kept[i]) == 0;
		found |= !is_kept;
	}
	closedir(stream);
	return found;
}

static bool has_accounts(const struct world *world)
{
	return passwd_of(world) == IS_NEW && group_of(world) == IS_NEW;
}

static bool has_volume(const struct world *world)
{
	struct stat status;

	return count_wrong(world) == 0 &&
	       (!scenario_has(world->scenario, "--mkdir") ||
	        (lstat(path_of("%s/new/deep", world->path), &status) == 0 &&
	         is_owner(&status, 1000, 1000)));
}

const char *check_finished(const struct world *world)
{
	if (!has_accounts(world))
		return "the account was not made";
	if (!has_volume(world))
		return "the volume is not as it was asked for";
	return has_left_over(world) ? "a temporary file is left over" : NULL;
}

/* --- what it printed ----------------------------------------------------------------------------------- */

static bool has_any(const char *line, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strstr(line, words[i]) != NULL)
			return true;
	}
	return false;
}

static bool is_remark(const char *line)
{
	char whole[4096];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return strstr(learned, whole) != NULL || has_any(line, remarks, COUNT(remarks)) ||
	       has_any(line, unlisted_remarks, COUNT(unlisted_remarks));
}

static bool names_errno(const char *line, int errnum)
{
	return strstr(line, strerror(errnum)) != NULL ||
	       strstr(line, path_of("error %d", errnum)) != NULL;
}

static bool names_cause(const char *line, const struct fault *fault)
{
	if ((fault->deed != DEED_FAIL && fault->deed != DEED_LATE) ||
	    names_errno(line, fault->errnum))
		return true;
	for (size_t i = 0; i < COUNT(renamed); i++) {
		if (renamed[i][0] == fault->errnum && names_errno(line, renamed[i][1]))
			return true;
	}
	for (size_t i = 0; i < COUNT(causes); i++) {
		for (size_t j = 0; causes[i].errnums[j] != 0; j++) {
			if (causes[i].errnums[j] == fault->errnum &&
			    strstr(line, causes[i].words) != NULL)
				return true;
		}
	}
	return false;
}

/* Returns the number of lines that are errors. *RET_LAST is the last line. */
static int count_errors(const struct world *world, const char **ret_last)
{
	static char text[sizeof(world->error_text)];
	int errors = 0;

	*ret_last = "";
	strcpy(text, world->error_text);
	for (char *line = text, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			return -1;
		*end = '\0';
		errors += !is_remark(line);
		*ret_last = line;
	}
	return errors;
}

static bool is_about_messages(const struct fault *fault)
{
	return (fault->call.number == SYS_write || fault->call.number == SYS_writev) &&
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
	/* With --strict a remark can be the error. */
	int wanted = scenario_has(world->scenario, "--strict") && is_remark(last) ? 0 : 1;

	if (is_about_messages(fault))
		return NULL;
	if (errors != wanted || (errors == 1 && is_remark(last)))
		return breach_of("it ended with %d lines of errors", errors);
	if (!begins_with(last, program))
		return "the error line does not name the program";
	return names_cause(last, fault) ? NULL : "the error line does not name what happened";
}

/* --- what the command sees ----------------------------------------------------------------------------- */

/* Returns whether all lines are the same but those that begin with one of the KEYS, which end with NULL. */
static bool is_same_but_for(const char *a, const char *b, const char *const *keys)
{
	while (*a != '\0' && *b != '\0') {
		size_t length_a = strcspn(a, "\n") + 1, length_b = strcspn(b, "\n") + 1;
		bool is_free = false;

		for (size_t i = 0; keys[i] != NULL; i++)
			is_free |= begins_with(a, keys[i]);
		if (!is_free && (length_a != length_b || memcmp(a, b, length_a) != 0))
			return false;
		a += length_a;
		b += length_b;
	}
	return *a == *b;
}

static bool is_state(const struct world *world, const struct fault *fault)
{
	static const char *const accounts[] = {"gid ", "groups ", "env.", NULL};
	static const char *const securebits[] = {"securebits ", NULL};
	static const char *const groups[] = {"groups ", NULL};
	static const char *const environment[] = {"env.", NULL};
	const char *const *keys = groups + 1;

	/* The user has no name if /etc was read-only already when the plan was made. */
	if (strstr(world->error_text, "Read-only file system " BY_NUMBER) != NULL)
		keys = environment;
	else if (is_without_accounts(fault))
		keys = accounts;
	/* The groups of the start may stay if they hold none that is not wanted, and that is told. */
	else if (fault->call.number == SYS_setgroups && fault->errnum == EPERM &&
	         strstr(world->error_text, GROUPS_STAY) != NULL)
		keys = groups;
	/* Securebits are cleared if the kernel has them. What they could do shows in the sets. */
	else if (fault->call.number == SYS_prctl &&
	         (fault->call.arguments[0] == PR_GET_SECUREBITS ||
	          fault->call.arguments[0] == PR_SET_SECUREBITS))
		keys = securebits;
	return is_same_but_for(world->output_text, wanted, keys);
}

const char *check_ran(const struct world *world, const char *ids)
{
	static const char *const of_user[] = {"uid ", "gid ", "groups ", "env.", NULL};
	const char *last;

	if (ids == NULL ? !is_state(world, &no_fault)
	                : !is_same_but_for(world->output_text, wanted, of_user) ||
	                          strstr(world->output_text, ids) == NULL)
		return breach_of("it did not run the command as asked for:\n%s",
		                 world->output_text);
	if (count_errors(world, &last) != 0)
		return breach_of("it printed an error:\n%s", world->error_text);
	return NULL;
}

/* --- the whole ----------------------------------------------------------------------------------------- */

static bool is_status(const struct scenario *scenario, const struct fault *fault, int status)
{
	if (!begins_with(scenario->words, "stepdown "))
		return status == 1; /* as gosu and su-exec do */
	if (fault->call.number != SYS_execve)
		return status == 125;
	return status == 126 ||
	       (status == 127 && (fault->errnum == ENOENT || fault->errnum == ENOTDIR ||
	                          fault->errnum == ENAMETOOLONG));
}

/* The kernel hid the truth: it said that something was done, or that there is nothing. */
static bool is_hidden(const struct fault *fault)
{
	long number = fault->call.number;

	if (fault->deed == DEED_LIE)
		return number == SYS_fchownat || number == SYS_mkdirat;
	return fault->deed == DEED_FAIL && (fault->errnum == ENOENT || fault->errnum == EXDEV) &&
	       (number == SYS_openat || number == SYS_openat2 || number == SYS_statx ||
	        number == SYS_newfstatat || number == SYS_getdents64);
}

/* It ran the command, or ended well if there is none. */
static const char *check_success(const struct world *world, const struct fault *fault)
{
	const struct scenario *scenario = world->scenario;
	bool is_strict = scenario_has(scenario, "--strict") || fault->deed == DEED_NONE;
	bool needs_accounts = is_strict || scenario_has(scenario, "--setup-only");
	const char *last;

	if (count_errors(world, &last) != 0 && !is_about_messages(fault))
		return "it went on in spite of an error";
	if (!has_accounts(world) && (needs_accounts || !is_told(world, fault, BY_NUMBER)) &&
	    !(fault->deed == DEED_LIE && fault->call.number == SYS_renameat))
		return "it went on without the account, and did not say so";
	if (has_volume(world) || is_hidden(fault))
		return NULL;
	if (is_strict || !is_told(world, fault, SKIPPED))
		return "it went on with a volume that is not right, and did not say so";
	if (fault->call.number == SYS_fchownat && !is_told(world, fault, strerror(fault->errnum)))
		return "it went on with a volume that is not right, and did not say why";
	return NULL;
}

static const char *check_end(const struct world *world, const struct fault *fault,
                             const struct outcome *outcome)
{
	int status = WEXITSTATUS(outcome->status);

	if (outcome->hung)
		return "it hung";
	if (!WIFEXITED(outcome->status))
		return breach_of("it ended by signal %d", WTERMSIG(outcome->status));
	if (status == 0 && is_state(world, fault))
		return check_success(world, fault);
	if (outcome->executed || world->output_text[0] != '\0')
		return breach_of("it ran the command in another state, status %d:\n%s", status,
		                 world->output_text);
	if (fault->deed == DEED_NONE)
		return "it failed although nothing went wrong";
	if (!is_status(world->scenario, fault, status))
		return breach_of("its status is %d", status);
	return check_error_line(world, fault);
}

const char *check_run(const struct world *world, const struct fault *fault,
                      const struct outcome *outcome)
{
	const char *breach;

	if (!fault->happened)
		fault = &no_fault;
	breach = check_remains(world, fault);
	if (breach == NULL)
		breach = check_end(world, fault, outcome);
	if (breach == NULL && has_left_over(world) && fault->call.number != SYS_unlinkat &&
	    !(fault->deed == DEED_LIE && fault->call.number == SYS_renameat))
		breach = "a temporary file is left over";
	return breach;
}
