/* Several containers that share the account files or a volume and start at once, or each at a call of
 * another. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "parts.h"
#include "tools.h"

enum { MANY = 3 };

struct crowd {
	const char *name;
	const char *scenario; /* what each of them does */
	enum etc_kind etc;
	bool shares_etc; /* the directory, and not only the files */
	bool others;     /* the second and the third make other accounts */
};

static const struct crowd crowds[] = {
	{"S29_one_directory_other_accounts", "S29_account_made", ETC_PLAIN, true, true},
	{"S29_one_directory_the_same_account", "S29_account_made", ETC_PLAIN, true, false},
	{"S29_mounted_files_other_accounts", "S29_account_in_mounted_files", ETC_FILES_MOUNTED,
         false, true},
	{"S29_mounted_files_the_same_account", "S29_account_in_mounted_files", ETC_FILES_MOUNTED,
         false, false},
	{"S18_one_volume_once", "S18_volume_once_strict", ETC_FILES_MOUNTED, false, false},
	{"S31_one_volume_several_workers", "S31_volume_by_several_workers", ETC_FILES_MOUNTED,
         false, false},
};

static const char *const passwd_lines[MANY] = {
	"svc:*:2000:2001::/:/sbin/nologin\n",
	"two:*:2002:2003::/:/sbin/nologin\n",
	"three:*:2004:2005::/:/sbin/nologin\n",
};
static const char *const group_lines[MANY] = {"svc:*:2001:\n", "two:*:2003:\n", "three:*:2005:\n"};

/* The scenarios of those who make other accounts. */
static void diverge(struct scenario scenario[MANY])
{
	static const char *const words[MANY] = {NULL, "stepdown --user two=2002:2003",
	                                        "stepdown --user three=2004:2005"};
	static const char *const users[MANY] = {"svc", "two", "three"};
	static const char *const groups[MANY] = {"2001", "2003", "2005"};

	for (unsigned i = 1; i < MANY; i++) {
		scenario[i].words = words[i];
		scenario[i].state.uid = 2000 + 2 * i;
		scenario[i].state.gid = 2001 + 2 * i;
		scenario[i].state.groups = groups[i];
		scenario[i].state.user = users[i];
	}
}

/* All the old lines, then each of the new ones once, in any order. */
static bool is_union(const char *path, const char *old_bytes, const char *const lines[MANY])
{
	static char text[8192];
	size_t length = read_file(path, text, sizeof(text));
	size_t wanted = strlen(old_bytes);

	if (strncmp(text, old_bytes, wanted) != 0)
		return false;
	if (old_bytes[wanted - 1] != '\n' && text[wanted++] != '\n')
		return false;
	for (unsigned i = 0; i < MANY; i++) {
		if (strstr(text, lines[i]) == NULL)
			return false;
		wanted += strlen(lines[i]);
	}
	return length == wanted;
}

static const char *check_crowd(const struct crowd *crowd, const struct world world[MANY])
{
	const char *breach = NULL;

	for (unsigned i = 0; i < MANY && breach == NULL; i++)
		breach = check_ran(&world[i]);
	if (breach == NULL && crowd->others &&
	    (!is_union(path_of("%s/etc/passwd", world[0].path), old_passwd, passwd_lines) ||
	     !is_union(path_of("%s/etc/group", world[0].path), old_group, group_lines)))
		breach = "a line was lost, or is there twice";
	if (breach == NULL && !crowd->others)
		breach = check_finished(&world[0]);
	return breach;
}

static void make_crowd(const struct crowd *crowd, struct scenario scenario[MANY],
                       struct world world[MANY])
{
	for (unsigned i = 0; i < MANY; i++) {
		scenario[i] = *scenario_find(crowd->scenario);
		scenario[i].name = crowd->name;
		scenario[i].etc = crowd->etc;
	}
	if (crowd->others)
		diverge(scenario);
	/* Who shares the directory has it from the first one's side. */
	scenario[0].etc = crowd->shares_etc ? ETC_SMALL : crowd->etc;
	for (unsigned i = 0; i < MANY; i++)
		world_make(&world[i], i, &scenario[i], i == 0 ? NULL : &world[0],
		           crowd->shares_etc);
}

/* All of them wait at one gate. */
static void start_at_once(struct world world[MANY])
{
	pid_t pids[MANY];
	int gate[2];

	if (pipe2(gate, O_CLOEXEC) != 0)
		die("pipe");
	for (unsigned i = 0; i < MANY; i++)
		pids[i] = world_start(&world[i], gate);
	close(gate[1]);
	close(gate[0]);
	for (unsigned i = 0; i < MANY; i++) {
		waitpid(pids[i], NULL, 0);
		world_collect(&world[i]);
	}
}

/* The others start while the first stands at a call. It goes on when they have ended, or when they have
 * had time to come to where it holds them up. */
static void start_others(void *context)
{
	struct world *world = context;
	const struct timespec pause = {.tv_nsec = 1000000};
	for (unsigned i = 1; i < MANY; i++)
		world_start(&world[i], NULL);
	for (unsigned tries = 0; tries < 8; tries++) {
		if (world_has_ended(&world[1]) && world_has_ended(&world[2]))
			return;
		nanosleep(&pause, NULL);
	}
}

static size_t count_calls(struct world world[MANY])
{
	static struct outcome outcome;
	struct fault fault = {.kind = {-1, 0}};

	world_run(&world[0], &fault, &outcome);
	world_restore(&world[0]);
	return outcome.call_count;
}

static void start_at_call(struct world world[MANY], long index)
{
	static struct outcome outcome;
	struct fault fault = {
		.kind = {-1, 0},
		.index = index,
		.deed = DEED_EVENT,
		.event = start_others,
		.context = world,
	};

	world_run(&world[0], &fault, &outcome);
	for (unsigned i = 1; fault.happened && i < MANY; i++)
		world_collect(&world[i]);
}

/* In a process of its own, which takes its mounts with it. */
static void run_crowd(struct board *board, struct place place, const struct crowd *crowd,
                      size_t rounds)
{
	static struct scenario scenario[MANY];
	static struct world world[MANY];
	const struct fault none = {.deed = DEED_EVENT};
	size_t calls, most, step;

	world_open_all(place.directory, place.stepdown, place.probe);
	make_crowd(crowd, scenario, world);
	check_learn("");
	calls = count_calls(world);
	most = most_faults() / 3;
	step = most == 0 ? 1 : 1 + (calls - 1) / (most + 1);
	for (size_t i = 0; i < rounds + (calls - 1) / step; i++) {
		const struct task task = {.index = i < rounds ? 0
		                                              : (long)((i - rounds + 1) * step)};
		const char *breach;

		if (i < rounds)
			start_at_once(world);
		else
			start_at_call(world, task.index);
		board->task_count++;
		breach = check_crowd(crowd, world);
		for (unsigned n = 0; breach != NULL && n < MANY; n++)
			board_breach(board, &world[n], &task, &none, breach);
		if (breach != NULL)
			return;
		atomic_fetch_add(&board->runs, 1);
		for (unsigned n = 0; n < MANY; n++)
			world_restore(&world[n]);
	}
}

static pid_t begin_crowd(struct board *board, struct place place, const struct crowd *crowd,
                         size_t rounds)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	end_with_parent();
	run_crowd(board, place, crowd, rounds);
	fflush(stdout);
	_exit(0);
}

/* All crowds side by side: the more there are, the more often one is held up in the middle. */
bool part_together(struct place place, char **names)
{
	enum { CROWDS = sizeof(crowds) / sizeof(crowds[0]) };
	struct board *boards[CROWDS];
	pid_t pids[CROWDS] = {0};
	size_t rounds = sample(100, 1000);
	size_t runs = 0, held = 0;
	bool ok = true;

	for (size_t i = 0; i < CROWDS; i++) {
		boards[i] = board_new();
		if (is_name_wanted(crowds[i].name, names))
			pids[i] = begin_crowd(boards[i], place, &crowds[i], rounds);
	}
	for (size_t i = 0; i < CROWDS; i++) {
		const struct board *board = boards[i];
		int status;

		if (pids[i] == 0)
			continue;
		if (waitpid(pids[i], &status, 0) != pids[i] || status != 0)
			exit(2);
		ok = report(board->breaches == 0 && board->runs == board->task_count &&
		                    board->runs > rounds,
		            "together", crowds[i].name) &&
		     ok;
		printf("# %zu times, the first %zu at once, the others at a call of the first; %zu "
		       "held\n",
		       board->task_count, rounds, board->runs);
		runs += board->task_count;
		held += board->runs;
	}
	printf("# together: %d containers at a time, %zu times, %zu held\n", MANY, runs, held);
	return ok;
}
