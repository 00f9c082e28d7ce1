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
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_OF_STACK 28 /* field of /proc/PID/stat, see proc_pid_stat(5) */

static void fail(const char *what)
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

/* Returns the address of argc. argv, the environment and the auxiliary vector follow argc. */
static off_t start_of_stack(pid_t pid)
{
	char line[2048];
	int fd = open_proc(pid, "stat", O_RDONLY);
	ssize_t length = read(fd, line, sizeof(line) - 1);
	char *field;

	close(fd);
	if (length <= 0)
		fail("stat");
	line[length] = '\0';
	/* The name of the program, field 2, may hold blanks. */
	field = strrchr(line, ')');
	for (int i = 2; field != NULL && i < START_OF_STACK; i++)
		field = strchr(field + 1, ' ');
	if (field == NULL)
		fail("the start of the stack");
	return (off_t)strtoul(field, NULL, 10);
}

static unsigned long word_at(int memory, off_t address)
{
	unsigned long word;

	if (pread(memory, &word, sizeof(word), address) != (ssize_t)sizeof(word))
		fail("reading the stack");
	return word;
}

static void set_secure(pid_t pid)
{
	const off_t size = sizeof(unsigned long);
	const unsigned long one = 1;
	int memory = open_proc(pid, "mem", O_RDWR);
	off_t place = start_of_stack(pid);
	unsigned long kind;

	place += size * (off_t)(word_at(memory, place) + 2);
	while (word_at(memory, place) != 0)
		place += size;
	for (place += size; (kind = word_at(memory, place)) != AT_SECURE; place += 2 * size)
		if (kind == AT_NULL)
			fail("there is no AT_SECURE");
	if (pwrite(memory, &one, sizeof(one), place + size) != (ssize_t)sizeof(one))
		fail("writing AT_SECURE");
	close(memory);
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
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			fail("ptrace");
		execvp(argv[1], argv + 1);
		fail(argv[1]);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	if (WIFSTOPPED(status)) {
		if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL) != 0)
			fail("ptrace");
		set_secure(pid);
		if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid)
			fail("letting it go");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
