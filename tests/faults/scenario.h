#ifndef FAULTS_SCENARIO_H
#define FAULTS_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A command line, where it is started, and what must come of it. */

/* What lies in the world besides /etc, with the owner before and the owner that is asked for. */
struct entry {
	const char *path;
	char kind; /* 'd'irectory, 'f'ile, 'l'ink to /outside/secret, 'h'ard link to it */
	uid_t uid;
	gid_t gid;
	uid_t wanted_uid;
	gid_t wanted_gid;
	mode_t mode; /* 0: the usual one */
};

enum etc_kind {
	ETC_PLAIN,
	ETC_FILES_MOUNTED, /* passwd and group are mounts, as with docker run -v */
	ETC_SMALL,         /* a file system of its own with little room */
	ETC_QUOTA,         /* the first subvolume, etc, of the btrfs $STEPDOWN_QUOTA */
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
	const char *
		words; /* between blanks, with the program; then the probe and its keys are added */
	void (*become)(void); /* the process as it starts; NULL: as a container's */
	const char
		*id_map; /* of users and of groups: it starts in a user namespace, as it is there */
	const long *absent; /* calls that this kernel does not have, ended by -1 */
	enum etc_kind etc;
	const char *new_passwd; /* NULL: as it was */
	const char *new_group;
	const struct entry *entries;
	bool settled;    /* starts when the directories are older than SETTLED_MILLISECONDS */
	bool never_runs; /* it ends with STATUS whatever happens */
	struct state state;
};

#define SETTLED_MILLISECONDS 130

extern const struct scenario scenarios[];
extern const char old_passwd[];
extern const char old_group[];

/* Whether the option stands in its words, which end with no option. */
bool scenario_has(const struct scenario *scenario, const char *option);

void scenario_become(const struct scenario *scenario);

/* Those that are killed, that run out of room, and that start at once. */
const struct scenario *scenario_find(const char *name);

#endif
