/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_FACTS_H
#define STEPDOWN_CORE_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"
#include "core/ids.h"
#include "core/ownership.h"

/* Types that the planner and the executor share: the facts about the process, and the target of the
 * drop. */

/* NGROUPS_MAX since Linux 2.6.4 (setgroups(2)). */
#define GROUPS_MAX 65536U

/* The credentials of this process, as the kernel reports them. Capability sets are masks of
 * CAPABILITY_BIT. */
struct creds_state {
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;
	const gid_t *groups; /* sorted */
	size_t group_count;
	uint64_t effective, permitted, inheritable, bounding, ambient;
	unsigned securebits; /* SECBIT_*; 0 if the kernel does not support them */
	bool no_new_privs;
};

enum semantics {
	SEMANTICS_STRICT,
	/* The semantics of gosu and su-exec: set the ids unconditionally, treat every failure as
	 * fatal, keep the bounding set. The other capability sets become empty, unless uid is 0.
	 * Requires ids, an empty keep, and no_new_privs off. */
	SEMANTICS_GOSU,
};

/* The credentials after the drop. */
struct creds_target {
	enum semantics semantics;
	const struct ids *ids; /* NULL if not started as root: the ids stay as they are */
	/* The effective, permitted, inheritable and ambient set after the drop, and the bounding
	 * set unless keep_bounding is true. All of it must be permitted before the drop. */
	uint64_t keep;
	bool no_new_privs;
	/* The bounding set stays as it was, for setuid programs and file capabilities. Requires a
	 * uid that is not 0, because execve(2) gives uid 0 the whole bounding set. */
	bool keep_bounding;
};

/* The owner of an @PATH of the options. */
struct path_owner {
	struct slice path;
	uid_t uid;
	gid_t gid;
	const struct path_owner *next;
};

/* Everything outside the options that a plan depends on. A file that the options do not need stays
 * empty, because every system call delays the container's start. */
struct facts {
	struct creds_state creds;
	char *const *environment;
	struct slice passwd;
	struct slice group;
	/* creds.groups contains 65534, which may stand for a group without a mapping. False for
	 * root. */
	bool may_hide_groups;
	int etc_errnum; /* why /etc cannot be written: ENOENT, EROFS; 0: no reason is known */
	const struct path_owner *owners; /* of the @PATHs that exist */
	struct program_inodes program;   /* filled if paths are declared and euid is 0 */
};

#endif
