/* SPDX-License-Identifier: MIT */
#include "accounts/passwd_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "accounts/passwd_write.h"
#include "linux/pages.h"

#define LOCK_PATH "/etc/.pwd.lock"

enum {
	SMALL_FILE_BYTES = 8 * 1024, /* larger files get a mapping of their own */
};

enum etc_file {
	ETC_GROUP,
	ETC_PASSWD,
	ETC_FILES,
};

static const struct {
	const char *path;
	const char *temporary; /* a fixed name, so the next run finds and removes a leftover file */
} etc_files[ETC_FILES] = {
	{"/etc/group", ".group.stepdown"},
	{"/etc/passwd", ".passwd.stepdown"},
};

/* One call of passwd_files_make_account(). */
struct update {
	int etc_fd;
	const struct account_request *request;
	struct arena *arena;
	struct error *error;
	int lock_errnum; /* why the lock cannot be taken, or 0 */
	struct slice bytes[ETC_FILES];
	bool group_done; /* group is written or refused, so the outcome keeps its change */
	struct passwd_files_outcome outcome;
};

/* Strips "/etc/" from PATH to get the name relative to etc_fd. */
static const char *name_in_etc(const char *path)
{
	return path + strlen("/etc/");
}

/* Reads until the end of the file, or until BUFFER is full. Returns the number of bytes, or -1 with
 * errno set. EXPECTED is the size of fstat(2). A read that ends there ends the file, because the
 * caller's CAPACITY is larger. */
static ssize_t read_whole(int fd, char *buffer, size_t capacity, off_t expected)
{
	ssize_t length = 0;
	ssize_t count;

	do {
		count = pread(fd, buffer + length, capacity - (size_t)length, length);
		if (count < 0)
			return -1;
		length += count;
	} while (count > 0 && length != expected);
	return length;
}

/* Reads the whole file. SIZE is only a guess: the buffer has one byte more, and if the file fills
 * it, the file has grown and is read again. On failure returns false with errno set. */
static bool read_bytes(int fd, off_t size, struct arena *arena, struct slice *ret_bytes)
{
	/* The bound comes first, because off_t may exceed size_t on 32-bit systems. */
	while (size <= ETC_FILE_MAX_BYTES) {
		size_t capacity = (size_t)size + 1;
		char *buffer = capacity <= SMALL_FILE_BYTES ? arena_allocate(arena, capacity, 1)
		                                            : NULL;
		ssize_t length;

		if (buffer == NULL)
			buffer = pages_allocate(capacity, 1);
		length = buffer == NULL ? -1 : read_whole(fd, buffer, capacity, size);
		if (length < 0)
			return false;
		if (length <= size) {
			*ret_bytes = (struct slice){buffer, (size_t)length};
			return true;
		}
		size = size * 2 + SMALL_FILE_BYTES;
	}
	errno = EFBIG;
	return false;
}

bool passwd_files_read(int etc_fd, const char *path, struct arena *arena, struct slice *ret_bytes,
                       struct error *error)
{
	struct stat status;
	int fd AUTOCLOSE = passwd_write_open(etc_fd, name_in_etc(path), O_RDONLY, &status);

	if (fd >= 0 && read_bytes(fd, status.st_size, arena, ret_bytes))
		return true;
	if (fd >= 0 || errno != ENOENT)
		return error_set_errno(error, "reading the accounts", path, errno,
		                       "only regular files of at most 16 MiB");
	*ret_bytes = slice_of("");
	return true;
}

/* Returns true if ERRNUM means that the file cannot be changed here. The ids are then used by
 * number. Every other error is fatal. */
static bool is_refusal(int errnum)
{
	return errnum == EROFS || errnum == EACCES || errnum == EPERM || errnum == EBUSY ||
	       errnum == ELOOP || errnum == ETIMEDOUT;
}

/* Returns true if a line may be appended after the replacement failed with ERRNUM. ETIMEDOUT
 * forbids that, because the process that holds the lock (useradd, for example) is about to replace
 * the file. */
static bool may_append(int errnum)
{
	return errnum == EAGAIN || (is_refusal(errnum) && errnum != ELOOP && errnum != ETIMEDOUT);
}

static bool error_set_file(const struct update *update, const char *path, int errnum)
{
	return error_set_errno(update->error, "making the account", path, errnum,
	                       "the file is as it was");
}

static struct line_change *line_change_of(struct update *update, enum etc_file file)
{
	struct account_change *change = &update->outcome.change;

	return file == ETC_GROUP ? &change->group : &change->passwd;
}

static bool read_and_plan(struct update *update)
{
	struct line_change done = update->outcome.change.group;

	for (size_t i = 0; i < ETC_FILES; i++) {
		if (!passwd_files_read(update->etc_fd, etc_files[i].path, update->arena,
		                       &update->bytes[i], update->error))
			return false;
	}
	if (!account_change_plan(update->bytes[ETC_PASSWD], update->bytes[ETC_GROUP],
	                         update->request, update->arena, &update->outcome.change,
	                         update->error))
		return false;
	/* The outcome keeps the change of group, because the new plan sees it as already done. */
	if (update->group_done)
		update->outcome.change.group = done;
	return true;
}

static bool record_result(struct update *update, enum etc_file file, int errnum)
{
	if (is_refusal(errnum)) {
		update->outcome.refused = errnum;
		line_change_of(update, file)->action = ACCOUNT_KEEP;
	} else if (errnum != 0) {
		return error_set_file(update, etc_files[file].path, errnum);
	}
	/* Only the change of group needs to be kept, because no plan follows that of passwd. */
	update->group_done = true;
	return true;
}

/* Appends the line, because the replacement failed with REFUSED. EAGAIN: the file has changed since
 * it was read. */
static bool append_to_file(struct update *update, enum etc_file file, int refused)
{
	const struct line_change *change = line_change_of(update, file);
	int fd AUTOCLOSE = passwd_write_open_locked(update->etc_fd,
	                                            name_in_etc(etc_files[file].path),
	                                            O_WRONLY | O_APPEND, F_OFD_SETLK);

	if (fd < 0)
		return record_result(update, file, errno == ENOENT ? refused : errno);
	/* Another container may have changed the file before the lock was taken. */
	if (!read_and_plan(update))
		return false;
	if (change->action == ACCOUNT_ADD)
		refused = passwd_write_append(fd, &update->bytes[file], change);
	return change->action == ACCOUNT_KEEP || record_result(update, file, refused);
}

static bool change_file(struct update *update, enum etc_file file)
{
	const struct line_change *change = line_change_of(update, file);
	const char *temporary = etc_files[file].temporary;
	int errnum = update->lock_errnum;

	/* Remove the leftover of a killed run. If unlinkat(2) fails, O_EXCL fails later. */
	if (errnum == 0)
		(void)unlinkat(update->etc_fd, temporary, 0);
	if (change->action == ACCOUNT_KEEP)
		return true;
	if (errnum == 0)
		errnum = passwd_write_replace(update->etc_fd, name_in_etc(etc_files[file].path),
		                              temporary, &update->bytes[file], change);
	if (may_append(errnum) && change->action == ACCOUNT_ADD)
		return append_to_file(update, file, errnum);
	return record_result(update, file, errnum);
}

bool passwd_files_make_account(int etc_fd, const struct account_request *request,
                               struct arena *arena, struct passwd_files_outcome *ret_outcome,
                               struct error *error)
{
	struct update update = {
		.etc_fd = etc_fd, .request = request, .arena = arena, .error = error};
	int lock_fd AUTOCLOSE =
		passwd_write_open_locked(etc_fd, name_in_etc(LOCK_PATH), O_RDWR | O_CREAT, F_SETLK);

	if (lock_fd < 0) {
		update.lock_errnum = errno;
		if (!is_refusal(errno) || errno == ELOOP)
			return error_set_file(&update, LOCK_PATH, errno);
	}
	if (!read_and_plan(&update) || !change_file(&update, ETC_GROUP) ||
	    !change_file(&update, ETC_PASSWD))
		return false;
	*ret_outcome = update.outcome;
	return true;
}
