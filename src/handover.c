#include "handover.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/major.h>

#include "pin.h"

#define CHILDREN_SIZE 32 /* bytes: more than one process id takes */

static bool is_to_be_given(int fd, const struct stat *status, uid_t uid)
{
	/* isatty() alone would be an ioctl on whatever a regular descriptor happens to be. */
	static const uint32_t pipes[] = {PIPEFS_MAGIC, 0};

	/* A FIFO that has a name is a file, maybe the host's. /dev/tty stands for everybody's terminal. */
	return status->st_uid != uid && status->st_rdev != makedev(TTYAUX_MAJOR, 0) &&
	       (S_ISFIFO(status->st_mode) ? pin_is_on(fd, pipes)
	                                  : S_ISCHR(status->st_mode) && isatty(fd));
}

/* A supervisor as process 1 gives its own streams to all its services, and some of them may be root's. An
 * init has one child. */
static bool is_only_child_of_init(void)
{
	char children[CHILDREN_SIZE];
	char *end;
	int fd = open("/proc/1/task/1/children", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, children, sizeof(children) - 1);

	pin_close(fd);
	children[length < 0 ? 0 : length] = '\0';
	return strtol(children, &end, 10) == getpid() && strspn(end, " ") == strlen(end);
}

/* The parent of a container's first process, and of one that an engine starts beside it, is in another
 * PID namespace: 0. It is 1 if an init starts the first process. */
static bool engine_is_parent(void)
{
	pid_t parent = getppid();

	return parent == 0 || (parent == 1 && is_only_child_of_init());
}

void handover_stdio(uid_t uid)
{
	if (!engine_is_parent())
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat status;

		if (fstat(fd, &status) != 0 || !is_to_be_given(fd, &status, uid))
			continue;
		if (fchown(fd, uid, (gid_t)-1) != 0)
			continue; /* SELinux, a read-only /dev, a foreign user namespace */
	}
}
