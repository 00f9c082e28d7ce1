#ifndef STEPDOWN_VOLUME_H
#define STEPDOWN_VOLUME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "volume_rules.h"

/* Told while a walk goes on: entries so far, and how long it has taken. FINISHED is the last call,
 * made only after another. Returns after how many milliseconds it is to be told again. */
typedef uint32_t volume_progress(const char *path, uint64_t looked, uint64_t changed,
                                 uint32_t milliseconds, bool finished);

/* The owner that a volume is to have. */
struct volume_request {
	uid_t uid;
	gid_t gid;
	bool make;         /* a directory, where PATH is missing */
	bool dry_run;      /* nothing is changed nor made, all is counted as if it were */
	int dry_errnum;    /* in a dry run, why no owner can be changed; 0: nothing is known */
	const uid_t *from; /* only what belongs to these is changed */
	size_t from_count; /* 0: whoever it belongs to */
	size_t jobs;       /* workers at most, up to VOLUME_JOBS_MAX; 0: as many as pay off */
	volume_progress *progress; /* may be NULL; called after VOLUME_SILENT by any thread, by one
	                            * at a time */
};

#define VOLUME_SILENT 2000 /* milliseconds */

#define VOLUME_PATH 512

/* Why an entry was left where no call had failed. */
enum volume_reason {
	VOLUME_LINK = -1,   /* a file that has further links outside the tree */
	VOLUME_DEVICE = -2, /* a device node */
	VOLUME_MOVED = -3,  /* a directory was moved while it was walked */
};

/* What was found and done. Paths are the declared path and the names below it, cut to fit. */
struct volume_report {
	uint64_t looked;               /* entries, the declared path included */
	uint64_t changed;              /* or, in a dry run, wrong and changeable */
	uint64_t left;                 /* wrong, or not to be looked at, and not changed */
	int first_reason;              /* why the first of these was: an errno or a volume_reason */
	bool made;                     /* the directory was missing, and was made (or would be) */
	char first_left[VOLUME_PATH];  /* that first one, or "" */
	char first_wrong[VOLUME_PATH]; /* the first entry counted in changed, or "" */
};

/* Follows PATH, which may hold links only where root alone could have put them, and judges what it
 * leads to; changes nothing. *RET_RIGHT: that belongs to whom REQUEST says. Errors: it is missing and
 * not to be made, not absolute, a directory of the system, one that holds this program, a link that is
 * not trusted. */
bool volume_check(const char *path, const struct volume_request *request, bool *ret_right,
                  struct error *error);
/* volume_check, then makes PATH belong to whom REQUEST says: all that is wrong and nothing else,
 * PATH itself last, so that its own owner tells whether the work was finished. Entries that
 * cannot or must not be changed are counted, and are no error; out of memory is one. Root only. */
bool volume_apply(const char *path, enum volume_mode mode, const struct volume_request *request,
                  struct volume_report *ret_report, struct error *error);

#endif
