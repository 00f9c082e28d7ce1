#include "calls.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAYS 32

enum {
	LIES = 1,      /* saying that it is done without doing it would matter */
	LATE = 2,      /* may have been done and report an error, as over a network */
	SHORTENS = 4,  /* may do less than it was asked for */
	EACH_TIME = 8, /* goes wrong by a filter alone, so it goes wrong each time */
	OPTIONAL = 16  /* without it the program does all that was asked for */
};

struct manual {
	long number;
	const char *name;
	unsigned flags;
	int errnums[WAYS]; /* ends with 0 */
};

#define PATH_ERRORS EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EIO, ESTALE
#define OPEN_ERRORS                                                                                \
	PATH_ERRORS, EBUSY, EDQUOT, EEXIST, EINTR, EINVAL, EISDIR, EMFILE, ENFILE, ENODEV, ENOSPC, \
		ENXIO, EOVERFLOW, EPERM, EROFS, ETXTBSY
#define CHANGE_ERRORS PATH_ERRORS, EDQUOT, ENOSPC, EPERM, EROFS
#define OWNER_ERRORS CHANGE_ERRORS, EINVAL, ENOSYS, ENOTSUP, EOVERFLOW
/* The answers of a seccomp filter, which any call can meet. Without them are calls that the C library
 * makes before main(), and those that run, end or say something. */
#define FILTERED EPERM, ENOSYS
/* clang-format off */
#define CALL(name, flags, ...) {SYS_##name, #name, flags, {__VA_ARGS__}}
/* clang-format on */

static const struct manual manuals[] = {
	CALL(faccessat, 0, PATH_ERRORS, EBADF, EINVAL, EROFS, ETXTBSY, FILTERED),
	CALL(access, 0, PATH_ERRORS, EINVAL, EROFS, ETXTBSY, FILTERED),
	/* Before the program's first instruction of its own: libc crashes it. */
	CALL(arch_prctl, 0, 0),
	CALL(capget, 0, EINVAL, ESRCH, FILTERED),
	CALL(capset, LIES | LATE, EINVAL, ESRCH, FILTERED),
	CALL(clock_gettime, OPTIONAL, EINVAL, FILTERED),
	CALL(clone, OPTIONAL, EAGAIN, EINVAL, ENOMEM, ENOSPC, FILTERED),
	/* Linux frees the descriptor whatever it answers (close(2)), so an error only comes late. A filter
	 * would leave /proc/sys/kernel/cap_last_cap open, which libcap-ng opens without O_CLOEXEC. */
	CALL(close, LATE, 0),
	CALL(execve, 0, PATH_ERRORS, E2BIG, EAGAIN, EINVAL, EISDIR, ELIBBAD, EMFILE, ENFILE,
             ENOEXEC, EPERM, ETXTBSY),
	CALL(exit, 0, 0),
	CALL(exit_group, 0, 0),
	CALL(fchmod, LATE, EIO, EROFS, FILTERED),
	CALL(fchown, LIES | LATE, OWNER_ERRORS),
	CALL(fchownat, LIES | LATE, OWNER_ERRORS),
	CALL(fcntl, LIES, EACCES, EAGAIN, EDEADLK, EINTR, EINVAL, EIO, ENOLCK, FILTERED),
	CALL(fgetxattr, 0, E2BIG, EIO, ENODATA, ENOTSUP, ERANGE, FILTERED),
	CALL(flistxattr, 0, E2BIG, EIO, ENOTSUP, ERANGE, FILTERED),
	CALL(flock, LIES, EAGAIN, EINTR, EINVAL, ENOLCK, ENOTSUP, FILTERED),
	CALL(fremovexattr, LIES | OPTIONAL, EIO, ENODATA, ENOTSUP, EROFS, FILTERED),
	CALL(fsetxattr, 0, EDQUOT, EIO, ENOSPC, ENOTSUP, EACCES, ERANGE, FILTERED),
	CALL(fstat, 0, EACCES, EIO, ENOMEM, EOVERFLOW, ESTALE, FILTERED),
	CALL(fstatfs, OPTIONAL, EINTR, EIO, ENOMEM, EOVERFLOW, ESTALE, FILTERED),
	CALL(fsync, LIES | LATE, EDQUOT, EINTR, EINVAL, EIO, ENOSPC, EROFS, FILTERED),
	/* After ENOSYS musl waits as on a kernel without private futexes, where no waker of today looks. A
	 * filter answers that call so, too, and one answer alone would be nobody's. */
	CALL(futex, 0, EAGAIN, EINTR, EPERM),
	CALL(getdents64, 0, EACCES, EINVAL, EIO, ENOENT, ENOMEM, ENOTDIR, ESTALE, FILTERED),
	CALL(getgroups, 0, EFAULT, EINVAL, FILTERED),
	CALL(getppid, OPTIONAL, FILTERED),
	CALL(getresgid, 0, EFAULT, FILTERED),
	CALL(getresuid, 0, EFAULT, FILTERED),
	CALL(getsid, OPTIONAL, ESRCH, FILTERED),
	CALL(gettid, 0, FILTERED),
	CALL(ioctl, OPTIONAL, EINVAL, EIO, ENOTTY, FILTERED),
	CALL(keyctl, LIES | OPTIONAL, EACCES, EDQUOT, ENOMEM, FILTERED),
	CALL(mkdirat, LIES | LATE, CHANGE_ERRORS, EEXIST, EMLINK, ENOSYS),
	CALL(mmap, 0, EAGAIN, ENOMEM, FILTERED),
	CALL(mprotect, 0, EACCES, ENOMEM),
	CALL(munmap, 0, EINVAL, ENOMEM, FILTERED),
	CALL(name_to_handle_at, OPTIONAL, PATH_ERRORS, EINVAL, ENOTSUP, FILTERED),
	CALL(nanosleep, 0, EINTR, FILTERED),
	CALL(newfstatat, 0, PATH_ERRORS, EOVERFLOW, FILTERED),
	CALL(open, 0, OPEN_ERRORS, ENOSYS),
	CALL(openat, 0, OPEN_ERRORS, ENOSYS),
	CALL(openat2, OPTIONAL, OPEN_ERRORS, E2BIG, EAGAIN, ENOSYS, EXDEV),
	CALL(pread64, SHORTENS, EAGAIN, EINTR, EIO, EISDIR, ENOMEM, ESTALE, FILTERED),
	CALL(prlimit64, OPTIONAL, EINVAL, FILTERED),
	CALL(read, SHORTENS, EAGAIN, EINTR, EIO, EISDIR, FILTERED),
	CALL(readlink, 0, PATH_ERRORS, EINVAL, FILTERED),
	CALL(renameat, LIES | LATE, CHANGE_ERRORS, EBUSY, EEXIST, EINVAL, EISDIR, EMLINK, ENOTEMPTY,
             EXDEV, ENOSYS),
	CALL(renameat2, OPTIONAL, CHANGE_ERRORS, EBUSY, EEXIST, EINVAL, ENOSYS, EXDEV),
	CALL(rt_sigaction, OPTIONAL, EINVAL, FILTERED),
	CALL(rt_sigprocmask, OPTIONAL, EINVAL, FILTERED),
	CALL(sched_getaffinity, OPTIONAL, EINVAL, ESRCH, FILTERED),
	CALL(sched_yield, 0, FILTERED),
	CALL(set_tid_address, 0, 0),
	/* The kernel's has no errors, only effects; a filter answers errors, and gVisor ENOSYS. */
	CALL(setfsuid, LIES, EACCES, FILTERED),
	CALL(setgroups, LIES | LATE, EFAULT, EINVAL, ENOMEM, FILTERED),
	CALL(setresgid, LIES | LATE, EAGAIN, EINVAL, FILTERED),
	CALL(setresuid, LIES | LATE, EAGAIN, EINVAL, FILTERED),
	CALL(stat, 0, PATH_ERRORS, EOVERFLOW, FILTERED),
	CALL(statx, OPTIONAL, PATH_ERRORS, EINVAL, ENOSYS, EOVERFLOW, EPERM),
	/* The manual: this call always succeeds, so only a filter answers otherwise. */
	CALL(umask, LIES | EACH_TIME, FILTERED),
	CALL(unlinkat, LIES | LATE, PATH_ERRORS, EBUSY, EINVAL, EISDIR, ENOTEMPTY, EROFS, FILTERED),
	CALL(write, LIES | LATE | SHORTENS, EAGAIN, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC,
             EPIPE, FILTERED),
	CALL(writev, LIES | LATE | SHORTENS, EAGAIN, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC,
             EPERM, EPIPE),
};

/* Calls of several faces. */
static const struct manual prctl_reads = CALL(prctl, 0, EINVAL, FILTERED);
static const struct manual futex_wakes = CALL(futex, 0, 0);
static const struct manual prctl_writes = CALL(prctl, LIES | LATE, EINVAL, FILTERED);

static const struct manual *find(long number)
{
	for (size_t i = 0; i < sizeof(manuals) / sizeof(manuals[0]); i++) {
		if (manuals[i].number == number)
			return &manuals[i];
	}
	return number == SYS_prctl ? &prctl_reads : NULL;
}

static const struct manual *find_for(const struct call *call)
{
	uint64_t option = call->arguments[0];

	if (call->number == SYS_prctl &&
	    (option == PR_CAPBSET_DROP || option == PR_SET_KEEPCAPS ||
	     option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECUREBITS ||
	     (option == PR_CAP_AMBIENT && call->arguments[1] != PR_CAP_AMBIENT_IS_SET)))
		return &prctl_writes;
	if (call->number == SYS_futex && (call->arguments[1] & FUTEX_CMD_MASK) != FUTEX_WAIT)
		return &futex_wakes;
	return find(call->number);
}

bool calls_is_known(long number)
{
	return find(number) != NULL;
}

const char *calls_name(long number)
{
	const struct manual *manual = find(number);

	return manual == NULL ? "an unknown call" : manual->name;
}

bool calls_goes_wrong_once(long number)
{
	return (find(number)->flags & EACH_TIME) == 0;
}

bool calls_is_optional(const struct call *call)
{
	/* Streams that cannot be given to the user stay as they are (S23). */
	return (find(call->number)->flags & OPTIONAL) != 0 ||
	       (call->number == SYS_fchown && call->arguments[0] <= STDERR_FILENO);
}

bool calls_choose(const struct call *call, size_t choice, enum deed *ret_deed, int *ret_errnum)
{
	static const struct {
		unsigned flag;
		enum deed deed;
	} more[] = {{LIES, DEED_LIE}, {LATE, DEED_LATE}, {SHORTENS, DEED_SHORT}};
	const struct manual *manual = find_for(call);
	size_t count = 0;

	for (; manual != NULL && manual->errnums[count] != 0; count++) {
		if (choice == count) {
			*ret_deed = DEED_FAIL;
			*ret_errnum = manual->errnums[count];
			return true;
		}
	}
	*ret_errnum = EIO;
	for (size_t i = 0; manual != NULL && i < sizeof(more) / sizeof(more[0]); i++) {
		*ret_deed = more[i].deed;
		if ((manual->flags & more[i].flag) != 0 && choice == count++)
			return true;
	}
	return false;
}
