#include "volume/walk.h"

#include <dirent.h>
#include <errno.h>

#include <linux/magic.h>

#include "volume/share_work.h"

#define ENTRIES_AT_ONCE 16 /* before looking who has nothing to do */

/* Those that linux/magic.h does not name. */
#define BCACHEFS 0xca451a4eU
#define ZFS 0x2fc12fc1U

static bool take_entry(struct own *own, const char *name, unsigned char type)
{
	bool is_directory = type == DT_DIR;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (strchr(name, '/') != NULL) {
		/* A file system that says so lies; the name would lead somewhere else. */
		own_count_left(own, name, EINVAL);
		return true;
	}
	if (!is_directory && !own_entry(own, name, &is_directory))
		return false;
	return !is_directory || tree_push_name(&own->tree, name);
}

static bool take_entries(struct worker *worker)
{
	/* Where each takes its time, every one tells how far it is. */
	unsigned most = worker->pool->wanted > worker->pool->cores ? 1 : ENTRIES_AT_ONCE;

	for (unsigned i = 0; i < most && worker->at < worker->length; i++) {
		const char *entry = worker->entries + worker->at;

		worker->at += entry_size(entry);
		if (!take_entry(&worker->own, entry + ENTRY_NAME_AT,
		                (unsigned char)entry[ENTRY_TYPE_AT]))
			return false;
	}
	return true;
}

/* A directory that is read in full is one less to be kept open. But of a large one the names are
 * not all kept in mind: their directories are visited in between. */
static bool is_to_be_read(const struct tree *tree)
{
	const struct tree_level *level = tree_current(tree);

	return level->unread && (tree_pending(tree, tree->depth - 1) < TREE_NAMES_ENOUGH ||
	                         tree->unread > TREE_UNREAD_MAX);
}

/* Several workers may read on the same descriptor: each gets other entries (the kernel holds a lock
 * over its offset). */
static void read_entries(struct worker *worker)
{
	struct tree_level *level = tree_current(&worker->own.tree);
	size_t length = 0;
	int errnum = 0;

	if (level->share == NULL || !level->share->ended)
		errnum = pin_list(&level->door, worker->entries, sizeof(worker->entries), &length);
	/* ENOENT: it was removed since it was opened. */
	if (errnum != 0 && errnum != ENOENT)
		own_count_left(&worker->own, NULL, errnum);
	worker->at = 0;
	worker->length = length;
	if (length > 0)
		return;
	if (level->share != NULL)
		level->share->ended = true;
	tree_end(&worker->own.tree);
}

/* It was a directory when its name was noted. */
static bool take_changeling(struct own *own, const char *name)
{
	bool is_directory;

	if (!own_entry(own, name, &is_directory))
		return false;
	if (is_directory)
		own_count_left(own, name, ENOTDIR);
	return true;
}

static bool descend(struct own *own, const char *name)
{
	struct door *door = &tree_current(&own->tree)->door;
	struct tree_level *level;
	struct door child;
	struct inode inode;
	bool ok = true;
	int errnum;

	own_pause(own);
	do
		errnum = pin_enter(door, &own->job->fence, name, &child, &inode);
	while (errnum == EMFILE && tree_close_farthest(&own->tree));
	if (errnum == 0) {
		own_count_looked(own);
		level = tree_enter(&own->tree, &child, &inode);
		if (level != NULL)
			level->wrong = own_is_wrong_directory(own, &inode);
		return level != NULL;
	}
	if (errnum == ENOTDIR || errnum == ELOOP) {
		ok = take_changeling(own, name);
	} else if (errnum != ENOENT && errnum != EXDEV) {
		own_count_looked(own);
		own_count_left(own, name, errnum);
	}
	tree_drop_name(&own->tree);
	return ok;
}

/* A directory's own owner is changed after what is in it: until then nobody but root can exchange
 * what is looked at and changed there by name. */
static void leave(struct worker *worker)
{
	struct tree_level *level = tree_current(&worker->own.tree);

	if (level->share != NULL && !pool_leave_share(worker->pool, level->share))
		level->door.fd = -1; /* the last one closes it */
	else if (level->wrong)
		own_directory(&worker->own, level->door.fd);
	tree_leave(&worker->own.tree);
}

/* Back to the first level, the only one that is known to be where it was. */
static void abandon(struct worker *worker, int errnum)
{
	struct own *own = &worker->own;

	for (; own->tree.depth > 1; leave(worker)) {
		tree_current(&own->tree)->wrong = false;
		own_count_left(own, NULL, errnum == ESTALE ? VOLUME_MOVED : errnum);
	}
}

static void ascend(struct worker *worker)
{
	/* First, for ".." may have to be looked up as the owner that the directory has now. */
	int errnum = tree_open_above(&worker->own.tree, &worker->own.job->fence);

	leave(worker);
	if (errnum != 0)
		abandon(worker, errnum);
}

static void work(struct worker *worker)
{
	struct tree *tree = &worker->own.tree;
	struct pool *pool = worker->pool;
	bool ok = true;

	while (ok && tree->depth > 0 && !pool->failed) {
		const char *name;

		pool_tick(worker);
		if (pool_is_hungry(pool))
			gift_give(worker);
		name = tree_next_name(tree);
		if (worker->at < worker->length)
			ok = take_entries(worker);
		else if (is_to_be_read(tree))
			read_entries(worker);
		else if (name != NULL)
			ok = descend(&worker->own, name);
		else
			ascend(worker);
	}
	if (!ok)
		pool->failed = true;
}

static bool walk_once(struct own *own, struct door *top)
{
	struct pool pool;
	struct door child;
	struct inode inode;
	int errnum = pin_enter(top, &own->job->fence, ".", &child, &inode);

	if (errnum != 0) {
		own_count_left(own, NULL, errnum);
		return true;
	}
	if (!pool_open(&pool, own->job, own->tree.declared, work)) {
		pin_close(child.fd);
		return false;
	}
	/* Not WRONG: the declared path is changed when all workers have ended. */
	pool.failed = tree_enter(&pool.workers[0].own.tree, &child, &inode) == NULL;
	pool_run(&pool);
	return pool_close(&pool, own);
}

bool walk_is_local(int fd)
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

	return pin_is_on(fd, local);
}

bool walk(struct own *own, struct door *top)
{
	static const uint32_t overlay[] = {OVERLAYFS_SUPER_MAGIC, 0};
	struct own_job *job = own->job;
	bool ok;

	job->by_name = job->is_local && job->fence.source == MOUNT_BY_STATX;
	ok = walk_once(own, top);
	/* Overlayfs copies a file up when it is changed, which parts it from its other names:
	 * those still mean the file in the image, with its old owner. */
	if (ok && job->links.complete > 0 && !job->request->dry_run &&
	    pin_is_on(top->fd, overlay)) {
		job->again = true;
		ok = walk_once(own, top);
		job->again = false;
	}
	return ok;
}
