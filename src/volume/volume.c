#include "volume/volume.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

#include "linux/pages.h"
#include "volume/chown_entry.h"
#include "volume/find_volume.h"
#include "volume/system_directories.h"
#include "volume/tally.h"
#include "volume/walk.h"

#define LOCK_PATIENCE_MS 5000

bool volume_check(const struct declared_path *volume, const struct ownership_request *request,
                  struct volume_set *set, bool *ret_right, struct error *error)
{
	struct resolved resolved;

	if (!find_volume(volume, request, false, &resolved, error))
		return false;
	if (resolved.exists)
		volume_set_add_top(set, &resolved.inode);
	*ret_right = has_right_owner(&resolved, request);
	fd_close(resolved.fd);
	return true;
}

static void report_missing_top(struct chown_worker *chowner)
{
	chowner->job->report.made = true;
	tally_visited(chowner);
	chown_directory(chowner, -1, NULL);
}

/* Changes the owner of the declared directory DIR. The walk has ended before, because the owner of
 * DIR tells the next start that all entries below are done (S18). FORMER is the owner before this
 * start, or NULL if the start made DIR. On a local file system
 * chown_directory() locks DIR first, which needs a descriptor that is open for reading. */
static void chown_top(struct chown_worker *chowner, struct dir *dir, const struct owner *former)
{
	const struct chown_job *job = chowner->job;
	struct dir inside;
	struct inode inode;
	int errnum = dir_open(dir, NULL, ".", &inside, &inode);

	if (errnum == 0) {
		chown_directory(chowner, inside.fd, former);
		fd_close(inside.fd);
	} else if (job->is_local && !job->request->dry_run) {
		tally_skipped(chowner, NULL, errnum);
	} else {
		chown_directory(chowner, dir->fd, former);
	}
}

/* Makes the declared path root's if another user owns it. If this start is interrupted, the next
 * one then walks again, whatever user it is for (S18). */
static void give_top_to_root(const struct chown_worker *chowner, const struct resolved *resolved,
                             struct dir *dir)
{
	struct inode marked = resolved->inode;

	marked.uid = 0;
	if (resolved->inode.uid != 0 && chown_needs(chowner, &marked) &&
	    !chowner->job->request->dry_run && fd_chown(resolved->fd, 0, (gid_t)-1) == 0)
		dir->owner = 0;
}

/* Returns true if the next start with --own-once must walk again (S42). That is so if an entry was
 * skipped that the next start may change, or with --strict any entry. */
static bool is_to_be_repeated(const struct chown_worker *chowner)
{
	const char *unused;

	if (chowner->skipped_for_now > 0)
		return true;
	return chowner->job->request->strict &&
	       (chowner->skipped > 0 ||
	        hardlinks_count_unfinished(&chowner->job->links, &unused) > 0);
}

/* Changes the owner of RESOLVED and the entries down to DEPTH. Returns false if memory is used
 * up. */
static bool chown_volume(struct chown_worker *chowner, enum ownership_depth depth,
                         const struct resolved *resolved)
{
	const struct inode *inode = &resolved->inode;
	const struct ownership_request *request = chowner->job->request;
	struct dir dir = {.fd = resolved->fd, .owner = inode->uid};
	const struct owner former = {inode->uid, inode->gid};
	bool needs_chown = chown_needs(chowner, inode);
	int errnum;

	chowner->job->report.made = resolved->made;
	chowner->job->is_local = fd_is_local(resolved->fd);
	chowner->job->top_device = inode->device;
	chowner->job->top_number = inode->number;
	tally_visited(chowner);
	if (!S_ISDIR(inode->mode))
		return chown_pinned(chowner, resolved->fd, inode, NULL);
	if (depth == DEPTH_TREE_IF_TOP_WRONG && needs_chown)
		give_top_to_root(chowner, resolved, &dir);
	if (depth == DEPTH_TREE ||
	    (depth == DEPTH_TREE_IF_TOP_WRONG && !has_right_owner(resolved, request))) {
		errnum = dir_find_mount_boundary(resolved->fd, &chowner->job->boundary);
		if (errnum == 0 && chowner->job->boundary.source == MOUNT_UNKNOWN &&
		    !chowner->job->boundary.can_open)
			errnum = SKIP_MOUNT_UNKNOWN;
		if (errnum != 0)
			tally_skipped(chowner, NULL, errnum);
		else if (!walk(chowner, &dir))
			return false;
	}
	chowner->job->report.unfinished = needs_chown && depth == DEPTH_TREE_IF_TOP_WRONG &&
	                                  is_to_be_repeated(chowner);
	if (chowner->job->report.unfinished)
		chowner->skipped++;
	else if (needs_chown)
		chown_top(chowner, &dir, resolved->made ? NULL : &former);
	return true;
}

/* Returns 8 random bytes that the kernel gave to this process (AT_RANDOM, getauxval(3)). An
 * attacker who chose the file names does not know them. */
static uint64_t read_hash_seed(void)
{
	const char *random = (const char *)getauxval(AT_RANDOM);
	uint64_t value = 0;

	if (random != NULL)
		memcpy(&value, random, sizeof(value));
	return value;
}

/* A user who renames names above the declared path can exchange the path before the next start
 * (S47). */
static bool lets_others_rename(const struct stat *status, void *unused)
{
	(void)unused;
	return inode_lets_others_rename(status->st_uid, status->st_mode);
}

/* Returns the state of a walk of RESOLVED, or NULL if memory is used up. */
static struct chown_job *allocate_job(const struct ownership_request *request,
                                      const struct volume_set *set, const struct resolved *resolved)
{
	struct chown_job *job = pages_allocate(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->request = request;
	job->set = set;
	job->patience = LOCK_PATIENCE_MS;
	pthread_mutex_init(&job->lock, NULL);
	job->links.seed = read_hash_seed();
	job->refused = request->dry_errnum;
	if (request->dry_run && fd_is_read_only(resolved->fd))
		job->refused = EROFS;
	return job;
}

static void free_job(struct chown_job *job)
{
	if (job != NULL)
		hardlinks_free(&job->links);
	pages_free(job, 1, sizeof(*job));
}

bool volume_apply(const struct declared_path *volume, const struct ownership_request *request,
                  struct volume_set *set, struct ownership_report *ret_report, struct error *error)
{
	struct chown_worker chowner = {.stack.declared = volume->path};
	struct resolved resolved;
	bool ok;

	if (!find_volume(volume, request, !request->dry_run, &resolved, error))
		return false;
	chowner.job = allocate_job(request, set, &resolved);
	ok = chowner.job != NULL;
	if (ok)
		chowner.job->report.can_be_exchanged =
			directories_any_above(resolved.text, lets_others_rename, NULL);
	if (ok && resolved.exists)
		ok = chown_volume(&chowner, volume->depth, &resolved);
	else if (ok)
		report_missing_top(&chowner);
	if (ok) {
		tally_finish(&chowner);
		*ret_report = chowner.job->report;
	}
	fd_close(resolved.fd);
	free_job(chowner.job);
	return ok || error_set_errno(error, "changing the owner", volume->path, ENOMEM, NULL);
}
