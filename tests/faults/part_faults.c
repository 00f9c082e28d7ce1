#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "calls.h"
#include "check.h"
#include "parts.h"
#include "tools.h"

enum { ONCE, ALWAYS };

/* A seccomp filter forbids a call, or the kernel is older than it. */
static bool is_filtered(enum deed deed, int errnum)
{
	return deed == DEED_FAIL && (errnum == EPERM || errnum == ENOSYS);
}

/* Whatever was asked for is done in spite of FAULT. */
static const char *check_done(const struct world *world, const struct outcome *outcome)
{
	if (world->scenario->never_runs)
		return NULL;
	if (!WIFEXITED(outcome->status) || WEXITSTATUS(outcome->status) != 0)
		return "it can do without this call, and has not";
	return check_finished(world);
}

static const char *make(struct board *board, struct world *world, const struct task *task)
{
	static struct outcome outcome;
	struct fault fault = {
		.kind = task->kind,
		.index = task->index,
		.choice = task->choice,
		.chosen = true,
		.always = task->way == ALWAYS,
	};
	const char *breach;

	world_run(world, &fault, &outcome);
	breach = check_run(world, &fault, &outcome);
	if (breach == NULL && fault.happened && fault.always &&
	    is_filtered(fault.deed, fault.errnum) && calls_is_optional(fault.call.number))
		breach = check_done(world, &outcome);
	if (breach != NULL)
		board_breach(board, world, task, &fault, breach);
	if (fault.happened) {
		atomic_fetch_add(&board->hits, 1);
		if (outcome.executed)
			atomic_fetch_add(&board->executed, 1);
	}
	return breach;
}

static long count_before(const struct outcome *outcome, size_t at, struct kind kind)
{
	long count = 0;

	for (size_t i = 0; i < at; i++)
		count += kind_equals(kind_of(&outcome->calls[i]), kind);
	return count;
}

static bool is_absent(const struct scenario *scenario, long number)
{
	for (const long *absent = scenario->absent; absent != NULL && *absent >= 0; absent++) {
		if (*absent == number)
			return true;
	}
	return false;
}

/* Each call once with each way to go wrong, and of each kind all calls from the first on. If FILTERED,
 * only those in which a filter answers all calls of a kind; else all others. */
static bool list_tasks(struct board *board, const struct scenario *scenario, bool filtered)
{
	const struct outcome *outcome = &board->outcome;
	enum deed deed;
	int errnum;

	for (size_t i = 0; i < outcome->call_count; i++) {
		const struct call *call = &outcome->calls[i];
		struct task task = {.kind = kind_of(call)};

		if (!calls_is_known(call->number)) {
			printf("# system call %ld is not in the table of calls.c\n", call->number);
			return false;
		}
		if (is_absent(scenario, call->number))
			continue;
		task.index = count_before(outcome, i, task.kind) + 1;
		for (; calls_choose(call, task.choice, &deed, &errnum); task.choice++) {
			task.way = ONCE;
			if (!filtered && calls_goes_wrong_once(call->number))
				board_add(board, task);
			task.way = ALWAYS;
			if (task.index == 1 && (deed == DEED_FAIL || deed == DEED_LIE) &&
			    is_filtered(deed, errnum) == filtered)
				board_add(board, task);
		}
	}
	return outcome->call_count > 0;
}

/* The first KEPT tasks, and at most MOST of the others, spread over all. 0: all. */
static void thin_out(struct board *board, size_t kept, size_t most)
{
	size_t count = board->task_count - kept;

	if (most == 0 || count <= most)
		return;
	for (size_t i = 0; i < most; i++)
		board->tasks[kept + i] = board->tasks[kept + i * count / most];
	board->task_count = kept + most;
}

bool part_faults(struct place place, char **names)
{
	struct board *board = board_new();
	size_t lines = 0, calls = 0, runs = 0, held = 0;
	bool ok = true;

	for (const struct scenario *scenario = scenarios; scenario->name != NULL; scenario++) {
		size_t filtered = 0;
		bool holds;

		if (!is_name_wanted(scenario->name, names))
			continue;
		holds = board_scout(board, place, scenario) && list_tasks(board, scenario, true);
		filtered = board->task_count;
		if (holds && list_tasks(board, scenario, false)) {
			thin_out(board, filtered, most_faults());
			board_work(board, place, scenario, scenario->settled ? SETTLING_WORLDS : 1,
			           make);
			holds = board->breaches == 0 && board->runs == board->task_count;
		}
		ok = report(holds, "faults", scenario->name) && ok;
		printf("# %zu calls, %zu runs, %zu held; the command ran in %zu of %zu in which a "
		       "call "
		       "went wrong\n",
		       board->outcome.call_count, board->task_count, board->runs, board->executed,
		       board->hits);
		lines++;
		calls += board->outcome.call_count;
		runs += board->task_count;
		held += board->runs;
	}
	printf("# faults: %zu command lines, %zu calls, %zu runs, %zu held\n", lines, calls, runs,
	       held);
	return ok;
}
