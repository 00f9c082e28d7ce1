/* SPDX-License-Identifier: MIT */
#include "volume/walk.h"

#include <linux/magic.h>

#include "volume/tally.h"
#include "volume/walk_loop.h"

/* linux/magic.h does not name this file system. */
#define ZFS 0x2fc12fc1U

static bool walk_once(struct chown_worker *chowner, struct dir *top)
{
	struct chown_job *job = chowner->job;
	struct workers workers;
	struct dir child;
	struct inode inode;
	int errnum = dir_open(top, &job->boundary, ".", &child, &inode);

	job->began = inode_clock();
	job->began_exactly = inode_exact_clock();
	if (errnum != 0) {
		tally_skipped(chowner, NULL, errnum);
		return true;
	}
	if (!workers_open(&workers, job, chowner->stack.declared, walk_loop)) {
		fd_close(child.fd);
		return false;
	}
	/* needs_chown stays false here, because volume_apply() changes the declared path after all
	 * workers have ended. */
	workers.failed = dir_stack_enter(&workers.slots[0].chowner.stack, &child, &inode) == NULL;
	workers_run(&workers);
	return workers_close(&workers, chowner);
}

bool fd_is_local(int fd)
{
	switch (fd_file_system(fd)) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case F2FS_SUPER_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case ZFS:
		return true;
	default:
		return false;
	}
}

bool walk_again(struct chown_worker *chowner, struct dir *top)
{
	struct chown_job *job = chowner->job;
	bool ok;

	if (job->request->dry_run || job->began == 0 || !job->is_local ||
	    (!job->is_overlay && job->links->round == 0))
		return true;
	job->again = true;
	ok = walk_once(chowner, top);
	job->again = false;
	return ok;
}

bool walk_recount(struct chown_worker *chowner, struct dir *top)
{
	struct chown_job *job = chowner->job;
	bool ok;

	job->recounts = true;
	ok = walk_again(chowner, top);
	job->recounts = false;
	return ok;
}

bool walk(struct chown_worker *chowner, struct dir *top)
{
	struct chown_job *job = chowner->job;
	size_t complete_before = job->links->complete;

	job->is_overlay = fd_file_system(top->fd) == OVERLAYFS_SUPER_MAGIC;
	job->by_name = job->is_local && job->boundary.source == MOUNT_BY_STATX;
	return walk_once(chowner, top) &&
	       (job->links->complete == complete_before || walk_again(chowner, top));
}
