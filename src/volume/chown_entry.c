#include "volume/chown_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "volume/hardlink_check.h"

#define TICK 1000000                     /* nanoseconds between two tries of a lock */
#define SETTLED (100 * INT64_C(1000000)) /* how old a directory's ctime must be to trust it */

void own_write_path(const struct own *own, const char *name, char path[static TREE_PATH])
{
	size_t level = own->tree.depth == 0 ? 0 : own->tree.depth - 1;

	tree_write_path(&own->tree, level, name, path);
}

void own_count_looked(struct own *own)
{
	own->looked += !own->job->again;
}

/* S42: what may be otherwise at the next start. */
static bool is_passing(int reason)
{
	switch (reason) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EIO:
	case ESTALE:
	case ETIMEDOUT:
	case VOLUME_MOVED:
	case VOLUME_LOCKED:
		return true;
	default:
		return false;
	}
}

static void count_left(struct own *own, const char *name, int reason)
{
	struct own_job *job = own->job;

	own->left++;
	own->left_for_now += is_passing(reason);
	if (atomic_exchange(&job->left_is_told, true))
		return;
	job->report.first_reason = reason;
	own_write_path(own, name, job->report.first_left);
}

void own_count_left(struct own *own, const char *name, int reason)
{
	if (!own->job->again)
		count_left(own, name, reason);
}

bool own_is_wrong(const struct own *own, const struct inode *inode)
{
	const struct volume_request *request = own->job->request;
	bool is_from = request->from_count == 0;

	if (inode->uid == request->uid && inode->gid == request->gid)
		return false;
	for (size_t i = 0; i < request->from_count && !is_from; i++)
		is_from = request->from[i] == inode->uid;
	return is_from;
}

bool own_is_wrong_directory(struct own *own, const struct inode *inode)
{
	if (!own_is_wrong(own, inode))
		return false;
	if (!program_inodes_have(&own->job->request->program, inode))
		return true;
	own_count_left(own, NULL, VOLUME_PROGRAM);
	return false;
}

static bool is_device(const struct inode *inode)
{
	return S_ISBLK(inode->mode) || S_ISCHR(inode->mode);
}

/* gVisor refuses a handle that was opened with O_PATH here, but not its name in /proc: that leads to
 * what it holds and no further, also when that is a link. */
static int change_pinned(struct own *own, int fd)
{
	const struct volume_request *request = own->job->request;
	int changed = fchownat(fd, "", request->uid, request->gid, AT_EMPTY_PATH);
	struct text text = text_in(own->handle, sizeof(own->handle));

	if (changed == 0 || errno != EBADF)
		return changed;
	text_format(&text, "/proc/self/fd/%u", (unsigned)fd);
	return fchownat(AT_FDCWD, own->handle, request->uid, request->gid, 0);
}

/* NAME in the current directory where DOING says that it cannot be exchanged, else FD, so that it
 * is what was judged. No setuid bit that the kernel takes off is put back. */
static void change(struct own *own, int fd, const char *name, bool by_name)
{
	const struct volume_request *request = own->job->request;
	int changed = 0;

	if (request->dry_run) {
		errno = own->job->refused;
		changed = -(errno != 0);
	} else if (by_name)
		changed = fchownat(tree_current(&own->tree)->door.fd, name, request->uid,
		                   request->gid, AT_SYMLINK_NOFOLLOW);
	else
		changed = change_pinned(own, fd);
	if (changed != 0) {
		count_left(own, name, errno);
		return;
	}
	if (own->changed++ == 0 && !atomic_exchange(&own->job->change_is_told, true))
		own_write_path(own, name, own->job->report.first_wrong);
}

bool own_pinned(struct own *own, int fd, const struct inode *inode, const char *name)
{
	bool changes = !own->job->again;

	if (!own_is_wrong(own, inode))
		return true;
	if (is_device(inode) || program_inodes_have(&own->job->request->program, inode)) {
		own_count_left(own, name, is_device(inode) ? VOLUME_DEVICE : VOLUME_PROGRAM);
		return true;
	}
	if (inode->links > 1 && !own_judge_link(own, inode, name, &changes))
		return false;
	if (changes)
		change(own, fd, name, false);
	return true;
}

/* What is wrong by its name is taken hold of and judged again: between the two looks the name
 * may have come to mean something else (CVE-2018-15687). */
static bool own_wrong(struct own *own, const char *name, bool *ret_is_directory)
{
	struct inode inode;
	struct door *door = &tree_current(&own->tree)->door;
	bool ok = true;
	struct door found = {.fd = -1};
	int errnum;

	do
		errnum = pin_open(door, &own->job->fence, name, &found, &inode);
	while (errnum == EMFILE && tree_close_farthest(&own->tree));
	*ret_is_directory = errnum == 0 && S_ISDIR(inode.mode);
	if (errnum != ENOENT && !*ret_is_directory)
		own_count_looked(own);
	if (errnum != 0 && errnum != ENOENT && errnum != EXDEV)
		own_count_left(own, name, errnum);
	else if (errnum == 0 && !*ret_is_directory)
		ok = own_pinned(own, found.fd, &inode, name);
	pin_close(found.fd);
	return ok;
}

/* S16. Pinning costs three calls more than a change by name does, which is as safe where a name
 * cannot come to mean something else between the look and the change: in a directory that root
 * owns and nobody else may write to (an ACL shows in the group's bits), not across a mount.
 *
 * It must stay root's meanwhile. Who gives it away as a rule is another stepdown, in a container
 * that shares the volume and is ahead of this one; its application may be at work already. So who
 * changes by name holds a shared lock on the directory, and who gives it away waits for that lock
 * (own_directory). What others do, root's tools, is looked for again before each change: then they
 * would have to come between two calls of this thread, and somebody who may not know when would
 * have to use it between them too. A directory that was changed just now, or is changed while it is
 * walked, is not trusted any more: its ctime tells. And no file system is trusted whose directories
 * change behind the kernel's back, as a server's do (see walk.c). */
static bool is_roots_alone(struct tree_level *level)
{
	struct inode inode;

	if (level->trust == TREE_PINNED)
		return false;
	if (level->trust == TREE_NOT_ASKED)
		level->trust = flock(level->door.fd, LOCK_SH | LOCK_NB) == 0 ? TREE_LOCKED
		                                                             : TREE_PINNED;
	if (pin_look(level->door.fd, &inode) != 0 || inode.uid != 0 ||
	    (inode.mode & (S_IWGRP | S_IWOTH)) != 0 || inode.changed != level->changed ||
	    (level->trust == TREE_LOCKED && own_time_to_settle(&inode, SETTLED) > 0))
		level->trust = TREE_PINNED;
	else if (level->trust == TREE_LOCKED)
		level->trust = TREE_BY_NAME;
	return level->trust == TREE_BY_NAME;
}

/* With a share the others may still be at it: the lock is everybody's. */
void own_pause(struct own *own)
{
	struct tree_level *level = tree_current(&own->tree);

	if (level->trust == TREE_BY_NAME && level->share == NULL) {
		flock(level->door.fd, LOCK_UN);
		level->trust = TREE_NOT_ASKED;
	}
}

static bool may_change_by_name(const struct own *own, const struct inode *inode)
{
	const struct own_job *job = own->job;

	return job->by_name && inode->mount == job->fence.mount && inode->links == 1 &&
	       !is_device(inode) && !program_inodes_have(&job->request->program, inode) &&
	       is_roots_alone(tree_current(&own->tree));
}

bool own_entry(struct own *own, const char *name, bool *ret_is_directory)
{
	struct inode inode;
	int errnum = pin_stat(&tree_current(&own->tree)->door, &own->job->fence, name, &inode);

	*ret_is_directory = errnum == 0 && S_ISDIR(inode.mode);
	/* The second time round those with several links are what is looked for. */
	if (errnum == ENOENT || *ret_is_directory ||
	    (errnum == 0 && own->job->again && inode.links == 1))
		return true;
	if (errnum == 0 && own_is_wrong(own, &inode)) {
		if (!may_change_by_name(own, &inode))
			return own_wrong(own, name, ret_is_directory);
		change(own, -1, name, true);
	}
	own_count_looked(own);
	if (errnum != 0)
		own_count_left(own, name, errnum);
	return true;
}

/* Takes the lock that keeps other walks from changing anything by name in the directory FD. Returns why it
 * cannot be had (a volume_reason or an errno), or 0. The wait has an end, because whoever may read the directory may lock
 * it too (S44). */
static int lock_directory(struct own_job *job, int fd)
{
	const struct timespec pause = {.tv_nsec = TICK};

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == ENOSYS || errno == EPERM || errno == EACCES)
			return VOLUME_NO_LOCKS; /* a filter's answers */
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		if (job->patience-- <= 0)
			return VOLUME_LOCKED;
		nanosleep(&pause, NULL);
	}
	return 0;
}

void own_directory(struct own *own, int fd)
{
	struct own_job *job = own->job;
	int reason = 0;

	if (job->again)
		return;
	if (job->is_local && !job->request->dry_run)
		reason = lock_directory(job, fd);
	if (reason != 0)
		own_count_left(own, NULL, reason);
	else
		change(own, fd, NULL, false);
}

void own_add(struct own *own, const struct own *other)
{
	own->looked += other->looked;
	own->changed += other->changed;
	own->left += other->left;
	own->left_for_now += other->left_for_now;
}

void own_finish(struct own *own)
{
	const char *path;
	uint64_t count = links_count_unfinished(&own->job->links, &path);
	struct volume_report *report = &own->job->report;

	if (count > 0 && own->left == 0) {
		report->first_reason = VOLUME_LINK;
		own_write_path(own, NULL, report->first_left);
		if (path != NULL)
			memcpy(report->first_left, path, sizeof(report->first_left));
	}
	report->looked = own->looked;
	report->changed = own->changed;
	report->left = own->left + count;
}
