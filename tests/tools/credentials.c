/*
 * credentials: starts stepdown from random credentials, by random options, and judges what the command then has.
 *
 *   credentials SEED COUNT [CASE]
 *
 * To be run as root in a root directory of its own that holds /stepdown, /credentials (this program) and /etc,
 * where it writes the account files. Each of the COUNT cases follows from SEED and its number. A child takes
 * random ids, groups, capability sets, securebits and no_new_privs, and becomes "credentials start", which reads
 * what execve(2) has made of these and becomes stepdown; the command is "credentials see", which reads what it
 * has and tries for root. What it must have is worked out from these two, capabilities(7) and what stepdown
 * promises, and nothing of stepdown's is used for it. With CASE only that one is made, and is shown.
 *
 * Prints how many starts ended how. Ends with 1 at the first breach, which is shown, and also if no start or
 * every start was refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "credentials.h"

static struct report *report; /* shared with the processes that write it */
static int report_fd;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static void write_account_files(void)
{
	FILE *passwd = fopen("/etc/passwd", "w");
	FILE *group = fopen("/etc/group", "w");

	if (passwd == NULL || group == NULL)
		fail("/etc");
	fputs("root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\nmany:x:1002:1003::/:/bin/"
	      "sh\n",
	      passwd);
	fputs("root:x:0:\ndisk:x:6:root,app\nvideo:x:44:many,app\ntape:x:20:root\n", group);
	if (fclose(passwd) != 0 || fclose(group) != 0)
		fail("/etc");
}

/* --- before the start --------------------------------------------------------------------------- */

static void set_capabilities(uint64_t permitted, uint64_t effective, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	for (unsigned i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(effective >> 32 * i),
			.permitted = (uint32_t)(permitted >> 32 * i),
			.inheritable = (uint32_t)(inheritable >> 32 * i),
		};
	if (syscall(SYS_capset, &header, data) != 0)
		fail("capset");
}

static void must(int result, const char *what)
{
	if (result != 0)
		fail(what);
}

/* Takes the credentials of START. The order is that of what each step needs. */
static void take(const struct state *start)
{
	uint64_t all = report->all;
	uint64_t inheritable = start->inheritable & start->bounding;

	for (unsigned cap = 0; cap < 64; cap++)
		if ((start->bounding & CAP_BIT(cap)) == 0 &&
		    prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			must(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0), "bounding set");
	must(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "securebits");
	must(setgroups(start->group_count, start->groups), "setgroups");
	must(setresgid(start->gids[0], start->gids[1], start->gids[2]), "setresgid");
	must(setresuid(start->uids[0], start->uids[1], start->uids[2]), "setresuid");
	set_capabilities(all, all, inheritable);
	for (unsigned cap = 0; cap < 64; cap++)
		if ((start->ambient & inheritable & CAP_BIT(cap)) != 0)
			must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0), "ambient set");
	must(prctl(PR_SET_SECUREBITS, start->securebits, 0, 0, 0), "securebits");
	if (start->no_new_privs)
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	set_capabilities(start->permitted, start->effective & start->permitted, inheritable);
}

/* --- one case ----------------------------------------------------------------------------------- */

static _Noreturn void start(const struct state *state, const struct asked *asked, int errors)
{
	char *words[64] = {"credentials", "start"};
	char groups[GROUPS_ASKED][16];
	size_t count = 2;

	words[count++] = "--user";
	words[count++] = (char *)(uintptr_t)asked->spec->text;
	for (size_t i = 0; i < asked->group_count; i++) {
		snprintf(groups[i], sizeof(groups[i]), "%u", asked->groups[i]);
		words[count++] = "--group";
		words[count++] = groups[i];
	}
	if (asked->capability_names[0] != '\0') {
		words[count++] = "--cap";
		words[count++] = (char *)(uintptr_t)asked->capability_names;
	}
	if (asked->tried_names[0] != '\0') {
		words[count++] = "--try-cap";
		words[count++] = (char *)(uintptr_t)asked->tried_names;
	}
	if (asked->clear_groups)
		words[count++] = "--clear-groups";
	if (asked->allow_new_privs)
		words[count++] = "--allow-new-privs";
	if (asked->allow_root)
		words[count++] = "--allow-root";
	words[count++] = "/credentials";
	words[count] = "see";
	if (dup2(errors, STDERR_FILENO) < 0 || dup2(report_fd, REPORT_FD) < 0)
		fail("dup2");
	take(state);
	execve("/credentials", words, (char *[]){NULL});
	fail("/credentials");
	_exit(2);
}

/* Counts a message by what stepdown was doing, "stepdown: DOING: ...". */
static struct reason {
	char doing[64];
	unsigned long count;
} reasons[32];

static bool count_reason(const char *message)
{
	static const char begin[] = "stepdown: ";
	/* The last line is the error; those before it are warnings. */
	const char *line = strstr(message, begin);
	size_t length;

	for (const char *next = line; next != NULL; next = strstr(next + 1, "\nstepdown: "))
		line = *next == '\n' ? next + 1 : next;
	if (line == NULL)
		return false;
	line += strlen(begin);
	length = strcspn(line, ":\n");
	if (length >= sizeof(reasons[0].doing))
		return false;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].count > 0 && (strncmp(reasons[i].doing, line, length) != 0 ||
		                             reasons[i].doing[length] != '\0'))
			continue;
		memcpy(reasons[i].doing, line, length);
		reasons[i].count++;
		return true;
	}
	return false;
}

static unsigned long started;
static unsigned long refused;

/* Returns the breach, or NULL if the start held. */
static const char *judge(const struct asked *asked, int status, const char *message)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 125 && !report->has_seen) {
		refused++;
		if (!report->has_begun)
			return "it was not even started";
		if (must_start(asked, &report->before))
			return "refused, although nothing hinders the start";
		return count_reason(message) ? NULL : "refused without a reason";
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !report->has_seen)
		return "neither refused nor started";
	started++;
	return find_breach(asked, &report->before, &report->after);
}

static bool run_case(uint64_t seed, unsigned long number, bool show)
{
	struct state state;
	struct asked asked;
	char message[4096] = "";
	const char *breach;
	int ends[2];
	int status;
	pid_t child;

	make_case(seed, number, report->all, &state, &asked);
	report->has_begun = report->has_seen = false;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		fail("pipe");
	child = fork();
	if (child == 0)
		start(&state, &asked, ends[1]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("fork");
	/* The message fits into the pipe. */
	if (read(ends[0], message, sizeof(message) - 1) < 0 && errno != EAGAIN)
		fail("read");
	close(ends[0]);
	close(ends[1]);
	breach = judge(&asked, status, message);
	if (breach == NULL && !show)
		return true;
	printf("%s: %s\n", breach == NULL ? "right" : "breach", breach == NULL ? "-" : breach);
	printf("status %x, message: %s\n", status, message);
	show_asked(&asked);
	show_state("taken", &state);
	if (report->has_begun)
		show_state("before", &report->before);
	if (report->has_seen)
		show_state("after", &report->after);
	printf("again: SEED %ju, CASE %lu\n", (uintmax_t)seed, number);
	return breach == NULL;
}

static bool run_cases(uint64_t seed, unsigned long count)
{
	bool held = true;
	unsigned long number = 0;

	while (held && number < count)
		held = run_case(seed, number++, false);
	printf("credentials: seed %ju: %lu starts, %lu started, %lu refused\n", (uintmax_t)seed,
	       number, started, refused);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].count > 0)
			printf("refused, %s: %lu\n", reasons[i].doing, reasons[i].count);
	if (held && (started == 0 || refused == 0)) {
		puts("breach: all starts ended alike");
		held = false;
	}
	return held;
}

/* execve(2) changes credentials, and a second execve(2) changes the result no further, with one exception:
 * no_new_privs can reset an effective id that differed, and only the next execve(2) shows that. */
static _Noreturn void pass_on(char **words)
{
	bool is_settled = !report_begin() || strcmp(words[1], "again") == 0;

	words[1] = is_settled ? "stepdown" : "again";
	if (is_settled)
		execve("/stepdown", words + 1, (char *[]){NULL});
	else
		execve("/credentials", words, (char *[]){NULL});
	fail("execve");
	_exit(2);
}

int main(int argc, char **argv)
{
	uint64_t seed;

	if (argc > 1 && (strcmp(argv[1], "start") == 0 || strcmp(argv[1], "again") == 0))
		pass_on(argv);
	if (argc == 2 && strcmp(argv[1], "see") == 0)
		return report_end();
	if (argc != 3 && argc != 4) {
		fputs("usage: credentials SEED COUNT [CASE]\n", stderr);
		return 2;
	}
	report_fd = memfd_create("report", MFD_CLOEXEC);
	if (report_fd < 0 || ftruncate(report_fd, sizeof(*report)) != 0)
		fail("memfd_create");
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED, report_fd, 0);
	if (report == MAP_FAILED)
		fail("mmap");
	report->all = read_permitted();
	write_account_files();
	seed = strtoull(argv[1], NULL, 10);
	if (argc == 4)
		return run_case(seed, strtoul(argv[3], NULL, 10), true) ? 0 : 1;
	return run_cases(seed, strtoul(argv[2], NULL, 10)) ? 0 : 1;
}
