/* SPDX-License-Identifier: MIT */
#include "linux/as_owner.h"

#include <errno.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SET_FSUID_TRIES 1000

/* Returns whether setfsuid(2) works. With the id -1 the call changes nothing and returns the
 * present id, which is 0 here. A system call filter returns -1, and gVisor has no such call
 * (S39). */
static bool can_set_fsuid(void)
{
	return setfsuid((uid_t)-1) == 0;
}

/* Sets the file system UID of this thread and returns whether that worked. The real, effective and
 * saved UIDs stay 0, so no user may signal or trace this process, and the return to 0 is allowed.
 * The kernel clears the file system capabilities when fsuid leaves 0, and restores them when fsuid
 * returns to 0 (capabilities(7)). The result of setfsuid(2) is the id before, so a second call with
 * the id -1 reads the present one. */
static bool set_fsuid(uid_t uid)
{
	setfsuid(uid);
	return (uid_t)setfsuid((uid_t)-1) == uid;
}

long as_owner_call(struct dir *dir, long number, long first, long second, long third, long fourth)
{
	bool as_owner = dir->as_owner;
	long result = -1;
	int errnum = EACCES;

	for (;; as_owner = true) {
		if (!as_owner || set_fsuid(dir->owner)) {
			result = syscall(number, dir->fd, first, second, third, fourth);
			errnum = errno;
		}
		if (as_owner || result >= 0 || errnum != EACCES || dir->owner == 0 ||
		    !can_set_fsuid())
			break;
	}
	if (as_owner) {
		/* setfsuid(0) fails only with ENOMEM inside the kernel, so try again. If all tries
		 * fail, the kernel refuses every later chown, because CAP_CHOWN has no effect while
		 * fsuid is not 0. */
		for (int tries = 0; tries < SET_FSUID_TRIES && !set_fsuid(0); tries++)
			sched_yield();
		/* EACCES as the owner too: a security module denies the call, for example. The next
		 * entry is tried as root again. */
		dir->as_owner |= result >= 0 || errnum != EACCES;
	}
	errno = errnum;
	return result;
}
