#ifndef STEPDOWN_TESTS_CREDENTIALS_H
#define STEPDOWN_TESTS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CAP_BIT(capability) (UINT64_C(1) << (capability))

enum {
	REPORT_FD = 9,
	GROUPS_MAX = 160,
	GROUPS_ASKED = 4,
};

/* The rights of a process, as the kernel shows them. */
struct state {
	uid_t uids[4]; /* real, effective, saved, that of the file system */
	gid_t gids[4];
	gid_t groups[GROUPS_MAX]; /* a set: sorted and unique, once it was read */
	size_t group_count;
	uint64_t permitted, effective, inheritable, ambient, bounding;
	unsigned securebits;
	bool no_new_privs;
	/* Only of the command: what could be taken back. */
	bool took_uid_0, took_gid_0, took_groups;
};

struct report {
	uint64_t all; /* the capabilities that there are to begin with */
	bool has_begun, has_seen;
	struct state before; /* what stepdown is started with */
	struct state after;  /* what the command has */
};

/* A --user, and what the account files make of it. */
struct spec {
	const char *text;
	uid_t uid;
	gid_t gid;
	gid_t member_of[2]; /* 0: none */
};

/* The options of one start. */
struct asked {
	const struct spec *spec;
	gid_t groups[GROUPS_ASKED];
	size_t group_count;
	uint64_t capabilities;
	char capability_names[128];
	uint64_t tried; /* by --try-cap */
	char tried_names[128];
	bool clear_groups, allow_new_privs, allow_root;
};

/* credentials_see.c */
uint64_t read_permitted(void);
/* Returns whether there is no_new_privs. */
bool report_begin(void);
int report_end(void);
void show_state(const char *who, const struct state *state);

/* credentials_make.c */
void make_case(uint64_t seed, unsigned long number, uint64_t all, struct state *ret_state,
               struct asked *ret_asked);
void show_asked(const struct asked *asked);

/* credentials_judge.c */
/* Whether there is no reason to refuse: root, with all that the drop needs, and nothing strange. */
bool must_start(const struct asked *asked, const struct state *before);
/* Returns a right that the command has and should not have, or lacks; NULL if there is none. */
const char *find_breach(const struct asked *asked, const struct state *before,
                        const struct state *after);
/* Sorts, and takes away what is there twice. */
void make_set(gid_t *groups, size_t *count);

#endif
