/* No room: a full file system, no more inodes, a limit of sizes, or read-only in the middle of the work. */

#include <string.h>
#include <sys/resource.h>

#include "check.h"
#include "parts.h"
#include "tools.h"

/* The first three happen while the program stands at a call, and the last is the case from the start. */
enum { BLOCKS, INODES, READ_ONLY, LIMIT };

static void limit_size(rlim_t size)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
		die("getrlimit");
	limit.rlim_cur = size;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		die("setrlimit");
}

static const char *make(struct world *world, const struct task *task, struct fault *fault,
                        bool *ret_hit)
{
	static void (*const events[])(void *world) = {
		[BLOCKS] = world_fill_blocks,
		[INODES] = world_fill_inodes,
		[READ_ONLY] = world_make_read_only,
	};
	static struct outcome outcome;

	fault->deed = DEED_EVENT;
	if (task->way == LIMIT) {
		limit_size((rlim_t)task->index);
		world_run(world, fault, &outcome);
		limit_size(RLIM_INFINITY);
		fault->happened = true;
	} else {
		fault->kind.number = ANY_CALL;
		fault->index = task->index;
		fault->event = events[task->way];
		fault->context = world;
		world_run(world, fault, &outcome);
	}
	*ret_hit = check_finished(world) != NULL;
	return check_run(world, fault, &outcome);
}

/* At each call, or for each length of the new file. */
static void list(const struct scenario *scenario, const struct outcome *outcome, int way)
{
	long last = (long)outcome->call_count;

	if (way == LIMIT)
		last = (long)strlen(scenario->new_passwd) + 8;
	for (long i = way == LIMIT ? 0 : 1; i <= last; i++)
		part_add((struct task){.index = i, .way = way});
}

bool part_rooms(void)
{
	static const struct {
		const char *name;
		const char *scenario;
		int way;
	} rows[] = {
		{"S29_full_disk_account_made", "S29_account_made", BLOCKS},
		{"S29_full_disk_account_renumbered", "S29_account_renumbered", BLOCKS},
		{"S29_no_inodes_account_made", "S29_account_made", INODES},
		{"S29_no_inodes_account_renumbered", "S29_account_renumbered", INODES},
		{"S29_read_only_account_made", "S29_account_made", READ_ONLY},
		{"S29_read_only_account_made_strict", "S29_account_made_strict", READ_ONLY},
		{"S29_size_limit_account_made", "S29_account_made", LIMIT},
		{"S29_size_limit_account_renumbered", "S29_account_renumbered", LIMIT},
		{"S29_size_limit_mounted_files", "S29_account_in_mounted_files", LIMIT},
	};
	/* After the last of the files is written, nothing is missing any more. */
	static const struct part part = {"rooms", list, make, 20};
	bool ok = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scenario scenario = *scenario_find(rows[i].scenario);

		scenario.name = rows[i].name;
		ok = part_run_row(&part, &scenario, rows[i].way) && ok;
	}
	return ok;
}
