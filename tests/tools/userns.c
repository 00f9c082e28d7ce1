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
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAILED 99

static int open_proc(pid_t pid, const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		err(FAILED, "%s", path);
	return fd;
}

/* A comma becomes the end of a line. */
static void write_lines(pid_t pid, const char *name, char *text)
{
	int fd = open_proc(pid, name, O_WRONLY);

	for (char *comma = text; (comma = strchr(comma, ',')) != NULL;)
		*comma = '\n';
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		err(FAILED, "%s", name);
}

static void mount_with_ids_of(pid_t pid, const char *directory, const char *place)
{
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP};
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, directory,
	                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	attributes.userns_fd = (unsigned)open_proc(pid, "ns/user", O_RDONLY);
	if (tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) !=
	            0 ||
	    syscall(SYS_move_mount, tree, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		err(FAILED, "%s", place);
}

int main(int argc, char **argv)
{
	int unshared[2], status;
	char byte, allow[] = "allow", deny[] = "deny";
	pid_t helper;

	if (argc < 5)
		errx(2, "usage: userns UID_MAP GID_MAP allow|deny|keep|mount COMMAND [ARG]...");
	if (pipe2(unshared, O_CLOEXEC) != 0 || (helper = fork()) < 0)
		err(FAILED, "fork");
	/* The helper stays outside. It reads the end of the pipe when the namespace is there. */
	if (helper == 0) {
		close(unshared[1]);
		if (read(unshared[0], &byte, 1) != 0)
			err(FAILED, "pipe");
		write_lines(getppid(), "setgroups", strcmp(argv[3], deny) == 0 ? deny : allow);
		write_lines(getppid(), "uid_map", argv[1]);
		write_lines(getppid(), "gid_map", argv[2]);
		if (strcmp(argv[3], "mount") == 0)
			mount_with_ids_of(getppid(), argv[4], argv[5]);
		_exit(0);
	}
	if (unshare(CLONE_NEWUSER) != 0)
		err(FAILED, "unshare");
	close(unshared[1]);
	if (waitpid(helper, &status, 0) != helper || status != 0)
		errx(FAILED, "the helper has failed");
	if (strcmp(argv[3], "mount") == 0)
		return 0;
	if (strcmp(argv[3], allow) == 0 && setgroups(0, NULL) != 0)
		err(FAILED, "setgroups");
	if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
		err(FAILED, "becoming 0:0");
	execvp(argv[4], argv + 4);
	err(FAILED, "%s", argv[4]);
}
