/* usage: start_cost COMMAND [ARG]...
 *
 * COMMAND becomes another program by execve(2). Prints what that costs with the capabilities that Docker gives:
 *
 *   calls N     system calls between the execve(2) of COMMAND and that of the other program
 *   faults N    minor page faults from fork(2) to the end of the other program, the least of several runs
 */

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod
 * audit_write setfcap, by their numbers in <linux/capability.h>, which musl-gcc does not find. */
#define DOCKER_CAPABILITIES UINT32_C(0xa80425fb)
#define CAPABILITY_VERSION_3 0x20080522
#define RUNS 15

static void die(const char *doing)
{
	perror(doing);
	exit(2);
}

static void keep_docker_capabilities(void)
{
	uint32_t header[2] = {CAPABILITY_VERSION_3, 0};
	uint32_t data[6] = {DOCKER_CAPABILITIES, DOCKER_CAPABILITIES, 0, 0, 0, 0};

	for (unsigned cap = 0; cap < 64; cap++) {
		if (cap < 32 && (DOCKER_CAPABILITIES >> cap & 1) != 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EINVAL)
			die("prctl");
	}
	if (syscall(SYS_capset, header, data) != 0)
		die("capset");
}

static pid_t start(char **command, int traced)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	keep_docker_capabilities();
	if (traced && (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0))
		die("ptrace");
	execv(command[0], command);
	die(command[0]);
	return -1;
}

static void check_end(int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "start_cost: the command ended with status %#x\n",
		        (unsigned)status);
		exit(2);
	}
}

static long count_faults(char **command)
{
	long least = -1;

	for (unsigned i = 0; i < RUNS; i++) {
		struct rusage usage;
		int status;
		pid_t pid = start(command, 0);

		if (wait4(pid, &status, 0, &usage) != pid)
			die("wait4");
		check_end(status);
		if (least < 0 || usage.ru_minflt < least)
			least = usage.ru_minflt;
	}
	return least;
}

/* Each system call stops the child twice, at its begin and at its end. */
static unsigned count_calls(char **command)
{
	unsigned stops = 0, executions = 0, at_last_execution = 0;
	int status;
	pid_t pid = start(command, 1);

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
	           (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) != 0)
		die("ptrace");
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid)
			die("ptrace");
		if (!WIFSTOPPED(status))
			break;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			executions++;
			if (executions == 1)
				stops = 0;
			at_last_execution = stops;
		} else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			stops++;
		}
	}
	check_end(status);
	if (executions != 2) {
		fprintf(stderr, "start_cost: %u executions\n", executions);
		exit(2);
	}
	/* The end of the first execve(2) and the begin of the second are stops, too. */
	return (at_last_execution - 2) / 2;
}

int main(int argc, char **argv)
{
	(void)argc;
	printf("calls %u\n", count_calls(argv + 1));
	printf("faults %ld\n", count_faults(argv + 1));
	return 0;
}
