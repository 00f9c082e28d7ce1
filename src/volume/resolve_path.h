#ifndef STEPDOWN_VOLUME_RESOLVE_PATH_H
#define STEPDOWN_VOLUME_RESOLVE_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "linux/dirfd.h"

/* What becomes of a path of which the end is missing. */
enum resolve_missing {
	RESOLVE_MUST_EXIST, /* an error */
	RESOLVE_MAY_MISS,   /* the text tells where it would be */
	RESOLVE_MAKE,       /* directories, 0755, made on the way */
};

struct resolved {
	int fd; /* O_PATH; -1 when it is missing */
	bool exists;
	struct inode inode; /* what it is, if it exists */
	bool made;          /* at least the last directory */
	bool read_only;     /* it is missing, and nothing can be made there */
	/* Absolute, without links, "." and ".." and doubled slashes; good as long as the path and
	 * until the next call. */
	const char *text;
};

/* Follows the absolute PATH, step by step where there are links in it. A symbolic link counts only
 * if it is root's, if its directory is root's and nobody else may write there, and if nobody else
 * may rename a directory above it: any other could be a trap (CVE-2018-6954), and what it leads to
 * would be given away. Errors: too many links, a link that is not trusted, missing, not a directory
 * on the way, and what the kernel says. The descriptor is the caller's. A directory is made as
 * root's, or where root may not write, as the owner's of the one above. */
bool resolve(const char *path, enum resolve_missing missing, struct resolved *ret_resolved,
             struct error *error);

#endif
