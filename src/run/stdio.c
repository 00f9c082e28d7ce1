/* SPDX-License-Identifier: MIT */
#include "run/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/major.h>

#include "linux/dirfd.h"

#define CHILDREN_BYTES 32 /* one process id is shorter */
#define STATUS_BYTES 512  /* /proc/PID/status up to its uids is shorter */
#define NAME_FIELD "Name:\t"

/* Returns true if the file of FD is a pipe, or the terminal of SESSION, and UID does not own it. */
static bool is_to_be_given(int fd, const struct stat *status, uid_t uid, pid_t session)
{
	/* A FIFO with a name is a file, maybe the host's. /dev/tty stands for the terminal of every
	 * process. tcgetsid(3) is called only for character devices, because its ioctl(2) may mean
	 * anything to another file. It fails for a terminal of another session, which may be
	 * root's. */
	return status->st_uid != uid && status->st_rdev != makedev(TTYAUX_MAJOR, 0) &&
	       (S_ISFIFO(status->st_mode) ? fd_file_system(fd) == PIPEFS_MAGIC
	                                  : S_ISCHR(status->st_mode) && tcgetsid(fd) == session);
}

/* Reads the first bytes of the file PATH as a string, which is empty if PATH cannot be read. */
static void read_start(const char *path, char *ret_start, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(ret_start, 0, size);
	(void)!read(fd, ret_start, size - 1);
	fd_close(fd);
}

/* Returns true if process 1 is a known init that runs as root. A shell or a supervisor as process 1
 * uses the streams itself, and shares them with whatever root starts next. An init that starts one
 * command does neither. Only the name distinguishes them. The application can take any name, but is
 * not root. */
static bool process_1_is_init(void)
{
	static const char *const names[] = {"catatonit",   "docker-init", "dumb-init",
	                                    "podman-init", "tini",        "tini-static"};
	char status[STATUS_BYTES];
	const char *name = status + strlen(NAME_FIELD);

	read_start("/proc/1/status", status, sizeof(status));
	if (strncmp(status, NAME_FIELD, strlen(NAME_FIELD)) != 0 ||
	    strstr(status, "\nUid:\t0\t0\t0\t0\n") == NULL)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (strncmp(name, names[i], length) == 0 && name[length] == '\n')
			return true;
	}
	return false;
}

/* Returns true if this process is the only child of process 1. Other children may be root's, and
 * share the streams. */
static bool is_only_child_of_process_1(void)
{
	char children[CHILDREN_BYTES];
	char *end;

	read_start("/proc/1/task/1/children", children, sizeof(children));
	return strtol(children, &end, 10) == getpid() && strspn(end, " ") == strlen(end);
}

/* Returns true if an engine or its init started this process. An engine starts the first process of
 * a container, and each process beside it, from another PID namespace. getppid(2) is then 0.
 * getppid(2) is 1 if an init starts the command. */
static bool engine_is_parent(void)
{
	pid_t parent = getppid();

	return parent == 0 || (parent == 1 && process_1_is_init() && is_only_child_of_process_1());
}

bool stdio_fill(struct error *error)
{
	int fd;

	/* The kernel gives the lowest free number. An O_PATH descriptor can be neither read nor
	 * written, and / exists without /dev. */
	do {
		fd = openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);
		if (fd < 0)
			return error_set_errno(error, "starting", "/", errno, NULL);
	} while (fd <= STDERR_FILENO);
	fd_close(fd);
	return true;
}

void stdio_give(uid_t uid)
{
	pid_t session = getsid(0);

	/* Root's shell can start a PID namespace too. The session is then outside, so getsid(2) is
	 * 0. An engine begins a session inside. A failure is -1, as is that of tcgetsid(3) for
	 * /dev/null, so it must not be compared. */
	if (session <= 0 || !engine_is_parent())
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat status;

		/* The change may fail: by SELinux, a read-only /dev, a foreign user namespace. */
		if (fstat(fd, &status) == 0 && is_to_be_given(fd, &status, uid, session))
			(void)!fchown(fd, uid, (gid_t)-1);
	}
}
