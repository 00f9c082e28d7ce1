#ifndef STEPDOWN_OWN_H
#define STEPDOWN_OWN_H

#include "links.h"
#include "pin.h"
#include "tree.h"
#include "volume.h"

/* One request being carried out: how a single inode is judged, changed and counted. Where a
 * function returns bool, false is out of memory. Entries are named relative to the tree's current
 * directory; NULL is that directory itself. */
struct own {
	struct volume_request request;
	struct volume_report report;
	struct fence fence;
	struct links links;
	struct tree tree;
	/* The second time round: only files with several links that were all met the first time
	 * are changed, nothing is counted again (see walk.c). */
	bool again;
};

/* The entry NAME of the current directory. A directory is left alone and told. */
bool own_entry(struct own *own, const char *name, bool *ret_is_directory);
/* The non-directory that FD pins, STATUS being fresh. */
bool own_pinned(struct own *own, int fd, const struct stat *status, const char *name);
/* The directory FD, when it is wrong: to be called after all that is below it. */
void own_directory(struct own *own, int fd);
bool own_is_right(const struct own *own, const struct stat *status);

void own_count_looked(struct own *own);
void own_count_mount(struct own *own);
void own_count_failed(struct own *own, const char *name, int errnum);
/* The current directory was moved while what is below it was walked. */
void own_count_moved(struct own *own);
/* Once everything was met: what is left because of its links, and the dry run's first path. */
void own_finish(struct own *own);

#endif
