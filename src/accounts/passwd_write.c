#include "accounts/passwd_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat; nothing else of it */
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "linux/pages.h"

enum {
	LOCK_TRIES = 1500,      /* every 10 ms: the 15 s of lckpwdf(3) */
	OFD_LOCK_TRIES = 500,   /* whoever may read the file can hold this lock (S48) */
	ATTRIBUTE_SIZE = 65536, /* the kernel's limit for one value, and for the list of names */
};

void passwd_write_close(const int *fd)
{
	int errnum = errno;

	if (*fd >= 0)
		close(*fd);
	errno = errnum;
}

int passwd_write_open(int etc_fd, const char *name, int flags, struct stat *ret_status)
{
	/* O_NONBLOCK: a FIFO would wait here for its other end. */
	int fd = openat(etc_fd, name, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret_status) == 0) {
		if (S_ISREG(ret_status->st_mode))
			return fd;
		errno = EINVAL;
	} else if (errno == ENOENT) {
		errno = ESTALE; /* it is there: nobody is to make another in its place */
	}
	passwd_write_close(&fd);
	return -1;
}

int passwd_write_open_locked(int etc_fd, const char *name, int flags, int command)
{
	static const struct timespec pause = {0, 10 * 1000 * 1000};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat status;
	int fd = passwd_write_open(etc_fd, name, flags | O_NOFOLLOW, &status);
	int tries_max = command == F_OFD_SETLK ? OFD_LOCK_TRIES : LOCK_TRIES;

	/* The commands that wait would wait without end. */
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
	ssize_t size = fgetxattr(from, name, value, ATTRIBUTE_SIZE);

	if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) == 0)
		return true;
	/* Labels are the host's to give: with no right to set one, the one that its policy gave to
	 * the new file holds. */
	return errno == ENOTSUP || errno == ENODATA ||
	       ((errno == EPERM || errno == EACCES) && strncmp(name, "security.", 9) == 0);
}

static bool copy_attributes(int from, int to)
{
	/* Never given back: two files at most are written before the program becomes another. */
	char *names = pages_allocate(2, ATTRIBUTE_SIZE);
	ssize_t size;

	if (names == NULL)
		return false;
	/* A default list of the directory's has got into the new file. */
	(void)fremovexattr(to, "system.posix_acl_access");
	size = flistxattr(from, names, ATTRIBUTE_SIZE);
	if (size < 0)
		return errno == ENOTSUP;
	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		if (!copy_attribute(from, to, name, names + ATTRIBUTE_SIZE))
			return false;
	}
	return true;
}

/* Writes the pieces of the changed file behind the first SKIPPED bytes, which are there already. */
static bool write_pieces(int fd, const struct slice *file, const struct line_change *change,
                         size_t skipped)
{
	struct edited_file edited = account_file_edit(*file, change);
	struct iovec pieces[4];
	size_t total = 0;
	ssize_t written;
	struct rlimit limit;

	for (size_t i = 0; i < 4; i++) {
		/* iovec has no const; writev does not write there. */
		pieces[i].iov_base = (void *)(uintptr_t)edited.pieces[i].bytes;
		pieces[i].iov_len = edited.pieces[i].length;
		total += edited.pieces[i].length;
	}
	/* A write that begins beyond RLIMIT_FSIZE does not fail: SIGXFSZ ends the process. */
	if (total > ETC_FILE_MAX ||
	    (getrlimit(RLIMIT_FSIZE, &limit) == 0 && total > limit.rlim_cur)) {
		errno = EFBIG;
		return false;
	}
	pieces[0].iov_len -= skipped;
	written = writev(fd, pieces, 4);
	if (written >= 0 && (size_t)written < total - skipped)
		errno = ENOSPC;
	/* Without fsync a crash can leave the new name with no contents. */
	return written >= 0 && (size_t)written == total - skipped && fsync(fd) == 0;
}

/* Gives the new file FD all that OLD_FD has but the contents. */
static bool copy_metadata(int old_fd, int fd, const struct stat *status)
{
	if (old_fd >= 0 && !copy_attributes(old_fd, fd))
		return false;
	/* A new file that cannot become root's is that of who makes it, which does no harm. */
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
	/* Somebody without this lock was here since it was read: what he wrote would be lost. */
	if (status.st_size != (off_t)file->length)
		return EAGAIN;
	fd = openat(etc_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	if (copy_metadata(old_fd, fd, &status) && write_pieces(fd, file, change, 0) &&
	    renameat(etc_fd, temporary, etc_fd, name) == 0) {
		/* Whatever comes of this: after a crash it is the old file or the new. */
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
	/* Somebody without a lock was here since it was read. */
	if (status.st_size != old_size)
		return EAGAIN;
	if (write_pieces(fd, file, change, file->length))
		return 0;
	errnum = errno;
	/* Half a line must not stay: it would be an entry that nobody asked for. */
	return ftruncate(fd, old_size) == 0 ? errnum : EIO;
}
