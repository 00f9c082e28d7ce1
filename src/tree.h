#ifndef STEPDOWN_TREE_H
#define STEPDOWN_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "pin.h"

/* The way from the declared path to the directory that is being walked: for each level who it is,
 * and the names of subdirectories that are still to be visited. Only the nearest levels and the
 * first are kept open, whatever the depth; the others are found again through "..". */

#define TREE_OPEN_MAX 16

struct tree_level {
	struct door door; /* fd -1: closed for the time being */
	dev_t device;
	ino_t inode;
	bool wrong;      /* its own owner is to be changed when it is left */
	size_t name;     /* offset of its own name */
	size_t children; /* offset of the first name below it */
};

/* Zero-initialised but for the declared path. */
struct tree {
	const char *declared;
	struct tree_level *levels;
	size_t depth; /* levels in use; the last one is the current directory */
	size_t capacity;
	size_t open_from; /* levels 0 and from here on are open */
	char *names;      /* each NUL-terminated */
	size_t names_length;
	size_t names_capacity;
};

static inline struct tree_level *tree_current(const struct tree *tree)
{
	return &tree->levels[tree->depth - 1];
}

/* Takes over DOOR's descriptor; the directory is the one that tree_next_name gave, or the first.
 * False when memory is used up: then the descriptor is closed. */
bool tree_enter(struct tree *tree, const struct door *door, const struct stat *status, bool wrong);
/* Makes sure that the level above the current one is open. 0 or an errno; ESTALE when what ".."
 * leads to is not the directory that was walked. */
int tree_open_above(struct tree *tree, const struct fence *fence);
/* Closes the current level and forgets its name. */
void tree_leave(struct tree *tree);
/* Gives a descriptor back: closes the level farthest away. False when there is none to close. */
bool tree_close_farthest(struct tree *tree);

/* Keeps a subdirectory of the current level for later. False when memory is used up. */
bool tree_push_name(struct tree *tree, const char *name);
/* The name of a subdirectory that was not visited yet, or NULL; valid until the next call that
 * takes TREE not const. */
const char *tree_next_name(const struct tree *tree);
/* Forgets that one. */
void tree_drop_name(struct tree *tree);

/* The path of NAME in the current directory (NULL: of that directory itself), cut to SIZE. */
void tree_write_path(const struct tree *tree, const char *name, char *buffer, size_t size);
void tree_free(struct tree *tree);

#endif
