#ifndef STEPDOWN_CORE_FACTS_H
#define STEPDOWN_CORE_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"
#include "core/ownership.h"

/* Types that the plan and the effects share: what is known of the process, and what it is to become. */

/* What this process may do, as the kernel says it. Capability sets are masks of CAPABILITY_BIT. */
struct creds_state {
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;
	const gid_t *groups; /* sorted */
	size_t group_count;
	uint64_t effective, permitted, inheritable, bounding, ambient;
	unsigned securebits; /* SECBIT_*, 0 where the kernel has none */
	bool no_new_privs;
};

enum semantics {
	SEMANTICS_STRICT,
	/* As gosu and su-exec: the ids are set without a look at what they are, nothing is made up
	 * for a failure, the bounding set stays; the other sets are emptied unless uid is 0, for
	 * which they stay too. Goes with change_ids, and without keep and no_new_privs. */
	SEMANTICS_GOSU,
};

struct creds_target {
	enum semantics semantics;
	bool change_ids; /* false: not started as root, uid, gid and groups are not looked at */
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* sorted, unique, gid among them */
	size_t group_count;
	/* Effective, permitted, inheritable, ambient and bounding at the end; must be permitted
	 * before. */
	uint64_t keep;
	bool no_new_privs;
};

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

#endif
