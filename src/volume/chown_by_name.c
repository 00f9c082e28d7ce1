/* SPDX-License-Identifier: MIT */
#include "volume/chown_by_name.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "volume/program_inodes.h"

#define DIRECTORY_AGE_NS (100 * INT64_C(1000000))
#define LOCK_PAUSE_NS 1000000

/* Returns true if a, b and c of the header hold for the directory of LEVEL now. Once a condition
 * fails, the directory stays TRUST_PINNED. */
static bool is_writable_by_root_alone(struct dir_level *level)
{
	struct inode inode;

	if (level->trust == TRUST_PINNED)
		return false;
	if (level->trust == TRUST_NOT_ASKED)
		level->trust = flock(level->dir.fd, LOCK_SH | LOCK_NB) == 0 ? TRUST_LOCKED
		                                                            : TRUST_PINNED;
	if (inode_read(level->dir.fd, &inode) != 0 || inode.uid != 0 ||
	    (inode.mode & (S_IWGRP | S_IWOTH)) != 0 || inode.changed != level->changed ||
	    (level->trust == TRUST_LOCKED && inode_ns_until_older(&inode, DIRECTORY_AGE_NS) > 0))
		level->trust = TRUST_PINNED;
	else if (level->trust == TRUST_LOCKED)
		level->trust = TRUST_BY_NAME;
	return level->trust == TRUST_BY_NAME;
}

/* A shared directory keeps its lock. The lock belongs to the open file (flock(2)), which other
 * workers use too. */
void chown_by_name_pause(struct chown_worker *chowner)
{
	struct dir_level *level = dir_stack_current(&chowner->stack);

	if (level->trust == TRUST_BY_NAME && level->share == NULL) {
		flock(level->dir.fd, LOCK_UN);
		level->trust = TRUST_NOT_ASKED;
	}
}

bool chown_by_name_is_safe(const struct chown_worker *chowner, const struct inode *inode)
{
	const struct chown_job *job = chowner->job;

	return job->by_name && inode->mount == job->boundary.mount && inode->links == 1 &&
	       !inode_is_device(inode) && !program_inodes_have(&job->request->program, inode) &&
	       is_writable_by_root_alone(dir_stack_current(&chowner->stack));
}

int chown_by_name_exclude(struct chown_job *job, int fd)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == ENOSYS || errno == EPERM || errno == EACCES)
			return SKIP_NO_LOCKS; /* the errno of a system call filter */
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		if (job->patience-- <= 0)
			return SKIP_LOCKED;
		nanosleep(&pause, NULL);
	}
	return 0;
}
