/*
 * faults: runs a program under test again and again, each time with something that goes wrong, and checks each
 * time that what the program promises holds all the same.
 *
 *   faults                                    prints the PART and the ROW of each command line
 *   faults DIRECTORY PROGRAMS CALLS PART ROW  makes all runs of a row, and prints a line of TAP
 *
 * DIRECTORY is covered in a mount namespace of this program's own. PROGRAMS holds stepdown and probe. CALLS are drawn
 * where not all are tried.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

/* Fewer are a failure, because the runs have shown nothing. No two runs of several threads have the same number
 * of calls. */
#define LEAST_HITS_PERCENT 90
/* While the directories of a world get old enough for stepdown to trust them, the other worlds are used. */
#define SETTLING_WORLDS 48
#define SETTLING_US 3000 /* for each of them */

static const struct part *const parts[] = {&part_faults, &part_kills, &part_together};
static struct fault faults[65536];
static size_t fault_count;
size_t part_calls;

void part_add(struct fault fault)
{
	if (fault_count == COUNT(faults))
		errx(BROKEN, "too many faults");
	faults[fault_count++] = fault;
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

	fprintf(stderr, "%s\ncall %ld of its kind, %s(%lld, \"%s\", …) %s%s, %s\n%s", breach,
	        fault->index, name_of(fault->call.number), (long long)fault->call.arguments[0],
	        fault->path, deeds[fault->deed], fault->always ? " from here on" : "",
	        strerror(fault->errnum), world->error_text);
}

/* Makes a run without any fault and then those of ROW, up to the first in which something does not hold. Prints a
 * line of TAP, and returns whether all held. */
static bool run_row(const struct part *part, const struct row *row)
{
	static struct world worlds[SETTLING_WORLDS];
	const struct scenario *scenario =
		scenario_find(row->scenario != NULL ? row->scenario : row->name);
	unsigned count = scenario->settled ? SETTLING_WORLDS : 1;
	useconds_t pause = scenario->settled ? SETTLING_US : 0;
	struct world *world = &worlds[0];
	const char *breach;
	bool ok;

	for (unsigned i = 0; i < count; i++)
		world_make(&worlds[i], i, scenario, NULL);
	remains_learn(world);
	usleep(count * pause);
	world_run(world);
	check_learn(world->error_text, world->output_text);
	breach = check_run(world);
	part->list(scenario, &world->outcome);
	for (size_t i = 0; i < fault_count && breach == NULL; i++) {
		world_set(world, AS_BEFORE);
		world = &worlds[i % count];
		world->fault = faults[i];
		usleep(pause);
		breach = part->make(world, row->way);
	}
	if (breach != NULL)
		show_breach(world, breach);
	ok = breach == NULL && fault_count > 0 &&
	     tracer_hits * 100 >= fault_count * LEAST_HITS_PERCENT;
	printf("%sok - %s: %s\n# something went wrong in %zu of %zu runs\n", ok ? "" : "not ",
	       part->name, row->name, tracer_hits, fault_count);
	return ok;
}

/* Returns row number INDEX of PART. Behind the last one is one without a name. */
static struct row row_of(const struct part *part, size_t index)
{
	return part->rows != NULL ? part->rows[index] : (struct row){scenarios[index].name};
}

int main(int argc, char **argv)
{
	struct row row;

	if (argc == 6) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || close_range(3, ~0U, 0) != 0)
			err(BROKEN, "faults");
		world_open_all(argv[1], argv[2]);
		part_calls = strtoul(argv[3], NULL, 10);
	}
	for (size_t i = 0; i < COUNT(parts); i++) {
		for (size_t j = 0; (row = row_of(parts[i], j)).name != NULL; j++) {
			if (argc != 6)
				printf("%s %s\n", parts[i]->name, row.name);
			else if (strcmp(parts[i]->name, argv[4]) == 0 &&
			         strcmp(row.name, argv[5]) == 0)
				return run_row(parts[i], &row) ? 0 : 1;
		}
	}
	return argc == 6 ? BROKEN : 0;
}
