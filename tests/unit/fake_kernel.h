#ifndef STEPDOWN_FAKE_KERNEL_H
#define STEPDOWN_FAKE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A kernel in a struct, as far as credentials go, and what can be wrong with its calls. How it
 * behaves stands in fake_credcalls.c. */

#define FAKE_GROUPS 8
#define FAKE_GROUPS_MAX 65536 /* that can be asked for */

struct fake_kernel {
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;
	gid_t groups[FAKE_GROUPS];
	size_t group_count;
	uint64_t effective, permitted, inheritable, bounding, ambient;
	unsigned securebits;
	bool no_new_privs;

	uint32_t mapped_ids;    /* of the user namespace; 0: all */
	bool denies_setgroups;  /* as /proc/PID/setgroups */
	bool has_no_ambient;    /* before Linux 4.3 */
	bool has_no_securebits; /* gVisor */
	bool gives_uid_0;       /* to everybody who asks */
	bool gives_gid_0;
	bool joined_session;   /* another session keyring than root's */
	bool has_full_quota;   /* of keys, for every uid but 0 */
	int keyctl_errnum;     /* of a filter that refuses it */
	bool pretends_to_drop; /* from the bounding set, where there is no CAP_SETPCAP */
};

enum fake_call {
	FAKE_GETRESUID,
	FAKE_GETRESGID,
	FAKE_GETGROUPS,
	FAKE_CAPGET,
	FAKE_READ_BOUNDING,
	FAKE_READ_AMBIENT,
	FAKE_GET_SECUREBITS,
	FAKE_GET_SESSION,
	FAKE_GET_NO_NEW_PRIVS,
	FAKE_READING_CALLS, /* the others change something */
	FAKE_SETRESUID = FAKE_READING_CALLS,
	FAKE_SETRESGID,
	FAKE_SETGROUPS,
	FAKE_JOIN_SESSION,
	FAKE_DROP_BOUNDING,
	FAKE_RAISE_AMBIENT,
	FAKE_SET_SECUREBITS,
	FAKE_SET_KEEPCAPS,
	FAKE_SET_NO_NEW_PRIVS,
	FAKE_CAPNG_CLEAR,
	FAKE_CAPNG_UPDATE,
	FAKE_CAPNG_APPLY,
	FAKE_CALL_COUNT,
};

enum fake_fault_kind {
	FAKE_NO_FAULT,
	FAKE_FAILS,       /* with errnum, and does nothing */
	FAKE_LIES,        /* returns success and does nothing */
	FAKE_DOES_HALF,   /* of what it does to sets only the capabilities 0 to 20, and success */
	FAKE_CLAIMS_TRUE, /* returns 1 and does nothing */
	FAKE_FORGETS,     /* leaves one of the ids or sets as it was, and returns success */
};

struct fake_fault {
	enum fake_fault_kind kind;
	enum fake_call call;
	unsigned first; /* the call's invocation that it begins with, from 0 */
	bool goes_on;   /* and all behind it, as a seccomp filter does; otherwise that one only */
	int errnum;
	unsigned forgotten; /* 0 to 2 real, effective, saved; or 0 to 4 effective, permitted,
	                       inheritable, ambient, bounding */
};

extern struct fake_kernel fake;

/* From now on *KERNEL is the kernel, with FAULT in it. */
void fake_begin(const struct fake_kernel *kernel, const struct fake_fault *fault);
/* How often CALL was made since. */
unsigned fake_invocations(enum fake_call call);

#endif
