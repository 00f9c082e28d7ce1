/* System calls that fail, lie, do less, or fail after they were done. */

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

#define PRCTL(option) KIND(SYS_prctl, option)
#define CREDENTIALS                                                                                \
	SYS_capset, SYS_setgroups, SYS_setresgid, SYS_setresuid, PRCTL(PR_CAPBSET_DROP),           \
		PRCTL(PR_CAP_AMBIENT), PRCTL(PR_SET_KEEPCAPS), PRCTL(PR_SET_NO_NEW_PRIVS),         \
		PRCTL(PR_SET_SECUREBITS)
#define FILES                                                                                      \
	SYS_fchown, SYS_fchownat, SYS_fsync, SYS_mkdirat, SYS_renameat, SYS_unlinkat, SYS_write,   \
		SYS_writev
#define OF(...) (const long[]){__VA_ARGS__}, COUNT(((const long[]){__VA_ARGS__}))

/* Calls of some kinds can go wrong with the errnos that stepdown may tell apart, and EIO in the place of the
 * others. The errnos end with 0. */
static const struct way {
	enum deed deed;
	int errnums[20];
	const long *kinds;
	size_t kind_count;
} ways[] = {
	/* Calls that have a path. */
	{DEED_FAIL,
         {EACCES, EBUSY, EEXIST, EINTR, EIO, EISDIR, ELOOP, EMFILE, ENAMETOOLONG, ENOENT, ENOMEM,
          ENOSPC, ENOTDIR, EOVERFLOW, EROFS, ESTALE, ETXTBSY},
         OF(SYS_access, SYS_execve, SYS_faccessat, SYS_fchownat, SYS_mkdirat, SYS_name_to_handle_at,
            SYS_newfstatat, SYS_open, SYS_openat, SYS_openat2, SYS_readlink, SYS_renameat,
            SYS_renameat2, SYS_stat, SYS_statx, SYS_unlinkat)},
	{DEED_FAIL, {EAGAIN, EXDEV}, OF(SYS_openat2, SYS_renameat)},
	{DEED_FAIL, {E2BIG, ELIBBAD, ENOEXEC}, OF(SYS_execve)},
	/* Calls that have a descriptor. */
	{DEED_FAIL,
         {EACCES, EAGAIN, EDQUOT, EINTR, EIO, ENOLCK, ENOMEM, ENOSPC, ENOTSUP, EROFS, ESTALE},
         OF(SYS_fchmod, SYS_fchown, SYS_fcntl, SYS_fgetxattr, SYS_flistxattr, SYS_flock,
            SYS_fremovexattr, SYS_fsetxattr, SYS_fstat, SYS_fstatfs, SYS_fsync, SYS_getdents64,
            SYS_ioctl, SYS_pread64, SYS_read, SYS_write, SYS_writev)},
	{DEED_FAIL, {E2BIG, ENODATA, ERANGE}, OF(SYS_fgetxattr, SYS_flistxattr, SYS_fsetxattr)},
	{DEED_FAIL, {EFBIG, EPIPE}, OF(SYS_write, SYS_writev)},
	{DEED_FAIL, {ENOENT}, OF(SYS_getdents64)},
	/* Calls that are about the process. */
	{DEED_FAIL,
         {EACCES, EAGAIN, EINTR, ENOMEM},
         OF(SYS_capset, SYS_clone, SYS_keyctl, SYS_mmap, SYS_mprotect, SYS_munmap, SYS_nanosleep,
            SYS_setfsuid, SYS_setgroups, SYS_setresgid, SYS_setresuid)},
	{DEED_FAIL, {EAGAIN, EINTR, EPERM}, OF(SYS_futex)},
	{DEED_FAIL, {EDQUOT}, OF(SYS_keyctl)},
	/* Saying that it is done without doing it would matter. */
	{DEED_LIE,
         {0},
         OF(CREDENTIALS, FILES, SYS_fcntl, SYS_flock, SYS_fremovexattr, SYS_keyctl, SYS_setfsuid,
            SYS_umask)},
	/* May have been done and report an error, as over a network. Linux frees the descriptor whatever
	 * close(2) answers, so its error only comes late. */
	{DEED_LATE, {EIO}, OF(CREDENTIALS, FILES, SYS_close, SYS_fchmod)},
	{DEED_SHORT, {0}, OF(SYS_pread64, SYS_read, SYS_write, SYS_writev)},
};

/* The answers of a seccomp filter, and of a kernel that has the call and not its option. Without them are calls
 * that end a thread, or that libc makes before main() and crashes without. A filter of close(2) would leave
 * /proc/sys/kernel/cap_last_cap open, which libcap-ng opens without O_CLOEXEC. After ENOSYS from futex(2) musl
 * waits as on a kernel without private futexes, where no waker of today looks, and from mprotect(2) it goes on as on
 * a machine without protection. */
static const int usual_errnums[] = {EPERM, ENOSYS, EINVAL};
static const long left_alone[] = {SYS_arch_prctl, SYS_close,          SYS_exit,
                                  SYS_exit_group, SYS_futex,          KIND(SYS_futex, FUTEX_WAKE),
                                  SYS_mprotect,   SYS_set_tid_address};

/* The program does all that was asked for without them. */
static const long optional[] = {SYS_clock_gettime, SYS_clone,          SYS_fremovexattr,
                                SYS_fstatfs,       SYS_getppid,        SYS_getsid,
                                SYS_ioctl,         SYS_keyctl,         SYS_name_to_handle_at,
                                SYS_openat2,       SYS_prlimit64,      SYS_renameat2,
                                SYS_rt_sigaction,  SYS_rt_sigprocmask, SYS_sched_getaffinity,
                                SYS_statx};

static bool is_among(long kind, const long *kinds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (kinds[i] == kind)
			return true;
	}
	return false;
}

static bool is_optional(const struct call *call)
{
	/* Streams that cannot be given to the user stay as they are (S23). */
	return is_among(call->number, optional, COUNT(optional)) ||
	       (call->number == SYS_fchown && call->arguments[0] <= STDERR_FILENO);
}

/* The ways of a KIND to go wrong are numbered from 0. Sets the deed and the errno of NUMBER in *RET_FAULT, or
 * returns false if there are fewer ways. */
static bool choose(long kind, size_t number, struct fault *ret_fault)
{
	for (size_t i = 0; i < COUNT(ways); i++) {
		if (!is_among(kind, ways[i].kinds, ways[i].kind_count))
			continue;
		ret_fault->deed = ways[i].deed;
		for (size_t j = 0; j == 0 || ways[i].errnums[j] != 0; j++) {
			ret_fault->errnum = ways[i].errnums[j];
			if (number-- == 0)
				return true;
		}
	}
	if (number >= COUNT(usual_errnums) || is_among(kind, left_alone, COUNT(left_alone)))
		return false;
	ret_fault->deed = DEED_FAIL;
	ret_fault->errnum = usual_errnums[number];
	return true;
}

/* A seccomp filter forbids a call, or the kernel is older than the call. */
static bool is_filtered(const struct fault *fault)
{
	return fault->deed == DEED_FAIL && (fault->errnum == EPERM || fault->errnum == ENOSYS);
}

static const char *make(struct world *world, int way)
{
	const struct fault *fault = &world->fault;
	const char *breach;

	world_run(world);
	breach = check_run(world);
	if (breach != NULL || !fault->always || !is_filtered(fault) || !is_optional(&fault->call))
		return breach;
	if (world->outcome.status != 0)
		return "it can do without this call, and has not";
	return check_finished(world);
}

static bool can_be(const struct fault *fault)
{
	if (fault->always)
		return fault->index == 1 && (fault->deed == DEED_FAIL || fault->deed == DEED_LIE);
	/* The manual: umask(2) always succeeds, so only a filter answers otherwise. */
	return fault->kind != SYS_umask;
}

/* These runs are made in each sample: a filter answers all calls of a kind, or the first of them does not do what
 * it says. */
static bool is_in_each_sample(const struct fault *fault)
{
	if (fault->always)
		return is_filtered(fault);
	return fault->index == 1 && fault->deed != DEED_FAIL;
}

/* Adds each call once in each way, and of each kind all calls from the first on. Of those that are not in each
 * sample at most part_calls are added, spread evenly. The first one depends on the name of the scenario, so a new row
 * changes nothing for the others. */
static void list(const struct scenario *scenario, const struct outcome *outcome)
{
	static struct fault faults[65536];
	size_t most = part_calls, count = 0, place = 0;

	for (const char *at = scenario->name; *at != '\0'; at++)
		place = (place + (unsigned char)*at) % 32;
	for (size_t i = 0; i < outcome->call_count; i++) {
		struct fault fault = {.kind = kind_of(&outcome->calls[i])};

		for (size_t j = 0; j <= i; j++)
			fault.index += kind_of(&outcome->calls[j]) == fault.kind;
		/* Each way comes for this call alone, and then for all calls from this one on. */
		for (size_t number = 0; choose(fault.kind, number / 2, &fault); number++) {
			fault.always = number % 2 == 1;
			if (!can_be(&fault))
				continue;
			if (is_in_each_sample(&fault))
				part_add(fault);
			else
				faults[count++] = fault;
		}
	}
	if (most > count)
		most = count;
	for (size_t i = 0; i < most; i++)
		part_add(faults[(i * count + place * count / 32) / most]);
}

const struct part part_faults = {"faults", NULL, list, make};
