#include "volume/hardlink_check.h"

#include <errno.h>
#include <time.h>

#define TICK INT64_C(1000000) /* file systems that stamp more coarsely stamp seconds */
#define MINUTE (60 * PIN_SECOND)
#define PATIENCE (20 * INT64_C(1000000)) /* how long a clock tick may take: 10 ms at HZ=100 */

int64_t own_time_to_settle(const struct inode *inode, int64_t granularity)
{
	struct timespec now = {0};

	/* A file system that knows seconds only (or a ctime that happens to look so). */
	if (inode->changed % PIN_SECOND == 0)
		granularity = PIN_SECOND;
	/* The clock that inodes are stamped with. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (int64_t)(inode->changed - pin_time(now.tv_sec, now.tv_nsec) +
	                 (uint64_t)granularity);
}

static bool settles(const struct inode *inode)
{
	for (int64_t waited = 0; waited <= PATIENCE; waited += TICK) {
		const struct timespec pause = {.tv_nsec = (long)TICK};
		int64_t left = own_time_to_settle(inode, TICK);

		if (left <= 0)
			return true;
		if (left > PATIENCE)
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
static int prove_name(struct own *own, const struct inode *inode, const char *name)
{
	struct door *door = &tree_current(&own->tree)->door;
	struct inode now;
	int errnum = settles(inode) ? pin_settle(door, name) : EAGAIN;

	if (errnum == 0)
		errnum = pin_stat(door, &own->job->fence, name, &now);
	if (errnum != 0)
		return errnum;
	if (now.device != inode->device || now.number != inode->number ||
	    now.links != inode->links || now.changed != inode->changed)
		return EAGAIN;
	return 0;
}

/* False is out of memory. */
static bool meet_link(struct own *own, const struct inode *inode, const char *name,
                      enum links_verdict *ret_verdict)
{
	struct own_job *job = own->job;
	char *note = NULL;
	bool ok;

	pthread_mutex_lock(&job->lock);
	ok = links_meet(&job->links, inode, tree_current(&own->tree)->inode, name, ret_verdict);
	if (ok && *ret_verdict == LINKS_FIRST)
		note = links_note(&job->links, inode);
	if (note != NULL)
		own_write_path(own, name, note);
	pthread_mutex_unlock(&job->lock);
	return ok;
}

bool own_judge_link(struct own *own, const struct inode *inode, const char *name, bool *ret_change)
{
	enum links_verdict verdict = LINKS_FULL;
	int errnum;

	if (own->job->again) {
		/* Nobody adds to the table any more. */
		*ret_change = links_is_complete(&own->job->links, inode);
		return true;
	}
	/* The ctime of another machine says what has changed only if it is older than a tick of that
	 * machine's clock, which may be 10 ms or a second, and than what its clock is wrong by (S43). */
	if (name != NULL && !own->job->is_local && own_time_to_settle(inode, MINUTE) > 0) {
		own_count_left(own, name, VOLUME_YOUNG_LINK);
		*ret_change = false;
		return true;
	}
	/* The declared path itself has but this one name in the tree. */
	errnum = name == NULL ? EAGAIN : prove_name(own, inode, name);
	if (errnum == 0 && !meet_link(own, inode, name, &verdict))
		return false;
	if (verdict == LINKS_FULL)
		own_count_left(own, name, errnum == EROFS ? EROFS : VOLUME_LINK);
	*ret_change = verdict == LINKS_ALL;
	return true;
}
