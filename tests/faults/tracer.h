#ifndef FAULTS_TRACER_H
#define FAULTS_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Runs a program under ptrace(2) from its first instruction until it executes another program or ends,
 * and lets one of its system calls, or all calls of a kind, go wrong. Threads are followed. */

struct call {
	long number;
	uint64_t arguments[6];
};

enum deed {
	DEED_NONE,
	DEED_FAIL,        /* the call is not made, and returns an errno */
	DEED_LIE,         /* the call is not made, and returns 0 */
	DEED_LATE,        /* the call is made, and returns an errno */
	DEED_SHORT,       /* the call reads or writes less than it was asked for */
	DEED_KILL_BEFORE, /* SIGKILL when the call begins: it does nothing */
	DEED_KILL_AFTER,  /* SIGKILL when the call has ended */
	DEED_EVENT,       /* something happens outside while the program stands before the call */
};

/* Calls of one number. prctl(2) has a kind for each first argument. */
struct kind {
	long number; /* ANY_CALL: every call */
	uint64_t option;
};

#define ANY_CALL (-1)

struct kind kind_of(const struct call *call);
bool kind_equals(struct kind a, struct kind b);

/* The fault of a run. CHOICE is a number among the ways in which the present call can fail (calls.h), so
 * it also fits if threads make their calls in another order than last time. */
struct fault {
	enum deed deed;
	struct kind kind;
	long index;  /* of the call among those of the kind, from 1; 0: no call goes wrong */
	bool chosen; /* CHOICE decides, and deed and errnum are filled in */
	bool always; /* each further call of the kind goes wrong, too */
	size_t choice;
	int errnum;
	void (*event)(void *context);
	void *context;
	/* Filled in: the call that went wrong, and its path. */
	bool happened;
	struct call call;
	char path[64];
};

/* The kernel answers this to all calls of a number, without making them. */
struct answer {
	long number;
	long result; /* a negative errno is an error */
};

struct outcome {
	bool executed; /* the program executed another one */
	bool hung;     /* the program had to be killed */
	int status;    /* as of waitpid(2) */
	size_t call_count;
	struct call calls[8192]; /* the first of them; those with a fixed answer are left out */
};

/* Runs what BEGIN(CONTEXT) executes in a child. BEGIN calls tracer_stop_here() directly before its
 * execve(2). ANSWERS end with a result of 0 and the number 0; they may be NULL. */
void tracer_run(void (*begin)(void *context), void *context, const struct answer *answers,
                struct fault *fault, struct outcome *ret_outcome);
void tracer_stop_here(void);

#endif
