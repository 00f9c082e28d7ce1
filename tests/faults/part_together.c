/* Three containers share the account files or a volume. Two of them start while the third stands at a call. */

#include <string.h>
#include <time.h>

#include "check.h"
#include "parts.h"
#include "tools.h"

enum { SAME, OTHERS }; /* whether the guests make other accounts than their host */

/* The host, and its guests if they make other accounts. */
static const struct account {
	const char *words;
	const char *ids;
	const char *passwd_line;
	const char *group_line;
} accounts[] = {
	{"", "", "svc:*:2000:2001::/:/sbin/nologin\n", "svc:*:2001:\n"},
	{"stepdown --user two=2002:2003",
         "uid 2002 2002 2002 2002\ngid 2003 2003 2003 2003\ngroups 2003\n",
         "two:*:2002:2003::/:/sbin/nologin\n", "two:*:2003:\n"},
	{"stepdown --user three=2004:2005",
         "uid 2004 2004 2004 2004\ngid 2005 2005 2005 2005\ngroups 2005\n",
         "three:*:2004:2005::/:/sbin/nologin\n", "three:*:2005:\n"},
};

enum { GUESTS = 2 };

static struct world guests[GUESTS];

static void make_guests(const struct world *host, int way)
{
	static struct scenario scenarios_of_guests[GUESTS];

	for (unsigned i = 0; i < GUESTS; i++) {
		scenarios_of_guests[i] = *host->scenario;
		if (way == OTHERS)
			scenarios_of_guests[i].words = accounts[i + 1].words;
		world_make(&guests[i], i + 1, &scenarios_of_guests[i], host);
	}
}

/* The host goes on when the guests have ended, or have had time to come to where the host holds them up. */
static void start_guests(void *context)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	(void)context;
	for (unsigned i = 0; i < GUESTS; i++)
		world_start(&guests[i]);
	for (unsigned tries = 0; tries < 8; tries++) {
		if (world_has_ended(&guests[0]) && world_has_ended(&guests[1]))
			return;
		nanosleep(&pause, NULL);
	}
}

/* Returns whether /etc/NAME has the old bytes, and behind them the line of each account once, in any order. */
static bool has_all_lines(const struct world *world, const char *name, const char *old_bytes)
{
	static char text[8192];
	size_t length = read_file(path_of("%s/etc/%s", world->path, name), text, sizeof(text));
	size_t wanted = strlen(old_bytes);

	if (strncmp(text, old_bytes, wanted) != 0)
		return false;
	if (old_bytes[wanted - 1] != '\n' && text[wanted++] != '\n')
		return false;
	for (unsigned i = 0; i <= GUESTS; i++) {
		const char *line = strcmp(name, "passwd") == 0 ? accounts[i].passwd_line
		                                               : accounts[i].group_line;

		if (strstr(text, line) == NULL)
			return false;
		wanted += strlen(line);
	}
	return length == wanted;
}

static const char *make(struct world *world, const struct task *task, struct fault *fault,
                        bool *ret_hit)
{
	static struct outcome outcome;
	const char *breach;

	if (guests[0].host == NULL)
		make_guests(world, task->way);
	fault->kind.number = ANY_CALL;
	fault->index = task->index;
	fault->deed = DEED_EVENT;
	fault->event = start_guests;
	world_run(world, fault, &outcome);
	*ret_hit = fault->happened;
	breach = check_ran(world, NULL);
	for (unsigned i = 0; i < GUESTS && fault->happened; i++) {
		world_collect(&guests[i]);
		if (breach == NULL)
			breach = check_ran(&guests[i],
			                   task->way == OTHERS ? accounts[i + 1].ids : NULL);
	}
	if (breach == NULL && task->way == SAME)
		breach = check_finished(world);
	else if (breach == NULL && fault->happened &&
	         !(has_all_lines(world, "passwd", old_passwd) &&
	           has_all_lines(world, "group", old_group)))
		breach = "a line was lost, or is there twice";
	for (unsigned i = 0; i < GUESTS; i++)
		world_restore(&guests[i]);
	return breach;
}

static void list(const struct scenario *scenario, const struct outcome *outcome, int way)
{
	size_t most = sample(60);

	(void)scenario;
	if (most > outcome->call_count)
		most = outcome->call_count;
	for (size_t i = 0; i < most; i++)
		part_add((struct task){.index = (long)(1 + i * outcome->call_count / most),
		                       .way = way});
}

bool part_together(void)
{
	static const struct {
		const char *name;
		const char *scenario;
		bool mounts_files;
		int way;
	} rows[] = {
		{"S29_one_directory_other_accounts", "S29_account_made", false, OTHERS},
		{"S29_one_directory_the_same_account", "S29_account_made", false, SAME},
		{"S29_mounted_files_other_accounts", "S29_account_made", true, OTHERS},
		{"S29_mounted_files_the_same_account", "S29_account_made", true, SAME},
		{"S18_one_volume_once", "S18_S36_volume_once_strict", true, SAME},
		{"S31_one_volume_several_workers", "S31_volume_by_several_workers", true, SAME},
	};
	static const struct part part = {"together", list, make, 90};
	bool ok = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scenario scenario = *scenario_find(rows[i].scenario);

		scenario.name = rows[i].name;
		scenario.mounts_files = rows[i].mounts_files;
		ok = part_run_row(&part, &scenario, rows[i].way) && ok;
	}
	return ok;
}
