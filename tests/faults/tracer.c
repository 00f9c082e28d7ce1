#include "tracer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "tools.h"

#ifndef __x86_64__
#error "the names of the registers are those of x86-64"
#endif

#define PATIENCE_S 30 /* the longest wait of the program takes 15 seconds */
#define THREADS 64
#define REGISTER(name) offsetof(struct user, regs.name)

/* The tracer does this when the present call of a thread ends. */
struct thread {
	pid_t id;
	bool answered;
	bool dies;
	long answer;
};

struct tracer {
	pid_t pid;
	const struct answer *answers;
	struct fault *fault;
	struct outcome *outcome;
	long met; /* calls of the kind */
	struct thread threads[THREADS];
};

static volatile sig_atomic_t alarmed;

static void note_alarm(int signal)
{
	(void)signal;
	alarmed = 1;
}

struct kind kind_of(const struct call *call)
{
	return (struct kind){call->number, call->number == SYS_prctl ? call->arguments[0] : 0};
}

bool kind_equals(struct kind a, struct kind b)
{
	return a.number == b.number && a.option == b.option;
}

void tracer_stop_here(void)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		die("PTRACE_TRACEME");
}

static struct thread *thread_of(struct tracer *tracer, pid_t id)
{
	for (size_t i = 0; i < THREADS; i++) {
		struct thread *thread = &tracer->threads[i];

		if (thread->id == 0)
			thread->id = id;
		if (thread->id == id)
			return thread;
	}
	die("too many threads");
}

/* Ignores errors: they mean that the thread was killed meanwhile, and waitpid(2) reports that. */
static void set_register(pid_t id, size_t offset, long value)
{
	(void)ptrace(PTRACE_POKEUSER, id, offset, value);
}

static void answer_call(struct thread *thread, long answer, bool is_made)
{
	thread->answered = true;
	thread->answer = answer;
	if (!is_made)
		set_register(thread->id, REGISTER(orig_rax), -1);
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

static void go_wrong(struct tracer *tracer, struct thread *thread, const struct call *call)
{
	struct fault *fault = tracer->fault;

	if (fault->chosen && !calls_choose(call, fault->choice, &fault->deed, &fault->errnum))
		return;
	fault->happened = true;
	fault->call = *call;
	read_path(thread->id, call, fault->path);
	thread->dies = fault->deed == DEED_KILL_AFTER;
	if (fault->deed == DEED_FAIL || fault->deed == DEED_LATE)
		answer_call(thread, -fault->errnum, fault->deed == DEED_LATE);
	else if (fault->deed == DEED_LIE)
		answer_call(thread, 0, false);
	else if (fault->deed == DEED_SHORT)
		shorten_call(thread->id, call);
	else if (fault->deed == DEED_KILL_BEFORE)
		kill(tracer->pid, SIGKILL);
	else if (fault->deed == DEED_EVENT)
		fault->event(fault->context);
}

static bool is_of_kind(const struct fault *fault, const struct call *call)
{
	return fault->kind.number == ANY_CALL || kind_equals(fault->kind, kind_of(call));
}

static void call_begins(struct tracer *tracer, struct thread *thread, const struct call *call)
{
	struct outcome *outcome = tracer->outcome;
	const struct fault *fault = tracer->fault;

	for (const struct answer *answer = tracer->answers; answer != NULL && answer->number != 0;
	     answer++) {
		if (answer->number == call->number) {
			answer_call(thread, answer->result, false);
			return;
		}
	}
	if (outcome->call_count < sizeof(outcome->calls) / sizeof(outcome->calls[0]))
		outcome->calls[outcome->call_count] = *call;
	outcome->call_count++;
	if (is_of_kind(fault, call)) {
		tracer->met++;
		if (fault->index > 0 &&
		    (tracer->met == fault->index || (fault->always && tracer->met > fault->index)))
			go_wrong(tracer, thread, call);
	} else if (fault->always && call->number == SYS_nanosleep) {
		/* A lock that is never free would be tried for 15 seconds. */
		answer_call(thread, 0, false);
	}
}

static void call_ends(const struct tracer *tracer, struct thread *thread)
{
	if (thread->dies)
		kill(tracer->pid, SIGKILL);
	if (thread->answered)
		set_register(thread->id, REGISTER(rax), thread->answer);
	thread->answered = thread->dies = false;
}

static void look_at_call(struct tracer *tracer, struct thread *thread)
{
	struct __ptrace_syscall_info info = {0};
	struct call call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		call_ends(tracer, thread);
		return;
	}
	call.number = (long)info.entry.nr;
	for (size_t i = 0; i < 6; i++)
		call.arguments[i] = info.entry.args[i];
	call_begins(tracer, thread, &call);
}

/* Returns whether the next call, or the end of the present one, is of interest. */
static bool is_watched(const struct tracer *tracer, const struct thread *thread)
{
	const struct fault *fault = tracer->fault;

	return !tracer->outcome->executed &&
	       (thread->answered || thread->dies || !fault->happened || fault->always ||
	        tracer->answers != NULL);
}

static void look_and_continue(struct tracer *tracer, pid_t id, int status)
{
	struct thread *thread = thread_of(tracer, id);
	int event = status >> 16;
	long signal = WSTOPSIG(status);

	if (signal == (SIGTRAP | 0x80))
		look_at_call(tracer, thread);
	else if (event == PTRACE_EVENT_EXEC)
		tracer->outcome->executed = true;
	/* A new thread begins with a SIGSTOP of ptrace's own. */
	if (event != 0 || signal == (SIGTRAP | 0x80) || signal == SIGSTOP)
		signal = 0;
	if (ptrace(is_watched(tracer, thread) ? PTRACE_SYSCALL : PTRACE_CONT, id, NULL, signal) !=
	            0 &&
	    errno != ESRCH)
		die("ptrace");
}

static pid_t wait_for(struct tracer *tracer, pid_t which, int *ret_status)
{
	pid_t id;

	while ((id = waitpid(which, ret_status, __WALL)) < 0 && errno == EINTR) {
		if (alarmed) {
			tracer->outcome->hung = true;
			kill(tracer->pid, SIGKILL);
		}
	}
	if (id < 0)
		die("waitpid");
	return id;
}

static void follow(struct tracer *tracer)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	                     PTRACE_O_TRACESYSGOOD;
	int status;
	pid_t id;

	/* Without options, an execve(2) ends with a SIGTRAP. */
	wait_for(tracer, tracer->pid, &status);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		die("the program did not begin");
	if (ptrace(PTRACE_SETOPTIONS, tracer->pid, NULL, options) != 0 ||
	    ptrace(PTRACE_SYSCALL, tracer->pid, NULL, NULL) != 0)
		die("ptrace");
	do {
		id = wait_for(tracer, -1, &status);
		if (WIFSTOPPED(status))
			look_and_continue(tracer, id, status);
	} while (id != tracer->pid || WIFSTOPPED(status));
	tracer->outcome->status = status;
}

void tracer_run(void (*begin)(void *context), void *context, const struct answer *answers,
                struct fault *fault, struct outcome *ret_outcome)
{
	struct tracer tracer = {.answers = answers, .fault = fault, .outcome = ret_outcome};
	const struct sigaction action = {.sa_handler = note_alarm};

	fault->happened = false;
	ret_outcome->executed = false;
	ret_outcome->hung = false;
	ret_outcome->call_count = 0;
	alarmed = 0;
	sigaction(SIGALRM, &action, NULL);
	tracer.pid = fork();
	if (tracer.pid < 0)
		die("fork");
	if (tracer.pid == 0) {
		begin(context);
		_exit(99);
	}
	alarm(PATIENCE_S);
	follow(&tracer);
	alarm(0);
}
