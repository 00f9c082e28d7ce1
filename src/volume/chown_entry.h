#ifndef STEPDOWN_VOLUME_CHOWN_ENTRY_H
#define STEPDOWN_VOLUME_CHOWN_ENTRY_H

#include <pthread.h>
#include <stdatomic.h>

#include "linux/dirfd.h"
#include "run/program_inodes.h"
#include "volume/dir_stack.h"
#include "volume/hardlinks.h"
#include "volume/volume.h"

/* One request, the same for all workers; LOCK is over LINKS. */
struct chown_job {
	const struct ownership_request *request;
	struct mount_boundary boundary;
	int refused; /* in a dry run, why no owner can be changed; 0: nothing is known */
	/* S16: the file system's directories change through this kernel alone, so what it says of their owner is
	 * true now. A server's may have been given away by another of its clients meanwhile. */
	bool is_local;
	bool by_name;        /* local, and statx(2) tells the mount of each name */
	atomic_int patience; /* milliseconds to wait for other walks, in all */
	/* The second time round: only files with several links that were all met the first time
	 * are changed, nothing is counted again (see walk.c). */
	bool again;
	pthread_mutex_t lock;
	struct hardlinks links;
	/* Who finds the first one tells its path; the rest of REPORT is filled in at the end. */
	atomic_bool skipped_is_told;
	atomic_bool change_is_told;
	struct ownership_report report;
};

/* What one worker does of it: how a single inode is judged, changed and counted. Where a function
 * returns bool, false is out of memory. Entries are named relative to the tree's current
 * directory; NULL is that directory itself. */
struct chown_worker {
	struct chown_job *job;
	struct dir_stack stack;
	uint64_t visited;
	uint64_t changed;
	uint64_t skipped;
	uint64_t skipped_for_now; /* of these, for a reason that may be gone at the next start */
	char handle[32];          /* where /proc has a descriptor */
};

/* The entry NAME of the current directory. A directory is left alone and told. */
bool chown_entry(struct chown_worker *chowner, const char *name, bool *ret_is_directory);
/* The non-directory that FD pins, INODE being fresh. */
bool chown_pinned(struct chown_worker *chowner, int fd, const struct inode *inode,
                  const char *name);
/* The current directory, or the declared one when there is none: to be called after what is in
 * it. FD is open for reading, or nobody changes anything by name. */
void chown_directory(struct chown_worker *chowner, int fd);
/* The current directory is left for another one for some time. */
void chown_by_name_pause(struct chown_worker *chowner);
/* It is somebody's whose files are to be changed, and not yet the user's. */
bool chown_needs(const struct chown_worker *chowner, const struct inode *inode);

/* The same for the current directory, which is counted as left if it holds this program (S37). */
bool chown_needs_directory(struct chown_worker *chowner, const struct inode *inode);

/* Its path, cut to fit. */
void tally_write_path(const struct chown_worker *chowner, const char *name,
                      char path[static DIR_STACK_PATH_BYTES]);

void tally_visited(struct chown_worker *chowner);
/* REASON is an errno or a skip_reason. Never for another mount: that is not to be changed. */
void tally_skipped(struct chown_worker *chowner, const char *name, int reason);
/* What another worker counted, added to this one's. */
void tally_add(struct chown_worker *chowner, const struct chown_worker *other);
/* Once everything was met: what is left because of its links, and the report. */
void tally_finish(struct chown_worker *chowner);

#endif
