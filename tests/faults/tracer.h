#ifndef FAULTS_TRACER_H
#define FAULTS_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Runs a program under ptrace(2) from its first instruction until it becomes another or ends, and lets
 * one of its system calls (or all of a kind) go wrong. Threads are followed. */

struct call {
	long number;
	uint64_t arguments[6];
};

enum deed {
	DEED_NONE,
	DEED_FAIL,        /* the call is not made, and an errno is its answer */
	DEED_LIE,         /* the call is not made, and its answer is 0 */
	DEED_LATE,        /* the call is made, and an errno is its answer all the same */
	DEED_SHORT,       /* less is read or written than was asked for */
	DEED_KILL_BEFORE, /* SIGKILL when it begins: it does nothing */
	DEED_KILL_AFTER,  /* SIGKILL when it is done */
	DEED_EVENT,       /* something happens outside while the program stands before the call */
};

/* Calls of one kind: of one number, and of one first argument where there are many under one number. */
struct kind {
	long number; /* -1: every call */
	uint64_t option;
};

struct kind kind_of(const struct call *call);
bool kind_equals(struct kind a, struct kind b);

/* What is to go wrong. Which errno is CHOICE of those that the call at hand can have (calls.h), so that
 * it fits also where threads make their calls in another order than last time. */
struct fault {
	enum deed deed;
	struct kind kind;
	long index;  /* of the call among those of the kind, from 1 */
	bool chosen; /* deed and errno by CHOICE; they are filled in */
	bool always; /* each further call of the kind, too */
	size_t choice;
	int errnum;
	void (*event)(void *context);
	void *context;
	/* Filled in: what it came to, and with which path. */
	bool happened;
	struct call call;
	char path[64];
};

/* What became of a run. */
struct outcome {
	bool executed; /* it became another program */
	bool hung;     /* it had to be ended */
	int status;    /* as of waitpid(2) */
	size_t call_count;
	struct call calls[8192]; /* recorded ones: at most so many */
};

/* Starts what BEGIN(CONTEXT) executes, in a child. FAULT may be without any deed; with a NULL the program
 * simply runs, and nothing is known of its calls. */
void tracer_run(void (*begin)(void *context), void *context, struct fault *fault,
                struct outcome *ret_outcome);

/* The child's part, to be called by BEGIN while it may do everything still. ABSENT is a list of calls,
 * ended by -1, that this kernel does not have (ENOSYS); it may be NULL. */
void tracer_stop_here(const struct fault *fault, const long *absent);

#endif
