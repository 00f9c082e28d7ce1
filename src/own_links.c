#include "own_links.h"

#include <errno.h>
#include <time.h>

#define NANOSECONDS INT64_C(1000000000)
#define TICK INT64_C(1000000)            /* file systems that stamp more coarsely stamp seconds */
#define PATIENCE (20 * INT64_C(1000000)) /* how long a clock tick may take: 10 ms at HZ=100 */

int64_t own_time_to_settle(const struct stat *status, int64_t granularity)
{
	struct timespec now = {0};
	int64_t seconds;

	/* A file system that knows seconds only (or a ctime that happens to look so). */
	if (status->st_ctim.tv_nsec == 0)
		granularity = NANOSECONDS;

	/* The clock that inodes are stamped with. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	seconds = (int64_t)status->st_ctim.tv_sec - (int64_t)now.tv_sec;
	/* Kept from overflowing, whatever a server says the time is. */
	if (seconds < -10 || seconds > 10)
		return seconds < 0 ? 0 : 10 * NANOSECONDS;
	return seconds * NANOSECONDS + (int64_t)status->st_ctim.tv_nsec - (int64_t)now.tv_nsec +
	       granularity;
}

bool own_is_changed(const struct stat *status, const struct timespec *since)
{
	return status->st_ctim.tv_sec != since->tv_sec || status->st_ctim.tv_nsec != since->tv_nsec;
}

static bool settles(const struct stat *status)
{
	for (int64_t waited = 0; waited <= PATIENCE; waited += TICK) {
		const struct timespec pause = {.tv_nsec = (long)TICK};
		int64_t left = own_time_to_settle(status, TICK);

		if (left <= 0)
			return true;
		if (left > PATIENCE)
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* 0 when a name that was there before, STATUS being of the inode that it led to, is there now and
 * cannot go without leaving another ctime; else an errno. The kernel stamps the ctime first and
 * takes the name away after it, and may be interrupted in between for as long as it takes: then
 * the old name still shows, with the new ctime already, and so does the new name later. Hence this
 * order: a ctime that is in the past; all who could have set it have finished; the name is still
 * there. */
static int prove_name(struct own *own, const struct stat *status, const char *name)
{
	struct door *door = &tree_current(&own->tree)->door;
	struct stat now;
	uint64_t mount;
	int errnum = settles(status) ? pin_settle(door, name) : EAGAIN;

	if (errnum == 0)
		errnum = pin_stat(door, &own->job->fence, name, &now, &mount);
	if (errnum != 0)
		return errnum;
	if (now.st_dev != status->st_dev || now.st_ino != status->st_ino ||
	    now.st_nlink != status->st_nlink || own_is_changed(&now, &status->st_ctim))
		return EAGAIN;
	return 0;
}

/* False is out of memory. */
static bool meet_link(struct own *own, const struct stat *status, const char *name,
                      enum links_verdict *ret_verdict)
{
	struct own_job *job = own->job;
	char *note = NULL;
	bool ok;

	lock_take(&job->lock);
	ok = links_meet(&job->links, status, tree_current(&own->tree)->inode, name, ret_verdict);
	if (ok && *ret_verdict == LINKS_FIRST)
		note = links_note(&job->links, status);
	if (note != NULL)
		own_write_path(own, name, note);
	lock_release(&job->lock);
	return ok;
}

bool own_judge_link(struct own *own, const struct stat *status, const char *name, bool *ret_change)
{
	enum links_verdict verdict = LINKS_FULL;
	int errnum;

	if (own->job->again) {
		/* Nobody adds to the table any more. */
		*ret_change = links_is_complete(&own->job->links, status);
		return true;
	}
	/* The declared path itself has but this one name in the tree. */
	errnum = name == NULL ? EAGAIN : prove_name(own, status, name);
	if (errnum == 0 && !meet_link(own, status, name, &verdict))
		return false;
	if (verdict == LINKS_FULL)
		own_count_left(own, name, errnum == EROFS ? EROFS : VOLUME_LINK);
	*ret_change = verdict == LINKS_ALL;
	return true;
}
