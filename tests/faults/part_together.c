/* Three containers share the account files or a volume. Two of them start while the third stands at a call. */

#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "faults.h"

enum { SAME, OTHERS }; /* whether the guests make other accounts than their host */
enum { GUESTS = 2 };

/* The guests, if they make other accounts, and their host. */
static const struct account {
	const char *words;
	const char *ids;
	const char *passwd_line;
	const char *group_line;
} accounts[] = {
	{"stepdown --user two=2002:2003",
         "uid 2002 2002 2002 2002\ngid 2003 2003 2003 2003\ngroups 2003\n",
         "two:*:2002:2003::/:/sbin/nologin\n", "two:*:2003:\n"},
	{"stepdown --user three=2004:2005",
         "uid 2004 2004 2004 2004\ngid 2005 2005 2005 2005\ngroups 2005\n",
         "three:*:2004:2005::/:/sbin/nologin\n", "three:*:2005:\n"},
	{NULL, NULL, "svc:*:2000:2001::/:/sbin/nologin\n", "svc:*:2001:\n"},
};

static struct world guests[GUESTS];

static void make_guests(const struct world *host, int way)
{
	static struct scenario scenarios_of_guests[GUESTS];

	for (unsigned i = 0; i < GUESTS; i++) {
		scenarios_of_guests[i] = *host->scenario;
		if (way == OTHERS)
			scenarios_of_guests[i].words = accounts[i].words;
		world_make(&guests[i], i + 1, &scenarios_of_guests[i], host);
	}
}

/* Returns whether the guest has ended, or sleeps in the kernel, as it does where the host holds it up. */
static bool has_ended_or_sleeps(const struct world *guest)
{
	char status[512];

	if (world_has_ended(guest))
		return true;
	read_stream(open(path_of("/proc/%d/stat", (int)guest->pid), O_RDONLY | O_CLOEXEC), status,
	            sizeof(status));
	return strstr(status, ") S ") != NULL;
}

/* The host goes on when the guests can do no more, or after two seconds. */
static void start_guests(struct world *world)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < GUESTS; i++)
		world_start(&guests[i], false);
	for (unsigned tries = 0; tries < 2000; tries++) {
		if (has_ended_or_sleeps(&guests[0]) && has_ended_or_sleeps(&guests[1]))
			return;
		nanosleep(&pause, NULL);
	}
}

/* Returns whether /etc/NAME has the old bytes, and behind them the line of each account once, in any order. */
static bool has_all_lines(const struct world *world, const char *name, const char *old_bytes)
{
	static char text[8192];
	int fd = open(path_of("%s/etc/%s", world->path, name), O_RDONLY | O_CLOEXEC);
	size_t length = read_stream(fd, text, sizeof(text));
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

static const char *make(struct world *world, int way)
{
	bool happened;
	const char *breach;

	if (guests[0].host == NULL)
		make_guests(world, way);
	world_run(world);
	happened = world->fault.deed != DEED_NONE;
	breach = check_ran(world, NULL);
	for (unsigned i = 0; i < GUESTS && happened; i++) {
		world_collect(&guests[i]);
		if (breach == NULL)
			breach = check_ran(&guests[i], way == OTHERS ? accounts[i].ids : NULL);
	}
	if (breach == NULL && way == SAME)
		breach = check_finished(world);
	else if (breach == NULL && happened &&
	         !(has_all_lines(world, "passwd", old_passwd) &&
	           has_all_lines(world, "group", old_group)))
		breach = "a line was lost, or is there twice";
	for (unsigned i = 0; i < GUESTS; i++)
		world_set(&guests[i], AS_BEFORE);
	return breach;
}

static void list(const struct scenario *scenario, const struct outcome *outcome)
{
	size_t most = part_calls;

	if (most > outcome->call_count)
		most = outcome->call_count;
	for (size_t i = 0; i < most; i++)
		part_add((struct fault){DEED_EVENT, .kind = ANY_KIND,
		                        .index = (long)(1 + i * outcome->call_count / most),
		                        .event = start_guests});
}

static const struct row rows[] = {
	{"S29_one_directory_other_accounts", "S29_account_made", OTHERS},
	{"S29_one_directory_the_same_account", "S29_account_made", SAME},
	{"S29_mounted_files_other_accounts", "S29_account_in_mounted_files", OTHERS},
	{"S29_mounted_files_the_same_account", "S29_account_in_mounted_files", SAME},
	{"S18_one_volume_once", "S18_S36_volume_once_strict", SAME},
	{"S31_one_volume_several_workers", "S31_volume_by_several_workers", SAME},
	{NULL},
};

const struct part part_together = {"together", rows, list, make};
