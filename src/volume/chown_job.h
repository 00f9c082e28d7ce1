/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_CHOWN_JOB_H
#define STEPDOWN_VOLUME_CHOWN_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/ownership.h"
#include "linux/dirfd.h"
#include "volume/dir_stack.h"
#include "volume/former_owners.h"
#include "volume/volume_set.h"

/* The state of one walk, which all workers share. LOCK protects LINKS, HOLDERS and additions to
 * FORMER. */
struct chown_job {
	const struct ownership_request *request;
	const struct volume_set *set;
	struct mount_boundary boundary;
	int refused; /* the errno of each change in a dry run; 0: the change would work */
	/* Directories of the file system change only through this kernel, so their owner is up to
	 * date (S16). On a server another client may change a directory unseen. */
	bool is_local;
	bool is_overlay; /* valid in a walk, as BEGAN */
	uint64_t began;  /* inode_clock() before the first directory is read; 0: no walk yet */
	uint64_t began_exactly; /* the same moment, by inode_exact_clock() */
	bool by_name;           /* IS_LOCAL, and statx(2) gives the mount id of each name */
	/* Pauses of 1 ms that all workers together may still spend on locks and on young ctimes. */
	atomic_int patience;
	/* A further round of the walk: looks only at files with several links, and counts no entry
	 * again. It changes files whose links were all met (walk_again). */
	bool again;
	bool recounts; /* such a round that changes nothing, and counts the links (walk_recount) */
	pthread_mutex_t lock;
	struct hardlinks *links; /* of all declared paths */
	/* The directories that hold another name of this program, up to the declared path. They
	 * keep their owner (S37). */
	struct program_inodes holders;
	atomic_bool has_holders;
	struct former_owners former;
	uint64_t top_device;
	uint64_t top_number;
	/* The worker that meets the first such entry sets the flag, and writes the path to REPORT.
	 * tally_finish() fills in the rest of REPORT. */
	atomic_bool has_first_skipped;
	atomic_bool has_first_wrong;
	atomic_bool has_first_mount;
	struct ownership_report report;
};

/* The state of one worker: its stack of directories and its counts. Functions name an entry
 * relative to the current directory of the stack. The name NULL is the current directory itself. */
struct chown_worker {
	struct chown_job *job;
	struct dir_stack stack;
	uint64_t visited;
	uint64_t changed;
	uint64_t skipped;
	struct former_counts former; /* of changed */
	uint64_t mounts;             /* below the declared path, and not entered */
	bool chown_works;            /* a change took effect (took_effect) */
	bool skipped_for_now;        /* the next start may change an entry that was skipped (S42) */
};

#endif
