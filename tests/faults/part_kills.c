/* SIGKILL at every system call, before it and after it. The next start mends what the first has left. */

#include <stdint.h>
#include <sys/wait.h>

#include "check.h"
#include "parts.h"
#include "tools.h"

static const char *make(struct world *world, const struct task *task, struct fault *fault,
                        bool *ret_hit)
{
	static struct outcome outcome;
	struct fault none = {.deed = DEED_NONE};
	const char *breach;

	fault->kind.number = ANY_CALL;
	fault->index = task->index;
	fault->deed = task->way == 0 ? DEED_KILL_BEFORE : DEED_KILL_AFTER;
	world_run(world, fault, &outcome);
	*ret_hit = WIFSIGNALED(outcome.status);
	breach = check_remains(world, &none);
	if (breach == NULL)
		breach = check_order(world);
	if (breach != NULL)
		return breach;
	world_run(world, &none, &outcome);
	return check_run(world, &none, &outcome);
}

/* Before a call and behind it in turn, or both with --all. */
static void list(const struct scenario *scenario, const struct outcome *outcome, int way)
{
	bool both = sample(1) == SIZE_MAX;

	(void)scenario;
	for (long i = 1; i <= (long)outcome->call_count; i++) {
		for (way = 0; way < 2; way++) {
			if (both || way == i % 2)
				part_add((struct task){.index = i, .way = way});
		}
	}
}

bool part_kills(void)
{
	/* Nothing can be killed after the last call, which is the execve(2), and no two runs of several
	 * threads have the same number of calls. */
	static const struct part part = {"kills", list, make, 90};
	/* The command lines that change something. */
	static const char *const names[] = {
		"S29_account_made",
		"S29_account_renumbered",
		"S29_account_in_mounted_files",
		"S18_S36_volume_once_strict",
		"S16_volume_by_name",
		"S15_volume_made_and_top",
		"S31_volume_by_several_workers",
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ok = part_run_row(&part, scenario_find(names[i]), 0) && ok;
	return ok;
}
