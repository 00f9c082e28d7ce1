#include "parts.h"

#include <fnmatch.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "check.h"
#include "tools.h"

#define BREACHES_SHOWN 3

struct board *board_new(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (board == MAP_FAILED)
		die("mmap");
	return board;
}

void board_add(struct board *board, struct task task)
{
	if (board->task_count == TASKS)
		die("too many tasks");
	board->tasks[board->task_count++] = task;
}

bool is_name_wanted(const char *name, char **names)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (fnmatch(names[i], name, 0) == 0)
			return true;
	}
	return names[0] == NULL;
}

bool report(bool ok, const char *part, const char *name)
{
	printf("%sok - %s: %s\n", ok ? "" : "not ", part, name);
	fflush(stdout);
	return ok;
}

static void show(const char *label, const char *text)
{
	printf("#   %s\n", label);
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		printf("#     %.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

void board_breach(struct board *board, const struct world *world, const struct task *task,
                  const struct fault *fault, const char *breach)
{
	static const char *const deeds[] = {
		[DEED_NONE] = "nothing",
		[DEED_FAIL] = "fails",
		[DEED_LIE] = "lies",
		[DEED_LATE] = "fails after it was done",
		[DEED_SHORT] = "is cut short",
		[DEED_KILL_BEFORE] = "is the end",
		[DEED_KILL_AFTER] = "is the last",
		[DEED_EVENT] = "sees an event",
	};

	if (atomic_fetch_add(&board->breaches, 1) >= BREACHES_SHOWN)
		return;
	show("this does not hold:", breach);
	printf("#   %s: call %ld of its kind, %s(%lld, \"%s\", …) %s%s, %s\n",
	       world->scenario->name, task->index, calls_name(fault->call.number),
	       (long long)fault->call.arguments[0], fault->path, deeds[fault->deed],
	       fault->always ? " from here on" : "", strerror(fault->errnum));
	show("stderr:", world->error_text);
	fflush(stdout);
}

static void finish(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (status != 0)
		_exit(2);
}

static pid_t begin(struct place place)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid != 0)
		return pid;
	end_with_parent();
	world_open_all(place.directory, place.stepdown, place.probe);
	return pid;
}

bool board_scout(struct board *board, struct place place, const struct scenario *scenario)
{
	static struct world world;
	const struct task none = {0};
	struct fault fault = {.kind = {-1, 0}};
	pid_t pid;

	memset(board, 0, sizeof(*board));
	pid = begin(place);
	if (pid == 0) {
		const char *breach;

		world_make(&world, 0, scenario, NULL, false);
		world_run(&world, &fault, &board->outcome);
		if (!scenario->never_runs)
			memcpy(board->said, world.error_text, sizeof(board->said));
		check_learn(board->said);
		breach = check_run(&world, NULL, &board->outcome);
		if (breach != NULL)
			board_breach(board, &world, &none, &fault, breach);
		_exit(0);
	}
	finish(pid);
	return board->breaches == 0;
}

static void work(struct board *board, const struct scenario *scenario, unsigned worlds,
                 const char *(*make)(struct board *board, struct world *world,
                                     const struct task *task))
{
	static struct world world[64];
	size_t next;

	check_learn(board->said);
	for (unsigned i = 0; i < worlds; i++)
		world_make(&world[i], i, scenario, NULL, false);
	for (unsigned i = 0; board->breaches == 0; i = (i + 1) % worlds) {
		next = atomic_fetch_add(&board->next, 1);
		if (next >= board->task_count)
			break;
		if (make(board, &world[i], &board->tasks[next]) == NULL)
			atomic_fetch_add(&board->runs, 1);
		world_restore(&world[i]);
	}
}

/* A tracer and what it traces take turns, which is several times faster on one processor. */
static void stay_on(long processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	/* Not where this process may not use all of them. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

void board_work(struct board *board, struct place place, const struct scenario *scenario,
                unsigned worlds,
                const char *(*make)(struct board *board, struct world *world,
                                    const struct task *task))
{
	/* There is one subvolume. */
	long count = scenario->etc == ETC_QUOTA ? 1 : sysconf(_SC_NPROCESSORS_ONLN);
	pid_t pids[64];

	if (count > 64)
		count = 64;
	for (long i = 0; i < count; i++) {
		pids[i] = begin(place);
		if (pids[i] == 0) {
			stay_on(i);
			work(board, scenario, worlds, make);
			fflush(stdout);
			_exit(0);
		}
	}
	for (long i = 0; i < count; i++)
		finish(pids[i]);
}
