#ifndef FAULTS_WORLD_H
#define FAULTS_WORLD_H

#include <time.h>

#include "scenario.h"
#include "tracer.h"

/* A small root directory for a program under test: /etc, /bin, /proc, /data, /outside. */
struct world {
	const struct scenario *scenario;
	const struct world *host; /* the world whose /data and accounts it has; NULL: its own */
	char path[256];
	struct timespec restored;
	int from_output;
	int from_errors;
	int output;
	int errors;
	bool is_traced;
	char error_text[65536];
	char output_text[16384];
};

/* Makes a mount namespace with an empty tmpfs on DIRECTORY, and in it the programs of all worlds. */
void world_open_all(const char *directory, const char *stepdown, const char *probe);

/* Makes world number NUMBER. With a HOST, its /data is that of the host, and so is /etc, or the account files
 * alone if the scenario mounts them. */
void world_make(struct world *world, unsigned number, const struct scenario *scenario,
                const struct world *host);

/* Everything is as before the first run. */
void world_restore(struct world *world);

/* Runs the program of the scenario, and collects what it printed. */
void world_run(struct world *world, struct fault *fault, struct outcome *ret_outcome);

/* Starts the program without a tracer. */
void world_start(struct world *world);
bool world_has_ended(const struct world *world);
/* Waits until the program has ended. */
void world_collect(struct world *world);

/* The file system of /etc has no more room, no more inodes, or is read-only, until the world is restored. */
void world_fill_blocks(void *world);
void world_fill_inodes(void *world);
void world_make_read_only(void *world);

#endif
