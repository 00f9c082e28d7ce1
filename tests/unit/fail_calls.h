#ifndef STEPDOWN_FAIL_CALLS_H
#define STEPDOWN_FAIL_CALLS_H

#include <stdbool.h>

/* Calls of the C library that can be made to fail, one at a time: fail_calls.c stands in their place. */
enum call {
	CALL_FCHMOD,
	CALL_FCHOWN,
	CALL_FCNTL,
	CALL_FGETXATTR,
	CALL_FLISTXATTR,
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

/* No more of that. Returns whether any call has failed. */
bool fail_no_call(void);

/* From now on nanosleep returns at once: the wait for a lock that nobody gives back is long. */
void pass_over_pauses(void);

const char *name_of_call(enum call call);

#endif
