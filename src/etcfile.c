#include "etcfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "etcwrite.h"
#include "text.h"

enum {
	SMALL_FILE = 8 * 1024,
	PATH_SIZE = 64,
};

enum etc_file {
	ETC_GROUP,
	ETC_PASSWD,
	ETC_FILES,
};

static const char file_names[ETC_FILES][8] = {"group", "passwd"};

struct update {
	int etc_fd;
	const struct account_wish *wish;
	struct arena *arena;
	int lock_errnum; /* why there is no lock, or 0 */
	struct slice files[ETC_FILES];
	struct account_change change;
	bool written[ETC_FILES];
	struct error *error;
};

/* The path as its reader knows it, whatever directory descriptor it was reached by. */
static const char *path_of(const char *name, char ret_path[PATH_SIZE])
{
	struct text text = text_in(ret_path, PATH_SIZE);

	text_add(&text, "/etc/");
	text_add(&text, name);
	return ret_path;
}

/* Reads from the start until the end or until CAPACITY is full. Returns the bytes, or -1. */
static ssize_t read_whole(int fd, char *buffer, size_t capacity)
{
	size_t length = 0;

	while (length < capacity) {
		ssize_t count = pread(fd, buffer + length, capacity - length, (off_t)length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	return (ssize_t)length;
}

/* For files that are large, or that grew while they were read. Returns 0 or an errno. */
static int read_mapped(int fd, struct slice *ret_bytes)
{
	const size_t capacity = ETC_FILE_MAX + 1;
	char *buffer = mmap(NULL, capacity, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ssize_t length;
	int errnum;

	if (buffer == MAP_FAILED)
		return errno;
	length = read_whole(fd, buffer, capacity);
	if (length >= 0 && (size_t)length < capacity) {
		*ret_bytes = (struct slice){buffer, (size_t)length};
		return 0;
	}
	errnum = length < 0 ? errno : EFBIG;
	munmap(buffer, capacity);
	return errnum;
}

/* Returns 0 or an errno; EFBIG: too large. */
static int read_regular(int fd, size_t size, struct arena *arena, struct slice *ret_bytes)
{
	if (size <= SMALL_FILE) {
		/* One byte more shows a file that has grown. */
		char *buffer = arena_allocate(arena, size + 1, 1);
		ssize_t length = buffer == NULL ? -1 : read_whole(fd, buffer, size + 1);

		if (buffer == NULL)
			return ENOMEM;
		if (length < 0)
			return errno;
		if ((size_t)length <= size) {
			*ret_bytes = (struct slice){buffer, (size_t)length};
			return 0;
		}
	}
	return size > ETC_FILE_MAX ? EFBIG : read_mapped(fd, ret_bytes);
}

bool etcfile_read(int etc_fd, const char *name, struct arena *arena, struct slice *ret_bytes,
                  bool *ret_exists, struct error *error)
{
	const char *const doing = "reading the accounts";
	char path[PATH_SIZE];
	struct stat status;
	int errnum;
	/* O_NONBLOCK: a FIFO would wait here for its other end. */
	int fd AUTOCLOSE = openat(etc_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT) {
		*ret_bytes = slice_of("");
		*ret_exists = false;
		return true;
	}
	if (fd < 0 || fstat(fd, &status) != 0)
		return error_set_errno(error, doing, path_of(name, path), errno, NULL);
	if (!S_ISREG(status.st_mode))
		return error_set(error, doing, path_of(name, path), "not a regular file", NULL);
	/* On 32 bits a size may be larger than memory. */
	errnum = status.st_size > ETC_FILE_MAX
	                 ? EFBIG
	                 : read_regular(fd, (size_t)status.st_size, arena, ret_bytes);
	if (errnum == EFBIG)
		return error_set(error, doing, path_of(name, path), "larger than 16 MiB", NULL);
	if (errnum != 0)
		return error_set_errno(error, doing, path_of(name, path), errnum, NULL);
	*ret_exists = true;
	return true;
}

static bool is_refusal(int errnum)
{
	return errnum == EROFS || errnum == EACCES || errnum == EPERM || errnum == EBUSY ||
	       errnum == ELOOP;
}

static const struct line_change *change_of(const struct account_change *change, enum etc_file file)
{
	return file == ETC_GROUP ? &change->group : &change->passwd;
}

static bool plan_again(struct update *update)
{
	struct slice files[ETC_FILES] = {{NULL, 0}};
	struct account_change change;
	bool exists;

	for (size_t i = 0; i < ETC_FILES; i++) {
		if (!etcfile_read(update->etc_fd, file_names[i], update->arena, &files[i], &exists,
		                  update->error))
			return false;
	}
	if (!account_change_plan(files[ETC_PASSWD], files[ETC_GROUP], update->wish, update->arena,
	                         &change, update->error))
		return false;
	/* What has been done stays what was done. */
	if (update->written[ETC_GROUP])
		change.group = update->change.group;
	memcpy(update->files, files, sizeof(files));
	update->change = change;
	return true;
}

static bool write_failed(const struct update *update, const char *name, int errnum)
{
	const char *hint = "the file is as it was";
	char path[PATH_SIZE];

	if (errnum == ENOSPC || errnum == EDQUOT)
		hint = "the file is as it was; make room on its file system";
	else if (errnum == EAGAIN)
		hint = "somebody else is writing to it; start again";
	return error_set_errno(update->error, "making the account", path_of(name, path), errnum,
	                       hint);
}

/* Where no new file can take the old one's place. *refused is why, and stays so when a line
 * cannot be appended either. */
static bool append_to_file(struct update *update, enum etc_file file, int *refused)
{
	const char *name = file_names[file];
	struct edited_file edited;
	int fd AUTOCLOSE = -1;
	int errnum = etcwrite_open_append(update->etc_fd, name, &fd);

	if (errnum == ENOENT)
		return true;
	if (errnum != 0) {
		*refused = errnum;
		return is_refusal(errnum) || write_failed(update, name, errnum);
	}
	/* Another container may have written to it before it was locked. */
	if (!plan_again(update))
		return false;
	edited = account_file_edit(update->files[file], change_of(&update->change, file));
	if (edited.count > 1 && !edited.is_append)
		return true;
	*refused = 0;
	if (edited.count == 1)
		return true;
	errnum = etcwrite_append(fd, &edited);
	if (errnum != 0)
		return write_failed(update, name, errnum);
	update->written[file] = true;
	return true;
}

/* *ret_refused is why the file cannot be changed here, or 0. */
static bool write_file(struct update *update, enum etc_file file, int *ret_refused)
{
	const struct line_change *change = change_of(&update->change, file);
	struct edited_file edited = account_file_edit(update->files[file], change);
	size_t size = 0;
	int errnum = update->lock_errnum;

	*ret_refused = 0;
	if (change->action == ACCOUNT_KEEP)
		return true;
	for (size_t i = 0; i < edited.count; i++)
		size += edited.pieces[i].length;
	if (size > ETC_FILE_MAX)
		return write_failed(update, file_names[file], EFBIG);
	if (errnum == 0)
		errnum = etcwrite_replace(update->etc_fd, file_names[file], &edited, update->arena);
	if (errnum == 0) {
		update->written[file] = true;
		return true;
	}
	if (!is_refusal(errnum))
		return write_failed(update, file_names[file], errnum);
	*ret_refused = errnum;
	return errnum == ELOOP || !edited.is_append || append_to_file(update, file, ret_refused);
}

static bool lock_failed(const struct update *update, uint32_t holder)
{
	char hint[160];
	struct text text = text_in(hint, sizeof(hint));

	if (update->lock_errnum != EAGAIN)
		return error_set_errno(update->error, "locking the accounts", "/etc/.pwd.lock",
		                       update->lock_errnum, NULL);
	if (holder != 0) {
		text_add(&text, "process ");
		text_add_number(&text, holder);
		text_add(&text, " has it");
	} else {
		text_add(&text, "useradd, usermod, passwd, or another stepdown that shares /etc, "
		                "has it");
	}
	return error_set(update->error, "locking the accounts", "/etc/.pwd.lock",
	                 "still locked after 15 seconds", hint);
}

bool etcfile_make_account(int etc_fd, const struct account_wish *wish, struct arena *arena,
                          struct etcfile_outcome *ret_outcome, struct error *error)
{
	struct update update = {.etc_fd = etc_fd, .wish = wish, .arena = arena, .error = error};
	struct etcfile_outcome outcome = {.result = ETCFILE_UNCHANGED};
	int lock_fd AUTOCLOSE = -1;
	uint32_t holder = 0;
	int refused[ETC_FILES] = {0};

	update.lock_errnum = etcwrite_lock(etc_fd, &lock_fd, &holder);
	if (update.lock_errnum != 0 &&
	    (!is_refusal(update.lock_errnum) || update.lock_errnum == ELOOP))
		return lock_failed(&update, holder);
	for (size_t i = 0; i < ETC_FILES && update.lock_errnum == 0; i++)
		etcwrite_remove_stale(etc_fd, file_names[i]);
	if (!plan_again(&update) || !write_file(&update, ETC_GROUP, &refused[ETC_GROUP]) ||
	    !write_file(&update, ETC_PASSWD, &refused[ETC_PASSWD]))
		return false;
	outcome.change = update.change;
	outcome.group_written = update.written[ETC_GROUP];
	outcome.passwd_written = update.written[ETC_PASSWD];
	outcome.errnum = refused[ETC_PASSWD] != 0 ? refused[ETC_PASSWD] : refused[ETC_GROUP];
	if (outcome.errnum != 0)
		outcome.result = ETCFILE_REFUSED;
	else if (outcome.group_written || outcome.passwd_written)
		outcome.result = ETCFILE_WRITTEN;
	*ret_outcome = outcome;
	return true;
}
