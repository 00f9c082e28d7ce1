#ifndef STEPDOWN_CREDS_DROP_H
#define STEPDOWN_CREDS_DROP_H

#include "base/arena.h"
#include "base/error.h"
#include "core/facts.h"

/* False where creds_step_down() would fail because an id is not mapped in this user namespace, or
 * setgroups(2) is denied there. Asks the kernel, by the saved ids, which are as before afterwards. */
bool creds_check(const struct creds_state *before, const struct creds_target *target,
                 struct error *error);

struct creds_outcome {
	/* Asked for, and not there, because setgroups(2) was denied; the gid is not counted. */
	const gid_t *groups;
	size_t group_count;
	bool groups_left; /* setgroups(2) was denied, but there were none beyond the wished ones */
	bool bounding_left; /* no CAP_SETPCAP; no_new_privs makes it harmless */
	bool keyring_left;  /* a filter refuses keyctl(2), to the command as well */
};

/* Makes TARGET come true for good and proves it: the whole state is read back, and root tried for.
 * BEFORE is what creds_read() said last. The process must have one thread. On failure the credentials
 * may be anything between the two, and the caller must end; *ret_outcome is untouched. */
bool creds_step_down(const struct creds_state *before, const struct creds_target *target,
                     struct arena *arena, struct creds_outcome *ret_outcome, struct error *error);

#endif
