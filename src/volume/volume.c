/* SPDX-License-Identifier: MIT */
#include "volume/volume.h"

#include <errno.h>
#include <string.h>

#include "linux/pages.h"
#include "volume/chown_entry.h"
#include "volume/find_volume.h"
#include "volume/hardlink_check.h"
#include "volume/system_directories.h"
#include "volume/tally.h"
#include "volume/walk.h"

#define LOCK_PATIENCE_MS 5000

/* The work on one declared path. It waits in the set if a file with several links is incomplete
 * after the walk, because its other names may lie below a path that is walked later. */
struct volume_job {
	const struct declared_path *volume;
	struct ownership_request request;
	struct chown_job job;
	struct chown_worker chowner;
	struct dir top; /* fd is -1 if the path is missing */
	struct owner former;
	bool made;
	bool top_waits; /* the path itself is changed by volume_finish() */
	size_t walk;    /* its number in the hard links of the set */
	struct volume_job *next;
};

bool volume_check(const struct declared_path *volume, const struct ownership_request *request,
                  struct volume_set *set, bool *ret_is_right, struct error *error)
{
	struct resolved resolved;

	if (!find_volume(volume, request, false, &resolved, error))
		return false;
	if (resolved.exists)
		volume_set_add_top(set, &resolved.inode);
	*ret_is_right = volume_has_right_owner(&resolved, request);
	fd_close(resolved.fd);
	return true;
}

static void report_missing_top(struct chown_worker *chowner)
{
	chowner->job->report.made = true;
	tally_visited(chowner);
	chown_directory(chowner, -1, NULL);
}

/* Returns true if the path itself is among the skipped entries already, because the walk could not
 * enter it. */
static bool is_top_skipped(const struct chown_worker *chowner)
{
	return chowner->skipped == chowner->visited;
}

/* Changes the owner of the declared directory DIR. The walk has ended before, because the owner of
 * DIR tells the next start that all entries below are done (S18). FORMER is the owner before this
 * start, or NULL if the start made DIR. On a local file system chown_directory() locks DIR first,
 * which needs a descriptor that is open for reading. */
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
		if (!is_top_skipped(chowner))
			tally_skipped(chowner, NULL, errnum);
	} else {
		chown_directory(chowner, dir->fd, former);
	}
}

/* Makes the declared path root's if another user owns it. If this start is interrupted, the next
 * one then walks again, whatever user it is for (S18). */
static void give_top_to_root(const struct chown_worker *chowner, const struct resolved *resolved)
{
	struct inode marked = resolved->inode;

	marked.uid = 0;
	if (resolved->inode.uid != 0 && chown_needs(chowner, &marked) &&
	    !chowner->job->request->dry_run)
		(void)fd_chown(resolved->fd, 0, (gid_t)-1);
}

/* Returns true if the next start with --own-once must walk again (S42). That is so if an entry was
 * skipped that the next start may change, or with --strict any entry. */
static bool is_to_be_repeated(const struct chown_worker *chowner)
{
	return chowner->skipped_for_now || (chowner->job->request->strict && chowner->skipped > 0);
}

/* Leaves the path itself root's, so that the next start walks again. Counts the path as skipped,
 * unless the walk has. */
static void leave_top(struct chown_worker *chowner)
{
	chowner->job->report.unfinished = true;
	chowner->skipped += !is_top_skipped(chowner);
}

static void change_top(struct volume_job *work)
{
	chown_top(&work->chowner, &work->top, work->made ? NULL : &work->former);
}

/* Changes the owner of RESOLVED, which is no directory. */
static bool chown_declared_file(struct volume_job *work, const struct resolved *resolved)
{
	struct chown_worker *chowner = &work->chowner;
	int errnum = 0;

	if (work->job.report.can_be_exchanged && chown_needs(chowner, &resolved->inode))
		errnum = hardlink_check_declared(&work->job, resolved);
	if (errnum == 0)
		return chown_pinned(chowner, resolved->fd, NULL, &resolved->inode, NULL);
	tally_skipped(chowner, NULL, errnum);
	return true;
}

/* Changes the owner of RESOLVED and the entries below it, as far as the volume wants. Returns false
 * if memory is used up. */
static bool chown_volume(struct volume_job *work, const struct resolved *resolved)
{
	struct chown_worker *chowner = &work->chowner;
	struct chown_job *job = &work->job;
	const struct inode *inode = &resolved->inode;
	bool is_once = work->volume->depth == DEPTH_TREE_IF_TOP_WRONG;
	bool needs_chown = chown_needs(chowner, inode);

	job->report.made = work->made = resolved->made;
	job->is_local = fd_is_local(resolved->fd);
	job->top_device = inode->device;
	job->top_number = inode->number;
	tally_visited(chowner);
	if (!S_ISDIR(inode->mode))
		return chown_declared_file(work, resolved);
	if (is_once && needs_chown)
		give_top_to_root(chowner, resolved);
	if (work->volume->depth == DEPTH_TREE ||
	    (is_once && !volume_has_right_owner(resolved, &work->request))) {
		dir_find_mount_boundary(resolved->fd, inode->device, &job->boundary);
		if (job->boundary.source == MOUNT_UNKNOWN && !job->boundary.can_open)
			tally_skipped(chowner, NULL, SKIP_MOUNT_UNKNOWN);
		else if (!walk(chowner, &work->top))
			return false;
	}
	if (is_once && needs_chown && is_to_be_repeated(chowner))
		leave_top(chowner);
	else if (is_once && needs_chown && hardlinks_has_unfinished(job->links))
		work->top_waits = true;
	else if (needs_chown)
		change_top(work);
	return true;
}

/* Returns true if a user may rename names in the directory of STATUS, which is above the declared
 * path. Such a user can exchange the path before the next start (S47). */
static bool lets_others_rename(const struct stat *status, void *unused)
{
	(void)unused;
	return inode_lets_others_rename(status->st_uid, status->st_mode);
}

/* Returns the work on VOLUME, which was found at RESOLVED, or NULL if memory is used up. The work
 * owns the descriptor. */
static struct volume_job *start_work(const struct declared_path *volume,
                                     const struct ownership_request *request,
                                     struct volume_set *set, const struct resolved *resolved)
{
	struct volume_job *work = pages_allocate(1, sizeof(*work));
	struct chown_job *job;

	if (work == NULL) {
		fd_close(resolved->fd);
		return NULL;
	}
	job = &work->job;
	work->volume = volume;
	work->request = *request;
	work->top = (struct dir){.fd = resolved->fd, .owner = resolved->inode.uid};
	work->former = (struct owner){resolved->inode.uid, resolved->inode.gid};
	work->walk = ++set->links.walk;
	work->chowner.job = job;
	work->chowner.stack.declared = volume->path;
	job->request = &work->request;
	job->set = set;
	job->links = &set->links;
	job->patience = LOCK_PATIENCE_MS;
	pthread_mutex_init(&job->lock, NULL);
	job->refused = request->dry_errnum;
	if (request->dry_run && fd_is_read_only(resolved->fd))
		job->refused = EROFS;
	job->report.can_be_exchanged =
		directories_any_above(resolved->text, lets_others_rename, NULL);
	return work;
}

static void end_work(struct volume_job *work)
{
	if (work == NULL)
		return;
	fd_close(work->top.fd);
	pages_free(work, 1, sizeof(*work));
}

bool volume_apply(const struct declared_path *volume, const struct ownership_request *request,
                  struct volume_set *set, struct ownership_report *ret_report, struct error *error)
{
	struct resolved resolved;
	struct volume_job *work;
	struct volume_job **last = &set->waiting;
	bool ok;

	if (!find_volume(volume, request, !request->dry_run, &resolved, error))
		return false;
	work = start_work(volume, request, set, &resolved);
	ok = work != NULL;
	if (ok && resolved.exists)
		ok = chown_volume(work, &resolved);
	else if (ok)
		report_missing_top(&work->chowner);
	if (!ok) {
		end_work(work);
		return error_set_errno(error, "changing the owner", volume->path, ENOMEM, NULL);
	}
	tally_finish(&work->chowner);
	work->job.report.waits = hardlinks_has_unfinished(&set->links);
	*ret_report = work->job.report;
	if (!ret_report->waits) {
		end_work(work);
		return true;
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = work;
	return true;
}

/* Adds the incomplete files that the walk of WORK met first to the skipped entries. */
static void add_unfinished_links(struct volume_job *work)
{
	struct ownership_report *report = &work->job.report;
	const char *path;
	bool is_uncertain;
	uint64_t count =
		hardlinks_count_unfinished(work->job.links, work->walk, &path, &is_uncertain);

	work->chowner.skipped += count;
	if (count == 0 || report->first_reason != 0)
		return;
	report->first_reason = is_uncertain ? SKIP_YOUNG_HARDLINK : SKIP_HARDLINK;
	tally_write_path(&work->chowner, NULL, report->first_skipped);
	if (path != NULL)
		memcpy(report->first_skipped, path, sizeof(report->first_skipped));
}

const struct declared_path *volume_waiting(const struct volume_set *set)
{
	return set->waiting == NULL ? NULL : set->waiting->volume;
}

/* Counts the links of incomplete files once more if one of them may be complete now. Returns false
 * if memory is used up. */
static bool recount_links(struct volume_set *set)
{
	bool ok = true;

	if (set->links.round > 0 || !hardlinks_has_uncertain(&set->links))
		return true;
	set->links.round = 1;
	for (struct volume_job *work = set->waiting; work != NULL && ok; work = work->next) {
		set->links.walk = work->walk;
		ok = walk_recount(&work->chowner, &work->top);
	}
	return ok;
}

/* Returns true if the next start with --own-once must walk again because of incomplete files. The
 * start must walk all paths that wait, because a file may have names below several of them. */
static bool are_links_to_be_repeated(const struct volume_job *work, const struct hardlinks *links)
{
	return hardlinks_has_uncertain(links) ||
	       (hardlinks_has_unfinished(links) && (links->has_unproven || work->request.strict));
}

bool volume_finish(struct volume_set *set, struct ownership_report *ret_report, struct error *error)
{
	struct volume_job *work = set->waiting;
	const struct declared_path *volume = work->volume;
	bool ok = recount_links(set);

	set->waiting = work->next;
	/* Another walk or the recount completed a file that this walk met first. */
	if (ok && (set->links.crossed > 0 || set->links.round > 0))
		ok = walk_again(&work->chowner, &work->top);
	add_unfinished_links(work);
	if (work->top_waits && are_links_to_be_repeated(work, &set->links))
		leave_top(&work->chowner);
	else if (ok && work->top_waits)
		change_top(work);
	tally_finish(&work->chowner);
	*ret_report = work->job.report;
	end_work(work);
	return ok || error_set_errno(error, "changing the owner", volume->path, ENOMEM, NULL);
}

void volume_set_close(struct volume_set *set)
{
	struct volume_job *work;

	while ((work = set->waiting) != NULL) {
		set->waiting = work->next;
		end_work(work);
	}
	hardlinks_free(&set->links);
}
