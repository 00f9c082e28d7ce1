#ifndef STEPDOWN_CREDS_READ_H
#define STEPDOWN_CREDS_READ_H

#include "base/arena.h"
#include "base/error.h"
#include "core/facts.h"

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

#endif
