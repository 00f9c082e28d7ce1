#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define NANOSECONDS INT64_C(1000000000)
#define TICK INT64_C(1000000)            /* file systems that stamp more coarsely stamp seconds */
#define PATIENCE (20 * INT64_C(1000000)) /* how long a clock tick may take: 10 ms at HZ=100 */

static bool notes_first(struct own *own, const char *name)
{
	if (own->report.first_path[0] != '\0')
		return false;
	tree_write_path(&own->tree, name, own->report.first_path, sizeof(own->report.first_path));
	return true;
}

void own_count_looked(struct own *own)
{
	own->report.looked += !own->again;
}

void own_count_mount(struct own *own)
{
	own->report.other_mounts += !own->again;
}

static void count_failed(struct own *own, const char *name, int errnum)
{
	own->report.left_failed++;
	if (notes_first(own, name))
		own->report.first_errnum = errnum;
}

void own_count_failed(struct own *own, const char *name, int errnum)
{
	if (!own->again)
		count_failed(own, name, errnum);
}

void own_count_moved(struct own *own)
{
	if (own->again)
		return;
	own->report.first_is_moved |= own->report.first_path[0] == '\0';
	count_failed(own, NULL, ESTALE);
}

static void count_link(struct own *own, const char *name)
{
	if (own->again)
		return;
	own->report.left_links++;
	if (notes_first(own, name))
		own->report.first_is_link = true;
}

static void count_device(struct own *own, const char *name)
{
	if (own->again)
		return;
	own->report.left_devices++;
	notes_first(own, name);
}

bool own_is_right(const struct own *own, const struct stat *status)
{
	return status->st_uid == own->request.uid && status->st_gid == own->request.gid;
}

static bool is_device(const struct stat *status)
{
	return S_ISBLK(status->st_mode) || S_ISCHR(status->st_mode);
}

static void change(struct own *own, int fd, const char *name)
{
	/* The descriptor, not the name, so it is what was judged; no setuid bit that the kernel
	 * takes off is put back. */
	if (!own->request.dry_run &&
	    fchownat(fd, "", own->request.uid, own->request.gid, AT_EMPTY_PATH) != 0) {
		count_failed(own, name, errno);
		return;
	}
	own->report.changed++;
	if (own->report.first_wrong[0] == '\0')
		tree_write_path(&own->tree, name, own->report.first_wrong,
		                sizeof(own->report.first_wrong));
}

/* Nanoseconds until a change of the inode would necessarily leave another ctime than it has now;
 * 0 or less when it would already. */
static int64_t time_to_settle(const struct stat *status)
{
	struct timespec now = {0};
	int64_t seconds;
	/* A file system that knows seconds only (or a ctime that happens to look so). */
	int64_t granularity = status->st_ctim.tv_nsec == 0 ? NANOSECONDS : TICK;

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
		int64_t left = time_to_settle(status);

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
	int errnum = settles(status) ? pin_settle(door, name) : EAGAIN;
	bool same;

	if (errnum == 0)
		errnum = pin_stat(door, name, &now);
	if (errnum != 0)
		return errnum;
	same = now.st_dev == status->st_dev && now.st_ino == status->st_ino &&
	       now.st_nlink == status->st_nlink && now.st_ctim.tv_sec == status->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == status->st_ctim.tv_nsec;
	return same ? 0 : EAGAIN;
}

/* S17: *ret_change when this was the last name of the file. */
static bool judge_link(struct own *own, const struct stat *status, const char *name,
                       bool *ret_change)
{
	struct link_sight sight = see(own, status, name);
	enum links_verdict verdict = LINKS_FULL;
	int errnum;
	char *note;

	*ret_change = false;
	if (own->again) {
		*ret_change = links_is_complete(&own->links, &sight);
		return true;
	}
	/* The declared path itself has but this one name in the tree. */
	errnum = name == NULL ? EAGAIN : prove_name(own, status, name);
	if (errnum == EROFS) {
		own_count_failed(own, name, errnum);
		return true;
	}
	if (errnum == 0 && !links_meet(&own->links, &sight, &verdict))
		return false;
	if (verdict == LINKS_FULL)
		count_link(own, name);
	*ret_change = verdict == LINKS_ALL;
	note = verdict == LINKS_FIRST ? links_note(&own->links) : NULL;
	if (note != NULL)
		tree_write_path(&own->tree, name, note, LINKS_PATH);
	return true;
}

bool own_pinned(struct own *own, int fd, const struct stat *status, const char *name)
{
	bool changes = !own->again;

	if (own_is_right(own, status))
		return true;
	if (is_device(status)) {
		count_device(own, name);
		return true;
	}
	if (status->st_nlink > 1 && !judge_link(own, status, name, &changes))
		return false;
	if (changes)
		change(own, fd, name);
	return true;
}

/* What is wrong by its name is taken hold of and judged again: between the two looks the name
 * may have come to mean something else (CVE-2018-15687). */
static bool own_wrong(struct own *own, const char *name, bool *ret_is_directory)
{
	struct stat status;
	struct door *door = &tree_current(&own->tree)->door;
	bool ok = true;
	int errnum;
	int fd = -1;

	do
		errnum = pin_open(door, &own->fence, name, &fd);
	while (errnum == EMFILE && tree_close_farthest(&own->tree));
	if (errnum == 0 && fstat(fd, &status) != 0)
		errnum = errno;
	*ret_is_directory = errnum == 0 && S_ISDIR(status.st_mode);
	if (errnum != ENOENT && !*ret_is_directory)
		own_count_looked(own);
	if (errnum == EXDEV)
		own_count_mount(own);
	else if (errnum != 0 && errnum != ENOENT)
		own_count_failed(own, name, errnum);
	else if (errnum == 0 && !*ret_is_directory)
		ok = own_pinned(own, fd, &status, name);
	pin_close(fd);
	return ok;
}

bool own_entry(struct own *own, const char *name, bool *ret_is_directory)
{
	struct stat status;
	int errnum = pin_stat(&tree_current(&own->tree)->door, name, &status);

	*ret_is_directory = errnum == 0 && S_ISDIR(status.st_mode);
	if (errnum == ENOENT || *ret_is_directory)
		return true;
	if (errnum != 0) {
		own_count_looked(own);
		own_count_failed(own, name, errnum);
	} else if (own_is_right(own, &status)) {
		own_count_looked(own);
	} else {
		return own_wrong(own, name, ret_is_directory);
	}
	return true;
}

void own_directory(struct own *own, int fd)
{
	struct stat status;

	if (own->again)
		return;
	if (fstat(fd, &status) != 0)
		own_count_failed(own, NULL, errno);
	else if (!own_is_right(own, &status))
		change(own, fd, NULL);
}

void own_finish(struct own *own)
{
	struct volume_report *report = &own->report;
	const char *path;
	uint64_t count = links_count_unfinished(&own->links, &path);
	struct text text;

	own->again = false;
	report->left_links += count;
	if (count > 0 && report->first_path[0] == '\0') {
		text = text_in(report->first_path, sizeof(report->first_path));
		text_add(&text, path != NULL ? path : own->tree.declared);
		report->first_is_link = true;
	}
	if (own->request.dry_run && report->first_path[0] == '\0')
		memcpy(report->first_path, report->first_wrong, sizeof(report->first_path));
}
