/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_OWNERSHIP_H
#define STEPDOWN_CORE_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/ids.h"

/* Types that the plan and the walk share. */

/* The part of a declared path whose owner changes. A greater value includes the smaller ones. */
enum ownership_depth {
	DEPTH_TOP,               /* the path itself */
	DEPTH_TREE_IF_TOP_WRONG, /* as DEPTH_TREE, but only if the path itself has another owner */
	DEPTH_TREE,              /* the path and all entries below it */
};

/* A declared path: as one option gives it, and in a plan as all options together give it. */
struct declared_path {
	const char *path; /* without trailing slashes */
	enum ownership_depth depth;
	bool make;              /* make a missing path as a directory */
	bool must_be_directory; /* the option's value has a trailing slash */
	const char *variables;  /* a variable_note, or NULL */
};

/* The upper bound of --own-jobs. More workers only wait for each other. */
#define OWNERSHIP_JOBS_MAX 256

/* The maximum of inodes in struct program_inodes. */
#define PROGRAM_INODES 16

/* The inodes of this program's file and of the directories that hold it. A user who may replace one
 * of them is root at the next start (S37). Inodes are compared, because many paths lead to the same
 * file: a relative path, a symbolic link, a hard link, another mount of the same directory. */
struct program_inodes {
	size_t count; /* the first inode is the file; 0: unknown, nothing is protected */
	struct {
		uint64_t device;
		uint64_t number;
	} inodes[PROGRAM_INODES];
};

/* A callback that reports a walk's progress: the entries visited and changed so far, and the time
 * since the start of the walk. FINISHED marks the last call, which is made only after an earlier
 * call. Returns the number of milliseconds until the next call. */
typedef uint32_t ownership_progress(const char *path, uint64_t visited, uint64_t changed,
                                    uint32_t milliseconds, bool finished);

/* The time before the first call of the callback. */
#define PROGRESS_SILENT_MS 2000

/* The owner that a volume shall get, and the rules of its walk. */
struct ownership_request {
	const struct ids *owner; /* the groups do not matter */
	bool strict;             /* --strict: a skipped entry ends the start with an error */
	mode_t make_mode;        /* of a declared directory that is made */
	bool dry_run;            /* count, but change and make nothing */
	int dry_errnum;          /* dry run: why no owner can be changed; 0: no reason is known */
	struct program_inodes program; /* never changed; a path that holds it is refused */
	const uid_t *from;             /* change only entries that these uids own */
	size_t from_count;             /* 0: change entries of any owner */
	size_t jobs; /* maximum of workers, up to OWNERSHIP_JOBS_MAX; 0: automatic */
	/* NULL, or called after PROGRESS_SILENT_MS. Any worker may call it, but never two at
	 * once. */
	ownership_progress *progress;
};

/* A user and a group, as inodes have them. */
struct owner {
	uid_t uid;
	gid_t gid;
};

/* The maximum of former owners that a report counts one by one. */
#define FORMER_OWNERS_MAX 16

/* The owner that some of the changed entries had before. */
struct former_owner {
	struct owner owner;
	uint64_t entries;
};

/* The size of the paths in a report, NUL included. */
#define OWNERSHIP_PATH_BYTES 512

/* Reasons to skip an entry although no system call failed. */
enum skip_reason {
	SKIP_HARDLINK = -1,       /* a file with further names outside all volumes */
	SKIP_DEVICE = -2,         /* a device node */
	SKIP_MOVED = -3,          /* an entry that was moved during the walk */
	SKIP_PROGRAM = -4,        /* this program, or a directory that holds it (S37) */
	SKIP_MOUNT_UNKNOWN = -5,  /* no call tells whether another mount begins here (S40) */
	SKIP_YOUNG_HARDLINK = -6, /* several names, and a ctime that is too young (S17, S43) */
	SKIP_LOCKED = -7,         /* another process holds the directory's lock (S44) */
	SKIP_NO_LOCKS = -8,       /* flock(2) fails, so a second stepdown would be unnoticed */
	SKIP_IGNORED = -9,        /* chown(2) succeeds, and the owner is the same afterwards */
};

/* The result of one volume. Paths begin with the declared path and are truncated to fit. */
struct ownership_report {
	uint64_t visited;      /* entries, the declared path included */
	uint64_t changed;      /* in a dry run: with a wrong owner, and changeable */
	uint64_t skipped;      /* with a wrong owner or not readable, and not changed */
	int first_reason;      /* of the first skipped entry: an errno or a skip_reason */
	bool made;             /* the directory was missing and is made (dry run: would be) */
	bool can_be_exchanged; /* not only root may rename in the directory above (S47) */
	bool waits;            /* not complete: some hard links may lie below other paths */
	bool unfinished;       /* PATH stays root's, so the next start walks again (S42) */
	uint64_t mounts;       /* below the path, not entered, and not declared themselves */
	size_t former_count;   /* sorted by uid, then by gid */
	struct former_owner former[FORMER_OWNERS_MAX];
	uint64_t former_others; /* changed entries of all owners that are not in former */
	char first_skipped[OWNERSHIP_PATH_BYTES]; /* the first skipped entry, or "" */
	char first_mount[OWNERSHIP_PATH_BYTES];   /* the first whose top has another user, or "" */
	char first_wrong[OWNERSHIP_PATH_BYTES];   /* the first entry counted in changed, or "" */
};

#endif
