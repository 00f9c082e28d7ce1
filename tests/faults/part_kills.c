/* SIGKILL before every system call. The next start mends what the first has left. */

#include "faults.h"

static const char *make(struct world *world, int way)
{
	const char *breach;

	world_run(world);
	breach = check_killed(world);
	if (breach != NULL)
		return breach;
	world->fault = (struct fault){.deed = DEED_NONE};
	world_run(world);
	return check_run(world);
}

static void list(const struct scenario *scenario, const struct outcome *outcome)
{
	for (long i = 1; i <= (long)outcome->call_count; i++)
		part_add((struct fault){DEED_KILL, .kind = ANY_KIND, .index = i});
}

/* The command lines that change something. */
static const struct row rows[] = {
	{"S29_account_made"},
	{"S29_account_renumbered"},
	{"S29_account_in_mounted_files"},
	{"S18_S36_volume_once_strict"},
	{"S16_volume_by_name"},
	{"S15_volume_made_and_top"},
	{"S31_volume_by_several_workers"},
	{NULL},
};

const struct part part_kills = {"kills", rows, list, make};
