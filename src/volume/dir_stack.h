#ifndef STEPDOWN_VOLUME_DIR_STACK_H
#define STEPDOWN_VOLUME_DIR_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "linux/dirfd.h"

/* The way from a directory at which a worker began to the one that it is in: for each level who it
 * is, and the names of subdirectories that are still to be visited. The nearest levels, the first,
 * and those that are not yet read to their end or shared with another worker are kept open; the
 * others are found again through "..". */

enum {
	TREE_NEAR_MAX = 8,   /* levels nearest to the current one that are kept open */
	TREE_UNREAD_MAX = 4, /* levels that are left before they are read to their end */
	TREE_NAMES_ENOUGH = 32 * 1024,
	TREE_PATH = 512, /* bytes of one that is told */
	/* The most that a worker holds open: these, the first, and two on the way. */
	TREE_DESCRIPTORS = TREE_NEAR_MAX + TREE_UNREAD_MAX + 3,
};

enum tree_trust {
	TREE_NOT_ASKED,
	TREE_LOCKED,
	TREE_BY_NAME, /* nobody but root can have exchanged a name since it was opened */
	TREE_PINNED,
};

struct share;

struct tree_level {
	struct door door; /* fd -1: closed for the time being */
	uint64_t device;
	uint64_t inode;
	uint64_t changed;    /* its ctime when it was opened */
	struct share *share; /* with other workers; NULL: with none */
	enum tree_trust trust;
	bool wrong;      /* its own owner is to be changed when it is left */
	bool unread;     /* there may be more entries to be read */
	size_t name;     /* offset of its own name */
	size_t children; /* offset of the first name below it */
};

/* Zero-initialised but for the path of the first level. */
struct tree {
	const char *declared;
	struct tree_level *levels;
	struct tree_level *current; /* the last one in use */
	size_t depth;               /* levels in use */
	size_t capacity;
	size_t near_from; /* levels from here on are open; before it, those that have to be */
	size_t unread;    /* how many levels are */
	size_t barren;    /* so many first levels have nothing to give to another worker */
	char *names;      /* each NUL-terminated */
	size_t names_length;
	size_t names_capacity;
};

static inline struct tree_level *tree_current(const struct tree *tree)
{
	return tree->current;
}

/* Goes down to DOOR, which leads to the directory that tree_next_name gave, or the first; it is not
 * yet read. Takes over its descriptor. NULL when memory is used up: then that is closed. */
struct tree_level *tree_enter(struct tree *tree, const struct door *door,
                              const struct inode *inode);
/* The same for a LEVEL that another worker is in too. */
struct tree_level *tree_join(struct tree *tree, const struct tree_level *level);
/* Makes sure that the level above the current one is open. 0 or an errno; ESTALE when what ".."
 * leads to is not the directory that was walked. */
int tree_open_above(struct tree *tree, const struct fence *fence);
/* The current level was read to its end. */
void tree_end(struct tree *tree);
/* Closes the current level, unless its descriptor was set to -1, and forgets its name. */
void tree_leave(struct tree *tree);
/* Gives a descriptor back: closes the level farthest away. False when there is none to close. */
bool tree_close_farthest(struct tree *tree);

/* Keeps a subdirectory of the current level for later. False when memory is used up. */
bool tree_push_name(struct tree *tree, const char *name);
/* The name of a subdirectory of the current level that was not visited yet, or NULL; valid until
 * the next call that takes TREE not const. */
const char *tree_next_name(const struct tree *tree);
/* Forgets that one. */
void tree_drop_name(struct tree *tree);
/* The bytes of the names below LEVEL that were not visited yet; they begin at its children. */
size_t tree_pending(const struct tree *tree, size_t level);

/* The path of NAME in the directory LEVEL (NULL: of that directory itself), cut to fit. */
void tree_write_path(const struct tree *tree, size_t level, const char *name,
                     char path[static TREE_PATH]);
void tree_free(struct tree *tree);

#endif
