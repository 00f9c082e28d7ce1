#ifndef FAULTS_SCENARIO_H
#define FAULTS_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tracer.h"

/* A command line, where it starts, and what must come of it. */

/* What lies in the world besides /etc, with the owner before and the owner that is asked for. */
struct entry {
	const char *path;
	char kind; /* 'd'irectory, 'f'ile, 'l'ink to /outside/secret, 'h'ard link to it, 'm'ount of /outside */
	uid_t uid;
	gid_t gid;
	uid_t wanted_uid;
	gid_t wanted_gid;
	mode_t mode; /* 0: the usual one */
};

struct scenario {
	const char *name;
	const char *words;    /* between blanks, with the program; the probe and its keys follow */
	void (*become)(void); /* the process as it starts; NULL: as a container's */
	const struct answer *answers; /* what this kernel answers without making the call */
	bool mounts_files;            /* passwd and group are mounts, as with docker run -v */
	const char *new_passwd;       /* NULL: as it was */
	const char *new_group;
	const struct entry *entries; /* the declared path is the first */
	bool settled;                /* starts when the directories are older than SETTLED_MS */
};

#define SETTLED_MS 130

extern const struct scenario scenarios[]; /* ends with a name of NULL */
extern const char old_passwd[];
extern const char old_group[];

/* Returns whether OPTION stands in its words, but not as the last word. */
bool scenario_has(const struct scenario *scenario, const char *option);
const struct scenario *scenario_find(const char *name);
void scenario_become(const struct scenario *scenario);

#endif
