#include "tracer.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "tools.h"

#ifndef __x86_64__
#error "registers are the processor's; write it for this one"
#endif

#define PATIENCE 30 /* seconds; the longest wait of the program's own takes 15 */
#define THREADS 64

/* What is to be done when the call of a thread ends. */
struct thread {
	pid_t id;
	bool answered;
	bool dies;
	long answer;
};

struct tracer {
	pid_t pid;
	int programs; /* how often it became another */
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

/* --- the child's part: a filter that lets the tracer see the calls of the kind, and no others ------- */

struct filter {
	struct sock_filter steps[64];
	unsigned short length;
};

static void add(struct filter *filter, struct sock_filter step)
{
	filter->steps[filter->length++] = step;
}

static void load(struct filter *filter, size_t offset)
{
	add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void give_when(struct filter *filter, long value, unsigned result)
{
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)value, 0, 1));
	add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, result));
}

void tracer_stop_here(const struct fault *fault, const long *absent)
{
	struct filter filter = {.length = 0};
	struct sock_fprog program = {.filter = filter.steps};

	if (fault != NULL && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		die("PTRACE_TRACEME");
	if (fault != NULL)
		raise(SIGSTOP);
	load(&filter, offsetof(struct seccomp_data, nr));
	for (; absent != NULL && *absent >= 0; absent++)
		give_when(&filter, *absent, SECCOMP_RET_ERRNO | ENOSYS);
	/* Else a lock that is never free would be tried for 15 seconds. */
	if (fault != NULL && fault->always)
		give_when(&filter, SYS_nanosleep, SECCOMP_RET_ERRNO);
	if (fault != NULL && fault->kind.number == SYS_prctl) {
		add(&filter,
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 1, 0));
		add(&filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
		load(&filter, offsetof(struct seccomp_data, args));
		give_when(&filter, (long)fault->kind.option, SECCOMP_RET_TRACE);
	} else if (fault != NULL && fault->kind.number >= 0) {
		give_when(&filter, fault->kind.number, SECCOMP_RET_TRACE);
	}
	add(&filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	program.len = filter.length;
	if (filter.length > 2 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		die("a filter");
}

/* --- the tracer's part ------------------------------------------------------------------------------- */

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

/* Sets the answer of a call; SKIPS: and the call is not made. Errors of ptrace(2) here mean that it was killed meanwhile,
 * and waitpid(2) will say so. */
static void set_answer(pid_t id, long answer, bool skips)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, id, NULL, &registers) != 0)
		return;
	if (skips)
		registers.orig_rax = (unsigned long long)-1;
	registers.rax = (unsigned long long)answer;
	ptrace(PTRACE_SETREGS, id, NULL, &registers);
}

/* It is made with less to do: without its last piece, or with one byte. */
static void shorten_call(pid_t id, const struct call *call)
{
	struct user_regs_struct registers;

	if (call->arguments[2] < 2 || ptrace(PTRACE_GETREGS, id, NULL, &registers) != 0)
		return;
	registers.rdx = call->number == SYS_writev ? registers.rdx - 1 : 1;
	ptrace(PTRACE_SETREGS, id, NULL, &registers);
}

static void read_path(pid_t id, const struct call *call, char path[static 64])
{
	struct iovec to = {path, 63};
	struct iovec from = {(void *)(uintptr_t)call->arguments[1], 63};

	memset(path, 0, 64);
	/* As far as the page goes; what is no path gives nothing or anything. */
	while (from.iov_len > 0 && process_vm_readv(id, &to, 1, &from, 1, 0) <= 0)
		to.iov_len = from.iov_len /= 2;
}

/* True when its end has to be seen, too. */
static bool go_wrong(struct tracer *tracer, pid_t id, const struct call *call)
{
	struct fault *fault = tracer->fault;
	struct thread *thread = thread_of(tracer, id);

	if (fault->chosen && !calls_choose(call, fault->choice, &fault->deed, &fault->errnum))
		return false;
	fault->happened = true;
	fault->call = *call;
	read_path(id, call, fault->path);
	thread->answered = fault->deed == DEED_LATE;
	thread->answer = -fault->errnum;
	thread->dies = fault->deed == DEED_KILL_AFTER;
	if (fault->deed == DEED_FAIL || fault->deed == DEED_LIE)
		set_answer(id, fault->deed == DEED_FAIL ? -fault->errnum : 0, true);
	else if (fault->deed == DEED_SHORT)
		shorten_call(id, call);
	else if (fault->deed == DEED_KILL_BEFORE)
		kill(tracer->pid, SIGKILL);
	else if (fault->deed == DEED_EVENT)
		fault->event(fault->context);
	return thread->answered || thread->dies;
}

static bool call_begins(struct tracer *tracer, pid_t id, const struct call *call)
{
	struct outcome *outcome = tracer->outcome;
	const struct fault *fault = tracer->fault;

	if (outcome->call_count < sizeof(outcome->calls) / sizeof(outcome->calls[0]))
		outcome->calls[outcome->call_count] = *call;
	outcome->call_count++;
	tracer->met++;
	if (fault->index > 0 &&
	    (tracer->met == fault->index || (fault->always && tracer->met > fault->index)))
		return go_wrong(tracer, id, call);
	return false;
}

static void call_ends(struct tracer *tracer, pid_t id)
{
	struct thread *thread = thread_of(tracer, id);

	if (thread->dies)
		kill(tracer->pid, SIGKILL);
	if (thread->answered)
		set_answer(id, thread->answer, false);
	thread->answered = thread->dies = false;
}

static bool look_at_call(struct tracer *tracer, pid_t id)
{
	struct __ptrace_syscall_info info = {0};
	const __uint64_t *arguments = info.entry.args;
	struct call call;

	if (tracer->programs != 1 ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, id, (void *)sizeof(info), &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		call_ends(tracer, id);
		return false;
	}
	call.number = (long)info.entry.nr;
	if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		call.number = (long)info.seccomp.nr;
		arguments = info.seccomp.args;
	}
	for (size_t i = 0; i < 6; i++)
		call.arguments[i] = arguments[i];
	return call_begins(tracer, id, &call);
}

/* Looks, and lets thread ID go on. */
static void look(struct tracer *tracer, pid_t id, int status)
{
	bool every = tracer->fault->kind.number < 0;
	bool follows = false;
	int event = status >> 16;
	long signal = WSTOPSIG(status);

	if (signal == (SIGTRAP | 0x80) || event == PTRACE_EVENT_SECCOMP) {
		follows = look_at_call(tracer, id);
		signal = 0;
	} else if (event == PTRACE_EVENT_EXEC) {
		tracer->outcome->executed = ++tracer->programs == 2;
	}
	/* A new thread begins with a stop of ptrace's own. */
	if (event != 0 || signal == SIGSTOP || signal == SIGTRAP)
		signal = 0;
	if (every)
		follows = tracer->programs == 1 &&
		          (tracer->fault->index == 0 || !tracer->fault->happened || follows);
	/* Until it is there, nothing else is of interest. */
	if (every && tracer->programs == 0)
		follows = false;
	if (ptrace(follows ? PTRACE_SYSCALL : PTRACE_CONT, id, NULL, signal) != 0 && errno != ESRCH)
		die("ptrace");
}

static bool wait_for(pid_t which, pid_t *ret_id, int *ret_status, struct tracer *tracer)
{
	for (;;) {
		*ret_id = waitpid(which, ret_status, __WALL);
		if (*ret_id > 0)
			return true;
		if (errno != EINTR)
			return false;
		if (alarmed) {
			tracer->outcome->hung = true;
			kill(tracer->pid, SIGKILL);
		}
	}
}

static void follow(struct tracer *tracer)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	                     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP;
	int status;
	pid_t id;

	if (!wait_for(tracer->pid, &id, &status, tracer) || !WIFSTOPPED(status))
		die("the program did not begin");
	if (ptrace(PTRACE_SETOPTIONS, id, NULL, options) != 0 ||
	    ptrace(PTRACE_CONT, id, NULL, NULL) != 0)
		die("ptrace");
	while (wait_for(-1, &id, &status, tracer)) {
		if (WIFSTOPPED(status)) {
			look(tracer, id, status);
		} else if (id == tracer->pid) {
			tracer->outcome->status = status;
			return;
		}
	}
}

void tracer_run(void (*begin)(void *context), void *context, struct fault *fault,
                struct outcome *ret_outcome)
{
	struct tracer tracer = {.fault = fault, .outcome = ret_outcome};
	const struct sigaction action = {.sa_handler = note_alarm};
	pid_t id;

	if (fault != NULL)
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
	alarm(PATIENCE);
	if (fault != NULL)
		follow(&tracer);
	else if (!wait_for(tracer.pid, &id, &ret_outcome->status, &tracer))
		die("waitpid");
	alarm(0);
}
