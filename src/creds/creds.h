#ifndef STEPDOWN_CREDS_CREDS_H
#define STEPDOWN_CREDS_CREDS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

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

/* How the bounding set is come by, which takes a call for each capability. */
enum creds_bounding {
	BOUNDING_READ,
	BOUNDING_UNREAD, /* empty, for SEMANTICS_GOSU, which does not touch it */
	/* For who has uid 0 execve(2) makes the permitted set of the inheritable and the bounding one
	 * (capabilities(7)). Then there is nothing to be dropped but what is in it, unless securebits or
	 * no_new_privs forbade that (and it is read), or a tracer or a file system context that is shared
	 * with another process: that cannot be seen, and creds_step_down() fails. */
	BOUNDING_AS_EXECUTED,
};

/* Asks the kernel, and not /proc, which may be missing or another PID namespace's. A kernel without
 * ambient capabilities has an empty set of them. *ret_state is untouched on failure. */
bool creds_read(enum creds_bounding bounding, struct arena *arena, struct creds_state *ret_state,
                struct error *error);

struct creds_target {
	enum semantics style;
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

/* False where creds_step_down() would fail because an id is not mapped in this user namespace, or
 * setgroups(2) is denied there. Asks the kernel, by the saved ids, which are as before afterwards. */
bool creds_check(const struct creds_state *before, const struct creds_target *target,
                 struct error *error);

struct creds_outcome {
	bool groups_left; /* setgroups(2) was denied, but there were none beyond the wished ones */
	bool bounding_left; /* no CAP_SETPCAP; no_new_privs makes it harmless */
};

/* Makes TARGET come true for good and proves it: the whole state is read back, and root tried for.
 * BEFORE is what creds_read() said last. The process must have one thread. On failure the credentials
 * may be anything between the two, and the caller must end; *ret_outcome is untouched. */
bool creds_step_down(const struct creds_state *before, const struct creds_target *target,
                     struct arena *arena, struct creds_outcome *ret_outcome, struct error *error);

#endif
