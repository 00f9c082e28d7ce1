#ifndef STEPDOWN_VOLUME_RESOLVE_PATH_H
#define STEPDOWN_VOLUME_RESOLVE_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "linux/dirfd.h"

/* How resolve() treats a path whose end does not exist. */
enum resolve_missing {
	RESOLVE_MUST_EXIST, /* as an error */
	RESOLVE_MAY_MISS,   /* the text says where the path would be */
	RESOLVE_MAKE,       /* missing directories are made, with the mode 0755 */
};

struct resolved {
	int fd; /* O_PATH; -1 if the path is missing */
	bool exists;
	struct inode inode; /* of the path, if it exists */
	bool made;          /* the last directory was made, and perhaps others */
	bool read_only;     /* the path is missing, on a read-only mount */
	/* The path, absolute, without links, ".", ".." and doubled slashes. The text is valid as long as
	 * the PATH of the call, and until the next call. */
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
