#include "calls.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

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

static const struct manual manuals[] = {
	{SYS_faccessat, "faccessat", 0, {PATH_ERRORS, EBADF, EINVAL, EROFS, ETXTBSY, FILTERED}},
	{SYS_access, "access", 0, {PATH_ERRORS, EINVAL, EROFS, ETXTBSY, FILTERED}},
	/* Before the program's first instruction of its own: libc crashes it. */
	{SYS_arch_prctl, "arch_prctl", 0, {0}},
	{SYS_capget, "capget", 0, {EINVAL, ESRCH, FILTERED}},
	{SYS_capset, "capset", LIES | LATE, {EINVAL, ESRCH, FILTERED}},
	{SYS_clock_gettime, "clock_gettime", OPTIONAL, {EINVAL, FILTERED}},
	{SYS_clone, "clone", OPTIONAL, {EAGAIN, EINVAL, ENOMEM, ENOSPC, FILTERED}},
	/* Linux frees the descriptor whatever it answers (close(2)), so an error only comes late. A filter
	 * would leave /proc/sys/kernel/cap_last_cap open, which libcap-ng opens without O_CLOEXEC. */
	{SYS_close, "close", LATE, {0}},
	{SYS_execve,
         "execve",
         0,
         {PATH_ERRORS, E2BIG, EAGAIN, EINVAL, EISDIR, ELIBBAD, EMFILE, ENFILE, ENOEXEC, EPERM,
          ETXTBSY}},
	{SYS_exit, "exit", 0, {0}},
	{SYS_exit_group, "exit_group", 0, {0}},
	{SYS_fchmod, "fchmod", LATE, {EIO, EROFS, FILTERED}},
	{SYS_fchown, "fchown", LIES | LATE, {OWNER_ERRORS}},
	{SYS_fchownat, "fchownat", LIES | LATE, {OWNER_ERRORS}},
	{SYS_fcntl, "fcntl", LIES, {EACCES, EAGAIN, EDEADLK, EINTR, EINVAL, EIO, ENOLCK, FILTERED}},
	{SYS_fgetxattr, "fgetxattr", 0, {E2BIG, EIO, ENODATA, ENOTSUP, ERANGE, FILTERED}},
	{SYS_flistxattr, "flistxattr", 0, {E2BIG, EIO, ENOTSUP, ERANGE, FILTERED}},
	{SYS_flock, "flock", LIES, {EAGAIN, EINTR, EINVAL, ENOLCK, ENOTSUP, FILTERED}},
	{SYS_fremovexattr,
         "fremovexattr",
         LIES | OPTIONAL,
         {EIO, ENODATA, ENOTSUP, EROFS, FILTERED}},
	{SYS_fsetxattr, "fsetxattr", 0, {EDQUOT, EIO, ENOSPC, ENOTSUP, EACCES, ERANGE, FILTERED}},
	{SYS_fstat, "fstat", 0, {EACCES, EIO, ENOMEM, EOVERFLOW, ESTALE, FILTERED}},
	{SYS_fstatfs, "fstatfs", OPTIONAL, {EINTR, EIO, ENOMEM, EOVERFLOW, ESTALE, FILTERED}},
	{SYS_fsync, "fsync", LIES | LATE, {EDQUOT, EINTR, EINVAL, EIO, ENOSPC, EROFS, FILTERED}},
	{SYS_ftruncate, "ftruncate", LIES, {EINTR, EINVAL, EIO, EROFS, FILTERED}},
	/* After ENOSYS musl waits as on a kernel without private futexes, where no waker of today looks. A
	 * filter answers that call so, too, and one answer alone would be nobody's. */
	{SYS_futex, "futex", 0, {EAGAIN, EINTR, EPERM}},
	{SYS_getdents64,
         "getdents64",
         0,
         {EACCES, EINVAL, EIO, ENOENT, ENOMEM, ENOTDIR, ESTALE, FILTERED}},
	{SYS_getgroups, "getgroups", 0, {EFAULT, EINVAL, FILTERED}},
	{SYS_getpid, "getpid", 0, {FILTERED}},
	{SYS_getppid, "getppid", OPTIONAL, {FILTERED}},
	{SYS_getresgid, "getresgid", 0, {EFAULT, FILTERED}},
	{SYS_getresuid, "getresuid", 0, {EFAULT, FILTERED}},
	{SYS_gettid, "gettid", 0, {FILTERED}},
	{SYS_ioctl, "ioctl", OPTIONAL, {EINVAL, EIO, ENOTTY, FILTERED}},
	{SYS_keyctl, "keyctl", LIES | OPTIONAL, {EACCES, EDQUOT, ENOMEM, FILTERED}},
	{SYS_mkdirat, "mkdirat", LIES | LATE, {CHANGE_ERRORS, EEXIST, EMLINK, ENOSYS}},
	{SYS_mmap, "mmap", 0, {EAGAIN, ENOMEM, FILTERED}},
	{SYS_mprotect, "mprotect", 0, {EACCES, ENOMEM}},
	{SYS_munmap, "munmap", 0, {EINVAL, ENOMEM, FILTERED}},
	{SYS_name_to_handle_at,
         "name_to_handle_at",
         OPTIONAL,
         {PATH_ERRORS, EINVAL, ENOTSUP, FILTERED}},
	{SYS_nanosleep, "nanosleep", 0, {EINTR, FILTERED}},
	{SYS_newfstatat, "newfstatat", 0, {PATH_ERRORS, EOVERFLOW, FILTERED}},
	{SYS_open, "open", 0, {OPEN_ERRORS, ENOSYS}},
	{SYS_openat, "openat", 0, {OPEN_ERRORS, ENOSYS}},
	{SYS_openat2, "openat2", OPTIONAL, {OPEN_ERRORS, E2BIG, EAGAIN, ENOSYS, EXDEV}},
	{SYS_pread64, "pread64", SHORTENS, {EAGAIN, EINTR, EIO, EISDIR, ENOMEM, ESTALE, FILTERED}},
	{SYS_prlimit64, "prlimit64", OPTIONAL, {EINVAL, FILTERED}},
	{SYS_read, "read", SHORTENS, {EAGAIN, EINTR, EIO, EISDIR, FILTERED}},
	{SYS_readlink, "readlink", 0, {PATH_ERRORS, EINVAL, FILTERED}},
	{SYS_readlinkat, "readlinkat", 0, {PATH_ERRORS, EINVAL, FILTERED}},
	{SYS_renameat,
         "renameat",
         LIES | LATE,
         {CHANGE_ERRORS, EBUSY, EEXIST, EINVAL, EISDIR, EMLINK, ENOTEMPTY, EXDEV, ENOSYS}},
	{SYS_renameat2,
         "renameat2",
         OPTIONAL,
         {CHANGE_ERRORS, EBUSY, EEXIST, EINVAL, ENOSYS, EXDEV}},
	{SYS_rt_sigaction, "rt_sigaction", OPTIONAL, {EINVAL, FILTERED}},
	{SYS_rt_sigprocmask, "rt_sigprocmask", OPTIONAL, {EINVAL, FILTERED}},
	{SYS_sched_getaffinity, "sched_getaffinity", OPTIONAL, {EINVAL, ESRCH, FILTERED}},
	{SYS_sched_yield, "sched_yield", 0, {FILTERED}},
	{SYS_set_tid_address, "set_tid_address", 0, {0}},
	/* The kernel's has no errors, only effects; a filter answers errors, and gVisor ENOSYS. */
	{SYS_setfsuid, "setfsuid", LIES, {EACCES, FILTERED}},
	{SYS_setgroups, "setgroups", LIES | LATE, {EFAULT, EINVAL, ENOMEM, FILTERED}},
	{SYS_setresgid, "setresgid", LIES | LATE, {EAGAIN, EINVAL, FILTERED}},
	{SYS_setresuid, "setresuid", LIES | LATE, {EAGAIN, EINVAL, FILTERED}},
	{SYS_stat, "stat", 0, {PATH_ERRORS, EOVERFLOW, FILTERED}},
	{SYS_statx, "statx", OPTIONAL, {PATH_ERRORS, EINVAL, ENOSYS, EOVERFLOW, EPERM}},
	{SYS_tgkill, "tgkill", 0, {EAGAIN, EINVAL, ESRCH, FILTERED}},
	/* The manual: this call always succeeds, so only a filter answers otherwise. */
	{SYS_umask, "umask", LIES | EACH_TIME, {FILTERED}},
	{SYS_unlinkat,
         "unlinkat",
         LIES | LATE,
         {PATH_ERRORS, EBUSY, EINVAL, EISDIR, ENOTEMPTY, EROFS, FILTERED}},
	{SYS_write,
         "write",
         LIES | LATE | SHORTENS,
         {EAGAIN, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC, EPIPE, FILTERED}},
	{SYS_writev,
         "writev",
         LIES | LATE | SHORTENS,
         {EAGAIN, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC, EPERM, EPIPE}},
};

/* Calls of several faces. */
static const struct manual prctl_reads = {SYS_prctl, "prctl", 0, {EINVAL, FILTERED}};
static const struct manual futex_wakes = {SYS_futex, "futex", 0, {0}};
static const struct manual prctl_writes = {SYS_prctl, "prctl", LIES | LATE, {EINVAL, FILTERED}};

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

bool calls_is_optional(long number)
{
	return (find(number)->flags & OPTIONAL) != 0;
}

bool calls_choose(const struct call *call, size_t choice, enum deed *ret_deed, int *ret_errnum)
{
	static const struct {
		unsigned flag;
		enum deed deed;
	} more[] = {{LIES, DEED_LIE}, {LATE, DEED_LATE}, {SHORTENS, DEED_SHORT}};
	const struct manual *manual = find_for(call);
	size_t count = 0;

	if (manual == NULL)
		return false;
	while (manual->errnums[count] != 0)
		count++;
	*ret_errnum = EIO;
	if (choice < count) {
		*ret_deed = DEED_FAIL;
		*ret_errnum = manual->errnums[choice];
		return true;
	}
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if ((manual->flags & more[i].flag) == 0)
			continue;
		*ret_deed = more[i].deed;
		if (choice == count++)
			return true;
	}
	return false;
}
