#ifndef FAULTS_PARTS_H
#define FAULTS_PARTS_H

#include <stdatomic.h>

#include "world.h"

/* Where the worlds are made, and of what. */
struct place {
	const char *directory;
	const char *stepdown;
	const char *probe;
};

/* Each prints a line of TAP for each command line, and its figure; false when anything did not hold.
 * NAMES are the command lines wanted, ended by NULL; none: all. */
bool part_faults(struct place place, char **names);
bool part_kills(struct place place, char **names);
bool part_rooms(struct place place, char **names);
bool part_together(struct place place, char **names);

/* --- what they share: processes that take one task after another ------------------------------------- */

/* One run to be made. */
struct task {
	struct kind kind;
	long index;
	size_t choice;
	int way;
};

#define TASKS 65536

/* In memory that all processes share. */
struct board {
	struct task tasks[TASKS];
	size_t task_count;
	atomic_size_t next;
	atomic_size_t runs;
	atomic_size_t hits;     /* runs in which something went wrong indeed */
	atomic_size_t executed; /* of those, that ran the command */
	atomic_size_t breaches;
	struct outcome outcome; /* of the run without any fault */
	char said[65536];
};

#define SETTLING_WORLDS 48 /* while one settles the others are used */

struct board *board_new(void);

/* Runs the scenario without any fault, for BOARD's outcome; false when even that is not as it should be. */
bool board_scout(struct board *board, struct place place, const struct scenario *scenario);

/* Lets as many processes as there are processors make the tasks, each with WORLDS worlds of its own. DO
 * returns NULL or what did not hold. */
void board_work(struct board *board, struct place place, const struct scenario *scenario,
                unsigned worlds,
                const char *(*make)(struct board *board, struct world *world,
                                    const struct task *task));

/* Shows it, with all that is known of the run. */
void board_breach(struct board *board, const struct world *world, const struct task *task,
                  const struct fault *fault, const char *breach);

void board_add(struct board *board, struct task task);

/* NAMES are those wanted, ended by NULL; none: all. */
bool is_name_wanted(const char *name, char **names);

/* A line of TAP. */
bool report(bool ok, const char *part, const char *name);

#endif
