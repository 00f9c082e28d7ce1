/* SPDX-License-Identifier: MIT */
#include "accounts/passwd_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* only renameat */
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "linux/inode.h"
#include "linux/pages.h"

enum {
	/* As long as lckpwdf(3) waits. */
	LOCK_WAIT_MS = 15000,
	/* Shorter, because every reader of the file can hold this lock (S48). */
	OFD_LOCK_WAIT_MS = 5000,
	LOCK_PAUSE_MS = 10,
	/* The kernel's limit for one value, and for the list of names, see xattr(7). */
	ATTRIBUTE_MAX_BYTES = 65536,
};

void passwd_write_close(const int *fd)
{
	fd_close(*fd);
}

int passwd_write_open(int etc_fd, const char *name, int flags, struct stat *ret_status)
{
	/* O_NONBLOCK, because open(2) of a FIFO waits for its other end. */
	int fd = openat(etc_fd, name, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret_status) == 0) {
		if (S_ISREG(ret_status->st_mode))
			return fd;
		errno = EINVAL;
	} else if (errno == ENOENT) {
		/* ESTALE, because the caller creates a new file after ENOENT. */
		errno = ESTALE;
	}
	passwd_write_close(&fd);
	return -1;
}

int passwd_write_open_locked(int etc_fd, const char *name, int flags, int command)
{
	static const struct timespec pause = {0, LOCK_PAUSE_MS * 1000 * 1000};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat status;
	int fd = passwd_write_open(etc_fd, name, flags | O_NOFOLLOW, &status);
	int tries_max = (command == F_OFD_SETLK ? OFD_LOCK_WAIT_MS : LOCK_WAIT_MS) / LOCK_PAUSE_MS;

	/* F_SETLKW and F_OFD_SETLKW have no timeout, so poll. */
	for (int tries = 0; fd >= 0 && fcntl(fd, command, &lock) != 0; tries++) {
		if (tries == tries_max)
			errno = ETIMEDOUT;
		if (errno != EAGAIN && errno != EACCES) {
			passwd_write_close(&fd);
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

static bool copy_attribute(int from, int to, const char *name, char *value)
{
	ssize_t size = fgetxattr(from, name, value, ATTRIBUTE_MAX_BYTES);

	if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) == 0)
		return true;
	/* The host's policy assigns security labels. If the process may not set one, the new file
	 * keeps the label that the policy gave to it. */
	return errno == ENOTSUP || errno == ENODATA ||
	       ((errno == EPERM || errno == EACCES) && strncmp(name, "security.", 9) == 0);
}

struct attribute_room {
	char names[ATTRIBUTE_MAX_BYTES];
	char value[ATTRIBUTE_MAX_BYTES];
};

static bool copy_attributes(int from, int to)
{
	/* Never freed, because the program writes at most two files before execve(2). */
	struct attribute_room *room = pages_allocate(1, sizeof(*room));
	const char *name;
	ssize_t size;

	if (room == NULL)
		return false;
	/* Remove the ACL that the new file inherited from the default ACL of the directory. */
	(void)fremovexattr(to, "system.posix_acl_access");
	size = flistxattr(from, room->names, sizeof(room->names));
	if (size < 0)
		return errno == ENOTSUP;
	for (name = room->names; name < room->names + size; name += strlen(name) + 1) {
		if (!copy_attribute(from, to, name, room->value))
			return false;
	}
	return true;
}

/* Writes the changed file without its first PRESENT bytes, which FD already has. On failure returns
 * false with errno set. */
static bool write_pieces(int fd, const struct slice *file, const struct line_change *change,
                         size_t present)
{
	struct edited_file edited = account_file_edit(*file, change);
	struct iovec pieces[4];
	size_t total = 0;
	ssize_t written;
	struct rlimit limit;

	for (size_t i = 0; i < 4; i++) {
		/* iov_base is not const, but writev(2) only reads. */
		pieces[i].iov_base = (void *)(uintptr_t)edited.pieces[i].bytes;
		pieces[i].iov_len = edited.pieces[i].length;
		total += edited.pieces[i].length;
	}
	/* Check RLIMIT_FSIZE first, because a write beyond it ends the process by SIGXFSZ. */
	if (total > ETC_FILE_MAX_BYTES ||
	    (getrlimit(RLIMIT_FSIZE, &limit) == 0 && total > limit.rlim_cur)) {
		errno = EFBIG;
		return false;
	}
	pieces[0].iov_len -= present;
	written = writev(fd, pieces, 4);
	if (written < 0)
		return false;
	if ((size_t)written != total - present) {
		errno = ENOSPC;
		return false;
	}
	/* Without fsync(2) a crash can leave an empty file under the new name. */
	return fsync(fd) == 0;
}

/* Copies extended attributes, owner and mode from OLD_FD (-1: no old file) and STATUS to FD. */
static bool copy_metadata(int old_fd, int fd, const struct stat *status)
{
	if (old_fd >= 0 && !copy_attributes(old_fd, fd))
		return false;
	/* If no old file exists, EPERM is ignored: the new file keeps its creator as the owner. */
	if (fchown(fd, status->st_uid, status->st_gid) != 0 && (old_fd >= 0 || errno != EPERM))
		return false;
	return fchmod(fd, status->st_mode & 07777) == 0;
}

int passwd_write_replace(int etc_fd, const char *name, const char *temporary,
                         const struct slice *file, const struct line_change *change)
{
	struct stat status = {.st_mode = 0644};
	int old_fd AUTOCLOSE = passwd_write_open(etc_fd, name, O_RDONLY | O_NOFOLLOW, &status);
	int fd AUTOCLOSE = -1;
	int errnum;

	if (old_fd < 0 && errno != ENOENT)
		return errno;
	/* Another process changed the file without this lock. A rename would lose its change. */
	if (status.st_size != (off_t)file->length)
		return EAGAIN;
	fd = openat(etc_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	if (copy_metadata(old_fd, fd, &status) && write_pieces(fd, file, change, 0) &&
	    renameat(etc_fd, temporary, etc_fd, name) == 0) {
		/* Errors are ignored, because after a crash NAME is the old or the new file
		 * anyway. */
		(void)fsync(etc_fd);
		return 0;
	}
	errnum = errno;
	(void)unlinkat(etc_fd, temporary, 0);
	return errnum;
}

int passwd_write_append(int fd, const struct slice *file, const struct line_change *change)
{
	off_t old_size = (off_t)file->length;
	struct stat status;
	int errnum;

	if (fstat(fd, &status) != 0)
		return errno;
	/* Another process changed the file without a lock. */
	if (status.st_size != old_size)
		return EAGAIN;
	if (write_pieces(fd, file, change, file->length))
		return 0;
	errnum = errno;
	/* A partial line must not stay, because parsers could take it for another entry. */
	return ftruncate(fd, old_size) == 0 ? errnum : EIO;
}
