#ifndef STEPDOWN_TESTS_HOOKED_CALLS_H
#define STEPDOWN_TESTS_HOOKED_CALLS_H

/* A hook of the test sees these calls of src before the kernel does, and may answer them itself. So a test acts
 * between two calls of a walk, and one call fails about one name. tests/faults lets calls of the whole program fail.
 * To be included behind "scratch.h", by the one file of a program. */

#include <pthread.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>

struct call {
	long number;
	long words[6];
	long answer; /* as of syscall(2): -1 with errno, or what the call returns */
};

/* Returns true if it has answered. It does not see the calls that it makes itself. A test that sets it walks with one
 * worker. NULL: no hook. */
static bool (*hook)(struct call *call);

static inline bool fail_call(struct call *call, int errnum)
{
	call->answer = -1;
	errno = errnum;
	return true;
}

/* Offsets in struct statx, for hooks that change an answer. */
enum { STX_NLINK = 0x10, STX_INO = 0x20, STX_CTIME = 0x68, STX_DEV_MINOR = 0x8c };

/* The name that a call of as_owner.c is about; "": none. */
static inline const char *name_of(const struct call *call)
{
	bool has_name = call->number == SYS_openat || call->number == SYS_OPENAT2 ||
	                call->number == SYS_statx || call->number == SYS_mkdirat;

	return has_name && call->words[1] != 0 ? (const char *)call->words[1] : "";
}

/* The flags of a call that has some. */
static inline long flags_of(const struct call *call)
{
	if (call->number == SYS_fchownat)
		return call->words[4];
	/* The flags are the first word of struct open_how. */
	if (call->number == SYS_OPENAT2 && call->words[2] != 0)
		return *(const long *)call->words[2];
	return call->words[2];
}

/* The kernel does the call, and a hook may change what it returns. */
static inline void let_through(struct call *call)
{
	const long *words = call->words;

	call->answer = syscall(call->number, words[0], words[1], words[2], words[3], words[4]);
}

/* The clock that inodes are stamped with stands still, or moves by some ns in each pause. Nobody waits for it. */
#define EXACT_NS 3000000 /* by which the exact clock is ahead */
static struct timespec stopped_at;
static long pause_ns;
static unsigned pauses;

static inline bool stop_clock(struct call *call)
{
	if (call->number == SYS_nanosleep) {
		pauses++;
		stopped_at.tv_nsec += pause_ns;
	}
	assert_true(pauses < 6000);
	if (call->number != SYS_clock_gettime ||
	    (call->words[0] != CLOCK_REALTIME_COARSE && call->words[0] != CLOCK_REALTIME))
		return call->number == SYS_nanosleep;
	memcpy((void *)call->words[1], &stopped_at, sizeof(stopped_at));
	if (call->words[0] == CLOCK_REALTIME)
		((struct timespec *)call->words[1])->tv_nsec += EXACT_NS;
	return true;
}

/* A hook has refused AT_NO_AUTOMOUNT, as gVisor does. */
static bool is_automount_refused;

/* A call on a name follows no link, crosses no mount and triggers no automount. No open or lock blocks, and no open leaves a
 * descriptor behind execve(2). */
static inline void assert_flags(const struct call *call)
{
	const long *words = call->words;
	const uint64_t *how =
		(const uint64_t *)words[2]; /* struct open_how: flags, mode, resolve */
	const long pin = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	const long list = O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	const long by_name = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
	long flags = flags_of(call);

	if (call->number == SYS_OPENAT2 && how != NULL) {
		/* RESOLVE_NO_SYMLINKS, _NO_MAGICLINKS, and below a directory _BENEATH and _NO_XDEV. */
		bool is_up = strcmp(name_of(call), "..") == 0;

		assert_int_equal(how[2], (int)words[0] == AT_FDCWD ? 6 : is_up ? 7 : 15);
	}
	if (call->number == SYS_openat || (call->number == SYS_OPENAT2 && how != NULL))
		assert_true(flags == pin || flags == list);
	if (call->number == SYS_flock)
		assert_true((words[1] & (LOCK_NB | LOCK_UN)) != 0);
	if (call->number == SYS_statx) {
		assert_int_equal(words[3], 0x17ff); /* STATX_BASIC_STATS and STATX_MNT_ID */
		assert_true(flags == AT_EMPTY_PATH || flags == by_name ||
		            flags == (by_name | 0x4000) || /* AT_STATX_DONT_SYNC */
		            (is_automount_refused && flags == AT_SYMLINK_NOFOLLOW));
	}
}

/* The caller has not passed all of these words. */
__attribute__((no_sanitize_address)) long syscall(long number, ...)
{
	bool (*const present)(struct call * call) = hook;
	struct call call = {.number = number};
	const long *words = call.words;
	bool is_answered = false;
	va_list rest;

	va_start(rest, number);
	for (size_t i = 0; i < COUNT(call.words); i++)
		call.words[i] = va_arg(rest, long);
	va_end(rest);
	assert_flags(&call);
	if (present != NULL) {
		hook = NULL;
		is_answered = present(&call);
		hook = present;
		is_automount_refused |= is_answered && number == SYS_statx && errno == EINVAL;
	}
	if (is_answered)
		return call.answer;
	return NEXT(syscall)(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

/* A function that passes its call on to syscall(). */
#define FUNCTION_OF_CALL(type, name, parameters, ...)                                              \
	type name parameters                                                                       \
	{                                                                                          \
		return (type)syscall(SYS_##name, __VA_ARGS__);                                     \
	}

FUNCTION_OF_CALL(int, clock_gettime, (clockid_t clock, struct timespec *ret_time), clock, ret_time)
FUNCTION_OF_CALL(int, fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags), fd,
                 path, uid, gid, flags)
FUNCTION_OF_CALL(int, fstat, (int fd, struct stat *status), fd, status)
FUNCTION_OF_CALL(int, flock, (int fd, int operation), fd, operation)
FUNCTION_OF_CALL(int, nanosleep, (const struct timespec *time, struct timespec *ret_left), time,
                 ret_left)
FUNCTION_OF_CALL(ssize_t, readlinkat, (int fd, const char *path, char *target, size_t size), fd,
                 path, target, size)

ssize_t readlink(const char *path, char *target, size_t size)
{
	return readlinkat(AT_FDCWD, path, target, size);
}

/* A walk gives back all memory that it maps, except for the two buffers of resolve_path.c. */
static atomic_size_t bytes_mapped;

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	void *memory = (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);

	if (memory != MAP_FAILED)
		bytes_mapped += length;
	return memory;
}

int munmap(void *address, size_t length)
{
	bytes_mapped -= length;
	return (int)syscall(SYS_munmap, address, length);
}

/* A walk gives back each lock that it takes, and only those. */
static atomic_int locks_held;
static void (*before_lock)(void);

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (before_lock != NULL)
		before_lock();
	locks_held++;
	return NEXT(pthread_mutex_lock)(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	locks_held--;
	return NEXT(pthread_mutex_unlock)(mutex);
}

#endif
