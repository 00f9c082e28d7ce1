#include "volume/walk.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include <linux/magic.h>

#include "volume/chown_by_name.h"
#include "volume/chown_entry.h"
#include "volume/share_work.h"

#define ENTRIES_AT_ONCE 16 /* entries between two calls of workers_tick() */

/* File systems that linux/magic.h does not name. */
#define BCACHEFS 0xca451a4eU
#define ZFS 0x2fc12fc1U

static bool take_entry(struct chown_worker *chowner, const char *name, unsigned char type)
{
	bool is_directory = type == DT_DIR;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (strchr(name, '/') != NULL) {
		/* A broken or hostile file system gives such a name, which leads elsewhere. */
		tally_skipped(chowner, name, EINVAL);
		return true;
	}
	if (!is_directory && !chown_entry(chowner, name, &is_directory))
		return false;
	return !is_directory || dir_stack_push_name(&chowner->stack, name);
}

static bool take_entries(struct worker *worker)
{
	/* On slow storage the worker returns after every entry, so that the counts stay current. */
	unsigned most = worker->workers->wanted > worker->workers->cores ? 1 : ENTRIES_AT_ONCE;

	for (unsigned i = 0; i < most && worker->at < worker->length; i++) {
		const char *entry = worker->entries + worker->at;

		worker->at += entry_size(entry);
		if (!take_entry(&worker->chowner, entry + ENTRY_NAME_AT,
		                (unsigned char)entry[ENTRY_TYPE_AT]))
			return false;
	}
	return true;
}

/* Returns true if the walk reads on in the current directory before it descends. A directory that
 * is read to its end need not stay open. A large one is visited in parts, so that the memory for
 * its names is bounded. */
static bool must_read_entries(const struct dir_stack *stack)
{
	const struct dir_level *level = dir_stack_current(stack);

	return level->unread &&
	       (dir_stack_pending(stack, stack->depth - 1) < DIR_STACK_NAMES_BYTES ||
	        stack->unread > DIR_STACK_UNREAD_MAX);
}

/* Reads the next entries of the current directory. Several workers may read the same descriptor.
 * Each gets different entries, because the kernel locks the file offset during getdents64(2). */
static void read_entries(struct worker *worker)
{
	struct dir_level *level = dir_stack_current(&worker->chowner.stack);
	size_t length = 0;
	int errnum = 0;

	if (level->share == NULL || !level->share->ended)
		errnum = dir_list(&level->dir, worker->entries, sizeof(worker->entries), &length);
	/* ENOENT: the directory was removed after the open. */
	if (errnum != 0 && errnum != ENOENT)
		tally_skipped(&worker->chowner, NULL, errnum);
	worker->at = 0;
	worker->length = length;
	if (length > 0)
		return;
	if (level->share != NULL)
		level->share->ended = true;
	dir_stack_end(&worker->chowner.stack);
}

/* Changes the owner of NAME, which was a directory when its name was pushed and is none now.
 * Returns false if memory is used up. */
static bool name_became_file(struct chown_worker *chowner, const char *name)
{
	bool is_directory;

	if (!chown_entry(chowner, name, &is_directory))
		return false;
	if (is_directory)
		tally_skipped(chowner, name, ENOTDIR);
	return true;
}

static bool descend(struct chown_worker *chowner, const char *name)
{
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
	} else if (errnum != ENOENT && errnum != EXDEV) {
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
		chown_directory(&worker->chowner, level->dir.fd);
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

static void ascend(struct worker *worker)
{
	/* ".." is opened before the directory gets its new owner, because the look-up may need the
	 * fsuid of the present owner (S35). */
	int errnum = dir_stack_open_above(&worker->chowner.stack, &worker->chowner.job->boundary);

	leave_directory(worker);
	if (errnum != 0)
		abandon_branch(worker, errnum);
}

static void walk_branch(struct worker *worker)
{
	struct dir_stack *stack = &worker->chowner.stack;
	struct workers *workers = worker->workers;
	bool ok = true;

	while (ok && stack->depth > 0 && !workers->failed) {
		const char *name;

		workers_tick(worker);
		if (workers_want_work(workers))
			share_work(worker);
		name = dir_stack_next_name(stack);
		if (worker->at < worker->length)
			ok = take_entries(worker);
		else if (must_read_entries(stack))
			read_entries(worker);
		else if (name != NULL)
			ok = descend(&worker->chowner, name);
		else
			ascend(worker);
	}
	if (!ok)
		workers->failed = true;
}

static bool walk_once(struct chown_worker *chowner, struct dir *top)
{
	struct workers workers;
	struct dir child;
	struct inode inode;
	int errnum = dir_open(top, &chowner->job->boundary, ".", &child, &inode);

	if (errnum != 0) {
		tally_skipped(chowner, NULL, errnum);
		return true;
	}
	if (!workers_open(&workers, chowner->job, chowner->stack.declared, walk_branch)) {
		fd_close(child.fd);
		return false;
	}
	/* needs_chown stays false here: volume_apply() changes the declared path after all workers
	 * have ended. */
	workers.failed = dir_stack_enter(&workers.slots[0].chowner.stack, &child, &inode) == NULL;
	workers_run(&workers);
	return workers_close(&workers, chowner);
}

bool fd_is_local(int fd)
{
	static const uint32_t local[] = {
		EXT4_SUPER_MAGIC,
		XFS_SUPER_MAGIC,
		BTRFS_SUPER_MAGIC,
		TMPFS_MAGIC,
		F2FS_SUPER_MAGIC,
		OVERLAYFS_SUPER_MAGIC,
		BCACHEFS,
		ZFS,
		0,
	};

	return fd_is_on_file_system(fd, local);
}

bool walk(struct chown_worker *chowner, struct dir *top)
{
	static const uint32_t overlay[] = {OVERLAYFS_SUPER_MAGIC, 0};
	struct chown_job *job = chowner->job;
	bool ok;

	job->by_name = job->is_local && job->boundary.source == MOUNT_BY_STATX;
	ok = walk_once(chowner, top);
	/* Overlayfs copies a file of the image up when its owner changes. The other names still
	 * refer to the file in the image, with the old owner. So a second round changes these names
	 * too. */
	if (ok && job->links.complete > 0 && !job->request->dry_run &&
	    fd_is_on_file_system(top->fd, overlay)) {
		job->again = true;
		ok = walk_once(chowner, top);
		job->again = false;
	}
	return ok;
}
