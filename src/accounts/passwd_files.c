#include "accounts/passwd_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "accounts/passwd_write.h"
#include "linux/pages.h"

#define LOCK_PATH "/etc/.pwd.lock"

enum {
	SMALL_FILE = 8 * 1024,
};

enum etc_file {
	ETC_GROUP,
	ETC_PASSWD,
	ETC_FILES,
};

static const struct {
	char path[12];
	char temporary[20]; /* always the same, so that what is left behind is found again */
} etc_files[ETC_FILES] = {
	{"/etc/group", ".group.stepdown"},
	{"/etc/passwd", ".passwd.stepdown"},
};

struct update {
	int etc_fd;
	const struct account_request *request;
	struct arena *arena;
	struct error *error;
	int lock_errnum; /* why there is no lock, or 0 */
	struct slice bytes[ETC_FILES];
	bool group_done;
	struct passwd_files_outcome outcome;
};

/* A path as its reader knows it, whatever directory descriptor it is reached by. */
static const char *name_of(const char *path)
{
	return path + strlen("/etc/");
}

/* Reads until the end, or until BUFFER is full. Returns the number of bytes, or -1 and errno. A read that
 * ends at EXPECTED, the size that fstat(2) gave, is the end: the caller always asks for more. */
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

/* SIZE is only what the file said. One byte more is asked for, because a file that has grown is then read
 * again. Returns false and errno. */
static bool read_bytes(int fd, off_t size, struct arena *arena, struct slice *ret_bytes)
{
	/* On 32 bits a size may be larger than memory. */
	while (size <= ETC_FILE_MAX) {
		size_t capacity = (size_t)size + 1;
		char *buffer = capacity <= SMALL_FILE ? arena_allocate(arena, capacity, 1) : NULL;
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
		size = size * 2 + SMALL_FILE;
	}
	errno = EFBIG;
	return false;
}

bool passwd_files_read(int etc_fd, const char *path, struct arena *arena, struct slice *ret_bytes,
                       struct error *error)
{
	struct stat status;
	int fd AUTOCLOSE = passwd_write_open(etc_fd, name_of(path), O_RDONLY, &status);

	if (fd >= 0 && read_bytes(fd, status.st_size, arena, ret_bytes))
		return true;
	if (fd >= 0 || errno != ENOENT)
		return error_set_errno(error, "reading the accounts", path, errno,
		                       "only regular files of at most 16 MiB");
	*ret_bytes = slice_of("");
	return true;
}

static bool is_refusal(int errnum)
{
	return errnum == EROFS || errnum == EACCES || errnum == EPERM || errnum == EBUSY ||
	       errnum == ELOOP || errnum == ETIMEDOUT;
}

/* Whether a line may be appended where the file could not be replaced because of ERRNUM. Not if somebody
 * holds the lock of the account files: useradd is about to replace the file itself. */
static bool may_append(int errnum)
{
	return errnum == EAGAIN || (is_refusal(errnum) && errnum != ELOOP && errnum != ETIMEDOUT);
}

static bool failed(const struct update *update, const char *path, int errnum)
{
	return error_set_errno(update->error, "making the account", path, errnum,
	                       "the file is as it was");
}

static struct line_change *change_of(struct update *update, enum etc_file file)
{
	struct account_change *change = &update->outcome.change;

	return file == ETC_GROUP ? &change->group : &change->passwd;
}

static bool plan_again(struct update *update)
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
	/* What has been done stays what was done. */
	if (update->group_done)
		update->outcome.change.group = done;
	return true;
}

static bool conclude(struct update *update, enum etc_file file, int errnum)
{
	if (is_refusal(errnum)) {
		update->outcome.refused = errnum;
		change_of(update, file)->action = ACCOUNT_KEEP;
	} else if (errnum != 0) {
		return failed(update, etc_files[file].path, errnum);
	}
	/* The first of the two; after the second nothing is planned again. */
	update->group_done = true;
	return true;
}

/* Where no new file can take the old one's place, because of REFUSED, or is not to: somebody else has
 * written to it meanwhile. */
static bool append_to_file(struct update *update, enum etc_file file, int refused)
{
	const struct line_change *change = change_of(update, file);
	int fd AUTOCLOSE = passwd_write_open_locked(update->etc_fd, name_of(etc_files[file].path),
	                                            O_WRONLY | O_APPEND, F_OFD_SETLK);

	if (fd < 0)
		return conclude(update, file, errno == ENOENT ? refused : errno);
	/* Another container may have written to it before it was locked. */
	if (!plan_again(update))
		return false;
	if (change->action == ACCOUNT_ADD)
		refused = passwd_write_append(fd, &update->bytes[file], change);
	return change->action == ACCOUNT_KEEP || conclude(update, file, refused);
}

static bool write_file(struct update *update, enum etc_file file)
{
	const struct line_change *change = change_of(update, file);
	const char *temporary = etc_files[file].temporary;
	int errnum = update->lock_errnum;

	/* What a killed run may have left; if it stays, that shows where the file is to be made. */
	if (errnum == 0)
		(void)unlinkat(update->etc_fd, temporary, 0);
	if (change->action == ACCOUNT_KEEP)
		return true;
	if (errnum == 0)
		errnum = passwd_write_replace(update->etc_fd, name_of(etc_files[file].path),
		                              temporary, &update->bytes[file], change);
	if (may_append(errnum) && change->action == ACCOUNT_ADD)
		return append_to_file(update, file, errnum);
	return conclude(update, file, errnum);
}

bool passwd_files_make_account(int etc_fd, const struct account_request *request,
                               struct arena *arena, struct passwd_files_outcome *ret_outcome,
                               struct error *error)
{
	struct update update = {
		.etc_fd = etc_fd, .request = request, .arena = arena, .error = error};
	int lock_fd AUTOCLOSE =
		passwd_write_open_locked(etc_fd, name_of(LOCK_PATH), O_RDWR | O_CREAT, F_SETLK);

	if (lock_fd < 0) {
		update.lock_errnum = errno;
		if (!is_refusal(errno) || errno == ELOOP)
			return failed(&update, LOCK_PATH, errno);
	}
	if (!plan_again(&update) || !write_file(&update, ETC_GROUP) ||
	    !write_file(&update, ETC_PASSWD))
		return false;
	*ret_outcome = update.outcome;
	return true;
}
