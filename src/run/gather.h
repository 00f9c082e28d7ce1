#ifndef STEPDOWN_RUN_GATHER_H
#define STEPDOWN_RUN_GATHER_H

#include "core/gosu_args.h"
#include "core/options.h"
#include "creds/creds.h"
#include "run/program_inodes.h"

/* What an @PATH of the options stands for. */
struct path_owner {
	struct slice path;
	uid_t uid;
	gid_t gid;
	const struct path_owner *next;
};

/* All that a plan has to know of the outside. Files that the options give no reason to read are
 * left empty: every page and call counts at a container's start. */
struct facts {
	struct creds_state creds;
	char *const *environment;
	struct slice passwd;
	struct slice group;
	int etc_errnum; /* why no account can be made: ENOENT, EROFS; 0: nothing is known against it */
	const struct path_owner *owners; /* of those paths that there are */
	struct program_inodes program;   /* found if root is to own paths */
};

/* S25: false if this program runs with more than its caller has: installed setuid, setgid or with file
 * capabilities. To be called before anything else, so that no other code runs for such a caller. Asks the
 * auxiliary vector of the kernel (getauxval(3)). */
bool gather_refuse_setuid(struct error *error);

/* Reads the kernel's view of this process, below ETC_FD (-1: there is no /etc) the account files,
 * and who owns each @PATH, as far as OPTIONS and STYLE need them. Changes nothing. */
bool gather_facts(const struct options *options, enum semantics style, int etc_fd,
                  struct arena *arena, struct facts *ret_world, struct error *error);

#endif
