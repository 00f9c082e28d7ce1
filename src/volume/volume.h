#ifndef STEPDOWN_VOLUME_VOLUME_H
#define STEPDOWN_VOLUME_VOLUME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "core/refused_paths.h"
#include "run/program_inodes.h"

/* Told while a walk goes on: entries so far, and how long it has taken. FINISHED is the last call,
 * made only after another. Returns after how many milliseconds it is to be told again. */
typedef uint32_t ownership_progress(const char *path, uint64_t visited, uint64_t changed,
                                    uint32_t milliseconds, bool finished);

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

#define PROGRESS_SILENT_MS 2000 /* milliseconds */

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

/* Follows the path of VOLUME, which may hold links only where root alone could have put them, and judges what it
 * leads to; changes nothing. *RET_RIGHT: that belongs to whom REQUEST says. Errors: it is missing and
 * not to be made, not absolute, a directory of the system, one that holds this program, a link that is
 * not trusted. */
bool volume_check(const struct declared_path *volume, const struct ownership_request *request,
                  bool *ret_right, struct error *error);
/* volume_check, then makes the path belong to whom REQUEST says: all that is wrong and nothing else,
 * PATH itself last, so that its own owner tells whether the work was finished. Entries that
 * cannot or must not be changed are counted, and are no error; out of memory is one. Root only. */
bool volume_apply(const struct declared_path *volume, const struct ownership_request *request,
                  struct ownership_report *ret_report, struct error *error);

#endif
