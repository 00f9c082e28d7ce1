#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "faults.h"

#define SKIPPED "entries skipped"
#define BY_NUMBER "(the ids are used by number)"
#define GROUPS_STAY "the groups stay: setgroups is denied"

/* Parts of lines that are no errors. */
static const char *const remarks[] = {
	SKIPPED,
	BY_NUMBER,
	GROUPS_STAY,
	"entries changed: ",
	" entries visited, ",
	"': this cannot be undone, ",
	"': other mounts below it stay as they are: ",
	"': added the line '",
	"checking that the user can write: ",
};

/* Parts of messages that stand in the place of the words for an errno. */
static const struct {
	const char *words;
	int errnums[5]; /* none: each */
	long call;      /* 0: each */
} causes[] = {
	{"not mapped in this user namespace", {EINVAL}},
	{"setgroups is denied in this user namespace", {EPERM}},
	{"missing in the container", {EPERM}},
	/* After EINTR the lock is tried again until the time for it is over. */
	{"another process holds a lock on", {EAGAIN, EACCES, EINTR}},
	{"a seccomp profile forbids ", {EPERM, ENOSYS, EACCES, EINVAL}},
	{"it does not exist", {ENOENT, EEXIST}},
	{"no such user", {ENOENT}},
	{"no such group", {ENOENT}},
	{"not found", {ENOENT}},
	/* The proof finds afterwards what a call did not do. */
	{"checking the step down: ", {EINVAL, EPERM, ENOSYS}},
	{"Cannot allocate memory", {0}, SYS_mmap},
	/* libcap-ng gives capset(2) the answer. */
	{"Operation not permitted", {0}, SYS_gettid},
	/* A directory is none any more. */
	{"Not a directory", {ELOOP}},
	/* A file that was there before, and is there again. */
	{"Resource temporarily unavailable", {ENOENT}},
};

/* The run without a fault has printed this: a newline and the errors, and the output. */
static char learned[sizeof(((struct world *)0)->error_text) + 1];
static char wanted[sizeof(((struct world *)0)->output_text)];

void check_learn(const char *errors, const char *output)
{
	snprintf(learned, sizeof(learned), "\n%s", errors);
	snprintf(wanted, sizeof(wanted), "%s", output);
}

/* --- what it printed ----------------------------------------------------------------------------------- */

static bool is_remark(const char *line)
{
	char whole[4096];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	for (size_t i = 0; i < COUNT(remarks); i++) {
		if (strstr(line, remarks[i]) != NULL)
			return true;
	}
	return strstr(learned, whole) != NULL;
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
	for (size_t i = 0; i < COUNT(causes); i++) {
		bool is_one = causes[i].errnums[0] == 0;

		for (size_t j = 0; causes[i].errnums[j] != 0; j++)
			is_one |= causes[i].errnums[j] == fault->errnum;
		if (is_one && (causes[i].call == 0 || causes[i].call == fault->call.number) &&
		    strstr(line, causes[i].words) != NULL)
			return true;
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

static bool is_told(const struct world *world, const char *remark)
{
	return is_about_messages(&world->fault) || strstr(world->error_text, remark) != NULL;
}

static const char *check_error_line(const struct world *world)
{
	const struct fault *fault = &world->fault;
	const char *words = world->scenario->words;
	const char *program = path_of("%.*s: ", (int)strcspn(words, " "), words);
	const char *last;
	int errors = count_errors(world, &last);
	/* A remark can be the error with --strict. */
	int wanted = scenario_has(world->scenario, "--strict") && is_remark(last) ? 0 : 1;

	if (is_about_messages(fault))
		return NULL;
	if (errors != wanted || (errors == 1 && is_remark(last)))
		return breach_of("it ended with %d lines of errors", errors);
	if (strstr(last, program) != last)
		return "the error line does not name the program";
	return names_cause(last, fault) ? NULL : "the error line does not name what happened";
}

/* --- what the command sees ----------------------------------------------------------------------------- */

/* Copies TEXT without the lines that have one of the KEYS, which stand between blanks. */
static void copy_but_for(char *copy, const char *text, const char *keys)
{
	for (size_t length; *text != '\0'; text += length) {
		length = strcspn(text, "\n");
		length += text[length] == '\n';
		if (strstr(keys, path_of(" %.*s ", (int)strcspn(text, " ."), text)) == NULL)
			copy = mempcpy(copy, text, length);
	}
	*copy = '\0';
}

/* Returns whether the command saw what is wanted, but for the lines of the KEYS. */
static bool saw_wanted(const struct world *world, const char *keys)
{
	static char now[sizeof(wanted)], then[sizeof(wanted)];

	copy_but_for(now, world->output_text, keys);
	copy_but_for(then, wanted, keys);
	return strcmp(now, then) == 0;
}

static bool is_state(const struct world *world)
{
	const struct fault *fault = &world->fault;
	const char *keys = "";

	/* The user has no name if /etc was read-only already when the plan was made. */
	if (strstr(world->error_text, "Read-only file system " BY_NUMBER) != NULL)
		keys = " env ";
	else if (is_without_accounts(fault))
		keys = " gid groups env ";
	/* The groups of the start may stay if they hold none that is not wanted, and that is told. */
	else if (fault->call.number == SYS_setgroups && fault->errnum == EPERM &&
	         strstr(world->error_text, GROUPS_STAY) != NULL)
		keys = " groups ";
	/* Securebits are cleared if the kernel has them. What they could do shows in the sets. */
	else if (fault->call.number == SYS_prctl &&
	         (fault->call.arguments[0] == PR_GET_SECUREBITS ||
	          fault->call.arguments[0] == PR_SET_SECUREBITS))
		keys = " securebits ";
	/* musl blocks signals while it makes a thread, and does not look at the answers. */
	else if (fault->call.number == SYS_rt_sigprocmask)
		keys = " signals ";
	return saw_wanted(world, keys);
}

const char *check_ran(const struct world *world, const char *ids)
{
	const char *last;

	if (!saw_wanted(world, ids == NULL ? "" : " uid gid groups env ") ||
	    (ids != NULL && strstr(world->output_text, ids) == NULL))
		return breach_of("it did not run the command as asked for:\n%s",
		                 world->output_text);
	if (count_errors(world, &last) != 0)
		return breach_of("it printed an error:\n%s", world->error_text);
	return NULL;
}

/* --- the whole ----------------------------------------------------------------------------------------- */

static bool is_status(const struct scenario *scenario, const struct fault *fault, int status)
{
	if (strstr(scenario->words, "stepdown ") != scenario->words)
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
static const char *check_success(const struct world *world, const struct remains *remains)
{
	const struct fault *fault = &world->fault;
	const struct scenario *scenario = world->scenario;
	bool is_strict = scenario_has(scenario, "--strict") || fault->deed == DEED_NONE;
	bool needs_accounts = is_strict || scenario_has(scenario, "--setup-only");
	const char *last;

	if (count_errors(world, &last) != 0 && !is_about_messages(fault))
		return "it went on in spite of an error";
	if (!remains->has_accounts && (needs_accounts || !is_told(world, BY_NUMBER)) &&
	    !(fault->deed == DEED_LIE && fault->call.number == SYS_renameat))
		return "it went on without the account, and did not say so";
	if (remains->has_volume || is_hidden(fault))
		return NULL;
	if (is_strict || !is_told(world, SKIPPED))
		return "it went on with a volume that is not right, and did not say so";
	if (fault->call.number == SYS_fchownat && !names_errno(world->error_text, fault->errnum))
		return "it went on with a volume that is not right, and did not say why";
	return NULL;
}

static const char *check_end(const struct world *world, const struct remains *remains)
{
	const struct outcome *outcome = &world->outcome;
	const struct fault *fault = &world->fault;
	int status = WEXITSTATUS(outcome->status);

	if (!WIFEXITED(outcome->status))
		return breach_of("it ended by SIG%s", sigabbrev_np(WTERMSIG(outcome->status)));
	if (status == 0 && is_state(world))
		return check_success(world, remains);
	if (outcome->executed || world->output_text[0] != '\0')
		return breach_of("it ran the command in another state, status %d:\n%s", status,
		                 world->output_text);
	if (fault->deed == DEED_NONE)
		return "it failed although nothing went wrong";
	if (!is_status(world->scenario, fault, status))
		return breach_of("its status is %d", status);
	return check_error_line(world);
}

const char *check_run(const struct world *world)
{
	const struct fault *fault = &world->fault;
	struct remains remains = remains_of(world);
	const char *breach = remains.breach;

	if (breach == NULL)
		breach = check_end(world, &remains);
	if (breach == NULL && remains.has_left_over && fault->call.number != SYS_unlinkat &&
	    !(fault->deed == DEED_LIE && fault->call.number == SYS_renameat))
		breach = "a temporary file is left over";
	return breach;
}
