/*
 * userns: runs a command as uid 0 and gid 0 of a new user namespace of any shape; the caller is root.
 *
 *   userns UID_MAP GID_MAP allow|deny|keep COMMAND [ARG]...
 *
 * A map is as in user_namespaces(7), "INSIDE OUTSIDE COUNT", several of them parted by commas; allow and deny are for setgroups.
 * With allow the command has no groups; with keep and deny it has those of the caller, and setgroups is allowed with keep.
 * The ids are set before the exec: with an unmapped uid it would take the capabilities away.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	_exit(99);
}

static void write_file(pid_t pid, const char *name, const char *text)
{
	char path[64], lines[1024];
	size_t length = strlen(text);
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (length >= sizeof(lines))
		fail("the map is too long");
	for (size_t i = 0; i <= length; i++)
		lines[i] = text[i] == ',' ? '\n' : text[i];
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, lines, length) != (ssize_t)length || close(fd) != 0)
		fail(path);
}

int main(int argc, char **argv)
{
	int inside[2], mapped[2], status;
	char byte = 0;
	pid_t pid;

	if (argc < 5) {
		fputs("usage: userns UID_MAP GID_MAP allow|deny|keep COMMAND [ARG]...\n", stderr);
		return 2;
	}
	if (pipe2(inside, O_CLOEXEC) != 0 || pipe2(mapped, O_CLOEXEC) != 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) != 0)
			fail("unshare");
		if (write(inside[1], &byte, 1) != 1 || read(mapped[0], &byte, 1) != 1)
			fail("the parent is gone");
		if (strcmp(argv[3], "allow") == 0 && setgroups(0, NULL) != 0)
			fail("setgroups");
		if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
			fail("becoming 0:0");
		execvp(argv[4], argv + 4);
		fail(argv[4]);
	}
	close(inside[1]);
	if (read(inside[0], &byte, 1) == 1) {
		write_file(pid, "setgroups", strcmp(argv[3], "deny") == 0 ? "deny" : "allow");
		write_file(pid, "uid_map", argv[1]);
		write_file(pid, "gid_map", argv[2]);
		if (write(mapped[1], &byte, 1) != 1)
			fail("the child is gone");
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
