#ifndef STEPDOWN_WORLD_H
#define STEPDOWN_WORLD_H

#include "compat.h"
#include "creds.h"
#include "options.h"

/* What an @PATH of the options stands for. */
struct path_owner {
	struct slice path;
	uid_t uid;
	gid_t gid;
	const struct path_owner *next;
};

/* All that a plan has to know of the outside. Files that the options give no reason to read are
 * left empty: every page and call counts at a container's start. */
struct world {
	struct creds_state creds;
	char *const *environment;
	struct slice passwd;
	struct slice group;
	int etc_errnum; /* why no account can be made: ENOENT, EROFS; 0: nothing is known against it */
	const struct path_owner *owners; /* of those paths that there are */
};

/* Reads the kernel's view of this process, below ETC_FD (-1: there is no /etc) the account files,
 * and who owns each @PATH, as far as OPTIONS and STYLE need them. Refuses a setuid or setgid
 * installation, and whatever else runs with more than its caller has. Changes nothing. */
bool world_read(const struct options *options, enum creds_style style, int etc_fd,
                struct arena *arena, struct world *ret_world, struct error *error);

#endif
