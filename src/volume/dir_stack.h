/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_DIR_STACK_H
#define STEPDOWN_VOLUME_DIR_STACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/ownership.h"
#include "linux/dirfd.h"

/* The stack of directories from a worker's first one to its current one. Each level keeps the inode
 * of the directory and the names of subdirectories that are still to be visited. The nearest levels
 * and the first stay open, and so do levels that are not read to their end or that another worker
 * shares. The others are closed, and opened again through "..". So the descriptors are bounded,
 * whatever the depth of the tree. */

enum {
	DIR_STACK_NEAR_MAX = 8, /* open levels nearest to the current one */
	DIR_STACK_UNREAD_MAX =
		4, /* levels that the walk descends from before they are read fully */
	DIR_STACK_NAMES_BYTES = 32 * 1024,
	/* The descriptors of one worker: near and unread levels, the first, and two in an open. */
	DIR_STACK_DESCRIPTORS = DIR_STACK_NEAR_MAX + DIR_STACK_UNREAD_MAX + 3,
};

/* How the walk changes entries of a directory (chown_by_name.h). */
enum name_trust {
	TRUST_NOT_ASKED, /* not known yet */
	TRUST_LOCKED,    /* the shared lock is held, but the directory is not checked yet */
	TRUST_BY_NAME,   /* only root can have replaced a name since the directory was opened */
	TRUST_PINNED,    /* each inode must be pinned */
};

/* A directory in which several workers visit different entries. */
struct shared_dir {
	size_t workers;    /* number of them; 0: this element is free */
	atomic_bool ended; /* the directory is read to its end */
};

struct dir_level {
	struct dir dir; /* fd is -1 while the level is closed */
	uint64_t device;
	uint64_t inode;
	struct owner owner;       /* when it was opened */
	uint64_t changed;         /* ctime in nanoseconds when it was opened */
	struct shared_dir *share; /* NULL: no other worker shares the directory */
	enum name_trust trust;
	bool needs_chown; /* the directory gets its new owner when the worker leaves it */
	bool unread;      /* the directory is not read to its end */
	size_t name;      /* offset of the directory's name in names */
	size_t children;  /* offset of the first name of a subdirectory */
};

/* The caller zeroes all fields but declared, which is the path of the first level. */
struct dir_stack {
	const char *declared;
	struct dir_level *levels;
	struct dir_level *current; /* the last one in use */
	size_t depth;              /* levels in use */
	size_t capacity;
	size_t near_from;           /* the levels from this one on are open */
	size_t unread;              /* number of levels that are not read to their end */
	size_t levels_without_work; /* the first levels that have nothing to share */
	char *names;                /* of subdirectories, each NUL-terminated */
	size_t names_length;
	size_t names_capacity;
};

/* Returns the current level; the stack must not be empty. */
static inline struct dir_level *dir_stack_current(const struct dir_stack *stack)
{
	return stack->current;
}

/* Pushes DIR, which is the first directory or the one that dir_stack_next_name() named. The stack
 * takes over the descriptor. Returns NULL if memory is used up; the descriptor is then closed. */
struct dir_level *dir_stack_enter(struct dir_stack *stack, const struct dir *dir,
                                  const struct inode *inode);

/* Pushes LEVEL, which another worker shares. Otherwise as dir_stack_enter(). */
struct dir_level *dir_stack_join(struct dir_stack *stack, const struct dir_level *level);

/* Opens the level above the current one through ".." if it is closed. Returns 0 or an errno.
 * ESTALE: ".." leads to another directory, because somebody moved the current one. */
int dir_stack_open_above(struct dir_stack *stack, const struct mount_boundary *boundary);

/* Marks the current level as read to its end. */
void dir_stack_end(struct dir_stack *stack);

/* Pops the current level with its name, and closes its descriptor unless that is -1. */
void dir_stack_leave(struct dir_stack *stack);

/* Closes the level farthest from the current one, to free a descriptor. Returns false if no level
 * may be closed. */
bool dir_stack_close_farthest(struct dir_stack *stack);

/* Adds the subdirectory NAME of the current level to those that are still to be visited. Returns
 * false if memory is used up. */
bool dir_stack_push_name(struct dir_stack *stack, const char *name);

/* Returns the name of the next subdirectory of the current level, which must have one. The name is
 * valid until the next call that changes STACK. */
const char *dir_stack_next_name(const struct dir_stack *stack);

/* Removes the name that dir_stack_next_name() returns. */
void dir_stack_drop_name(struct dir_stack *stack);

/* Returns the bytes of the names of LEVEL's subdirectories that are still to be visited. They begin
 * at the offset children. */
size_t dir_stack_pending(const struct dir_stack *stack, size_t level);

/* Writes the path of NAME in the directory LEVEL to PATH, cut to fit. If NAME is NULL, writes the
 * path of the directory itself. */
void dir_stack_write_path(const struct dir_stack *stack, size_t level, const char *name,
                          char path[static OWNERSHIP_PATH_BYTES]);

/* Pops all levels and frees the memory. Descriptors of shared levels stay open for the other
 * workers. STACK must not be used afterwards. */
void dir_stack_free(struct dir_stack *stack);

#endif
