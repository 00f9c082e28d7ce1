/*
 * forbid: runs a command under a filter that answers some system calls in the kernel's place, as an old kernel, an engine's
 * profile or a sandbox does. It stands directly in front of the command, so nothing of an engine meets it.
 *
 *   forbid ERRNO CALL[:FIRST][,CALL[:FIRST]]... COMMAND [ARG]...
 *
 * ERRNO is a number; 0 is a lie: the call claims to have worked and does nothing. With FIRST only the calls whose first argument
 * is that number are answered: prctl:24 is PR_CAPBSET_DROP and nothing else.
 */
#include <err.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The headers of musl 1.2.3 lack it. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static const struct {
	const char *name;
	uint32_t number;
} calls[] = {
#define CALL(name) #name, SYS_##name
	{CALL(clone3)},    {CALL(close_range)}, {CALL(faccessat2)}, {CALL(fchmodat2)},
	{CALL(getrandom)}, {CALL(keyctl)},      {CALL(membarrier)}, {CALL(name_to_handle_at)},
	{CALL(openat2)},   {CALL(prctl)},       {CALL(renameat2)},  {CALL(setgroups)},
	{CALL(setresuid)}, {CALL(statx)},       {CALL(tgkill)},     {CALL(umask)},
};

static struct sock_filter program[64];
static unsigned short length;

/* Passes over the next SKIPPED instructions unless the field at OFFSET of struct seccomp_data is VALUE. */
static void unless(size_t offset, uint32_t value, unsigned char skipped)
{
	program[length++] =
		(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
	program[length++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped);
}

/* CALL is "name" or "name:first". */
static void add_call(char *call, uint32_t answer)
{
	const char *name = strtok(call, ":");
	const char *first = strtok(NULL, ":");
	size_t i = 0;

	while (strcmp(calls[i].name, name) != 0) {
		if (++i == sizeof(calls) / sizeof(calls[0]))
			errx(99, "a call that the table lacks");
	}
	unless(offsetof(struct seccomp_data, nr), calls[i].number, first != NULL ? 3 : 1);
	/* The lower half, on machines whose bytes begin with it. */
	if (first != NULL)
		unless(offsetof(struct seccomp_data, args[0]), (uint32_t)atoi(first), 1);
	program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
}

int main(int argc, char **argv)
{
	struct sock_fprog filter = {.filter = program};
	char *rest = argv[2];

	if (argc < 4)
		errx(99, "usage: forbid ERRNO CALL[:FIRST][,CALL[:FIRST]]... COMMAND [ARG]...");
	while (rest != NULL)
		add_call(strsep(&rest, ","), SECCOMP_RET_ERRNO | (uint32_t)atoi(argv[1]));
	program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter.len = length;
	/* As root, so that no_new_privs need not be set for it. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
		errx(99, "the kernel refuses the filter");
	execvp(argv[3], argv + 3);
	errx(99, "the command cannot be run");
}
