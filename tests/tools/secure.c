/*
 * secure: runs a program as a host does whose policy asks for a secure start: AT_SECURE is 1 in its auxiliary vector.
 *
 *   secure PROGRAM [ARG]...
 *
 * The status is the program's. It is stopped at its first instruction, changed and then let go, so no tracer hinders it later.
 */
#include <elf.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	_exit(99);
}

/* The 28th word of proc_pid_stat(5): there the stack of the program begins, with argc. No name with a blank is run. */
static long *find_stack(pid_t pid)
{
	unsigned long start = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		fail(path);
	for (int i = 1; i < 28; i++)
		(void)fscanf(file, "%*s");
	if (fscanf(file, "%lu", &start) != 1 || start == 0)
		fail("the start of the stack");
	return (long *)start;
}

static long peek(pid_t pid, const long *word)
{
	return ptrace(PTRACE_PEEKDATA, pid, word, NULL);
}

/* Behind argc come the arguments and a 0, the environment and a 0, and pairs of words. */
static void set_secure(pid_t pid)
{
	long *word = find_stack(pid);

	word += 1 + peek(pid, word) + 1;
	while (peek(pid, word++) != 0) {
	}
	while (peek(pid, word) != AT_SECURE)
		word += 2;
	if (ptrace(PTRACE_POKEDATA, pid, word + 1, 1L) != 0)
		fail("writing AT_SECURE");
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[1], argv + 1);
		fail(argv[1]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("fork");
	if (WIFSTOPPED(status)) {
		set_secure(pid);
		if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid)
			fail("letting it go");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
