#ifndef STEPDOWN_CORE_REFUSED_PATHS_H
#define STEPDOWN_CORE_REFUSED_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

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

/* True for a directory of the system (S20): "/", the programs, libraries and configuration as a whole, what
 * root executes or trusts among them, /root, /var, and everything in /proc, /sys and /dev but /dev/shm.
 * RESOLVED is absolute, without links, "." and "..", doubled or trailing slashes. */
bool path_is_refused(struct slice resolved);

/* The refused path number INDEX, or NULL behind the last one: a directory is of the system by whatever
 * path it is reached, so its inode has to be compared too. */
const char *refused_path(size_t index);

#endif
