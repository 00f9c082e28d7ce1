#include "etcwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat; nothing else of it */
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define ACCESS_LIST "system.posix_acl_access"

enum {
	LOCK_TRIES = 1500, /* every 10 ms: the 15 s of lckpwdf(3) */
	NAME_SIZE = 64,
};

struct attributes {
	int from;
	int to;
	struct arena *arena;
};

void etcwrite_close(const int *fd)
{
	int errnum = errno;

	if (*fd >= 0)
		close(*fd);
	errno = errnum;
}

/* COMMAND is F_SETLK or F_OFD_SETLK: the waiting kinds would wait without end. */
static int lock_whole_file(int fd, int command)
{
	static const struct timespec pause = {0, 10 * 1000 * 1000};

	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

		if (fcntl(fd, command, &lock) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return errno;
		nanosleep(&pause, NULL);
	}
	return EAGAIN;
}

static uint32_t lock_holder(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	/* -1: an open file description has it; 0: a process of another PID namespace. */
	if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
		return 0;
	return (uint32_t)lock.l_pid;
}

int etcwrite_lock(int etc_fd, int *ret_fd, uint32_t *ret_holder)
{
	int fd = openat(etc_fd, ".pwd.lock",
	                O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	int errnum;

	if (fd < 0)
		return errno;
	errnum = lock_whole_file(fd, F_SETLK);
	if (errnum != 0) {
		*ret_holder = lock_holder(fd);
		close(fd);
		return errnum;
	}
	*ret_fd = fd;
	return 0;
}

/* The name is always the same, so that what is left behind is found again. */
static void temporary_name(const char *name, char ret_name[NAME_SIZE])
{
	struct text text = text_in(ret_name, NAME_SIZE);

	text_add(&text, ".");
	text_add(&text, name);
	text_add(&text, ".stepdown");
}

void etcwrite_remove_stale(int etc_fd, const char *name)
{
	char temporary[NAME_SIZE];

	temporary_name(name, temporary);
	/* What cannot be removed shows when the file is to be made. */
	(void)unlinkat(etc_fd, temporary, 0);
}

static int copy_attribute(const struct attributes *attributes, const char *name)
{
	/* Labels are the host's to give: with no right to set one, the one that its policy gave to
	 * the new file holds. */
	bool is_label = strncmp(name, "security.", 9) == 0;
	ssize_t size = fgetxattr(attributes->from, name, NULL, 0);
	char *value = size < 0 ? NULL : arena_allocate(attributes->arena, (size_t)size, 2);

	if (size >= 0 && value == NULL)
		return ENOMEM;
	if (size >= 0)
		size = fgetxattr(attributes->from, name, value, (size_t)size);
	if (size >= 0) {
		ssize_t present = fgetxattr(attributes->to, name, value + size, (size_t)size);

		if (present == size && memcmp(value, value + size, (size_t)size) == 0)
			return 0;
		if (fsetxattr(attributes->to, name, value, (size_t)size, 0) == 0)
			return 0;
	}
	if (errno == ENOTSUP || errno == ENODATA ||
	    (is_label && (errno == EPERM || errno == EACCES)))
		return 0;
	return errno;
}

static int copy_attributes(const struct attributes *attributes)
{
	ssize_t size = flistxattr(attributes->from, NULL, 0);
	char *names = size < 0 ? NULL : arena_allocate(attributes->arena, (size_t)size + 1, 1);
	const char *name;
	int errnum = 0;

	/* A default list of the directory's has got into the new file. */
	(void)fremovexattr(attributes->to, ACCESS_LIST);
	if (size >= 0 && names == NULL)
		return ENOMEM;
	if (size >= 0)
		size = flistxattr(attributes->from, names, (size_t)size);
	if (size < 0)
		return errno == ENOTSUP ? 0 : errno;
	for (name = names; name < names + size && errnum == 0; name += strlen(name) + 1)
		errnum = copy_attribute(attributes, name);
	return errnum;
}

/* Gives the file FD everything but contents: as the file OLD_FD, or as a new one when that is -1.
 */
static int copy_metadata(int old_fd, int fd, struct arena *arena)
{
	struct attributes attributes = {old_fd, fd, arena};
	struct stat status = {.st_mode = 0644};

	if (old_fd >= 0) {
		int errnum;

		if (fstat(old_fd, &status) != 0)
			return errno;
		if (!S_ISREG(status.st_mode))
			return ELOOP;
		errnum = copy_attributes(&attributes);
		if (errnum != 0)
			return errnum;
	}
	/* A new file that cannot become root's is that of who makes it, which does no harm. */
	if (fchown(fd, status.st_uid, status.st_gid) != 0 && (old_fd >= 0 || errno != EPERM))
		return errno;
	return fchmod(fd, status.st_mode & 07777) == 0 ? 0 : errno;
}

static int write_bytes(int fd, struct slice rest)
{
	while (rest.length > 0) {
		ssize_t written = write(fd, rest.bytes, rest.length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? errno : ENOSPC;
		rest.bytes += written;
		rest.length -= (size_t)written;
	}
	return 0;
}

static int fill(int old_fd, int fd, const struct edited_file *edited, struct arena *arena)
{
	int errnum = copy_metadata(old_fd, fd, arena);

	for (size_t i = 0; i < edited->count && errnum == 0; i++)
		errnum = write_bytes(fd, edited->pieces[i]);
	/* Without it a crash can leave the new name with no contents. */
	if (errnum == 0 && fsync(fd) != 0)
		errnum = errno;
	return errnum;
}

/* The new name is in place whatever comes of this; after a crash it is the old file or the new. */
static void sync_directory(int etc_fd)
{
	int fd AUTOCLOSE = openat(etc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)fsync(fd);
}

int etcwrite_replace(int etc_fd, const char *name, const struct edited_file *edited,
                     struct arena *arena)
{
	char temporary[NAME_SIZE];
	int old_fd AUTOCLOSE = -1;
	int fd AUTOCLOSE = -1;
	int errnum;

	old_fd = openat(etc_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (old_fd < 0 && errno != ENOENT)
		return errno;
	temporary_name(name, temporary);
	fd = openat(etc_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;
	errnum = fill(old_fd, fd, edited, arena);
	if (errnum == 0 && renameat(etc_fd, temporary, etc_fd, name) != 0)
		errnum = errno;
	if (errnum != 0)
		(void)unlinkat(etc_fd, temporary, 0);
	else
		sync_directory(etc_fd);
	return errnum;
}

int etcwrite_open_append(int etc_fd, const char *name, int *ret_fd)
{
	int fd = openat(etc_fd, name,
	                O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	int errnum;

	if (fd < 0)
		return errno;
	if (fstat(fd, &status) != 0)
		errnum = errno;
	else if (!S_ISREG(status.st_mode))
		errnum = ELOOP;
	else
		errnum = lock_whole_file(fd, F_OFD_SETLK);
	if (errnum != 0)
		close(fd);
	else
		*ret_fd = fd;
	return errnum;
}

int etcwrite_append(int fd, const struct edited_file *edited)
{
	struct iovec pieces[4];
	size_t total = 0;
	ssize_t written;
	off_t old_size = (off_t)edited->pieces[0].length;
	struct stat status;
	int errnum;

	if (fstat(fd, &status) != 0)
		return errno;
	/* Somebody without a lock was here since it was read. */
	if (status.st_size != old_size)
		return EAGAIN;
	for (size_t i = 1; i < edited->count; i++) {
		/* iovec has no const; writev does not write there. */
		pieces[i - 1].iov_base = (void *)(uintptr_t)edited->pieces[i].bytes;
		pieces[i - 1].iov_len = edited->pieces[i].length;
		total += edited->pieces[i].length;
	}
	do {
		written = writev(fd, pieces, (int)edited->count - 1);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return errno;
	errnum = (size_t)written < total ? ENOSPC : fsync(fd) != 0 ? errno : 0;
	/* Half a line must not stay: it would be an entry that nobody asked for. */
	if (errnum != 0 && ftruncate(fd, old_size) != 0)
		errnum = EIO;
	return errnum;
}
