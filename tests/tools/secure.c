/*
 * secure: runs a program as a host does whose policy asks for a secure start: AT_SECURE is 1 in its auxiliary vector.
 *
 *   secure PROGRAM [ARG]...
 *
 * The status is the program's. It is stopped at its first instruction, changed and then let go, so no tracer hinders it later.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static _Noreturn void fail(const char *what)
{
	perror(what);
	_exit(99);
}

static int open_proc(pid_t pid, const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	return fd;
}

/* Returns the place behind the word KIND in the auxiliary vector. */
static size_t find(const unsigned long *vector, unsigned long kind)
{
	size_t i = 0;

	while (vector[i] != kind) {
		if (vector[i] == AT_NULL)
			fail("the auxiliary vector");
		i += 2;
	}
	return i + 1;
}

/* The kernel shows the vector, but only on the stack it can be changed: there it lies below the bytes of AT_RANDOM. */
static void set_secure(pid_t pid)
{
	const off_t size = sizeof(unsigned long);
	unsigned long vector[128] = {0}, seen[COUNT(vector)];
	ssize_t length =
		read(open_proc(pid, "auxv", O_RDONLY), vector, sizeof(vector) - sizeof(vector[0]));
	int memory = open_proc(pid, "mem", O_RDWR);
	off_t place = (off_t)vector[find(vector, AT_RANDOM)] / size * size;

	do {
		place -= size;
		if (pread(memory, seen, (size_t)length, place) != length)
			fail("reading the stack");
	} while (memcmp(seen, vector, (size_t)length) != 0);
	place += size * (off_t)find(vector, AT_SECURE);
	if (pwrite(memory, &(unsigned long){1}, sizeof(unsigned long), place) != size)
		fail("writing AT_SECURE");
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2) {
		fputs("usage: secure PROGRAM [ARG]...\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			fail("ptrace");
		execvp(argv[1], argv + 1);
		fail(argv[1]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("fork");
	if (WIFSTOPPED(status)) {
		if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL) != 0)
			fail("ptrace");
		set_secure(pid);
		if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid)
			fail("letting it go");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
