#ifndef STEPDOWN_FAIL_CALLS_H
#define STEPDOWN_FAIL_CALLS_H

#include <stdbool.h>

/* Calls of the C library that can be made to fail, one at a time: fail_calls.c stands in their place. */
enum call {
	CALL_FCHMOD,
	CALL_FCHOWN,
	CALL_FCHOWNAT,
	CALL_FCNTL,
	CALL_FGETXATTR,
	CALL_FLISTXATTR,
	CALL_FLOCK,
	CALL_FREMOVEXATTR,
	CALL_FSETXATTR,
	CALL_FSTAT,
	CALL_FSYNC,
	CALL_FTRUNCATE,
	CALL_GETRLIMIT,
	CALL_MMAP,
	CALL_OPENAT,
	CALL_PREAD,
	CALL_RENAMEAT,
	CALL_SYSCALL,
	CALL_UNLINKAT,
	CALL_WRITEV,
	CALLS,
};

/* From now on the AT-th (from 1) of these calls fails with ERRNUM, and AGAIN as many behind it. With
 * ERRNUM 0 it does a part of its work and says so, where there is such a thing. */
void fail_call(enum call call, unsigned at, unsigned again, int errnum);

/* Beside that, this call fails each time it is made. */
void fail_always(enum call call, int errnum);

/* Beside that, each system call about NAME fails (openat, openat2, statx, mkdirat). */
void fail_name(const char *name, int errnum);

/* From now on WATCHER is called ahead of each of these calls. WORD is the flags of fchownat, the descriptor of
 * fsync and renameat, the number of a system call; NAME is what that call is about, or NULL. What WATCHER
 * calls itself is not watched, and does not fail. NULL: nobody watches. */
void watch_calls(void (*watcher)(enum call call, long word, const char *name));

/* From now on statx(2) tells no mount, as on Linux 4.11 to 5.7. */
void hide_mount_ids(void);

/* No call fails any more. Returns whether one that fail_call() named has. */
bool fail_no_call(void);

/* From now on nanosleep returns at once: the wait for a lock that nobody gives back is long. */
void pass_over_pauses(void);

/* From now on the clock that inodes are stamped with stands still, for those who read it; or runs again. */
void stop_clock(bool stops);

const char *name_of_call(enum call call);

#endif
