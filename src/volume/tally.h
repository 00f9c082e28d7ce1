#ifndef STEPDOWN_VOLUME_TALLY_H
#define STEPDOWN_VOLUME_TALLY_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/ownership.h"
#include "linux/dirfd.h"
#include "volume/dir_stack.h"
#include "volume/hardlinks.h"

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
	/* Directories that hold another name of this program, from the nearest to the declared path (S37): they
	 * keep their owner. LOCK is over them too. */
	struct program_inodes holders;
	atomic_bool has_holders;
	uint64_t top_device;
	uint64_t top_number;
	/* Who finds the first one tells its path; the rest of REPORT is filled in at the end. */
	atomic_bool has_first_skipped;
	atomic_bool has_first_wrong;
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

/* Its path, cut to fit. */
void tally_write_path(const struct chown_worker *chowner, const char *name,
                      char path[static DIR_STACK_PATH_BYTES]);

void tally_visited(struct chown_worker *chowner);
/* Counts the entry NAME as skipped, unless this is the second time round. REASON is an errno or a
 * skip_reason. Never for another mount, because nobody wants that to be changed. */
void tally_skipped(struct chown_worker *chowner, const char *name, int reason);
/* The same also the second time round, because a change has failed. */
void tally_failed(struct chown_worker *chowner, const char *name, int reason);
/* What another worker counted, added to this one's. */
void tally_add(struct chown_worker *chowner, const struct chown_worker *other);

/* Once everything was met: what is left because of its links, and the report. */
void tally_finish(struct chown_worker *chowner);

#endif
