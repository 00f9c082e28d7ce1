#ifndef STEPDOWN_VOLUME_DIR_STACK_H
#define STEPDOWN_VOLUME_DIR_STACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/ownership.h"
#include "linux/dirfd.h"

/* The way from a directory at which a worker began to the one that it is in: for each level who it
 * is, and the names of subdirectories that are still to be visited. The nearest levels, the first,
 * and those that are not yet read to their end or shared with another worker are kept open; the
 * others are found again through "..". */

enum {
	DIR_STACK_NEAR_MAX = 8,   /* levels nearest to the current one that are kept open */
	DIR_STACK_UNREAD_MAX = 4, /* levels that are left before they are read to their end */
	DIR_STACK_NAMES_BYTES = 32 * 1024,
	DIR_STACK_PATH_BYTES = OWNERSHIP_PATH_BYTES,
	/* The most that a worker holds open: these, the first, and two on the way. */
	DIR_STACK_DESCRIPTORS = DIR_STACK_NEAR_MAX + DIR_STACK_UNREAD_MAX + 3,
};

enum name_trust {
	TRUST_NOT_ASKED,
	TRUST_LOCKED,
	TRUST_BY_NAME, /* nobody but root can have exchanged a name since it was opened */
	TRUST_PINNED,
};

/* A directory that several workers are in, each with other entries of it. */
struct shared_dir {
	size_t workers;    /* 0: free */
	atomic_bool ended; /* read to its end */
};

struct dir_level {
	struct dir dir; /* fd -1: closed for the time being */
	uint64_t device;
	uint64_t inode;
	uint64_t changed;         /* its ctime when it was opened */
	struct shared_dir *share; /* with other workers; NULL: with none */
	enum name_trust trust;
	bool needs_chown; /* its own owner is to be changed when it is left */
	bool unread;      /* there may be more entries to be read */
	size_t name;      /* offset of its own name */
	size_t children;  /* offset of the first name below it */
};

/* Zero-initialised but for the path of the first level. */
struct dir_stack {
	const char *declared;
	struct dir_level *levels;
	struct dir_level *current; /* the last one in use */
	size_t depth;              /* levels in use */
	size_t capacity;
	size_t near_from; /* levels from here on are open; before it, those that have to be */
	size_t unread;    /* how many levels are */
	size_t levels_without_work; /* so many first levels have nothing to give to another worker */
	char *names;                /* each NUL-terminated */
	size_t names_length;
	size_t names_capacity;
};

static inline struct dir_level *dir_stack_current(const struct dir_stack *stack)
{
	return stack->current;
}

/* Goes down to DIR, which leads to the directory that dir_stack_next_name gave, or the first; it is not
 * yet read. Takes over its descriptor. NULL when memory is used up: then that is closed. */
struct dir_level *dir_stack_enter(struct dir_stack *stack, const struct dir *dir,
                                  const struct inode *inode);
/* The same for a LEVEL that another worker is in too. */
struct dir_level *dir_stack_join(struct dir_stack *stack, const struct dir_level *level);
/* Makes sure that the level above the current one is open. 0 or an errno; ESTALE when what ".."
 * leads to is not the directory that was walked. */
int dir_stack_open_above(struct dir_stack *stack, const struct mount_boundary *boundary);
/* The current level was read to its end. */
void dir_stack_end(struct dir_stack *stack);
/* Closes the current level, unless its descriptor was set to -1, and forgets its name. */
void dir_stack_leave(struct dir_stack *stack);
/* Gives a descriptor back: closes the level farthest away. False when there is none to close. */
bool dir_stack_close_farthest(struct dir_stack *stack);

/* Keeps a subdirectory of the current level for later. False when memory is used up. */
bool dir_stack_push_name(struct dir_stack *stack, const char *name);
/* The name of a subdirectory of the current level that was not visited yet, or NULL; valid until
 * the next call that takes TREE not const. */
const char *dir_stack_next_name(const struct dir_stack *stack);
/* Forgets that one. */
void dir_stack_drop_name(struct dir_stack *stack);
/* The bytes of the names below LEVEL that were not visited yet; they begin at its children. */
size_t dir_stack_pending(const struct dir_stack *stack, size_t level);

/* The path of NAME in the directory LEVEL (NULL: of that directory itself), cut to fit. */
void dir_stack_write_path(const struct dir_stack *stack, size_t level, const char *name,
                          char path[static DIR_STACK_PATH_BYTES]);
void dir_stack_free(struct dir_stack *stack);

#endif
