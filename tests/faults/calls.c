#include "calls.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define WAYS 32

enum {
	LIES = 1,    /* saying that it is done without doing it would matter */
	LATE = 2,    /* may have been done and report an error, as over a network */
	SHORTENS = 4 /* may do less than it was asked for */
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
#define FILTERED EPERM, ENOSYS

static const struct manual manuals[] = {
	{SYS_faccessat, "faccessat", 0, {PATH_ERRORS, EBADF, EINVAL, EPERM, EROFS, ETXTBSY}},
	{SYS_access, "access", 0, {PATH_ERRORS, EINVAL, EPERM, EROFS, ETXTBSY}},
	/* Before the program's first instruction of its own: libc crashes it. */
	{SYS_arch_prctl, "arch_prctl", 0, {0}},
	{SYS_capget, "capget", 0, {EINVAL, ESRCH, FILTERED}},
	{SYS_capset, "capset", LIES | LATE, {EINVAL, ESRCH, FILTERED}},
	{SYS_clock_gettime, "clock_gettime", 0, {EINVAL, EPERM}},
	{SYS_clone, "clone", 0, {EAGAIN, EINVAL, ENOMEM, ENOSPC, FILTERED}},
	/* Linux frees the descriptor whatever it answers (close(2)), so an error only comes late. */
	{SYS_close, "close", LATE, {0}},
	{SYS_execve,
         "execve",
         0,
         {PATH_ERRORS, E2BIG, EAGAIN, EINVAL, EISDIR, ELIBBAD, EMFILE, ENFILE, ENOEXEC, EPERM,
          ETXTBSY}},
	{SYS_exit, "exit", 0, {0}},
	{SYS_exit_group, "exit_group", 0, {0}},
	{SYS_fchmod, "fchmod", LATE, {EIO, EPERM, EROFS}},
	{SYS_fchown, "fchown", LIES | LATE, {OWNER_ERRORS}},
	{SYS_fchownat, "fchownat", LIES | LATE, {OWNER_ERRORS}},
	{SYS_fcntl, "fcntl", LIES, {EACCES, EAGAIN, EDEADLK, EINTR, EINVAL, EIO, ENOLCK}},
	{SYS_fgetxattr, "fgetxattr", 0, {E2BIG, EIO, ENODATA, ENOTSUP, ERANGE}},
	{SYS_flistxattr, "flistxattr", 0, {E2BIG, EIO, ENOTSUP, ERANGE}},
	{SYS_flock, "flock", LIES, {EAGAIN, EINTR, EINVAL, ENOLCK, ENOTSUP}},
	{SYS_fremovexattr, "fremovexattr", LIES, {EIO, ENODATA, ENOTSUP, EPERM, EROFS}},
	{SYS_fsetxattr, "fsetxattr", 0, {EDQUOT, EIO, ENOSPC, ENOTSUP, EPERM, EACCES, ERANGE}},
	{SYS_fstat, "fstat", 0, {EACCES, EIO, ENOMEM, EOVERFLOW, ESTALE}},
	{SYS_fstatfs, "fstatfs", 0, {EINTR, EIO, ENOMEM, ENOSYS, EOVERFLOW, ESTALE}},
	{SYS_fsync, "fsync", LIES | LATE, {EDQUOT, EINTR, EINVAL, EIO, ENOSPC, EROFS}},
	{SYS_ftruncate, "ftruncate", LIES, {EINTR, EINVAL, EIO, EPERM, EROFS}},
	{SYS_futex, "futex", 0, {EAGAIN, EINTR}},
	{SYS_getdents64, "getdents64", 0, {EACCES, EINVAL, EIO, ENOENT, ENOMEM, ENOTDIR, ESTALE}},
	{SYS_getgroups, "getgroups", 0, {EFAULT, EINVAL, FILTERED}},
	{SYS_getpid, "getpid", 0, {0}},
	{SYS_getppid, "getppid", 0, {FILTERED}},
	{SYS_getresgid, "getresgid", 0, {EFAULT, FILTERED}},
	{SYS_getresuid, "getresuid", 0, {EFAULT, FILTERED}},
	{SYS_gettid, "gettid", 0, {0}},
	{SYS_ioctl, "ioctl", 0, {EINVAL, EIO, ENOTTY, EPERM}},
	{SYS_keyctl, "keyctl", LIES, {EACCES, EDQUOT, ENOMEM, FILTERED}},
	{SYS_mkdirat, "mkdirat", LIES | LATE, {CHANGE_ERRORS, EEXIST, EMLINK}},
	{SYS_mmap, "mmap", 0, {EAGAIN, ENOMEM, EPERM}},
	{SYS_mprotect, "mprotect", 0, {EACCES, ENOMEM}},
	{SYS_munmap, "munmap", 0, {EINVAL, ENOMEM}},
	{SYS_name_to_handle_at, "name_to_handle_at", 0, {PATH_ERRORS, EINVAL, ENOTSUP, FILTERED}},
	{SYS_nanosleep, "nanosleep", 0, {EINTR}},
	{SYS_newfstatat, "newfstatat", 0, {PATH_ERRORS, EOVERFLOW}},
	{SYS_open, "open", 0, {OPEN_ERRORS}},
	{SYS_openat, "openat", 0, {OPEN_ERRORS}},
	{SYS_openat2, "openat2", 0, {OPEN_ERRORS, E2BIG, EAGAIN, ENOSYS, EXDEV}},
	{SYS_pread64, "pread64", SHORTENS, {EAGAIN, EINTR, EIO, EISDIR, ENOMEM, ESTALE}},
	{SYS_prlimit64, "prlimit64", 0, {EINVAL, FILTERED}},
	{SYS_read, "read", SHORTENS, {EAGAIN, EINTR, EIO, EISDIR}},
	{SYS_readlink, "readlink", 0, {PATH_ERRORS, EINVAL}},
	{SYS_readlinkat, "readlinkat", 0, {PATH_ERRORS, EINVAL}},
	{SYS_renameat,
         "renameat",
         LIES | LATE,
         {CHANGE_ERRORS, EBUSY, EEXIST, EINVAL, EISDIR, EMLINK, ENOTEMPTY, EXDEV}},
	{SYS_renameat2, "renameat2", 0, {CHANGE_ERRORS, EBUSY, EEXIST, EINVAL, ENOSYS, EXDEV}},
	{SYS_rt_sigaction, "rt_sigaction", 0, {EINVAL}},
	{SYS_rt_sigprocmask, "rt_sigprocmask", 0, {EINVAL}},
	{SYS_sched_getaffinity, "sched_getaffinity", 0, {EINVAL, ESRCH, FILTERED}},
	{SYS_sched_yield, "sched_yield", 0, {0}},
	{SYS_set_tid_address, "set_tid_address", 0, {0}},
	/* The kernel's has no errors, only effects; a filter answers errors, and gVisor ENOSYS. */
	{SYS_setfsuid, "setfsuid", LIES, {EACCES, FILTERED}},
	{SYS_setgroups, "setgroups", LIES | LATE, {EFAULT, EINVAL, ENOMEM, FILTERED}},
	{SYS_setresgid, "setresgid", LIES | LATE, {EAGAIN, EINVAL, FILTERED}},
	{SYS_setresuid, "setresuid", LIES | LATE, {EAGAIN, EINVAL, FILTERED}},
	{SYS_stat, "stat", 0, {PATH_ERRORS, EOVERFLOW}},
	{SYS_statx, "statx", 0, {PATH_ERRORS, EINVAL, ENOSYS, EOVERFLOW, EPERM}},
	{SYS_tgkill, "tgkill", 0, {EAGAIN, EINVAL, EPERM, ESRCH}},
	/* The manual: this call always succeeds. */
	{SYS_umask, "umask", 0, {0}},
	{SYS_unlinkat,
         "unlinkat",
         LIES | LATE,
         {PATH_ERRORS, EBUSY, EINVAL, EISDIR, ENOTEMPTY, EPERM, EROFS}},
	{SYS_write,
         "write",
         LIES | LATE | SHORTENS,
         {EAGAIN, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC, EPERM, EPIPE}},
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
