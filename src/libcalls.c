/* What musl does in more bytes, and with more system calls, than this program needs: for other
 * layouts of structures, for kernels older than Linux 3.6, for the clock without a system call, for
 * strings of many pages, for calls that are cancelled. The linker finds these first and leaves 6 KB of
 * libc.a out. Only where the kernel's structures are musl's too (see meson.build), and never with
 * another libc. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* The names of the parameters are ours. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

_Static_assert(sizeof(long) == 8, "here 64 bits go through syscall(2) whole");

/* Where the kernel takes a call's number and its arguments, where it answers, and what it spoils
 * beside that (syscall(2)). */
#if defined(__x86_64__)
#define ENTER_KERNEL "syscall"
#define PLACES(X) X("rax", "rdi", "rsi", "rdx", "r10", "r8", "r9")
#define ANSWER number
#define SPOILT "rcx", "r11", "memory"
#elif defined(__aarch64__)
#define ENTER_KERNEL "svc 0"
#define PLACES(X) X("x8", "x0", "x1", "x2", "x3", "x4", "x5")
#define ANSWER first
#define SPOILT "memory"
#else
#define ENTER_KERNEL "ecall"
#define PLACES(X) X("a7", "a0", "a1", "a2", "a3", "a4", "a5")
#define ANSWER first
#define SPOILT "memory"
#endif
#define HOLD(n, a, b, c, d, e, f)                                                                  \
	register long number __asm__(n) = wanted;                                                  \
	register long first __asm__(a) = one;                                                      \
	register long second __asm__(b) = two;                                                     \
	register long third __asm__(c) = three;                                                    \
	register long fourth __asm__(d) = four;                                                    \
	register long fifth __asm__(e) = five;                                                     \
	register long sixth __asm__(f) = six

/* The three whose last arguments may be left out. As functions that always have them they take a
 * third of the bytes: on these machines an argument is in the same place either way, and the kernel
 * does not look at one that its call does not have. The compiler knows them by other names, for it
 * would not have two kinds of one function. */
#ifndef CALLED
#define CALLED(name) __asm__(name)
#endif
long call_kernel(long wanted, long one, long two, long three, long four, long five, long six)
	CALLED("syscall");
int open_at(int fd, const char *path, int flags, unsigned mode) CALLED("openat");
int control(int fd, int command, void *argument) CALLED("fcntl");

long call_kernel(long wanted, long one, long two, long three, long four, long five, long six)
{
	PLACES(HOLD);

	__asm__ volatile(ENTER_KERNEL
	                 : "+r"(number), "+r"(first)
	                 : "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
	                 : SPOILT);
	/* An error, negative. */
	if (ANSWER < 0 && ANSWER > -4096) {
		errno = (int)-ANSWER;
		return -1;
	}
	return ANSWER;
}

int open_at(int fd, const char *path, int flags, unsigned mode)
{
	return (int)syscall(SYS_openat, fd, path, flags, mode);
}

int control(int fd, int command, void *argument)
{
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

int fstatat(int fd, const char *restrict path, struct stat *restrict status, int flags)
{
	return (int)syscall(SYS_newfstatat, fd, path, status, flags);
}

int fstat(int fd, struct stat *status)
{
	return (int)syscall(SYS_fstat, fd, status);
}

int stat(const char *restrict path, struct stat *restrict status)
{
	return fstatat(AT_FDCWD, path, status, 0);
}

int fstatfs(int fd, struct statfs *status)
{
	return (int)syscall(SYS_fstatfs, fd, status);
}

int fchmod(int fd, mode_t mode)
{
	return (int)syscall(SYS_fchmod, fd, mode);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	return (int)syscall(SYS_fchown, fd, uid, gid);
}

ssize_t readlinkat(int fd, const char *restrict path, char *restrict buffer, size_t size)
{
	return syscall(SYS_readlinkat, fd, path, buffer, size);
}

int isatty(int fd)
{
	struct winsize size;

	return syscall(SYS_ioctl, fd, TIOCGWINSZ, &size) == 0;
}

int close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	return syscall(SYS_read, fd, buffer, size);
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
	return syscall(SYS_pread64, fd, buffer, size, offset);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	return syscall(SYS_write, fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	return syscall(SYS_writev, fd, pieces, count);
}

int fsync(int fd)
{
	return (int)syscall(SYS_fsync, fd);
}

int mprotect(void *address, size_t length, int protection)
{
	return (int)syscall(SYS_mprotect, address, length, protection);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length)
{
	return (int)syscall(SYS_munmap, address, length);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	return (int)syscall(SYS_clock_gettime, clock, time);
}

int nanosleep(const struct timespec *duration, struct timespec *rest)
{
	return (int)syscall(SYS_nanosleep, duration, rest);
}

void *memchr(const void *bytes, int byte, size_t length)
{
	const unsigned char *at = bytes;

	for (; length > 0; at++, length--) {
		if (*at == (unsigned char)byte)
			return (void *)(uintptr_t)at;
	}
	return NULL;
}

size_t strlen(const char *string)
{
	const char *end = string;

	while (*end != '\0')
		end++;
	return (size_t)(end - string);
}

int strncmp(const char *one, const char *other, size_t length)
{
	for (; length > 0; one++, other++, length--) {
		if (*one != *other || *one == '\0')
			return (unsigned char)*one - (unsigned char)*other;
	}
	return 0;
}

int strcmp(const char *one, const char *other)
{
	return strncmp(one, other, PTRDIFF_MAX);
}

char *strrchr(const char *string, int byte)
{
	const char *found = NULL;

	do {
		if (*string == (char)byte)
			found = string;
	} while (*string++ != '\0');
	return (char *)(uintptr_t)found;
}

char *strchrnul(const char *string, int byte)
{
	while (*string != '\0' && *string != (char)byte)
		string++;
	return (char *)(uintptr_t)string;
}

char *strchr(const char *string, int byte)
{
	char *found = strchrnul(string, byte);

	return *found == (char)byte ? found : NULL;
}

size_t strspn(const char *string, const char *bytes)
{
	const char *at = string;

	while (*at != '\0' && strchr(bytes, *at) != NULL)
		at++;
	return (size_t)(at - string);
}

size_t strcspn(const char *string, const char *bytes)
{
	const char *at = string;

	while (strchr(bytes, *at) == NULL)
		at++;
	return (size_t)(at - string);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
