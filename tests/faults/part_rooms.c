/* No room: the file system of the account files is full from a call on. */

#include "faults.h"

static const char *make(struct world *world, int way)
{
	world_run(world);
	if (world->fault.index == 1 && check_finished(world) == NULL)
		return "there was room";
	return check_run(world);
}

static void list(const struct scenario *scenario, const struct outcome *outcome)
{
	for (long i = 1; i <= (long)outcome->call_count; i++)
		part_add((struct fault){DEED_EVENT, .kind = ANY_KIND, .index = i,
		                        .event = world_fill});
}

static const struct row rows[] = {
	{"S29_full_disk_account_made", "S29_account_made"},
	{"S29_full_disk_account_renumbered", "S29_account_renumbered"},
	{NULL},
};

const struct part part_rooms = {"rooms", rows, list, make};
