/*
 * idmap: shows a directory at another place with other ids, by an idmapped mount (Linux 5.12), which mount(8) of Debian 12 cannot
 * make. The caller is root.
 *
 *   idmap DIRECTORY PLACE DISK SHOWN COUNT
 *
 * The ids DISK to DISK + COUNT - 1 of the file system are SHOWN to SHOWN + COUNT - 1 at PLACE; others are nobody's there.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(99);
}

static void write_map(pid_t pid, const char *name, char **numbers)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%s %s %s\n", numbers[0], numbers[1], numbers[2]) < 0)
		fail(path);
	close(fd);
}

/* A user namespace with that map; it lives on in the descriptor. */
static int make_namespace(char **numbers)
{
	char path[64], byte = 0;
	int made[2], done[2], fd;
	pid_t pid;

	if (pipe2(made, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		close(done[1]);
		if (unshare(CLONE_NEWUSER) == 0 && write(made[1], &byte, 1) == 1)
			(void)!read(done[0], &byte, 1);
		_exit(0);
	}
	close(made[1]);
	if (read(made[0], &byte, 1) != 1)
		fail("unshare");
	write_map(pid, "uid_map", numbers);
	write_map(pid, "gid_map", numbers);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	close(done[1]);
	waitpid(pid, NULL, 0);
	return fd;
}

int main(int argc, char **argv)
{
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP};
	int tree;

	if (argc != 6) {
		fputs("usage: idmap DIRECTORY PLACE DISK SHOWN COUNT\n", stderr);
		return 2;
	}
	attributes.userns_fd = (unsigned)make_namespace(argv + 3);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, argv[1], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		fail(argv[1]);
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) !=
	    0)
		fail("mount_setattr");
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH) != 0)
		fail(argv[2]);
	return 0;
}
