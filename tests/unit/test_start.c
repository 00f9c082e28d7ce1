/* Starts as main() makes them, with an /etc of their own: what they print and leave. */
#include "scratch.h"

#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <sys/mman.h>

#include "cases.h"
#include "core/options_parse.h"
#include "core/plan_make.h"
#include "run/execute.h"
#include "run/gather.h"
#include "run/look.h"

struct row {
	const char *made; /* words of make(); NULL: nothing */
	const char *
		line; /* of the command, without the name of the program; '~' is the scratch directory */
	int status;
	const char *printed;   /* the lines; '~' likewise */
	bool has_group;        /* the caller, one that --clear-groups takes away */
	unsigned forbidden;    /* a system call; 0: none */
	unsigned errnum;       /* of it; 0: EPERM */
	uint32_t capabilities; /* 0: all */
	uid_t uid;             /* of the caller */
};

static const struct row *row; /* the present one */
static char *printed;         /* shared with the children */
static struct error error;

/* A container may forbid keyctl(2) to every start. */
static void add_line(const char *line)
{
	if (row->forbidden == SYS_keyctl || strstr(line, "the session keyring stays") == NULL)
		append(printed, "%s\n", line);
}

/* Ends the process, or executes the command. */
static void start(const struct options *options, int etc_fd, struct arena *arena)
{
	const struct reporter reporter = {options->verbosity, add_line, NULL};
	const struct ownership_report *reports;
	struct facts facts;
	struct plan plan;
	int opened = count_descriptors();

	if (!gather_facts(options, SEMANTICS_STRICT, etc_fd, arena, &facts, &error) ||
	    !plan_make(options, &facts, arena, &plan, &error))
		return;
	assert_int_equal(count_descriptors(), opened);
	if (!options->dry_run) {
		if (execute_plan(&plan, etc_fd, &reporter, arena, &error))
			_exit(0);
		return;
	}
	reports = look_dry_run(&plan, &reporter, arena, &error);
	for (size_t i = 0; reports != NULL && i < plan.volume_count; i++)
		append(printed, "%ju of %ju, %ju stay\n", (uintmax_t)reports[i].changed,
		       (uintmax_t)reports[i].visited, (uintmax_t)reports[i].skipped);
	if (reports != NULL)
		_exit(0);
}

static void run_line(struct command_line *words, const char *variable)
{
	static _Alignas(16) char memory[1 << 16];
	char *variables[] = {(char *)(uintptr_t)variable, NULL};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct options options;
	int etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	environ = variables;
	assert_int_equal(setgroups(row->has_group, &(const gid_t){9}), 0);
	if (row->capabilities != 0)
		keep_capabilities(row->capabilities);
	if (row->uid != 0)
		assert_int_equal(setresuid(row->uid, row->uid, row->uid), 0);
	if (row->forbidden != 0)
		forbid(row->forbidden, row->errnum == 0 ? EPERM : row->errnum);
	if (options_parse(words->count, words->words, environ, &arena, &options, &error))
		start(&options, etc_fd, &arena);
	add_line(error.message);
	_exit(error.status);
}

/* Makes the /etc of all rows, and what lies in the scratch directory from the beginning. */
static void make_world(void)
{
	char path[PATH_MAX] = "";

	printed =
		mmap(NULL, FOUND_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	make("etc/ program/");
	/* The directory that holds this program. */
	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	mount_bind(dirname(path), at("program"), MS_RDONLY);
	write_text(at("etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
	write_text(at("etc/group"), "root:x:0:\nextra:x:7:app\n");
}

static void run_rows(void **state)
{
	make_world();
	for (row = *state; row->line != NULL; row++) {
		char line[FOUND_BYTES + 9] = "stepdown ", wanted[FOUND_BYTES],
					variable[FOUND_BYTES];
		struct command_line words;
		pid_t child;
		int status;

		if (row->made != NULL)
			make("%s", row->made);
		put_word(line + strlen(line), row->line, '~', scratch_base);
		put_word(wanted, row->printed, '~', scratch_base);
		put_word(variable, "GONE=~/gone", '~', scratch_base);
		command_line_split(&words, line);
		printed[0] = '\0';
		child = start_child();
		if (child == 0)
			run_line(&words, variable);
		status = status_of(child);
		if (status != row->status || strcmp(printed, wanted) != 0)
			fail_msg("%s: status %d\n%s", row->line, status, printed);
	}
}

#define FEW (1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_SETUID | 1U << CAP_SETGID)

#define IS_GONE                                                                                    \
	"finding the path: '~/gone': it does not exist (--mkdir makes it; ':' stands between "     \
	"paths; GONE is '~/gone')\n"
#define GIVES "hand over   standard streams that are pipes or terminals\n"
#define DROPS "stepping down: done, and read back\n"
#define BECOMES "become      HOME='/' USER='app' LOGNAME='app' '/bin/true'\n"

TABLE(struct row, what_a_start_prints_and_leaves, run_rows) = {
	{"v/ v/file", "--user app=1000:1001 --own ~/v -- /bin/true", 0,
         "making the account: '/etc/group': added the line 'app:*:1001:'\n"
         "making the account: '/etc/passwd': added the line 'app:*:1000:1001::/:/sbin/nologin'\n"
         "owning: '~/v': entries changed: 2 of 2: root 2\n"},
	{NULL, "-v --user app --own ~/v --umask 027 -- /bin/true", 0,
         "owning: '~/v': entries changed: 0 of 2\n" GIVES "set         umask 0027\n" DROPS
         "check       that the user can write to '~/v'\n" BECOMES},
	{NULL, "--user app=1005:1001 -- /bin/true", 0,
         "making the account: '/etc/passwd': changed 'app:*:1000:1001::/:/sbin/nologin' to "
         "'app:*:1005:1001::/:/sbin/nologin'\n"},
	{NULL, "-q --user app=1000:1001 -- /bin/true", 0, ""},
	/* A path that is refused is found before another one is changed. */
	{"later/", "--user app --own ~/later --own ${GONE} -- /bin/true", 125, IS_GONE},
	{NULL, "--dry-run --user app --own ${GONE} -- /bin/true", 125, IS_GONE},
	{NULL, "--user app --umask 027 -- /bin/true", 125,
         "setting the umask: '0027': the umask stays (a seccomp profile forbids umask)\n",
         .forbidden = SYS_umask},
	{NULL, "--user app -- /bin/true", 0,
         "stepping down: the groups stay: setgroups is denied; missing: 7\n",
         .forbidden = SYS_setgroups},
	{NULL, "-v --user app -- /bin/true", 0,
         GIVES "stepping down: the session keyring stays: a filter refuses keyctl\n" DROPS BECOMES,
         .forbidden = SYS_keyctl},
	{"v/in/ v/in@tmpfs v/sub/", "-v --user app --own ~/v --own ~/v/sub -- /bin/true", 0,
         "owning: '~/v': entries changed: 1 of 3: root 1\n"
         "owning: '~/v': other mounts below it stay as they are: 1, the first that is not the "
         "user's is '~/v/in' (declare it too)\n"
         "owning: '~/v/sub': entries changed: 0 of 1\n"
         "owning: '~/v/sub': not only root can put another directory in its place (declare the "
         "directory above it, or let only root write there)\n" GIVES DROPS
         "check       that the user can write to '~/v'\n"
         "check       that the user can write to '~/v/sub'\n" BECOMES},
	{NULL, "-n --user app --own ~/v --own ~/later -- /bin/true", 0,
         "0 of 3, 0 stay\n"
         "1 of 1, 0 stay\n"},
	{"c/ c/1 d/ d/2 d/1=c/1 outside d/3=outside",
         "--strict -n --user app --own ~/c --own ~/d -- /bin/true", 125,
         "owning: '~/d': entries skipped: 1 of 4, the first is '~/d/3': a file with hard links "
         "elsewhere (declare the directories that hold its names)\n"},
	{"wrong/", "--strict -n --user app --own ~/wrong -- /bin/true", 125,
         "owning: '~/wrong': entries skipped: 1 of 1, the first is '~/wrong': Operation not "
         "permitted (start the container with --cap-add CHOWN)\n",
         .capabilities = FEW & ~(1U << CAP_CHOWN)},
	{NULL, "-n --user app --own ~/d -- /bin/true", 0, "0 of 0, 0 stay\n", .uid = OTHER},
	{NULL, "-q --user app --own ~/gone -- /bin/true", 0, "", .uid = OTHER},
	{NULL, "--strict --user app --own ~/c --own ~/d -- /bin/true", 125,
         "owning: '~/c': entries changed: 1 of 2: root 1\n"
         "owning: '~/d': entries changed: 3 of 4: root 3\n"
         "owning: '~/d': entries skipped: 1 of 4, the first is '~/d/3': a file with hard links "
         "elsewhere (declare the directories that hold its names)\n"},
	{NULL, "--user app --own ~/c --own ~/d -- /bin/true", 0,
         "owning: '~/d': entries skipped: 1 of 4, the first is '~/d/3': a file with hard links "
         "elsewhere (declare the directories that hold its names)\n"},
	{"third:3000:40",
         "--user @~/v/file --group 7 --group @~/third -- test -O ~/v -a -G ~/v -a -r ~/third", 0,
         ""},
	{NULL, "--user @~/gone,@~/v/file -- test -O ~/v/file", 0, ""},
	{NULL, "--user @~/gone -- true", 125,
         "finding the path: '~/gone': it does not exist (mount it, or give the number)\n"},
	{"pair twin=pair", "--user 1000 --group @~/pair -- true", 125,
         "finding the path: '~/pair': a file with hard links elsewhere (give the number)\n"},
	{NULL, "--user @~/etc/passwd/x,app -- true", 0,
         "stepping down: 'app': not root at the start, but uid 1001 gid 0 (start the container as "
         "root, or as that user and group)\n",
         .uid = OTHER},
	{NULL, "--user 1000:1001 --group extra -- true", 0, ""},
	{NULL, "--user 1000:extra -- true", 0, ""},
	{NULL, "--user @${GONE}/.. -- true", 125,
         "finding the path: '~/gone/..': \"..\" behind what does not exist (GONE is '~/gone')\n"},
	{NULL, "--user 1000 --group @${GONE}/.. -- true", 125,
         "finding the path: '~/gone/..': \"..\" behind what does not exist (GONE is '~/gone')\n"},
	{NULL, "--user app --own ~/v -- /bin/true", 0,
         "stepping down: 'app': not root at the start, but uid 1001 gid 0 (start the container as "
         "root, or as that user and group)\n"
         "checking that the user can write: '~/v': Permission denied (see its owner and mode, and "
         "the mount)\n",
         .uid = OTHER},
	{"shut/:0:700 shut/v/", "--strict --user app --own ~/shut/v -- /bin/true", 125,
         "owning: '~/shut/v': entries changed: 1 of 1: root 1\n"
         "checking that the user can write: '~/shut/v': Permission denied (see its owner and mode, "
         "and the mount)\n"},
	{NULL, "--strict --user app --cap dac_override --own ~/shut/v -- /bin/true", 0, ""},
	/* Without a command nothing is dropped. */
	{NULL, "--setup-only --user app --own ~/later", 0,
         "owning: '~/later': entries changed: 1 of 1: root 1\n", .capabilities = 1U << CAP_CHOWN},
	{"first/ first/file last/:1000",
         "--user app --own-once ~/first:~/last -- test -O ~/first/file", 0,
         "owning: '~/first': entries changed: 2 of 2: root 2\n"},
	{"unsearchable/:1000:600", "--user app --own ~/unsearchable -- /bin/true", 0,
         "checking that the user can write: '~/unsearchable': Permission denied (see its owner and "
         "mode, and the mount)\n"},
	{NULL, "--strict --user app --mkdir ~/new/dir --own ~/v/file -- /bin/true", 0,
         "owning: '~/new/dir': new, entries changed: 1 of 1\n"},
	{NULL, "-v --setup-only --user app --umask 077", 0, ""},
	{NULL, "--clear-groups --user other=1500:1501 -- true", 125,
         "setting the groups: '1501': setgroups is denied in this user namespace (map the gids "
         "with newgidmap, or start with no other groups)\n",
         .has_group = true, .forbidden = SYS_setgroups},
	{NULL, "--allow-root --user 0 --mkdir ~/mine -- true", 0,
         "owning: '~/mine': new, entries changed: 0 of 1\n"},
	{NULL, "-v --user app --try-cap net_raw -- true", 0,
         "keeping capabilities: 'cap_net_raw': missing in the container (the command runs "
         "without)\n" GIVES "stepping down: done; the bounding set stays for want of CAP_SETPCAP\n"
         "become      HOME='/' USER='app' LOGNAME='app' 'true'\n",
         .capabilities = FEW},
	{NULL, "--user app --own-top ~/program -- true", 125,
         "checking the volume: '~/program': this program is in it (declare a directory of its "
         "own)\n"},
	{NULL, "--user app=1003:1001 -- true", 125,
         "making the account: '/etc/passwd': No space left on device (the file is as it was)\n",
         .forbidden = SYS_renameat, .errnum = ENOSPC},
	{NULL, "--user app=1003:1001 -- true", 0,
         "making the account: 'app': Operation not permitted (the ids are used by number)\n",
         .forbidden = SYS_renameat},
	{NULL, "--strict --user app=1003:1001 -- true", 125,
         "making the account: 'app': Operation not permitted (is /etc read-only, or passwd a mount "
         "or a link?)\n",
         .forbidden = SYS_renameat},
	{NULL, "--strict --user 1500:1501 -- true", 0,
         "stepping down: the groups stay: setgroups is denied\n", .forbidden = SYS_setgroups},
	{NULL, "--user app -- true", 125,
         "changing the uid: '1000': Operation not permitted (seccomp or a security module forbids "
         "it)\n",
         .forbidden = SYS_setresuid},
	{NULL, "--user app -- /bin/echo", 126, "running: '/bin/echo': Operation not permitted\n",
         .forbidden = SYS_execve},
	{NULL},
};
