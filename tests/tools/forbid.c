/*
 * forbid: runs a command under a filter that answers some system calls in the kernel's place, as an old kernel, an engine's
 * profile or a sandbox does. It stands directly in front of the command, so nothing of an engine meets it.
 *
 *   forbid ERRNO CALL[:FIRST][,CALL[:FIRST]]... COMMAND [ARG]...
 *
 * ERRNO is a number; 0 is a lie: the call claims to have worked and does nothing. With FIRST only the calls whose first argument
 * is that number are answered: prctl:24 is PR_CAPBSET_DROP and nothing else. A call that this machine lacks is passed over.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Machines that are not old have only the calls with "at"; headers that are old lack the new ones. */
#define LACKING (-1)
#ifndef SYS_access
#define SYS_access LACKING
#define SYS_arch_prctl LACKING
#define SYS_chown LACKING
#define SYS_lchown LACKING
#define SYS_readlink LACKING
#define SYS_stat LACKING
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static const struct {
	const char *name;
	long number;
} calls[] = {
#define CALL(name) #name, SYS_##name
	{CALL(access)},
	{CALL(arch_prctl)},
	{CALL(brk)},
	{CALL(capget)},
	{CALL(capset)},
	{CALL(chown)},
	{CALL(clock_gettime)},
	{CALL(clock_nanosleep)},
	{CALL(clone)},
	{CALL(clone3)},
	{CALL(close)},
	{CALL(close_range)},
	{CALL(exit_group)},
	{CALL(faccessat)},
	{CALL(faccessat2)},
	{CALL(fchmod)},
	{CALL(fchmodat2)},
	{CALL(fchown)},
	{CALL(fchownat)},
	{CALL(fcntl)},
	{CALL(fgetxattr)},
	{CALL(flistxattr)},
	{CALL(flock)},
	{CALL(fremovexattr)},
	{CALL(fsetxattr)},
	{CALL(fstat)},
	{CALL(fstatfs)},
	{CALL(fsync)},
	{CALL(ftruncate)},
	{CALL(futex)},
	{CALL(getdents64)},
	{CALL(getgroups)},
	{CALL(getpid)},
	{CALL(getppid)},
	{CALL(getrandom)},
	{CALL(getresgid)},
	{CALL(getresuid)},
	{CALL(gettid)},
	{CALL(ioctl)},
	{CALL(keyctl)},
	{CALL(lchown)},
	{CALL(lseek)},
	{CALL(madvise)},
	{CALL(membarrier)},
	{CALL(mkdirat)},
	{CALL(mmap)},
	{CALL(mprotect)},
	{CALL(mremap)},
	{CALL(munmap)},
	{CALL(name_to_handle_at)},
	{CALL(nanosleep)},
	{CALL(newfstatat)},
	{CALL(open)},
	{CALL(openat)},
	{CALL(openat2)},
	{CALL(prctl)},
	{CALL(pread64)},
	{CALL(prlimit64)},
	{CALL(read)},
	{CALL(readlink)},
	{CALL(readlinkat)},
	{CALL(renameat)},
	{CALL(renameat2)},
	{CALL(rt_sigaction)},
	{CALL(rt_sigprocmask)},
	{CALL(sched_getaffinity)},
	{CALL(sched_yield)},
	{CALL(set_robust_list)},
	{CALL(set_tid_address)},
	{CALL(setfsuid)},
	{CALL(setgid)},
	{CALL(setgroups)},
	{CALL(setregid)},
	{CALL(setresgid)},
	{CALL(setresuid)},
	{CALL(setreuid)},
	{CALL(setuid)},
	{CALL(stat)},
	{CALL(statx)},
	{CALL(tgkill)},
	{CALL(umask)},
	{CALL(unlinkat)},
	{CALL(writev)},
};

static struct sock_filter program[256];
static size_t length;

static void fail(const char *what)
{
	perror(what);
	exit(99);
}

static void add(struct sock_filter instruction)
{
	if (length == COUNT(program)) {
		fputs("forbid: too many calls\n", stderr);
		exit(99);
	}
	program[length++] = instruction;
}

static void load(size_t offset)
{
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* Passes over the next SKIPPED instructions unless what was loaded is VALUE. */
static void unless(uint32_t value, unsigned char skipped)
{
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped));
}

static void add_call(const char *word, uint32_t answer)
{
	const char *first = strchr(word, ':');
	size_t i = 0;

	if (first == NULL)
		first = word + strlen(word);
	while (i < COUNT(calls) && (strlen(calls[i].name) != (size_t)(first - word) ||
	                            strncmp(calls[i].name, word, (size_t)(first - word)) != 0))
		i++;
	if (i == COUNT(calls)) {
		fprintf(stderr, "forbid: no call is known as '%s'\n", word);
		exit(99);
	}
	if (calls[i].number == LACKING)
		return;
	load(offsetof(struct seccomp_data, nr));
	unless((uint32_t)calls[i].number, *first == ':' ? 3 : 1);
	if (*first == ':') {
		/* The lower half, on machines whose bytes begin with it. */
		load(offsetof(struct seccomp_data, args[0]));
		unless((uint32_t)strtol(first + 1, NULL, 10), 1);
	}
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

int main(int argc, char **argv)
{
	struct sock_fprog filter = {.filter = program};
	uint32_t answer;

	if (argc < 4) {
		fputs("usage: forbid ERRNO CALL[:FIRST][,CALL[:FIRST]]... COMMAND [ARG]...\n",
		      stderr);
		return 2;
	}
	answer = SECCOMP_RET_ERRNO | (uint32_t)strtoul(argv[1], NULL, 10);
	for (char *word = strtok(argv[2], ","); word != NULL; word = strtok(NULL, ","))
		add_call(word, answer);
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	filter.len = (unsigned short)length;
	/* As root, so that no_new_privs need not be set for it. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
		fail("seccomp");
	execvp(argv[3], argv + 3);
	fail(argv[3]);
}
