#ifndef FAULTS_WORLD_H
#define FAULTS_WORLD_H

#include <time.h>

#include "scenario.h"
#include "tracer.h"

/* A little root directory for a program under test: /etc, /bin, /proc, /data, /outside. */
struct world {
	const struct scenario *scenario;
	char path[256];
	bool is_guest; /* has what another world has */
	struct timespec restored;
	int output; /* the ends of two pipes */
	int errors;
	int from_output;
	int from_errors;
	char error_text[65536];
	char output_text[16384];
};

/* A mount namespace of its own with an empty tmpfs on DIRECTORY, and in it the programs that all worlds
 * have. */
void world_open_all(const char *directory, const char *stepdown, const char *probe);

/* Makes world number NUMBER. Unless SHARED is NULL its /data and its account files are those of that
 * world, and so is the directory /etc itself where SHARES_ETC says so. */
void world_make(struct world *world, unsigned number, const struct scenario *scenario,
                const struct world *shared, bool shares_etc);

/* Everything is as before the first run. */
void world_restore(struct world *world);

/* Runs the scenario's program in it, and collects what it said. FAULT as for tracer_run. */
void world_run(struct world *world, struct fault *fault, struct outcome *ret_outcome);

/* The same without waiting: returns its id. GATE is a pipe at which it waits until its other end is
 * closed, or NULL. */
pid_t world_start(struct world *world, const int gate[2]);
void world_collect(struct world *world);
/* Nobody holds its streams any more. */
bool world_has_ended(const struct world *world);

/* The file system of its /etc gets full, its quota used up, or it read-only, until it is restored. */
void world_fill_blocks(void *world);
void world_fill_inodes(void *world);
void world_use_up_quota(void *world);
void world_make_read_only(void *world);

#endif
