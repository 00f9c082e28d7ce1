#include "fail_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static struct fault {
	enum call call;
	unsigned from, to, seen;
	int errnum;
	bool met;
	enum call always;
	int errnum_always;
	const char *name;
	int errnum_of_name;
} fault = {.call = CALLS, .always = CALLS};

static void (*watching)(enum call call, long word, const char *name);
static bool passes_over_pauses;
static struct timespec stopped_at; /* tv_sec is 0 if the clock runs */
static bool hides_mount_ids;

void fail_call(enum call call, unsigned at, unsigned again, int errnum)
{
	fault.call = call;
	fault.from = at;
	fault.to = at + again;
	fault.seen = 0;
	fault.errnum = errnum;
	fault.met = false;
}

void fail_always(enum call call, int errnum)
{
	fault.always = call;
	fault.errnum_always = errnum;
}

void fail_name(const char *name, int errnum)
{
	fault.name = name;
	fault.errnum_of_name = errnum;
}

void watch_calls(void (*watcher)(enum call call, long word, const char *name))
{
	watching = watcher;
}

void hide_mount_ids(void)
{
	hides_mount_ids = true;
}

bool fail_no_call(void)
{
	fault.call = fault.always = CALLS;
	fault.name = NULL;
	return fault.met;
}

void pass_over_pauses(void)
{
	passes_over_pauses = true;
}

const char *name_of_call(enum call call)
{
	static const char names[CALLS][16] = {
		"fchmod",     "fchown",    "fchownat",     "fcntl",     "fgetxattr",
		"flistxattr", "flock",     "fremovexattr", "fsetxattr", "fstat",
		"fsync",      "ftruncate", "getrlimit",    "mmap",      "openat",
		"pread",      "renameat",  "syscall",      "unlinkat",  "writev",
	};

	return names[call];
}

static void show(enum call call, long word, const char *name)
{
	void (*watcher)(enum call call, long word, const char *name) = watching;
	const int errnum = errno;
	const struct fault kept = fault;

	if (watcher == NULL)
		return;
	watching = NULL;
	fail_no_call();
	watcher(call, word, name);
	fault = kept;
	watching = watcher;
	errno = errnum;
}

static bool fails(enum call call)
{
	if (call == fault.always) {
		errno = fault.errnum_always;
		return true;
	}
	if (call != fault.call)
		return false;
	fault.seen++;
	if (fault.seen < fault.from || fault.seen > fault.to)
		return false;
	fault.met = true;
	errno = fault.errnum;
	return true;
}

/* What would have been called; on these machines a name with 64 behind it is the same function. */
#define NEXT(name) ((__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name))

int fchmod(int fd, mode_t mode)
{
	return fails(CALL_FCHMOD) ? -1 : NEXT(fchmod)(fd, mode);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	return fails(CALL_FCHOWN) ? -1 : NEXT(fchown)(fd, uid, gid);
}

int fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags)
{
	show(CALL_FCHOWNAT, flags, path);
	return fails(CALL_FCHOWNAT) ? -1 : NEXT(fchownat)(fd, path, uid, gid, flags);
}

int fcntl(int fd, int command, ...)
{
	va_list rest;
	void *argument;

	va_start(rest, command);
	argument = va_arg(rest, void *);
	va_end(rest);
	return fails(CALL_FCNTL) ? -1 : NEXT(fcntl)(fd, command, argument);
}

ssize_t fgetxattr(int fd, const char *name, void *value, size_t size)
{
	return fails(CALL_FGETXATTR) ? -1 : NEXT(fgetxattr)(fd, name, value, size);
}

ssize_t flistxattr(int fd, char *list, size_t size)
{
	return fails(CALL_FLISTXATTR) ? -1 : NEXT(flistxattr)(fd, list, size);
}

int flock(int fd, int operation)
{
	return fails(CALL_FLOCK) ? -1 : NEXT(flock)(fd, operation);
}

int fremovexattr(int fd, const char *name)
{
	return fails(CALL_FREMOVEXATTR) ? -1 : NEXT(fremovexattr)(fd, name);
}

int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
	return fails(CALL_FSETXATTR) ? -1 : NEXT(fsetxattr)(fd, name, value, size, flags);
}

int fstat(int fd, struct stat *status)
{
	return fails(CALL_FSTAT) ? -1 : NEXT(fstat)(fd, status);
}

/* Nobody pulls the plug here. */
int fsync(int fd)
{
	show(CALL_FSYNC, fd, NULL);
	return fails(CALL_FSYNC) ? -1 : 0;
}

int ftruncate(int fd, off_t length)
{
	return fails(CALL_FTRUNCATE) ? -1 : NEXT(ftruncate)(fd, length);
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
	return fails(CALL_GETRLIMIT) ? -1 : NEXT(getrlimit)(resource, limit);
}

/* Nothing can be written behind a mapping: a page that nobody may use follows it. */
#define GUARD 65536U

static size_t with_guard(size_t length)
{
	return (length + 2 * GUARD - 1) / GUARD * GUARD;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	size_t whole = with_guard(length);
	char *memory = MAP_FAILED;

	if (!fails(CALL_MMAP))
		memory = NEXT(mmap)(address, whole, protection, flags, fd, offset);
	if (memory != MAP_FAILED)
		mprotect(memory + whole - GUARD, GUARD, PROT_NONE);
	return memory;
}

int munmap(void *address, size_t length)
{
	return NEXT(munmap)(address, with_guard(length));
}

int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	return passes_over_pauses ? 0 : NEXT(nanosleep)(duration, remaining);
}

void stop_clock(bool stops)
{
	stopped_at.tv_sec = 0;
	if (stops)
		clock_gettime(CLOCK_REALTIME_COARSE, &stopped_at);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	if (clock != CLOCK_REALTIME_COARSE || stopped_at.tv_sec == 0)
		return NEXT(clock_gettime)(clock, ret_time);
	*ret_time = stopped_at;
	return 0;
}

int openat(int fd, const char *path, int flags, ...)
{
	va_list rest;
	unsigned mode;

	va_start(rest, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
	va_end(rest);
	return fails(CALL_OPENAT) ? -1 : NEXT(openat)(fd, path, flags, mode);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
	if (!fails(CALL_PREAD))
		return NEXT(pread)(fd, bytes, size, offset);
	return errno != 0 ? -1 : NEXT(pread)(fd, bytes, size < 5 ? size : 5, offset);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	show(CALL_RENAMEAT, to_fd, to);
	return fails(CALL_RENAMEAT) ? -1 : NEXT(renameat)(from_fd, from, to_fd, to);
}

/* Returns the name that the system call NUMBER looks up, or NULL if the call looks up no name. */
static const char *name_of(long number, const long words[static 6])
{
	bool has_name = number == SYS_openat || number == SYS_statx || number == SYS_mkdirat ||
	                number == 437 /* openat2 */;

	return has_name ? (const char *)words[1] : NULL;
}

/* In what statx(2) has told. */
static void hide_mount_id(char *status)
{
	uint32_t mask;

	memcpy(&mask, status, sizeof(mask));
	mask &= ~0x1000U;
	memcpy(status, &mask, sizeof(mask));
	memset(status + 0x90, 0, sizeof(uint64_t));
}

/* Some of these arguments nobody has passed. */
__attribute__((no_sanitize_address)) long syscall(long number, ...)
{
	va_list rest;
	long words[6];
	const char *name;
	long result;

	va_start(rest, number);
	for (size_t i = 0; i < 6; i++)
		words[i] = va_arg(rest, long);
	va_end(rest);
	name = name_of(number, words);
	show(CALL_SYSCALL, number, name);
	if (fault.name != NULL && name != NULL && strcmp(name, fault.name) == 0) {
		errno = fault.errnum_of_name;
		return -1;
	}
	if (fails(CALL_SYSCALL))
		return -1;
	result = NEXT(syscall)(number, words[0], words[1], words[2], words[3], words[4], words[5]);
	if (hides_mount_ids && number == SYS_statx && result == 0)
		hide_mount_id((char *)words[4]);
	return result;
}

int unlinkat(int fd, const char *path, int flags)
{
	return fails(CALL_UNLINKAT) ? -1 : NEXT(unlinkat)(fd, path, flags);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	if (!fails(CALL_WRITEV))
		return NEXT(writev)(fd, pieces, count);
	if (errno != 0)
		return -1;
	return write(fd, pieces[0].iov_base, pieces[0].iov_len);
}
