/* SPDX-License-Identifier: MIT */
#include "volume/hardlink_check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "volume/tally.h"

/* inode_clock() is the clock of ctimes and moves by a tick of 1 to 10 ms. So a ctime that is a
 * millisecond older is of another tick. A coarser file system stores whole seconds
 * (inode_ns_until_older). */
#define CLOCK_TICK_NS INT64_C(1000000)
#define CLOCK_ERROR_NS (60 * NS_PER_SECOND)
#define SAME_FILE_TRIES 10                       /* looks at a file that changes meanwhile */
#define TICK_PATIENCE_NS (20 * INT64_C(1000000)) /* a tick takes 10 ms at HZ=100 */

/* Waits until the ctime of INODE is older than a tick. That may take a second if the ctime is of
 * whole seconds, or if this machine stood still and its clock lags behind. JOB must have patience
 * for all but the first 20 ms. Returns 0 or an errno. EAGAIN: that takes too long. ERANGE: the
 * ctime is in the future, because the clock was set back. A change now leaves another ctime all the
 * same. */
static int wait_for_older_ctime(struct chown_job *job, const struct inode *inode)
{
	const struct timespec pause = {.tv_nsec = (long)CLOCK_TICK_NS};

	for (int64_t waited = 0;; waited += CLOCK_TICK_NS) {
		int64_t left = inode_ns_until_older(inode, CLOCK_TICK_NS);

		if (left <= 0)
			return 0;
		if (left > NS_PER_SECOND)
			return ERANGE;
		if (waited > TICK_PATIENCE_NS && job->patience-- <= 0)
			return EAGAIN;
		if (nanosleep(&pause, NULL) != 0 && errno != EINTR)
			return errno;
	}
}

/* Returns the time within which the ctime of DIRECTORY may be wrong ("Servers" of the header). */
static uint64_t granularity(const struct chown_job *job, const struct inode *directory)
{
	if (!job->is_local)
		return CLOCK_ERROR_NS;
	return directory->changed % NS_PER_SECOND == 0 ? NS_PER_SECOND : 0;
}

static bool is_same_file(const struct inode *now, const struct inode *before)
{
	return now->device == before->device && now->number == before->number &&
	       now->links == before->links;
}

/* Returns true if two looks show the same file, and no link of it has changed between them. */
static bool is_unchanged(const struct inode *now, const struct inode *before)
{
	return is_same_file(now, before) && now->changed == before->changed;
}

/* Proves that NAME still refers to INODE, and that its removal would change the ctime (d, e and f
 * of the header). The order of the steps matters:
 *
 *   1. Wait until the ctime is in the past, and the walk began in the past too, because this start
 *      may have changed the ctime of the declared directory just before (give_top_to_root). MET
 *      must be later than that change.
 *   2. Read the clock: NAME is met.
 *   3. Wait until each rename or unlink that may have set the ctime has ended.
 *   4. Read the name again, and compare.
 *   5. Read the ctime of the directory.
 *
 * Returns 0, an errno, SKIP_YOUNG_HARDLINK if the file changes or is too young, or SKIP_MOVED. */
static int prove_name_stays(struct chown_worker *chowner, const struct inode *inode,
                            struct hardlink_name *name)
{
	struct chown_job *job = chowner->job;
	struct dir_level *level = dir_stack_current(&chowner->stack);
	struct inode now;
	int errnum;

	if (!job->is_local && inode_ns_until_older(inode, CLOCK_ERROR_NS) > 0)
		return SKIP_YOUNG_HARDLINK;
	errnum = wait_for_older_ctime(job, inode);
	if (errnum == 0)
		errnum = wait_for_older_ctime(job, &(struct inode){.changed = job->began_exactly});
	if (errnum == EAGAIN || errnum == ERANGE)
		return SKIP_YOUNG_HARDLINK;
	if (errnum != 0)
		return errnum;
	name->met = inode_clock();
	errnum = dir_wait_for_rename(&level->dir, name->name);
	if (errnum == 0)
		errnum = dir_stat(&level->dir, &job->boundary, name->name, &now);
	if (errnum == 0 && !is_unchanged(&now, inode))
		return is_same_file(&now, inode) ? SKIP_YOUNG_HARDLINK : SKIP_MOVED;
	if (errnum == 0)
		errnum = inode_read(level->dir.fd, &now);
	if (errnum != 0)
		return errnum;
	name->directory = level->inode;
	name->stays_from = now.changed + granularity(job, &now);
	return 0;
}

/* Proves that NAME in DIR is the one link of INODE, which was opened by NAME ("One link" of the
 * header). NAME may also be a declared path of several links. Returns 0, SKIP_MOVED if NAME refers
 * to another file or the file keeps changing, or an errno. */
static int prove_same_file(struct chown_job *job, const struct mount_boundary *boundary,
                           struct dir *dir, const struct inode *inode, const char *name)
{
	struct inode opened = *inode;
	struct inode first;
	struct inode second;

	for (int tries = 0; tries < SAME_FILE_TRIES; tries++) {
		int errnum = wait_for_older_ctime(job, &opened);

		if (errnum == 0 || errnum == ERANGE)
			errnum = dir_stat(dir, boundary, name, &first);
		if (errnum == 0)
			errnum = dir_wait_for_rename(dir, name);
		/* EROFS: the mount of the directory is read-only. Its names can still go by another
		 * mount, but the change of the owner fails then, unless INODE is a mount itself. */
		if (errnum == 0 || errnum == EROFS)
			errnum = dir_stat(dir, boundary, name, &second);
		if (errnum != 0)
			return errnum;
		if (!is_same_file(&second, &opened))
			return SKIP_MOVED;
		if (is_unchanged(&first, &opened) && is_unchanged(&second, &opened))
			return 0;
		/* Another start may have changed the owner. */
		opened.changed = second.changed;
	}
	return SKIP_MOVED;
}

/* Returns true if the looks FIRST and INODE prove that INODE has one link (see the header). On a
 * server any ctime is old enough. */
static bool is_proven(const struct chown_job *job, const struct inode *first,
                      const struct inode *inode)
{
	int64_t age = (int64_t)(job->began - first->changed);

	return is_unchanged(inode, first) && (!job->is_local || age > NS_PER_SECOND);
}

/* Adds NAME to the table of hard links, and its path to the examples if it is the first name of the
 * file. Returns false if memory is used up. */
static bool record_link(struct chown_worker *chowner, const struct inode *inode,
                        const struct hardlink_name *name, enum hardlinks_verdict *ret_verdict)
{
	struct chown_job *job = chowner->job;
	char *example = NULL;
	bool ok;

	pthread_mutex_lock(&job->lock);
	ok = hardlinks_record_name(job->links, inode, name, ret_verdict);
	if (ok && *ret_verdict == HARDLINKS_FIRST)
		example = hardlinks_take_example(job->links, inode);
	if (example != NULL)
		tally_write_path(chowner, name->name, example);
	pthread_mutex_unlock(&job->lock);
	return ok;
}

bool hardlink_check(struct chown_worker *chowner, const struct inode *first,
                    const struct inode *inode, const char *name, bool *ret_change)
{
	struct chown_job *job = chowner->job;
	enum hardlinks_verdict verdict = HARDLINKS_FULL;
	struct hardlink_name link = {.name = name};
	int errnum = 0;

	if (job->again && (!job->recounts || inode->links <= 1)) {
		/* The table does not change in this round, so no lock is needed. */
		*ret_change = !job->recounts && hardlinks_is_complete(job->links, inode);
		return true;
	}
	if (inode->links <= 1) {
		if (name != NULL && (first == NULL || !is_proven(job, first, inode)))
			errnum = prove_same_file(job, &job->boundary,
			                         &dir_stack_current(&chowner->stack)->dir, inode,
			                         name);
		*ret_change = errnum == 0;
		if (errnum != 0 && errnum != ENOENT)
			tally_skipped(chowner, name, errnum);
		return true;
	}
	/* The declared path itself has only one name in the tree, so the other links are
	 * outside. */
	if (name != NULL)
		errnum = prove_name_stays(chowner, inode, &link);
	if (errnum != 0)
		job->links->has_unproven = true;
	else if (name != NULL && !record_link(chowner, inode, &link, &verdict))
		return false;
	else if (verdict == HARDLINKS_FULL)
		errnum = SKIP_HARDLINK;
	if (errnum != 0 && errnum != ENOENT)
		tally_skipped(chowner, name, errnum);
	*ret_change = verdict == HARDLINKS_ALL && !job->recounts;
	return true;
}

int hardlink_check_declared(struct chown_job *job, const struct resolved *resolved)
{
	const struct mount_boundary any = {.source = MOUNT_UNKNOWN};
	char path[PATH_MAX];
	struct text text = text_in(path, sizeof(path));
	char *slash;
	struct resolved above;
	struct error unused;
	struct dir dir;
	int errnum;

	/* No file lies directly in "/", because find_volume() refuses such files. */
	text_add(&text, resolved->text);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (!resolve(path, RESOLVE_MUST_EXIST, &above, &unused))
		return SKIP_MOVED;
	dir = (struct dir){.fd = above.fd, .owner = above.inode.uid};
	errnum = prove_same_file(job, &any, &dir, &resolved->inode, slash + 1);
	fd_close(above.fd);
	return errnum == ENOENT ? SKIP_MOVED : errnum;
}
