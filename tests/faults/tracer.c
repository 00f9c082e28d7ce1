#include <err.h>
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

#ifndef __x86_64__
#error "the names of the registers are those of x86-64"
#endif

#define REGISTER(name) offsetof(struct user, regs.name)

#define CTIME_PAUSES 20 /* the most that hardlink_check.c makes for a file */

struct tracer {
	struct world *world;
	long met; /* calls of the kind */
	long pauses;
	bool happened;
	pid_t late; /* the thread whose present call is made, and returns an errno all the same; 0: none */
};

size_t tracer_hits;

long kind_of(const struct call *call)
{
	uint64_t option = 0;

	if (call->number == SYS_prctl)
		option = call->arguments[0];
	else if (call->number == SYS_futex)
		option = call->arguments[1] & FUTEX_CMD_MASK;
	return KIND(call->number, option);
}

/* Ignores errors: they mean that the thread was killed meanwhile, and waitpid(2) reports that. */
static void set_register(pid_t id, size_t offset, long value)
{
	(void)ptrace(PTRACE_POKEUSER, id, offset, value);
}

/* The call that begins is not made. */
static void answer_call(pid_t id, long answer)
{
	set_register(id, REGISTER(orig_rax), -1);
	set_register(id, REGISTER(rax), answer);
}

/* Leaves out the last piece of writev(2), or all but one byte. */
static void shorten_call(pid_t id, const struct call *call)
{
	long count = (long)call->arguments[2];

	if (count >= 2)
		set_register(id, REGISTER(rdx), call->number == SYS_writev ? count - 1 : 1);
}

/* Reads what PATH has room for, or less if the page ends before. A second argument that is no path gives
 * anything. */
static void read_path(pid_t id, const struct call *call, char path[static 64])
{
	struct iovec to = {path, 63};
	struct iovec from = {(void *)(uintptr_t)call->arguments[1], 63};

	memset(path, 0, 64);
	while (from.iov_len > 0 && process_vm_readv(id, &to, 1, &from, 1, 0) <= 0)
		to.iov_len = from.iov_len /= 2;
}

static void go_wrong(struct tracer *tracer, pid_t id, const struct call *call)
{
	struct fault *fault = &tracer->world->fault;

	tracer->happened = true;
	fault->call = *call;
	read_path(id, call, fault->path);
	if (fault->deed == DEED_FAIL)
		answer_call(id, -fault->errnum);
	else if (fault->deed == DEED_LIE)
		answer_call(id, 0);
	else if (fault->deed == DEED_LATE)
		tracer->late = id;
	else if (fault->deed == DEED_SHORT)
		shorten_call(id, call);
	else if (fault->deed == DEED_KILL)
		kill(tracer->world->pid, SIGKILL);
	else if (fault->deed == DEED_EVENT)
		fault->event(tracer->world);
}

static void call_begins(struct tracer *tracer, pid_t id, const struct call *call)
{
	struct outcome *outcome = &tracer->world->outcome;
	const struct fault *fault = &tracer->world->fault;

	for (const struct answer *answer = tracer->world->scenario->answers;
	     answer != NULL && answer->number != 0; answer++) {
		if (answer->number == call->number) {
			answer_call(id, answer->result);
			return;
		}
	}
	if (outcome->call_count < COUNT(outcome->calls))
		outcome->calls[outcome->call_count++] = *call;
	if (fault->kind == ANY_KIND || fault->kind == kind_of(call)) {
		tracer->met++;
		if (fault->index > 0 &&
		    (tracer->met == fault->index || (fault->always && tracer->met > fault->index)))
			go_wrong(tracer, id, call);
	} else if (fault->always && call->number == SYS_nanosleep &&
	           ++tracer->pauses > CTIME_PAUSES) {
		/* A lock that is never free would be tried for 15 seconds. */
		answer_call(id, 0);
	}
}

static void look_at_call(struct tracer *tracer, pid_t id)
{
	struct __ptrace_syscall_info info = {0};
	struct call call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (tracer->late == id) {
			set_register(id, REGISTER(rax), -tracer->world->fault.errnum);
			tracer->late = 0;
		}
		return;
	}
	call.number = (long)info.entry.nr;
	memcpy(call.arguments, info.entry.args, sizeof(call.arguments));
	call_begins(tracer, id, &call);
}

/* Returns whether the next call, or the end of the present one, is of interest. */
static bool is_watched(const struct tracer *tracer)
{
	const struct world *world = tracer->world;

	return !world->outcome.executed &&
	       (tracer->late != 0 || !tracer->happened || world->fault.always ||
	        world->scenario->answers != NULL);
}

static void look_and_continue(struct tracer *tracer, pid_t id, int status)
{
	int event = status >> 16;
	long signal = WSTOPSIG(status);

	if (signal == (SIGTRAP | 0x80))
		look_at_call(tracer, id);
	else if (event == PTRACE_EVENT_EXEC)
		tracer->world->outcome.executed = true;
	/* A new thread begins with a SIGSTOP of ptrace's own. */
	if (event != 0 || signal == (SIGTRAP | 0x80) || signal == SIGSTOP)
		signal = 0;
	if (ptrace(is_watched(tracer) ? PTRACE_SYSCALL : PTRACE_CONT, id, NULL, signal) != 0 &&
	    errno != ESRCH)
		err(BROKEN, "ptrace");
}

static pid_t wait_for(pid_t which, int *ret_status)
{
	pid_t id = waitpid(which, ret_status, __WALL);

	if (id < 0)
		err(BROKEN, "waitpid");
	return id;
}

void tracer_follow(struct world *world)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	                     PTRACE_O_TRACESYSGOOD;
	struct tracer tracer = {.world = world};
	int status;
	pid_t id;

	world->outcome.executed = false;
	world->outcome.call_count = 0;
	/* Without options, an execve(2) ends with a SIGTRAP. */
	wait_for(world->pid, &status);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		errx(BROKEN, "the program did not begin");
	if (ptrace(PTRACE_SETOPTIONS, world->pid, NULL, options) != 0 ||
	    ptrace(PTRACE_SYSCALL, world->pid, NULL, NULL) != 0)
		err(BROKEN, "ptrace");
	do {
		id = wait_for(-1, &status);
		if (WIFSTOPPED(status))
			look_and_continue(&tracer, id, status);
	} while (id != world->pid || WIFSTOPPED(status));
	world->outcome.status = status;
	tracer_hits += tracer.happened;
	if (!tracer.happened)
		world->fault.deed = DEED_NONE;
}
