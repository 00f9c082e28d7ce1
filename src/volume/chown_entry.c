/* SPDX-License-Identifier: MIT */
#include "volume/chown_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "volume/chown_by_name.h"
#include "volume/hardlink_check.h"
#include "volume/mounts_below.h"
#include "volume/program_inodes.h"
#include "volume/tally.h"

bool chown_needs(const struct chown_worker *chowner, const struct inode *inode)
{
	const struct ownership_request *request = chowner->job->request;
	bool is_from = request->from_count == 0;

	if (inode->uid == request->owner->uid && inode->gid == request->owner->gid)
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

/* Reads the owner of the entry after a successful change. Returns false if the entry still has
 * another owner: some file systems ignore chown(2) and report success. Such a file system ignores
 * all changes, and a walk stays on one mount. So each worker asks only up to its first
 * change that took effect. Each question costs one call. */
static bool took_effect(struct chown_worker *chowner, int fd, const char *name, bool by_name)
{
	const struct ownership_request *request = chowner->job->request;
	struct inode inode;
	int errnum;

	if (chowner->chown_works || request->dry_run)
		return true;
	errnum = by_name ? dir_stat(&dir_stack_current(&chowner->stack)->dir,
	                            &chowner->job->boundary, name, &inode)
	                 : inode_read(fd, &inode);
	if (errnum != 0)
		return true;
	chowner->chown_works = inode.uid == request->owner->uid && inode.gid == request->owner->gid;
	return chowner->chown_works;
}

/* Changes the owner of NAME in the current directory if BY_NAME is true: nobody can then replace
 * the name (chown_by_name_is_safe). Otherwise changes the inode that FD pins. FORMER is the owner
 * up to now, or NULL for a new directory. The kernel clears setuid and setgid bits (chown(2)), and
 * they stay cleared. */
static void change_owner(struct chown_worker *chowner, int fd, const char *name, bool by_name,
                         const struct owner *former)
{
	const struct ownership_request *request = chowner->job->request;
	int changed = 0;

	if (request->dry_run) {
		errno = chowner->job->refused;
		changed = -(errno != 0);
	} else if (by_name)
		changed = fchownat(dir_stack_current(&chowner->stack)->dir.fd, name,
		                   request->owner->uid, request->owner->gid, AT_SYMLINK_NOFOLLOW);
	else
		changed = fd_chown(fd, request->owner->uid, request->owner->gid);
	if (changed != 0)
		tally_failed(chowner, name, errno);
	else if (!took_effect(chowner, fd, name, by_name))
		tally_failed(chowner, name, SKIP_IGNORED);
	else
		tally_changed(chowner, name, former);
}

/* Adds the directories from the current one up to the declared one to the holders, which keep their
 * owner (S37). The current directory holds another name of this program. An attacker who may write
 * to one of them could replace that name, and a later start may run it as root. All of them are
 * still unchanged, because a directory is changed after its entries. If the list is full, no
 * directory is changed any more. That is so too if one of them cannot be read. */
static void protect_directories(struct chown_worker *chowner)
{
	struct chown_job *job = chowner->job;
	struct dir above = dir_stack_current(&chowner->stack)->dir;
	struct inode inode;
	int fd = -1;
	int errnum = inode_read(above.fd, &inode);

	pthread_mutex_lock(&job->lock);
	while (errnum == 0 && job->holders.count < PROGRAM_INODES) {
		struct dir next;

		job->holders.inodes[job->holders.count].device = inode.device;
		job->holders.inodes[job->holders.count++].number = inode.number;
		if (inode.device == job->top_device && inode.number == job->top_number)
			break;
		errnum = dir_pin(&above, NULL, "..", &next, &inode);
		fd_close(fd);
		fd = errnum == 0 ? next.fd : -1;
		above = next;
	}
	if (errnum != 0)
		job->holders.count = PROGRAM_INODES;
	job->has_holders = true;
	pthread_mutex_unlock(&job->lock);
	fd_close(fd);
}

/* Returns true if the directory FD must keep its owner, or if its inode cannot be read. */
static bool is_holder(struct chown_job *job, int fd)
{
	struct inode inode;
	bool is_held;

	if (!job->has_holders || inode_read(fd, &inode) != 0)
		return job->has_holders;
	pthread_mutex_lock(&job->lock);
	is_held = job->holders.count == PROGRAM_INODES ||
	          program_inodes_have(&job->holders, &inode);
	pthread_mutex_unlock(&job->lock);
	return is_held;
}

bool chown_pinned(struct chown_worker *chowner, int fd, const struct inode *first,
                  const struct inode *inode, const char *name)
{
	bool changes;

	if (!chown_needs(chowner, inode))
		return true;
	if (inode_is_device(inode)) {
		tally_skipped(chowner, name, SKIP_DEVICE);
		return true;
	}
	if (program_inodes_have(&chowner->job->request->program, inode)) {
		/* NAME is not NULL, because find_volume() refuses the program itself. */
		tally_skipped(chowner, name, SKIP_PROGRAM);
		protect_directories(chowner);
		return true;
	}
	if (!hardlink_check(chowner, first, inode, name, &changes))
		return false;
	if (changes)
		change_owner(chowner, fd, name, false, &(struct owner){inode->uid, inode->gid});
	return true;
}

/* Pins the inode of the entry of LOOK, reads its owner again, and changes it if needed. An attacker
 * may have replaced the name since the look (S16, CVE-2018-15687). */
static bool chown_by_pin(struct chown_worker *chowner, const struct entry_look *look, bool *waited,
                         bool *ret_is_directory)
{
	const char *name = look->name;
	struct inode inode;
	struct dir *dir = &dir_stack_current(&chowner->stack)->dir;
	bool ok = true;
	struct dir found = {.fd = -1};
	int errnum;

	/* If the wait fails, hardlink_check() waits again and tells why. */
	if (!*waited && look->inode.links == 1)
		*waited = dir_wait_for_rename(dir, name) == 0;
	do
		errnum = dir_pin(dir, &chowner->job->boundary, name, &found, &inode);
	while (errnum == EMFILE && dir_stack_close_farthest(&chowner->stack));
	*ret_is_directory = errnum == 0 && S_ISDIR(inode.mode);
	if (errnum == EXDEV) {
		mounts_below_count(chowner, name);
		return true;
	}
	if (errnum != ENOENT && !*ret_is_directory)
		tally_visited(chowner);
	if (errnum != 0 && errnum != ENOENT)
		tally_skipped(chowner, name, errnum);
	else if (errnum == 0 && !*ret_is_directory)
		ok = chown_pinned(chowner, found.fd, *waited ? &look->inode : NULL, &inode, name);
	fd_close(found.fd);
	return ok;
}

/* Returns true if INODE is on another mount. Returns false also if the kernel gives no mount id
 * with an inode. chown_by_pin() then recognises the mount if the entry needs a change. */
static bool is_other_mount(const struct mount_boundary *boundary, const struct inode *inode)
{
	return boundary->source == MOUNT_BY_STATX && inode->mount != boundary->mount;
}

void chown_look(struct chown_worker *chowner, const char *name, struct entry_look *ret_look)
{
	*ret_look = (struct entry_look){.name = name};
	ret_look->errnum = dir_stat(&dir_stack_current(&chowner->stack)->dir,
	                            &chowner->job->boundary, name, &ret_look->inode);
}

bool chown_entry(struct chown_worker *chowner, const struct entry_look *look, bool *waited,
                 bool *ret_is_directory)
{
	const struct inode *inode = &look->inode;
	const char *name = look->name;

	*ret_is_directory = look->errnum == 0 && S_ISDIR(inode->mode);
	if (look->errnum == ENOENT || *ret_is_directory)
		return true;
	if (look->errnum != 0) {
		tally_visited(chowner);
		tally_skipped(chowner, name, look->errnum);
		return true;
	}
	/* The second round changes only files with several links. */
	if (chowner->job->again && inode->links == 1)
		return true;
	if (is_other_mount(&chowner->job->boundary, inode)) {
		mounts_below_count_inode(chowner, name, inode);
		return true;
	}
	if (chown_needs(chowner, inode)) {
		if (!chown_by_name_is_safe(chowner, inode))
			return chown_by_pin(chowner, look, waited, ret_is_directory);
		change_owner(chowner, -1, name, true, &(struct owner){inode->uid, inode->gid});
	}
	tally_visited(chowner);
	return true;
}

void chown_directory(struct chown_worker *chowner, int fd, const struct owner *former)
{
	struct chown_job *job = chowner->job;
	int reason = 0;

	if (job->again)
		return;
	if (is_holder(job, fd))
		reason = SKIP_PROGRAM;
	else if (job->is_local && !job->request->dry_run)
		reason = chown_by_name_exclude(job, fd);
	if (reason != 0)
		tally_skipped(chowner, NULL, reason);
	else
		change_owner(chowner, fd, NULL, false, former);
}
