/* usage: floor COMMAND [ARG]...
 *
 * The least that stepping down can cost: the three calls and execve, to UID and GID 1000, with no
 * libc, no look-up, nothing checked beyond success. What stepdown's start is compared with; not
 * for use. Built with -nostdlib where the entry is known, else as any program. */

#include <sys/syscall.h>
#include <unistd.h>

#define ID 1000

#if defined(__x86_64__)

/* The stack holds the number of arguments, the arguments, NULL, the environment. */
__asm__(".globl _start\n"
        "_start: mov %rsp, %rdi\n"
        "and $-16, %rsp\n"
        "call start\n");

static long call3(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(number), "D"(a), "S"(b), "d"(c)
	                 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

__asm__(".globl _start\n"
        "_start: mov x0, sp\n"
        "bl start\n");

static long call3(long number, long a, long b, long c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}

#else

#define WITH_LIBC

static long call3(long number, long a, long b, long c)
{
	return syscall(number, a, b, c);
}

#endif

static int step_down(char **arguments, char **environment)
{
	const gid_t group = ID;

	if (call3(SYS_setgroups, 1, (long)&group, 0) != 0 ||
	    call3(SYS_setresgid, ID, ID, ID) != 0 || call3(SYS_setresuid, ID, ID, ID) != 0)
		return 125;
	call3(SYS_execve, (long)arguments[0], (long)arguments, (long)environment);
	return 126;
}

#ifdef WITH_LIBC

int main(int argc, char **argv)
{
	return argc < 2 ? 2 : step_down(argv + 1, environ);
}

#else

_Noreturn void start(long *stack);

_Noreturn void start(long *stack)
{
	char **arguments = (char **)(stack + 1);
	int status = stack[0] < 2 ? 2 : step_down(arguments + 1, arguments + stack[0] + 1);

	for (;;)
		call3(SYS_exit_group, status, 0, 0);
}

#endif
