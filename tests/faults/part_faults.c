/* System calls that fail, lie, do less, or fail after they were done. */

#include <errno.h>
#include <stdint.h>

#include "calls.h"
#include "check.h"
#include "parts.h"
#include "tools.h"

enum { ONCE, ALWAYS };

/* A seccomp filter forbids a call, or the kernel is older than the call. */
static bool is_filtered(enum deed deed, int errnum)
{
	return deed == DEED_FAIL && (errnum == EPERM || errnum == ENOSYS);
}

static const char *make(struct world *world, const struct task *task, struct fault *fault,
                        bool *ret_hit)
{
	static struct outcome outcome;
	const char *breach;

	fault->kind = task->kind;
	fault->index = task->index;
	fault->choice = task->choice;
	fault->chosen = true;
	fault->always = task->way == ALWAYS;
	world_run(world, fault, &outcome);
	*ret_hit = fault->happened;
	breach = check_run(world, fault, &outcome);
	if (breach != NULL || !fault->happened || !fault->always ||
	    !is_filtered(fault->deed, fault->errnum) || !calls_is_optional(&fault->call))
		return breach;
	if (outcome.status != 0)
		return "it can do without this call, and has not";
	return check_finished(world);
}

static long count_before(const struct outcome *outcome, size_t at, struct kind kind)
{
	long count = 0;

	for (size_t i = 0; i < at; i++)
		count += kind_equals(kind_of(&outcome->calls[i]), kind);
	return count;
}

/* Adds each call once in each way, and of each kind all calls from the first on. If FILTERED, only those in
 * which a filter answers all calls of a kind; else all others, but no more than MOST, spread evenly. */
static void list_tasks(const struct outcome *outcome, bool filtered, size_t most)
{
	static struct task tasks[65536];
	size_t count = 0;
	enum deed deed;
	int errnum;

	for (size_t i = 0; i < outcome->call_count; i++) {
		const struct call *call = &outcome->calls[i];
		struct task task = {.kind = kind_of(call)};

		if (!calls_is_known(call->number))
			die(path_of("system call %ld is not in calls.c", call->number));
		task.index = count_before(outcome, i, task.kind) + 1;
		for (; calls_choose(call, task.choice, &deed, &errnum); task.choice++) {
			task.way = ONCE;
			if (!filtered && calls_goes_wrong_once(call->number))
				tasks[count++] = task;
			task.way = ALWAYS;
			if (task.index == 1 && (deed == DEED_FAIL || deed == DEED_LIE) &&
			    is_filtered(deed, errnum) == filtered)
				tasks[count++] = task;
		}
	}
	if (most > count)
		most = count;
	for (size_t i = 0; i < most; i++)
		part_add(tasks[i * count / most]);
}

static void list(const struct scenario *scenario, const struct outcome *outcome, int way)
{
	(void)scenario;
	(void)way;
	list_tasks(outcome, true, SIZE_MAX);
	list_tasks(outcome, false, sample(60));
}

bool part_faults(void)
{
	static const struct part part = {"faults", list, make, 90};
	bool ok = true;

	for (const struct scenario *scenario = scenarios; scenario->name != NULL; scenario++)
		ok = part_run_row(&part, scenario, 0) && ok;
	return ok;
}
