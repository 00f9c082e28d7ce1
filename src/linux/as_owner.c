#include "linux/as_owner.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BECOME_TRIES 1000

/* Asked with an id that does not exist, setfsuid(2) changes nothing and answers the present one: 0. A
 * system call filter answers -1, and gVisor has no such call (S39). */
static bool can_become(void)
{
	static atomic_int answer = -1;

	if (answer < 0)
		answer = setfsuid((uid_t)-1) == 0;
	return answer != 0;
}

/* The real, effective and saved ids stay root's, so nobody may signal or trace this process meanwhile,
 * and the way back is always open. Leaving fsuid 0 takes the file system capabilities away, returning
 * to it gives them back. The result of setfsuid does not tell whether it worked; asking with an id
 * that does not exist does. */
static bool become(uid_t uid)
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
		if (!as_owner || become(dir->owner)) {
			result = syscall(number, dir->fd, first, second, third, fourth);
			errnum = errno;
		}
		if (as_owner || result >= 0 || errnum != EACCES || dir->owner == 0 || !can_become())
			break;
	}
	if (as_owner) {
		/* It fails only for want of a few bytes. If it always fails, every change that follows is
		 * refused, because CAP_CHOWN is out of force while fsuid is not 0. */
		for (int tries = 0; tries < BECOME_TRIES && !become(0); tries++)
			sched_yield();
		/* When it is not about who looks (a security module, say), the next entry is
		 * tried as root again. */
		dir->as_owner |= result >= 0 || errnum != EACCES;
	}
	errno = errnum;
	return result;
}
