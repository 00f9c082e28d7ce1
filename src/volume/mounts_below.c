/* SPDX-License-Identifier: MIT */
#include "volume/mounts_below.h"

#include "volume/tally.h"
#include "volume/volume_set.h"

void mounts_below_count_inode(struct chown_worker *chowner, const char *name,
                              const struct inode *inode)
{
	struct chown_job *job = chowner->job;

	if (job->again || volume_set_has_top(job->set, inode))
		return;
	chowner->mounts++;
	if (inode->uid != job->request->owner->uid && !atomic_exchange(&job->has_first_mount, true))
		tally_write_path(chowner, name, job->report.first_mount);
}

void mounts_below_count(struct chown_worker *chowner, const char *name)
{
	struct inode inode;

	if (dir_stat_mount(&dir_stack_current(&chowner->stack)->dir, name, &inode) == 0)
		mounts_below_count_inode(chowner, name, &inode);
	else
		chowner->mounts += !chowner->job->again;
}
