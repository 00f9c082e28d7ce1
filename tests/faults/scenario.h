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

/* The command must see this of itself: see tests/tools/probe.c. */
struct state {
	uint64_t kept; /* effective, inheritable and permitted set */
	uint64_t ambient;
	uint64_t bounding;
	uid_t uid;
	gid_t gid;
	const char *groups;
	bool may_gain_privileges; /* no_new_privs is off */
	unsigned securebits;
	const char *mask; /* of files that it makes; NULL: 0022 */
	const char *home;
	const char *user; /* LOGNAME and USER; NULL: unset */
};

struct scenario {
	const char *name;
	const char *words;    /* between blanks, with the program; the probe and its keys follow */
	void (*become)(void); /* the process as it starts; NULL: as a container's */
	const char *id_map;   /* it starts in a user namespace with this uid_map and gid_map */
	const struct answer *answers; /* what this kernel answers without making the call */
	bool mounts_files;            /* passwd and group are mounts, as with docker run -v */
	const char *new_passwd;       /* NULL: as it was */
	const char *new_group;
	const struct entry *entries; /* the declared path is the first */
	bool settled;                /* starts when the directories are older than SETTLED_MS */
	bool never_runs;             /* ends with an error even without a fault */
	struct state state;
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
