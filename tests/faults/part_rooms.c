/* No room: full file systems, none for inodes, limits, quotas, read-only in the middle of the work. */

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"
#include "parts.h"
#include "tools.h"

/* What happens at a call; then what is the case from the start. */
enum way { BLOCKS, INODES, QUOTA, READ_ONLY, LIMIT, WAYS };

static void (*const events[])(void *world) = {
	[BLOCKS] = world_fill_blocks,
	[INODES] = world_fill_inodes,
	[QUOTA] = world_use_up_quota,
	[READ_ONLY] = world_make_read_only,
};

/* What somebody makes while the program stands at a call. */
static const char *event_at_call(struct board *board, struct world *world, const struct task *task)
{
	static struct outcome outcome;
	struct fault fault = {
		.kind = {-1, 0},
		.index = task->index,
		.deed = DEED_EVENT,
		.event = events[task->way],
		.context = world,
	};
	const char *breach;

	world_run(world, &fault, &outcome);
	breach = check_run(world, &fault, &outcome);
	if (breach != NULL)
		board_breach(board, world, task, &fault, breach);
	if (check_finished(world) != NULL)
		atomic_fetch_add(&board->hits, 1);
	return breach;
}

/* No file may get larger than INDEX bytes. */
static const char *limit_size(struct board *board, struct world *world, const struct task *task)
{
	static struct outcome outcome;
	struct fault fault = {.deed = DEED_EVENT, .happened = true};
	struct rlimit before, limit;
	const char *breach;

	if (getrlimit(RLIMIT_FSIZE, &before) != 0)
		die("getrlimit");
	limit = before;
	limit.rlim_cur = (rlim_t)task->index;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		die("setrlimit");
	world_run(world, NULL, &outcome);
	if (setrlimit(RLIMIT_FSIZE, &before) != 0)
		die("setrlimit");
	outcome.executed = world->output_text[0] != '\0';
	breach = check_run(world, &fault, &outcome);
	if (breach != NULL)
		board_breach(board, world, task, &fault, breach);
	if (check_finished(world) != NULL)
		atomic_fetch_add(&board->hits, 1);
	return breach;
}

static bool run_way(struct board *board, struct place place, const struct scenario *scenario,
                    enum way way)
{
	long last;

	if (!board_scout(board, place, scenario))
		return false;
	last = way == LIMIT ? (long)strlen(scenario->new_passwd) + 8
	                    : (long)board->outcome.call_count;
	for (long i = way == LIMIT ? 0 : 1; i <= last; i++)
		board_add(board, (struct task){.index = i, .way = (int)way});
	board_work(board, place, scenario, 1, way == LIMIT ? limit_size : event_at_call);
	return board->breaches == 0 && board->runs == board->task_count && board->hits > 0;
}

bool part_rooms(struct place place, char **names)
{
	static const struct {
		const char *name;
		const char *scenario;
		enum etc_kind etc;
		enum way way;
	} rooms[] = {
		{"S29_full_disk_account_made", "S29_account_made", ETC_SMALL, BLOCKS},
		{"S29_full_disk_account_renumbered", "S29_account_renumbered", ETC_SMALL, BLOCKS},
		{"S29_no_inodes_account_made", "S29_account_made", ETC_SMALL, INODES},
		{"S29_no_inodes_account_renumbered", "S29_account_renumbered", ETC_SMALL, INODES},
		{"S29_quota_account_made", "S29_account_made", ETC_QUOTA, QUOTA},
		{"S29_quota_account_renumbered", "S29_account_renumbered", ETC_QUOTA, QUOTA},
		{"S29_read_only_account_made", "S29_account_made", ETC_SMALL, READ_ONLY},
		{"S29_read_only_account_made_strict", "S29_account_made_strict", ETC_SMALL,
	         READ_ONLY},
		{"S29_size_limit_account_made", "S29_account_made", ETC_PLAIN, LIMIT},
		{"S29_size_limit_account_renumbered", "S29_account_renumbered", ETC_PLAIN, LIMIT},
		{"S29_size_limit_mounted_files", "S29_account_in_mounted_files", ETC_FILES_MOUNTED,
	         LIMIT},
	};
	struct board *board = board_new();
	size_t runs = 0, held = 0, refused = 0;
	bool ok = true;

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct scenario scenario = *scenario_find(rooms[i].scenario);

		if (!is_name_wanted(rooms[i].name, names))
			continue;
		scenario.name = rooms[i].name;
		scenario.etc = rooms[i].etc;
		ok = report(run_way(board, place, &scenario, rooms[i].way), "rooms",
		            rooms[i].name) &&
		     ok;
		printf("# %zu runs, %zu of them made no account, %zu held\n", board->task_count,
		       board->hits, board->runs);
		runs += board->task_count;
		refused += board->hits;
		held += board->runs;
	}
	printf("# rooms: %zu runs, %zu of them made no account, %zu held\n", runs, refused, held);
	return ok;
}
