#include "volume/hardlink_check.h"

#include <errno.h>
#include <time.h>

#define CLOCK_TICK_NS INT64_C(1000000) /* file systems that stamp more coarsely stamp seconds */
#define REMOTE_CLOCK_ERROR_NS (60 * NS_PER_SECOND)
#define TICK_PATIENCE_NS                                                                           \
	(20 * INT64_C(1000000)) /* how long a clock tick may take: 10 ms at HZ=100 */

static bool wait_for_older_ctime(const struct inode *inode)
{
	for (int64_t waited = 0; waited <= TICK_PATIENCE_NS; waited += CLOCK_TICK_NS) {
		const struct timespec pause = {.tv_nsec = (long)CLOCK_TICK_NS};
		int64_t left = inode_ns_until_older(inode, CLOCK_TICK_NS);

		if (left <= 0)
			return true;
		if (left > TICK_PATIENCE_NS)
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* 0 when a name that was there before, INODE being of the inode that it led to, is there now and
 * cannot go without leaving another ctime; else an errno. The kernel stamps the ctime first and
 * takes the name away after it, and may be interrupted in between for as long as it takes: then
 * the old name still shows, with the new ctime already, and so does the new name later. Hence this
 * order: a ctime that is in the past; all who could have set it have finished; the name is still
 * there. */
static int prove_name_stays(struct chown_worker *chowner, const struct inode *inode,
                            const char *name)
{
	struct dir *dir = &dir_stack_current(&chowner->stack)->dir;
	struct inode now;
	int errnum = wait_for_older_ctime(inode) ? dir_wait_for_rename(dir, name) : EAGAIN;

	if (errnum == 0)
		errnum = dir_stat(dir, &chowner->job->boundary, name, &now);
	if (errnum != 0)
		return errnum;
	if (now.device != inode->device || now.number != inode->number ||
	    now.links != inode->links || now.changed != inode->changed)
		return EAGAIN;
	return 0;
}

/* False is out of memory. */
static bool record_link(struct chown_worker *chowner, const struct inode *inode, const char *name,
                        enum hardlinks_verdict *ret_verdict)
{
	struct chown_job *job = chowner->job;
	char *example = NULL;
	bool ok;

	pthread_mutex_lock(&job->lock);
	ok = hardlinks_record_name(&job->links, inode, dir_stack_current(&chowner->stack)->inode,
	                           name, ret_verdict);
	if (ok && *ret_verdict == HARDLINKS_FIRST)
		example = hardlinks_example(&job->links, inode);
	if (example != NULL)
		tally_write_path(chowner, name, example);
	pthread_mutex_unlock(&job->lock);
	return ok;
}

bool hardlink_check(struct chown_worker *chowner, const struct inode *inode, const char *name,
                    bool *ret_change)
{
	enum hardlinks_verdict verdict = HARDLINKS_FULL;
	int errnum;

	if (chowner->job->again) {
		/* Nobody adds to the table any more. */
		*ret_change = hardlinks_is_complete(&chowner->job->links, inode);
		return true;
	}
	/* The ctime of another machine says what has changed only if it is older than a tick of that
	 * machine's clock, which may be 10 ms or a second, and than what its clock is wrong by (S43). */
	if (name != NULL && !chowner->job->is_local &&
	    inode_ns_until_older(inode, REMOTE_CLOCK_ERROR_NS) > 0) {
		tally_skipped(chowner, name, SKIP_YOUNG_HARDLINK);
		*ret_change = false;
		return true;
	}
	/* The declared path itself has but this one name in the tree. */
	errnum = name == NULL ? EAGAIN : prove_name_stays(chowner, inode, name);
	if (errnum == 0 && !record_link(chowner, inode, name, &verdict))
		return false;
	if (verdict == HARDLINKS_FULL)
		tally_skipped(chowner, name, errnum == EROFS ? EROFS : SKIP_HARDLINK);
	*ret_change = verdict == HARDLINKS_ALL;
	return true;
}
