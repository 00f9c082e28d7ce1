/*
 * userns: makes a user namespace of any shape. The caller is root.
 *
 *   userns UID_MAP GID_MAP allow|deny|keep COMMAND [ARG]...
 *   userns UID_MAP GID_MAP mount DIRECTORY PLACE
 *
 * A map is as in user_namespaces(7), "INSIDE OUTSIDE COUNT", several of them parted by commas.
 *
 * The first form runs COMMAND as uid 0 and gid 0 of the namespace; allow and deny are for setgroups. With allow the command
 * has no groups; with keep and deny it has those of the caller, and setgroups is allowed with keep. The ids are set before
 * the exec: with an unmapped uid it would take the capabilities away.
 *
 * The second form shows DIRECTORY at PLACE by an idmapped mount (Linux 5.12), which mount(8) of Debian 12 cannot make. The
 * ids INSIDE of the file system are OUTSIDE there; others are nobody's.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* A comma becomes the end of a line. */
static void write_lines(pid_t pid, const char *name, char *text)
{
	int fd = open_proc(pid, name, O_WRONLY);

	for (char *comma = text; (comma = strchr(comma, ',')) != NULL;)
		*comma = '\n';
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		fail(name);
}

static void mount_with_ids_of(pid_t pid, const char *directory, const char *place)
{
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP};
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, directory,
	                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		fail(directory);
	attributes.userns_fd = (unsigned)open_proc(pid, "ns/user", O_RDONLY);
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) !=
	    0)
		fail("mount_setattr");
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		fail(place);
}

static _Noreturn void run(const char *groups, char **command)
{
	if (strcmp(groups, "mount") == 0)
		_exit(0);
	if (strcmp(groups, "allow") == 0 && setgroups(0, NULL) != 0)
		fail("setgroups");
	if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
		fail("becoming 0:0");
	execvp(command[0], command);
	fail(command[0]);
}

int main(int argc, char **argv)
{
	int inside[2], mapped[2], status;
	char byte = 0, allow[] = "allow", deny[] = "deny";
	pid_t pid;

	if (argc < 5) {
		fputs("usage: userns UID_MAP GID_MAP allow|deny|keep|mount COMMAND [ARG]...\n",
		      stderr);
		return 2;
	}
	if (pipe2(inside, O_CLOEXEC) != 0 || pipe2(mapped, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		fail("fork");
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) != 0)
			fail("unshare");
		if (write(inside[1], &byte, 1) != 1 || read(mapped[0], &byte, 1) != 1)
			fail("the parent is gone");
		run(argv[3], argv + 4);
	}
	close(inside[1]);
	if (read(inside[0], &byte, 1) == 1) {
		write_lines(pid, "setgroups", strcmp(argv[3], deny) == 0 ? deny : allow);
		write_lines(pid, "uid_map", argv[1]);
		write_lines(pid, "gid_map", argv[2]);
		if (strcmp(argv[3], "mount") == 0)
			mount_with_ids_of(pid, argv[4], argv[5]);
		if (write(mapped[1], &byte, 1) != 1)
			fail("the child is gone");
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
