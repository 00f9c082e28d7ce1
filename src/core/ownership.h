#ifndef STEPDOWN_CORE_OWNERSHIP_H
#define STEPDOWN_CORE_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Types that the plan and the walk share. */

/* What is to be owned, in the order in which it is: made before what lies in it is walked, and a path
 * by itself after what lies in it, for its owner tells the next start that all of that is done. */
enum ownership_mode {
	OWNERSHIP_MKDIR,    /* the path itself, a directory, made when it is missing */
	OWNERSHIP_OWN,      /* the path and all below it */
	OWNERSHIP_OWN_ONCE, /* the same, when the path itself is not right yet */
	OWNERSHIP_OWN_TOP,  /* the path itself */
};

/* One declared path. */
struct declared_path {
	enum ownership_mode mode;
	const char *path;       /* without slashes at its end */
	bool must_be_directory; /* it was written with one */
};

/* More workers than these only wait for each other. */
#define OWNERSHIP_JOBS_MAX 256

#define PROGRAM_INODES 16

/* The file of this program and the directories that hold it, by their inodes. Whoever may replace one of
 * them is root at the next start (S37), by whatever name it is reached: a relative path, a link, a hard
 * link, another mount of the same directory. */
struct program_inodes {
	size_t count; /* the first is the file; 0: nothing is known, and nothing is protected */
	struct {
		uint64_t device;
		uint64_t number;
	} inodes[PROGRAM_INODES];
};

/* Told while a walk goes on: entries so far, and how long it has taken. FINISHED is the last call,
 * made only after another. Returns after how many milliseconds it is to be told again. */
typedef uint32_t ownership_progress(const char *path, uint64_t visited, uint64_t changed,
                                    uint32_t milliseconds, bool finished);

#define PROGRESS_SILENT_MS 2000 /* milliseconds */

/* The owner that a volume is to have. */
struct ownership_request {
	uid_t uid;
	gid_t gid;
	bool strict;    /* any entry that is left is a failure of the whole start */
	bool make;      /* a directory, where PATH is missing */
	bool dry_run;   /* nothing is changed nor made, all is counted as if it were */
	int dry_errnum; /* in a dry run, why no owner can be changed; 0: nothing is known */
	struct program_inodes program; /* never changed, and a path that holds it is refused */
	const uid_t *from;             /* only what belongs to these is changed */
	size_t from_count;             /* 0: whoever it belongs to */
	size_t jobs; /* workers at most, up to OWNERSHIP_JOBS_MAX; 0: as many as pay off */
	ownership_progress
		*progress; /* may be NULL; called after PROGRESS_SILENT_MS by any thread, by one
	                            * at a time */
};

#define OWNERSHIP_PATH_BYTES 512

/* Why an entry was left where no call had failed. */
enum skip_reason {
	SKIP_HARDLINK = -1,       /* a file that has further links outside the tree */
	SKIP_DEVICE = -2,         /* a device node */
	SKIP_MOVED = -3,          /* a directory was moved while it was walked */
	SKIP_PROGRAM = -4,        /* this program, or a directory that holds it (S37) */
	SKIP_MOUNT_UNKNOWN = -5,  /* nothing tells where another mount begins (S40) */
	SKIP_YOUNG_HARDLINK = -6, /* links on a server, changed less than a minute ago (S43) */
	SKIP_LOCKED = -7,         /* another process holds the directory's lock (S44) */
	SKIP_NO_LOCKS = -8,       /* no lock can be had here, so nobody tells who works in it */
};

/* What was found and done. Paths are the declared path and the names below it, cut to fit. */
struct ownership_report {
	uint64_t visited;      /* entries, the declared path included */
	uint64_t changed;      /* or, in a dry run, wrong and changeable */
	uint64_t skipped;      /* wrong, or not to be looked at, and not changed */
	int first_reason;      /* why the first of these was: an errno or a skip_reason */
	bool made;             /* the directory was missing, and was made (or would be) */
	bool can_be_exchanged; /* by whoever may write to the directory above PATH (S47) */
	bool unfinished;       /* PATH stays root's, so that the next start walks again (S42) */
	char first_skipped[OWNERSHIP_PATH_BYTES]; /* that first one, or "" */
	char first_wrong[OWNERSHIP_PATH_BYTES];   /* the first entry counted in changed, or "" */
};

#endif
