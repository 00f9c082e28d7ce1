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

static struct link_sight see(const struct own *own, const struct stat *status, const char *name)
{
	struct link_sight sight = {
		.device = status->st_dev,
		.inode = status->st_ino,
		.count = status->st_nlink,
		.changed_seconds = status->st_ctim.tv_sec,
		.changed_nanoseconds = status->st_ctim.tv_nsec,
	};

	if (name != NULL) {
		sight.directory = tree_current(&own->tree)->inode;
		sight.name = slice_of(name);
	}
	return sight;
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
	struct stat now = {0};
	uint64_t mount;
	int errnum = settles(status) ? pin_settle(door, name) : EAGAIN;
	bool same;

	if (errnum == 0)
		errnum = pin_stat(door, &own->job->fence, name, &now, &mount);
	if (errnum != 0)
		return errnum;
	same = now.st_dev == status->st_dev && now.st_ino == status->st_ino &&
	       now.st_nlink == status->st_nlink && now.st_ctim.tv_sec == status->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == status->st_ctim.tv_nsec;
	return same ? 0 : EAGAIN;
}

/* False is out of memory. */
static bool meet_link(struct own *own, const struct link_sight *sight, const char *name,
                      enum links_verdict *ret_verdict)
{
	struct own_job *job = own->job;
	char *note;
	bool ok;

	lock_take(&job->lock);
	ok = links_meet(&job->links, sight, ret_verdict);
	note = ok && *ret_verdict == LINKS_FIRST ? links_note(&job->links) : NULL;
	if (note != NULL)
		own_write_path(own, name, note);
	lock_release(&job->lock);
	return ok;
}

bool own_judge_link(struct own *own, const struct stat *status, const char *name, bool *ret_change)
{
	struct link_sight sight = see(own, status, name);
	enum links_verdict verdict = LINKS_FULL;
	int errnum;

	*ret_change = false;
	if (own->job->again) {
		/* Nobody adds to the table any more. */
		*ret_change = links_is_complete(&own->job->links, &sight);
		return true;
	}
	/* The declared path itself has but this one name in the tree. */
	errnum = name == NULL ? EAGAIN : prove_name(own, status, name);
	if (errnum == EROFS) {
		own_count_failed(own, name, errnum);
		return true;
	}
	if (errnum == 0 && !meet_link(own, &sight, name, &verdict))
		return false;
	if (verdict == LINKS_FULL)
		own_count_link(own, name);
	*ret_change = verdict == LINKS_ALL;
	return true;
}
