/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CREDS_READ_H
#define STEPDOWN_CREDS_READ_H

#include "base/arena.h"
#include "base/error.h"
#include "core/facts.h"

/* The source of the bounding set. Reading the set takes one system call for each capability. */
enum creds_bounding {
	BOUNDING_READ,
	BOUNDING_UNREAD, /* taken as empty, because SEMANTICS_GOSU keeps the set */
	/* Taken from the permitted set. If the uid is 0, execve(2) makes the permitted set of the
	 * inheritable and the bounding one (capabilities(7)). So only capabilities of the permitted
	 * set have to be dropped.
	 *
	 * Securebits and no_new_privs change that rule, so the set is read if they are set. A
	 * tracer changes the rule too, and so does a file system context that another process
	 * shares (CLONE_FS). A process cannot see these two, and creds_step_down() then fails. */
	BOUNDING_AS_EXECUTED,
};

/* Reads the credentials of this process. Asks the kernel by system calls, because /proc may be
 * missing or belong to another PID namespace (S34). The groups are sorted and lie in ARENA. The
 * ambient set is empty if the kernel has none. Returns false and sets *error on failure; *ret_state
 * is then untouched. */
bool creds_read(enum creds_bounding bounding, struct arena *arena, struct creds_state *ret_state,
                struct error *error);

#endif
