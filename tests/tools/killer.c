/*
 * killer: ends a program at a chosen moment of its run, that is at a system call, not at a time.
 *
 *   killer N ROOT COMMAND [ARG]...
 *
 * Runs COMMAND (an absolute path) in ROOT and counts the system calls of all its threads, from its first instruction until it
 * becomes another program. When the Nth begins, all of it is killed (SIGKILL) before the call does anything; with N = 0 never.
 * Says what became of it:
 *   killed CALLS
 *   ended CALLS STATUS
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_GET_SYSCALL_INFO
#define PTRACE_GET_SYSCALL_INFO 0x420e
#endif
#define SYSCALL_INFO_ENTRY 1 /* in its first byte */

struct run {
	pid_t pid;
	long wanted;
	long calls;
	int programs; /* how often it became another */
};

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static bool counts(const struct run *run)
{
	return run->programs == 1;
}

static bool begins_call(pid_t thread)
{
	unsigned char info[128] = {0};

	return ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), info) > 0 &&
	       info[0] == SYSCALL_INFO_ENTRY;
}

/* The signal that THREAD is to get when it goes on. */
static int look(struct run *run, pid_t thread, int status)
{
	int event = status >> 16;
	int number = WSTOPSIG(status);

	if (number == (SIGTRAP | 0x80)) {
		if (counts(run) && begins_call(thread) && ++run->calls == run->wanted)
			kill(run->pid, SIGKILL);
		return 0;
	}
	if (event == PTRACE_EVENT_EXEC)
		run->programs++;
	/* A new thread begins with a stop of ptrace's own. */
	return event != 0 || number == SIGSTOP || number == SIGTRAP ? 0 : number;
}

static int trace(struct run *run)
{
	int status;
	pid_t thread;

	for (;;) {
		thread = waitpid(-1, &status, __WALL);
		if (thread < 0)
			fail("waitpid");
		if (!WIFSTOPPED(status)) {
			if (thread == run->pid)
				return status;
			continue;
		}
		/* ESRCH: it was killed meanwhile, and waitpid will say so. */
		if (ptrace(run->programs > 1 ? PTRACE_CONT : PTRACE_SYSCALL, thread, NULL,
		           (long)look(run, thread, status)) != 0 &&
		    errno != ESRCH)
			fail("ptrace");
	}
}

static void become(char **argv)
{
	if (chroot(argv[2]) != 0 || chdir("/") != 0)
		fail(argv[2]);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		fail("PTRACE_TRACEME");
	raise(SIGSTOP);
	execv(argv[3], argv + 3);
	fail(argv[3]);
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	                     PTRACE_O_TRACEFORK | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEVFORK;
	struct run run = {0};
	int status;

	if (argc < 4) {
		fputs("usage: killer N ROOT COMMAND [ARG]...\n", stderr);
		return 2;
	}
	run.wanted = strtol(argv[1], NULL, 10);
	run.pid = fork();
	if (run.pid < 0)
		fail("fork");
	if (run.pid == 0)
		become(argv);
	if (waitpid(run.pid, &status, 0) != run.pid || !WIFSTOPPED(status))
		fail("the program did not begin");
	if (ptrace(PTRACE_SETOPTIONS, run.pid, NULL, options) != 0 ||
	    ptrace(PTRACE_SYSCALL, run.pid, NULL, NULL) != 0)
		fail("ptrace");
	status = trace(&run);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		printf("killed %ld\n", run.calls);
	else
		printf("ended %ld %d\n", run.calls,
		       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
