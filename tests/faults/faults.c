/*
 * faults: runs a program under test again and again, each time with something that goes wrong, and checks each
 * time that what the program promises holds all the same.
 *
 *   faults DIRECTORY PROGRAMS faults|kills|rooms|together|all [ROW]...
 *
 * DIRECTORY is empty, and covered in mount namespaces of this program's own. PROGRAMS holds stepdown and probe.
 * Each ROW is a pattern.
 */
#include <err.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

#define FAULTS 65536
#define BREACHES_SHOWN 3
/* Fewer are a failure, because the runs have shown nothing. No two runs of several threads have the same number
 * of calls. */
#define LEAST_HITS_PERCENT 90
#define SETTLING_WORLDS 48 /* while one settles the others are used */

/* The runs of a row, in memory that all processes share. */
static struct queue {
	size_t count;
	atomic_size_t next;
	atomic_size_t hits;
	atomic_size_t breaches;
	struct world unharmed; /* after the run in which nothing goes wrong */
	struct fault faults[FAULTS];
} * queue;

static char **arguments;

void part_add(struct fault fault)
{
	if (queue->count == FAULTS)
		errx(BROKEN, "too many faults");
	queue->faults[queue->count++] = fault;
}

static bool is_wanted(const char *name)
{
	char **patterns = arguments + 4;

	for (size_t i = 0; patterns[i] != NULL; i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return patterns[0] == NULL;
}

static const char *name_of(long number)
{
	static const char *const names[] = {
#include "call_names"
	};
	bool is_known = number >= 0 && (size_t)number < COUNT(names) && names[number] != NULL;

	return is_known ? names[number] : "an unknown call";
}

static void show_breach(const struct world *world, const char *breach)
{
	const struct fault *fault = &world->fault;
	static const char *const deeds[] = {
		[DEED_NONE] = "does nothing special",
		[DEED_FAIL] = "fails",
		[DEED_LIE] = "lies",
		[DEED_LATE] = "fails after it was done",
		[DEED_SHORT] = "is cut short",
		[DEED_KILL] = "is not begun",
		[DEED_EVENT] = "sees an event",
	};

	if (atomic_fetch_add(&queue->breaches, 1) >= BREACHES_SHOWN)
		return;
	fprintf(stderr, "%s\ncall %ld of its kind, %s(%lld, \"%s\", …) %s%s, %s\n%s", breach,
	        fault->index, name_of(fault->call.number), (long long)fault->call.arguments[0],
	        fault->path, deeds[fault->deed], fault->always ? " from here on" : "",
	        strerror(fault->errnum), world->error_text);
}

/* Returns true in a new process, which has worlds of its own. */
static bool begin_process(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(BROKEN, "fork");
	if (pid != 0)
		return false;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		err(BROKEN, "prctl");
	world_open_all(arguments[1], arguments[2]);
	return true;
}

static void wait_for_process(void)
{
	int status;

	if (wait(&status) < 0)
		err(BROKEN, "wait");
	if (status != 0)
		exit(BROKEN);
}

/* Runs the command line once without any fault. */
static void learn(const struct scenario *scenario)
{
	struct world *world = &queue->unharmed;
	const char *breach;

	world_make(world, 0, scenario, NULL);
	remains_learn(world);
	world_run(world);
	check_learn(world->error_text, world->output_text);
	breach = check_run(world);
	if (breach != NULL)
		show_breach(world, breach);
}

static void work(const struct part *part, const struct scenario *scenario, int way)
{
	static struct world worlds[SETTLING_WORLDS];
	unsigned count = scenario->settled ? SETTLING_WORLDS : 1;
	size_t next;

	for (unsigned i = 0; i < count; i++)
		world_make(&worlds[i], i, scenario, NULL);
	remains_learn(&worlds[0]);
	check_learn(queue->unharmed.error_text, queue->unharmed.output_text);
	for (unsigned i = 0; queue->breaches == 0; i = (i + 1) % count) {
		struct world *world = &worlds[i];
		const char *breach;

		next = atomic_fetch_add(&queue->next, 1);
		if (next >= queue->count)
			break;
		world->fault = queue->faults[next];
		breach = part->make(world, way);
		if (breach != NULL)
			show_breach(world, breach);
		world_set(world, AS_BEFORE);
	}
	for (unsigned i = 0; i < count; i++)
		atomic_fetch_add(&queue->hits, worlds[i].hits);
}

/* A tracer and what it traces take turns, which is several times faster on one processor. Ignores errors,
 * because this process may not be allowed to use all processors. */
static void work_on_all_processors(const struct part *part, const struct scenario *scenario,
                                   int way)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	for (long i = 0; i < count; i++) {
		CPU_ZERO(&set);
		CPU_SET((size_t)i, &set);
		if (begin_process()) {
			(void)sched_setaffinity(0, sizeof(set), &set);
			work(part, scenario, way);
			_exit(0);
		}
	}
	for (long i = 0; i < count; i++)
		wait_for_process();
}

/* Makes all runs of ROW in as many processes as there are processors, and prints a line of TAP. Returns
 * whether all held. */
static bool run_row(const struct part *part, const struct row *row)
{
	const struct scenario *scenario =
		scenario_find(row->scenario != NULL ? row->scenario : row->name);
	bool ok;

	memset(queue, 0, offsetof(struct queue, faults));
	if (begin_process()) {
		learn(scenario);
		_exit(0);
	}
	wait_for_process();
	if (queue->breaches == 0) {
		part->list(scenario, &queue->unharmed.outcome, row->way);
		work_on_all_processors(part, scenario, row->way);
	}
	ok = queue->count > 0 && queue->breaches == 0 &&
	     queue->hits * 100 >= queue->count * LEAST_HITS_PERCENT;
	printf("%sok - %s: %s\n", ok ? "" : "not ", part->name, row->name);
	if (!ok)
		printf("# in %zu of %zu runs something went wrong\n", queue->hits, queue->count);
	return ok;
}

/* Returns whether all wanted rows held. */
static bool run_part(const struct part *part)
{
	size_t rows = 0, runs = 0;
	bool ok = true;

	for (size_t i = 0;; i++) {
		const struct row own = {.name = scenarios[i].name};
		const struct row *row = part->rows != NULL ? &part->rows[i] : &own;

		if (row->name == NULL)
			break;
		if (!is_wanted(row->name))
			continue;
		ok = run_row(part, row) && ok;
		rows++;
		runs += queue->count;
	}
	printf("# %s: %zu command lines, %zu runs\n", part->name, rows, runs);
	return ok;
}

int main(int argc, char **argv)
{
	static const struct part *const parts[] = {&part_faults, &part_kills, &part_rooms,
	                                           &part_together};
	int fd = open("/dev/null", O_RDONLY);
	bool ok = true;

	if (argc < 4 || fd < 0 || dup2(fd, 0) != 0 || close_range(3, ~0U, 0) != 0)
		err(BROKEN, "faults");
	arguments = argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	queue = mmap(NULL, sizeof(*queue), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	             0);
	if (queue == MAP_FAILED)
		err(BROKEN, "mmap");
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (strcmp(parts[i]->name, argv[3]) == 0 || strcmp("all", argv[3]) == 0)
			ok = run_part(parts[i]) && ok;
	}
	return ok ? 0 : 1;
}
