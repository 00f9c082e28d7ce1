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

void tally_write_path(const struct chown_worker *chowner, const char *name,
                      char path[static DIR_STACK_PATH_BYTES])
{
	size_t level = chowner->stack.depth == 0 ? 0 : chowner->stack.depth - 1;

	dir_stack_write_path(&chowner->stack, level, name, path);
}

void tally_visited(struct chown_worker *chowner)
{
	chowner->visited += !chowner->job->again;
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
	case SKIP_MOVED:
	case SKIP_LOCKED:
		return true;
	default:
		return false;
	}
}

static void count_skipped(struct chown_worker *chowner, const char *name, int reason)
{
	struct chown_job *job = chowner->job;

	chowner->skipped++;
	chowner->skipped_for_now += is_passing(reason);
	if (atomic_exchange(&job->skipped_is_told, true))
		return;
	job->report.first_reason = reason;
	tally_write_path(chowner, name, job->report.first_skipped);
}

void tally_skipped(struct chown_worker *chowner, const char *name, int reason)
{
	if (!chowner->job->again)
		count_skipped(chowner, name, reason);
}

bool chown_needs(const struct chown_worker *chowner, const struct inode *inode)
{
	const struct ownership_request *request = chowner->job->request;
	bool is_from = request->from_count == 0;

	if (inode->uid == request->uid && inode->gid == request->gid)
		return false;
	for (size_t i = 0; i < request->from_count && !is_from; i++)
		is_from = request->from[i] == inode->uid;
	return is_from;
}

bool chown_needs_directory(struct chown_worker *chowner, const struct inode *inode)
{
	if (!chown_needs(chowner, inode))
		return false;
	if (!program_inodes_have(&chowner->job->request->program, inode))
		return true;
	tally_skipped(chowner, NULL, SKIP_PROGRAM);
	return false;
}

static bool is_device(const struct inode *inode)
{
	return S_ISBLK(inode->mode) || S_ISCHR(inode->mode);
}

/* gVisor refuses a handle that was opened with O_PATH here, but not its name in /proc: that leads to
 * what it holds and no further, also when that is a link. */
static int change_pinned(struct chown_worker *chowner, int fd)
{
	const struct ownership_request *request = chowner->job->request;
	int changed = fchownat(fd, "", request->uid, request->gid, AT_EMPTY_PATH);
	struct text text = text_in(chowner->handle, sizeof(chowner->handle));

	if (changed == 0 || errno != EBADF)
		return changed;
	text_format(&text, "/proc/self/fd/%u", (unsigned)fd);
	return fchownat(AT_FDCWD, chowner->handle, request->uid, request->gid, 0);
}

/* NAME in the current directory where DOING says that it cannot be exchanged, else FD, so that it
 * is what was judged. No setuid bit that the kernel takes off is put back. */
static void change(struct chown_worker *chowner, int fd, const char *name, bool by_name)
{
	const struct ownership_request *request = chowner->job->request;
	int changed = 0;

	if (request->dry_run) {
		errno = chowner->job->refused;
		changed = -(errno != 0);
	} else if (by_name)
		changed = fchownat(dir_stack_current(&chowner->stack)->dir.fd, name, request->uid,
		                   request->gid, AT_SYMLINK_NOFOLLOW);
	else
		changed = change_pinned(chowner, fd);
	if (changed != 0) {
		count_skipped(chowner, name, errno);
		return;
	}
	if (chowner->changed++ == 0 && !atomic_exchange(&chowner->job->change_is_told, true))
		tally_write_path(chowner, name, chowner->job->report.first_wrong);
}

bool chown_pinned(struct chown_worker *chowner, int fd, const struct inode *inode, const char *name)
{
	bool changes = !chowner->job->again;

	if (!chown_needs(chowner, inode))
		return true;
	if (is_device(inode) || program_inodes_have(&chowner->job->request->program, inode)) {
		tally_skipped(chowner, name, is_device(inode) ? SKIP_DEVICE : SKIP_PROGRAM);
		return true;
	}
	if (inode->links > 1 && !hardlink_check(chowner, inode, name, &changes))
		return false;
	if (changes)
		change(chowner, fd, name, false);
	return true;
}

/* What is wrong by its name is taken hold of and judged again: between the two looks the name
 * may have come to mean something else (CVE-2018-15687). */
static bool own_wrong(struct chown_worker *chowner, const char *name, bool *ret_is_directory)
{
	struct inode inode;
	struct dir *dir = &dir_stack_current(&chowner->stack)->dir;
	bool ok = true;
	struct dir found = {.fd = -1};
	int errnum;

	do
		errnum = dir_pin(dir, &chowner->job->boundary, name, &found, &inode);
	while (errnum == EMFILE && dir_stack_close_farthest(&chowner->stack));
	*ret_is_directory = errnum == 0 && S_ISDIR(inode.mode);
	if (errnum != ENOENT && !*ret_is_directory)
		tally_visited(chowner);
	if (errnum != 0 && errnum != ENOENT && errnum != EXDEV)
		tally_skipped(chowner, name, errnum);
	else if (errnum == 0 && !*ret_is_directory)
		ok = chown_pinned(chowner, found.fd, &inode, name);
	fd_close(found.fd);
	return ok;
}

/* S16. Pinning costs three calls more than a change by name does, which is as safe where a name
 * cannot come to mean something else between the look and the change: in a directory that root
 * owns and nobody else may write to (an ACL shows in the group's bits), not across a mount.
 *
 * It must stay root's meanwhile. Who gives it away as a rule is another stepdown, in a container
 * that shares the volume and is ahead of this one; its application may be at work already. So who
 * changes by name holds a shared lock on the directory, and who gives it away waits for that lock
 * (chown_directory). What others do, root's tools, is looked for again before each change: then they
 * would have to come between two calls of this thread, and somebody who may not know when would
 * have to use it between them too. A directory that was changed just now, or is changed while it is
 * walked, is not trusted any more: its ctime tells. And no file system is trusted whose directories
 * change behind the kernel's back, as a server's do (see walk.c). */
static bool is_roots_alone(struct dir_level *level)
{
	struct inode inode;

	if (level->trust == TRUST_PINNED)
		return false;
	if (level->trust == TRUST_NOT_ASKED)
		level->trust = flock(level->dir.fd, LOCK_SH | LOCK_NB) == 0 ? TRUST_LOCKED
		                                                            : TRUST_PINNED;
	if (inode_read(level->dir.fd, &inode) != 0 || inode.uid != 0 ||
	    (inode.mode & (S_IWGRP | S_IWOTH)) != 0 || inode.changed != level->changed ||
	    (level->trust == TRUST_LOCKED && inode_ns_until_older(&inode, SETTLED) > 0))
		level->trust = TRUST_PINNED;
	else if (level->trust == TRUST_LOCKED)
		level->trust = TRUST_BY_NAME;
	return level->trust == TRUST_BY_NAME;
}

/* With a share the others may still be at it: the lock is everybody's. */
void chown_by_name_pause(struct chown_worker *chowner)
{
	struct dir_level *level = dir_stack_current(&chowner->stack);

	if (level->trust == TRUST_BY_NAME && level->share == NULL) {
		flock(level->dir.fd, LOCK_UN);
		level->trust = TRUST_NOT_ASKED;
	}
}

static bool may_change_by_name(const struct chown_worker *chowner, const struct inode *inode)
{
	const struct chown_job *job = chowner->job;

	return job->by_name && inode->mount == job->boundary.mount && inode->links == 1 &&
	       !is_device(inode) && !program_inodes_have(&job->request->program, inode) &&
	       is_roots_alone(dir_stack_current(&chowner->stack));
}

bool chown_entry(struct chown_worker *chowner, const char *name, bool *ret_is_directory)
{
	struct inode inode;
	int errnum = dir_stat(&dir_stack_current(&chowner->stack)->dir, &chowner->job->boundary,
	                      name, &inode);

	*ret_is_directory = errnum == 0 && S_ISDIR(inode.mode);
	/* The second time round those with several links are what is looked for. */
	if (errnum == ENOENT || *ret_is_directory ||
	    (errnum == 0 && chowner->job->again && inode.links == 1))
		return true;
	if (errnum == 0 && chown_needs(chowner, &inode)) {
		if (!may_change_by_name(chowner, &inode))
			return own_wrong(chowner, name, ret_is_directory);
		change(chowner, -1, name, true);
	}
	tally_visited(chowner);
	if (errnum != 0)
		tally_skipped(chowner, name, errnum);
	return true;
}

/* Takes the lock that keeps other walks from changing anything by name in the directory FD. Returns why it
 * cannot be had (a skip_reason or an errno), or 0. The wait has an end, because whoever may read the directory may lock
 * it too (S44). */
static int lock_directory(struct chown_job *job, int fd)
{
	const struct timespec pause = {.tv_nsec = TICK};

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == ENOSYS || errno == EPERM || errno == EACCES)
			return SKIP_NO_LOCKS; /* a filter's answers */
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		if (job->patience-- <= 0)
			return SKIP_LOCKED;
		nanosleep(&pause, NULL);
	}
	return 0;
}

void chown_directory(struct chown_worker *chowner, int fd)
{
	struct chown_job *job = chowner->job;
	int reason = 0;

	if (job->again)
		return;
	if (job->is_local && !job->request->dry_run)
		reason = lock_directory(job, fd);
	if (reason != 0)
		tally_skipped(chowner, NULL, reason);
	else
		change(chowner, fd, NULL, false);
}

void tally_add(struct chown_worker *chowner, const struct chown_worker *other)
{
	chowner->visited += other->visited;
	chowner->changed += other->changed;
	chowner->skipped += other->skipped;
	chowner->skipped_for_now += other->skipped_for_now;
}

void tally_finish(struct chown_worker *chowner)
{
	const char *path;
	uint64_t count = hardlinks_count_unfinished(&chowner->job->links, &path);
	struct ownership_report *report = &chowner->job->report;

	if (count > 0 && chowner->skipped == 0) {
		report->first_reason = SKIP_HARDLINK;
		tally_write_path(chowner, NULL, report->first_skipped);
		if (path != NULL)
			memcpy(report->first_skipped, path, sizeof(report->first_skipped));
	}
	report->visited = chowner->visited;
	report->changed = chowner->changed;
	report->skipped = chowner->skipped + count;
}
