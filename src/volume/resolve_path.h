/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_RESOLVE_PATH_H
#define STEPDOWN_VOLUME_RESOLVE_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "linux/dirfd.h"

/* How resolve() treats a path whose end does not exist. */
enum resolve_missing {
	RESOLVE_MUST_EXIST, /* as an error */
	RESOLVE_MAY_MISS,   /* as a success: resolved.text says where the path would be */
};

struct resolved {
	int fd; /* O_PATH; -1 if the path is missing */
	bool exists;
	struct inode inode; /* of the path, if it exists */
	bool made;          /* the last directory was made, and perhaps others */
	bool read_only;     /* the path is missing, on a read-only mount */
	/* The path, absolute, without links, ".", ".." and doubled slashes. The text is valid as
	 * long as the PATH of the call, and until the next call. */
	const char *text;
};

/* Follows the absolute PATH, name by name if it holds symbolic links. A link is followed only if
 * all of these hold, because an attacker could have made any other link so that the walk gives its
 * target away (S15, CVE-2018-6954):
 *
 *   a. The link is root's.
 *   b. The directory of the link is root's, and nobody else may write to it.
 *   c. Nobody else may rename a directory above the link.
 *
 * Errors: a link that is not followed, more than 40 links (ELOOP), a missing path, a file on the
 * way (ENOTDIR), and each errno of the kernel. *RET_RESOLVED is untouched on failure. On success
 * the caller closes its descriptor. */
bool resolve(const char *path, enum resolve_missing missing, struct resolved *ret_resolved,
             struct error *error);

/* Does the same, and makes the directories that are missing. The last one gets MODE, and those
 * above it get the mode 0755, whatever the umask is. A directory is made as root. If root gets
 * EACCES, the owner of the directory above makes it. */
bool resolve_and_make(const char *path, mode_t mode, struct resolved *ret_resolved,
                      struct error *error);

#endif
