#ifndef STEPDOWN_VOLUME_RULES_H
#define STEPDOWN_VOLUME_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* What is to be owned, in the order in which it is: made before what lies in it is walked, and a path
 * by itself after what lies in it, for its owner tells the next start that all of that is done. */
enum volume_mode {
	VOLUME_MKDIR,    /* the path itself, a directory, made when it is missing */
	VOLUME_OWN,      /* the path and all below it */
	VOLUME_OWN_ONCE, /* the same, when the path itself is not right yet */
	VOLUME_OWN_TOP,  /* the path itself */
};

/* More workers than these only wait for each other. */
#define VOLUME_JOBS_MAX 256

/* True for a directory of the system: "/", the programs, libraries and configuration as a whole,
 * /var, and everything in /proc, /sys and /dev (but for /dev/shm). What lies below the others
 * (/etc/app, /usr/share/nginx/html, /var/lib) is the image author's to give away.
 * RESOLVED, of which the first LENGTH bytes are the path, is absolute, without links, "." and "..",
 * doubled or trailing slashes. */
bool volume_is_refused(const char *resolved, size_t length);
/* True when PATH is RESOLVED or lies below it. */
bool volume_holds(const char *resolved, const char *path);
/* True when what lies below RESOLVED, which is refused, is refused with it. */
bool volume_is_refused_below(const char *resolved);

#endif
