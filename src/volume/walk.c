#include "volume/walk.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include <linux/magic.h>

#include "volume/chown_by_name.h"
#include "volume/chown_entry.h"
#include "volume/share_work.h"

#define ENTRIES_AT_ONCE 16 /* before looking who has nothing to do */

/* Those that linux/magic.h does not name. */
#define BCACHEFS 0xca451a4eU
#define ZFS 0x2fc12fc1U

static bool take_entry(struct chown_worker *chowner, const char *name, unsigned char type)
{
	bool is_directory = type == DT_DIR;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (strchr(name, '/') != NULL) {
		/* A file system that says so lies; the name would lead somewhere else. */
		tally_skipped(chowner, name, EINVAL);
		return true;
	}
	if (!is_directory && !chown_entry(chowner, name, &is_directory))
		return false;
	return !is_directory || dir_stack_push_name(&chowner->stack, name);
}

static bool take_entries(struct worker *worker)
{
	/* Where each takes its time, every one tells how far it is. */
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

/* A directory that is read in full is one less to be kept open. But of a large one the names are
 * not all kept in mind: their directories are visited in between. */
static bool must_read_entries(const struct dir_stack *stack)
{
	const struct dir_level *level = dir_stack_current(stack);

	return level->unread &&
	       (dir_stack_pending(stack, stack->depth - 1) < DIR_STACK_NAMES_BYTES ||
	        stack->unread > DIR_STACK_UNREAD_MAX);
}

/* Several workers may read on the same descriptor: each gets other entries (the kernel holds a lock
 * over its offset). */
static void read_entries(struct worker *worker)
{
	struct dir_level *level = dir_stack_current(&worker->chowner.stack);
	size_t length = 0;
	int errnum = 0;

	if (level->share == NULL || !level->share->ended)
		errnum = dir_list(&level->dir, worker->entries, sizeof(worker->entries), &length);
	/* ENOENT: it was removed since it was opened. */
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

/* It was a directory when its name was noted. */
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

/* A directory's own owner is changed after what is in it: until then nobody but root can exchange
 * what is looked at and changed there by name. */
static void leave_directory(struct worker *worker)
{
	struct dir_level *level = dir_stack_current(&worker->chowner.stack);

	if (level->share != NULL && !workers_leave_share(worker->workers, level->share))
		level->dir.fd = -1; /* the last one closes it */
	else if (level->needs_chown)
		chown_directory(&worker->chowner, level->dir.fd);
	dir_stack_leave(&worker->chowner.stack);
}

/* Back to the first level, the only one that is known to be where it was. */
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
	/* First, for ".." may have to be looked up as the owner that the directory has now. */
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
	/* Not WRONG: the declared path is changed when all workers have ended. */
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
	/* Overlayfs copies a file up when it is changed, which parts it from its other names:
	 * those still mean the file in the image, with its old owner. */
	if (ok && job->links.complete > 0 && !job->request->dry_run &&
	    fd_is_on_file_system(top->fd, overlay)) {
		job->again = true;
		ok = walk_once(chowner, top);
		job->again = false;
	}
	return ok;
}
