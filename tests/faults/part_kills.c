/* SIGKILL at every system call, before it and after it, and at random moments; the next start mends it. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "parts.h"
#include "tools.h"

/* Of the command lines, those that change something. */
static const char *const names_of_changes[] = {
	"S29_account_made",
	"S29_account_renumbered",
	"S29_account_in_mounted_files",
	"S18_volume_once_strict",
	"S16_volume_by_name",
	"S15_volume_made_and_top",
	"S31_volume_by_several_workers",
};

/* The next start, which nobody kills. */
static const char *check_next_start(struct world *world)
{
	static struct outcome outcome;
	const char *breach;

	world_run(world, NULL, &outcome);
	outcome.executed = true;
	breach = check_run(world, NULL, &outcome);
	return breach;
}

static const char *check_killed(struct board *board, struct world *world, const struct task *task,
                                struct fault *fault)
{
	const char *breach = check_remains(world, NULL);

	if (breach == NULL)
		breach = check_order(world);
	if (breach == NULL)
		breach = check_next_start(world);
	if (breach != NULL)
		board_breach(board, world, task, fault, breach);
	return breach;
}

static const char *kill_at_call(struct board *board, struct world *world, const struct task *task)
{
	static struct outcome outcome;
	struct fault fault = {
		.kind = {-1, 0},
		.index = task->index,
		.deed = task->way == 0 ? DEED_KILL_BEFORE : DEED_KILL_AFTER,
	};

	world_run(world, &fault, &outcome);
	if (WIFSIGNALED(outcome.status))
		atomic_fetch_add(&board->hits, 1);
	return check_killed(board, world, task, &fault);
}

/* In a tree that takes long enough: the moment is a part of the time that a whole run takes. */
static const char *kill_at_random(struct board *board, struct world *world, const struct task *task)
{
	struct timespec moment = {.tv_nsec = task->index};
	struct fault fault = {.deed = DEED_KILL_BEFORE};
	pid_t pid = world_start(world, NULL);
	int status;

	nanosleep(&moment, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	world_collect(world);
	if (WIFSIGNALED(status))
		atomic_fetch_add(&board->hits, 1);
	return check_killed(board, world, task, &fault);
}

static bool kill_everywhere(struct board *board, struct place place,
                            const struct scenario *scenario)
{
	bool both = most_faults() == 0;

	if (!board_scout(board, place, scenario))
		return false;
	/* Before a call and behind it, in turn, or both. */
	for (long i = 1; i <= (long)board->outcome.call_count; i++) {
		for (int way = 0; way < 2; way++) {
			if (both || way == i % 2)
				board_add(board, (struct task){.index = i, .way = way});
		}
	}
	board_work(board, place, scenario, scenario->settled ? SETTLING_WORLDS : 1, kill_at_call);
	/* The last call is the exec, after which there is nothing to be killed; and of several threads no
	 * two runs have the same number. */
	return board->breaches == 0 && board->runs == board->task_count &&
	       board->hits >= board->task_count * 9 / 10;
}

/* A tree of its own: DIRECTORIES with FILES each, with paths that live as long as this process. */
enum { DIRECTORIES = 60, FILES = 30 };

static const struct entry *make_large_tree(void)
{
	static struct entry entries[DIRECTORIES * (FILES + 1) + 2];
	static char paths[DIRECTORIES * (FILES + 1) + 1][24];
	size_t count = 0;

	for (unsigned i = 0; i <= DIRECTORIES; i++) {
		for (unsigned j = 0; j <= (i == 0 ? 0 : FILES); j++) {
			char *path = paths[count];

			if (i == 0)
				snprintf(path, sizeof(paths[0]), "/data");
			else if (j == 0)
				snprintf(path, sizeof(paths[0]), "/data/%u", i);
			else
				snprintf(path, sizeof(paths[0]), "/data/%u/%u", i, j);
			entries[count++] =
				(struct entry){path, j == 0 ? 'd' : 'f', 0, 0, 1000, 1000, 0};
		}
	}
	return entries;
}

/* How long a whole run takes, in nanoseconds. */
static long measure(struct place place, const struct scenario *scenario)
{
	static struct world world;
	static struct outcome outcome;
	struct timespec begin, end;

	world_open_all(place.directory, place.stepdown, place.probe);
	world_make(&world, 0, scenario, NULL, false);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	world_run(&world, NULL, &outcome);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec;
}

static bool kill_in_large_tree(struct board *board, struct place place, size_t kills)
{
	struct scenario scenario = *scenario_find("S31_volume_by_several_workers");
	unsigned drawn_from = seed();
	long whole;

	scenario.name = "S18_large_tree_at_random_moments";
	scenario.entries = make_large_tree();
	scenario.words = "stepdown --own-jobs 3 --user app --own-once /data";
	if (!board_scout(board, place, &scenario))
		return false;
	printf("# kills: seed %u\n", drawn_from);
	whole = measure(place, &scenario);
	srandom(drawn_from);
	for (size_t i = 0; i < kills; i++)
		board_add(board, (struct task){.index = random() % whole});
	board_work(board, place, &scenario, 1, kill_at_random);
	return board->breaches == 0 && board->runs == kills && board->hits >= kills / 4;
}

bool part_kills(struct place place, char **names)
{
	struct board *board = board_new();
	size_t kills = sample(150, 1000);
	size_t runs = 0, hits = 0, held = 0;
	bool ok = true;

	for (size_t i = 0; i <= sizeof(names_of_changes) / sizeof(names_of_changes[0]); i++) {
		bool is_last = i == sizeof(names_of_changes) / sizeof(names_of_changes[0]);
		const char *name = is_last ? "S18_large_tree_at_random_moments"
		                           : names_of_changes[i];
		bool holds;

		if (!is_name_wanted(name, names))
			continue;
		holds = is_last ? kill_in_large_tree(board, place, kills)
		                : kill_everywhere(board, place, scenario_find(name));
		ok = report(holds, "kills", name) && ok;
		printf("# %zu calls, %zu runs, %zu killed, %zu mended by the next start\n",
		       board->outcome.call_count, board->task_count, board->hits, board->runs);
		runs += board->task_count;
		hits += board->hits;
		held += board->runs;
	}
	printf("# kills: %zu runs, %zu killed, %zu held\n", runs, hits, held);
	return ok;
}
