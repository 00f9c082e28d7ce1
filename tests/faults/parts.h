#ifndef FAULTS_PARTS_H
#define FAULTS_PARTS_H

#include "world.h"

/* A part runs command lines again and again, with something else going wrong in each run. */

/* One run. */
struct task {
	struct kind kind;
	long index;
	size_t choice;
	int way;
};

struct part {
	const char *name;
	/* Adds the tasks of a row. OUTCOME is that of a run in which nothing goes wrong. */
	void (*list)(const struct scenario *scenario, const struct outcome *outcome, int way);
	/* Makes a run, and returns NULL or what does not hold. FAULT is filled in. Sets *RET_HIT if something
	 * went wrong indeed. */
	const char *(*make)(struct world *world, const struct task *task, struct fault *fault,
	                    bool *ret_hit);
	size_t least_hits_percent; /* fewer hits are a failure, because the runs have shown nothing */
};

/* For PART.list. */
void part_add(struct task task);

/* Makes all tasks of a row of PART in as many processes as there are processors, and prints a line of TAP.
 * Returns whether all runs held, or the row is not wanted. */
bool part_run_row(const struct part *part, const struct scenario *scenario, int way);

/* Each returns whether all of its rows held. */
bool part_faults(void);
bool part_kills(void);
bool part_rooms(void);
bool part_together(void);

#endif
