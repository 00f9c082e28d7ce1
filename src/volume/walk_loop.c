/* SPDX-License-Identifier: MIT */
#include "volume/walk_loop.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "volume/chown_by_name.h"
#include "volume/chown_entry.h"
#include "volume/mounts_below.h"
#include "volume/share_work.h"
#include "volume/tally.h"

/* The looks of a step. On slow storage a step has fewer, so that the other workers get enough. */
#define LOOKS_AT_ONCE 16
#define SLOW_LOOKS_AT_ONCE 4

/* The next action of a worker. */
enum walk_step {
	WALK_SHARE,   /* another worker wants work: give it a part */
	WALK_VISIT,   /* visit the next entries of those that are read */
	WALK_READ,    /* read the next entries of the current directory */
	WALK_DESCEND, /* enter the next subdirectory */
	WALK_ASCEND,  /* the current directory and all below it are done */
	WALK_WAIT,    /* wait until another worker gives work */
	WALK_DONE,    /* no worker has work left */
};

/* Returns true if the walk reads on in the current directory before it descends. A directory that
 * is read to its end need not stay open. A large one is visited in parts, so that few of its names
 * are in memory at once, unless DIR_STACK_UNREAD_MAX levels are unread already. */
static bool must_read_entries(const struct dir_stack *stack)
{
	const struct dir_level *level = dir_stack_current(stack);

	return level->unread &&
	       (dir_stack_pending(stack, stack->depth - 1) < DIR_STACK_NAMES_BYTES ||
	        stack->unread > DIR_STACK_UNREAD_MAX);
}

static enum walk_step next_step(const struct worker *worker)
{
	const struct dir_stack *stack = &worker->chowner.stack;

	if (worker->finished)
		return WALK_DONE;
	if (stack->depth == 0 || worker->workers->failed)
		return WALK_WAIT;
	/* After an attempt to share, the worker does a step of its own, even if nobody took
	 * work. */
	if (workers_want_work(worker->workers) && !worker->has_shared)
		return WALK_SHARE;
	if (worker->at < worker->length)
		return WALK_VISIT;
	if (must_read_entries(stack))
		return WALK_READ;
	return dir_stack_pending(stack, stack->depth - 1) > 0 ? WALK_DESCEND : WALK_ASCEND;
}

/* Returns true if ENTRY of getdents64(2) must be looked at. Adds a directory to the names of the
 * stack. Sets *RET_OK to false if memory is used up. */
static bool must_look(struct chown_worker *chowner, const char *entry, bool *ret_ok)
{
	const char *name = entry + ENTRY_NAME_AT;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (strchr(name, '/') != NULL) {
		/* Only a broken or hostile file system returns such a name. It would lead to
		 * another directory. */
		tally_skipped(chowner, name, EINVAL);
		return false;
	}
	if ((unsigned char)entry[ENTRY_TYPE_AT] != DT_DIR)
		return true;
	*ret_ok = dir_stack_push_name(&chowner->stack, name);
	return false;
}

/* Returns false if memory is used up. */
static bool visit_entries(struct worker *worker)
{
	bool is_slow = scaling_is_slow(&worker->workers->scaling);
	size_t most = is_slow ? SLOW_LOOKS_AT_ONCE : LOOKS_AT_ONCE;
	struct chown_worker *chowner = &worker->chowner;
	struct entry_look looks[LOOKS_AT_ONCE];
	size_t count = 0;
	bool waited = false;
	bool ok = true;

	while (ok && count < most && worker->at < worker->length) {
		const char *entry = worker->entries + worker->at;

		worker->at += entry_size(entry);
		if (must_look(chowner, entry, &ok))
			chown_look(chowner, entry + ENTRY_NAME_AT, &looks[count++]);
	}
	for (size_t i = 0; ok && i < count; i++) {
		bool is_directory;

		ok = chown_entry(chowner, &looks[i], &waited, &is_directory) &&
		     (!is_directory || dir_stack_push_name(&chowner->stack, looks[i].name));
		if (is_slow)
			workers_tick(worker); /* the counts stay current */
	}
	return ok;
}

/* Reads the next entries of the current directory. Several workers may read the same descriptor.
 * Each gets different entries, because the kernel locks the file offset during getdents64(2). */
static void read_entries(struct worker *worker)
{
	struct dir_level *level = dir_stack_current(&worker->chowner.stack);
	size_t length = 0;
	int errnum = dir_list(&level->dir, worker->entries, sizeof(worker->entries), &length);

	worker->at = 0;
	worker->length = length;
	if (length > 0)
		return;
	/* The first worker at the end counts the error, because each worker gets it. ENOENT: the
	 * directory was removed after the open. */
	if ((level->share == NULL || !atomic_exchange(&level->share->ended, true)) && errnum != 0 &&
	    errnum != ENOENT)
		tally_skipped(&worker->chowner, NULL, errnum);
	dir_stack_end(&worker->chowner.stack);
}

/* Changes the owner of NAME, which was a directory when its name was pushed and is none now.
 * Returns false if memory is used up. */
static bool name_became_file(struct chown_worker *chowner, const char *name)
{
	struct entry_look look;
	bool waited = false;
	bool is_directory;

	chown_look(chowner, name, &look);
	if (!chown_entry(chowner, &look, &waited, &is_directory))
		return false;
	if (is_directory)
		tally_skipped(chowner, name, ENOTDIR);
	return true;
}

/* Enters the next subdirectory of the current directory. Returns false if memory is used up. */
static bool descend(struct chown_worker *chowner)
{
	const char *name = dir_stack_next_name(&chowner->stack);
	struct dir *dir = &dir_stack_current(&chowner->stack)->dir;
	struct dir_level *level;
	struct dir child;
	struct inode inode;
	bool ok = true;
	int errnum;

	chown_by_name_pause(chowner);
	do
		errnum = dir_open(dir, &chowner->job->boundary, name, &child, &inode);
	while (errnum == EMFILE && dir_stack_close_farthest(&chowner->stack));
	if (errnum == 0) {
		tally_visited(chowner);
		level = dir_stack_enter(&chowner->stack, &child, &inode);
		if (level != NULL)
			level->needs_chown = chown_needs_directory(chowner, &inode);
		return level != NULL;
	}
	if (errnum == ENOTDIR || errnum == ELOOP) {
		ok = name_became_file(chowner, name);
	} else if (errnum == EXDEV) {
		mounts_below_count(chowner, name);
	} else if (errnum != ENOENT) {
		tally_visited(chowner);
		tally_skipped(chowner, name, errnum);
	}
	dir_stack_drop_name(&chowner->stack);
	return ok;
}

/* Leaves the current directory and changes its owner. The change comes after the entries, because
 * until then only root can replace a name in the directory (S16). */
static void leave_directory(struct worker *worker)
{
	struct dir_level *level = dir_stack_current(&worker->chowner.stack);

	if (level->share != NULL && !workers_leave_share(worker->workers, level->share))
		level->dir.fd = -1; /* the last worker closes the descriptor */
	else if (level->needs_chown)
		chown_directory(&worker->chowner, level->dir.fd, &level->owner);
	dir_stack_leave(&worker->chowner.stack);
}

/* Leaves all levels but the first, and counts them as skipped. Only the first level is known to be
 * at its old place. */
static void abandon_branch(struct worker *worker, int errnum)
{
	struct chown_worker *chowner = &worker->chowner;

	for (; chowner->stack.depth > 1; leave_directory(worker)) {
		dir_stack_current(&chowner->stack)->needs_chown = false;
		tally_skipped(chowner, NULL, errnum == ESTALE ? SKIP_MOVED : errnum);
	}
}

/* Leaves the current directory for the one above. */
static void ascend(struct worker *worker)
{
	/* ".." is opened before the directory gets its new owner, because the look-up may need the
	 * fsuid of the present owner (S35). */
	int errnum = dir_stack_open_above(&worker->chowner.stack, &worker->chowner.job->boundary);

	leave_directory(worker);
	if (errnum != 0)
		abandon_branch(worker, errnum);
}

/* Returns false if memory is used up. */
static bool take_step(struct worker *worker, enum walk_step step)
{
	switch (step) {
	case WALK_SHARE:
		share_work(worker);
		break;
	case WALK_VISIT:
		return visit_entries(worker);
	case WALK_READ:
		read_entries(worker);
		break;
	case WALK_DESCEND:
		return descend(&worker->chowner);
	case WALK_ASCEND:
		ascend(worker);
		break;
	case WALK_WAIT:
		workers_wait_for_work(worker);
		break;
	case WALK_DONE:
		break;
	}
	return true;
}

void walk_loop(struct worker *worker)
{
	enum walk_step step;

	for (step = next_step(worker); step != WALK_DONE; step = next_step(worker)) {
		if (!take_step(worker, step))
			worker->workers->failed = true;
		worker->has_shared = step == WALK_SHARE;
		if (step != WALK_SHARE)
			workers_tick(worker);
	}
}
