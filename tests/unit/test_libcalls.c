#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* The calls of the static program under other names, to be compared with those of this libc. Where
 * the program does not have them this tests nothing, and says so. */
#if defined(__x86_64__) || defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64)

#define CALLED(name) __asm__("our_" name)
long our_syscall(long number, ...);
int our_openat(int fd, const char *path, int flags, ...);
int our_fcntl(int fd, int command, ...);
int our_fstatat(int fd, const char *restrict path, struct stat *restrict status, int flags);
int our_fstat(int fd, struct stat *status);
int our_stat(const char *restrict path, struct stat *restrict status);
int our_fstatfs(int fd, struct statfs *status);
int our_fchmod(int fd, mode_t mode);
int our_fchown(int fd, uid_t uid, gid_t gid);
ssize_t our_readlinkat(int fd, const char *restrict path, char *restrict buffer, size_t size);
int our_isatty(int fd);
int our_close(int fd);
ssize_t our_read(int fd, void *buffer, size_t size);
ssize_t our_pread(int fd, void *buffer, size_t size, off_t offset);
ssize_t our_write(int fd, const void *bytes, size_t length);
ssize_t our_writev(int fd, const struct iovec *pieces, int count);
int our_fsync(int fd);
int our_mprotect(void *address, size_t length, int protection);
void *our_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int our_munmap(void *address, size_t length);
int our_clock_gettime(clockid_t clock, struct timespec *time);
int our_nanosleep(const struct timespec *duration, struct timespec *rest);
size_t our_strlen(const char *string);
int our_strncmp(const char *one, const char *other, size_t length);
int our_strcmp(const char *one, const char *other);
char *our_strrchr(const char *string, int byte);
void *our_memchr(const void *bytes, int byte, size_t length);
char *our_strchrnul(const char *string, int byte);
char *our_strchr(const char *string, int byte);
size_t our_strspn(const char *string, const char *bytes);
size_t our_strcspn(const char *string, const char *bytes);

#undef memchr
#undef strchr
#undef strchrnul
#undef strcspn
#undef strspn
#undef strlen
#undef strncmp
#undef strcmp
#undef strrchr
#define syscall our_syscall
#define openat our_openat
#define fcntl our_fcntl
#define fstatat our_fstatat
#define fstat our_fstat
#define stat(...) our_stat(__VA_ARGS__)
#define fstatfs our_fstatfs
#define fchmod our_fchmod
#define fchown our_fchown
#define readlinkat our_readlinkat
#define isatty our_isatty
#define close our_close
#define read our_read
#define pread our_pread
#define write our_write
#define writev our_writev
#define fsync our_fsync
#define mprotect our_mprotect
#define mmap our_mmap
#define munmap our_munmap
#define clock_gettime our_clock_gettime
#define nanosleep our_nanosleep
#define strlen our_strlen
#define strncmp our_strncmp
#define strcmp our_strcmp
#define strrchr our_strrchr
#define memchr our_memchr
#define strchrnul our_strchrnul
#define strchr our_strchr
#define strspn our_strspn
#define strcspn our_strcspn
#include "libcalls.c"
#undef syscall
#undef mmap
#undef munmap
#undef openat
#undef fcntl
#undef fstatat
#undef fstat
#undef stat
#undef fstatfs
#undef readlinkat
#undef clock_gettime
#undef memchr
#undef strchrnul
#undef strchr
#undef strspn
#undef strcspn
#undef close
#undef write
#undef strlen
#undef strncmp
#undef strcmp
#undef strrchr

static char path[] = "/tmp/stepdown-libcalls.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || write(fd, "12345", 5) != 5 || close(fd) != 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Six arguments that each count, an answer that looks like an error to a program of 32 bits, and errors
 * from a small to a large one. */
static void the_kernel_is_called(void **state)
{
	const size_t page = 65536;
	const int flags = MAP_PRIVATE | MAP_FIXED;
	int fd = openat(AT_FDCWD, path, O_RDWR);
	char *memory = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)(2 * page)), 0);
	assert_int_equal(pwrite(fd, "x", 1, (off_t)page), 1);
	assert_ptr_equal(
		(void *)our_syscall(SYS_mmap, memory + page, page, PROT_READ, flags, fd, page),
		memory + page);
	assert_int_equal(memory[page], 'x');
	assert_int_equal(our_syscall(SYS_lseek, fd, INT64_C(0xfffffffe), SEEK_SET), 0xfffffffe);
	assert_int_equal(munmap(memory, 2 * page), 0);
	assert_int_equal(ftruncate(fd, 5), 0);
	assert_int_equal(our_syscall(SYS_getpid), getpid());
	errno = 0;
	assert_int_equal(our_syscall(SYS_kill, getpid(), 0), 0);
	assert_int_equal(errno, 0);
	assert_int_equal(our_syscall(SYS_unlinkat, AT_FDCWD, "/nonexistent", 0), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(our_syscall(SYS_shutdown, fd, 0), -1);
	assert_int_equal(errno, ENOTSOCK);
	assert_int_equal(close(fd), 0);
	assert_int_equal(our_syscall(SYS_setpriority, 99, 0, 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(our_syscall(-1), -1);
	assert_int_equal(errno, ENOSYS);
}

static void a_file_looks_the_same(void **state)
{
	struct statfs their_system;
	struct statfs our_system;
	struct stat theirs;
	struct stat ours;
	int fd = our_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(stat(path, &theirs), 0);
	assert_int_equal(theirs.st_size, 5);
	assert_int_equal(our_fstat(fd, &ours), 0);
	assert_memory_equal(&ours, &theirs, sizeof(ours));
	assert_int_equal(our_stat(path, &ours), 0);
	assert_memory_equal(&ours, &theirs, sizeof(ours));
	assert_int_equal(fstatfs(fd, &their_system), 0);
	assert_int_equal(our_fstatfs(fd, &our_system), 0);
	assert_int_equal(our_system.f_type, their_system.f_type);
	assert_int_equal(our_system.f_namelen, their_system.f_namelen);
	assert_int_equal(fstatat(AT_FDCWD, "/proc/self", &theirs, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(our_fstatat(AT_FDCWD, "/proc/self", &ours, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(ours.st_mode, theirs.st_mode);
	assert_int_equal(close(fd), 0);
	assert_int_equal(our_fstat(fd, &ours), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(our_stat("/nonexistent", &ours), -1);
	assert_int_equal(errno, ENOENT);
}

static void a_file_is_made_and_changed(void **state)
{
	struct stat status;
	int fd;

	(void)state;
	assert_int_equal(unlink(path), 0);
	fd = our_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	assert_int_equal(our_fchmod(fd, 0640), 0);
	assert_int_equal(our_fchown(fd, geteuid(), (gid_t)-1), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0640);
	assert_int_equal(our_isatty(fd), 0);
	assert_int_equal(errno, ENOTTY);
	close(fd);
	assert_int_equal(our_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600), -1);
	assert_int_equal(errno, EEXIST);
}

static void a_file_is_written_and_read(void **state)
{
	const struct iovec pieces[] = {{"67", 2}, {"8", 1}};
	char bytes[9] = "";
	int fd = openat(AT_FDCWD, path, O_RDWR | O_TRUNC);

	(void)state;
	assert_int_equal(our_write(fd, "12345", 5), 5);
	assert_int_equal(our_writev(fd, pieces, 2), 3);
	assert_int_equal(our_fsync(fd), 0);
	assert_int_equal(our_pread(fd, bytes, sizeof(bytes), 2), 6);
	assert_string_equal(bytes, "345678");
	assert_int_equal(our_read(fd, bytes, sizeof(bytes)), 0);
	assert_int_equal(our_close(fd), 0);
	assert_int_equal(our_close(fd), -1);
	assert_int_equal(our_write(fd, "", 1), -1);
	assert_int_equal(errno, EBADF);
}

static void a_lock_is_seen_by_another(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int one = openat(AT_FDCWD, path, O_RDWR);
	int two = openat(AT_FDCWD, path, O_RDWR);

	(void)state;
	assert_int_equal(our_fcntl(one, F_OFD_SETLK, &lock), 0);
	assert_int_equal(fcntl(two, F_OFD_SETLK, &lock), -1);
	assert_int_equal(our_fcntl(two, F_OFD_SETLK, &lock), -1);
	assert_int_equal(errno, EAGAIN);
	close(one);
	assert_int_equal(our_fcntl(two, F_OFD_SETLK, &lock), 0);
	close(two);
}

static void a_link_is_read(void **state)
{
	char theirs[256] = "";
	char ours[256] = "";

	(void)state;
	assert_true(readlinkat(AT_FDCWD, "/proc/self/exe", theirs, sizeof(theirs)) > 0);
	assert_int_equal(our_readlinkat(AT_FDCWD, "/proc/self/exe", ours, sizeof(ours)),
	                 strlen(theirs));
	assert_string_equal(ours, theirs);
}

static void memory_is_taken_and_made_read_only(void **state)
{
	const size_t page = 65536;
	char *memory =
		our_mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(memory != MAP_FAILED);
	memory[page - 1] = 'x';
	assert_int_equal(our_mprotect(memory, page, PROT_READ), 0);
	assert_int_equal(syscall(SYS_getrandom, memory, 1, 0), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(memory[page - 1], 'x');
	assert_int_equal(our_munmap(memory, page), 0);
	assert_true(our_mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	assert_int_equal(errno, EINVAL);
}

static void time_passes(void **state)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	struct timespec before;
	struct timespec after;

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	assert_int_equal(our_nanosleep(&pause, NULL), 0);
	assert_int_equal(our_clock_gettime(CLOCK_MONOTONIC, &after), 0);
	assert_true((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >=
	            pause.tv_nsec);
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void strings_are_searched_as_theirs_are(void **state)
{
	static const char *const strings[] = {"",    "/",      "//",        "a",
	                                      "a/b", "/a//b/", "\xff/\xfe", "ab\xff"};
	static const char *const sets[] = {"/", "ab", "\xff/"};
	static const char bytes[] = {'/', 'a', 'b', '\xff', '\0'};

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		const char *string = strings[i];
		size_t length = strlen(string);

		assert_int_equal(our_strlen(string), length);
		for (size_t j = 0; j < sizeof(strings) / sizeof(*strings); j++) {
			assert_int_equal(sign(our_strcmp(string, strings[j])),
			                 sign(strcmp(string, strings[j])));
			assert_int_equal(sign(our_strncmp(string, strings[j], 2)),
			                 sign(strncmp(string, strings[j], 2)));
		}
		for (size_t j = 0; j < sizeof(sets) / sizeof(*sets); j++) {
			assert_int_equal(our_strspn(string, sets[j]), strspn(string, sets[j]));
			assert_int_equal(our_strcspn(string, sets[j]), strcspn(string, sets[j]));
		}
		for (size_t j = 0; j < sizeof(bytes); j++) {
			assert_ptr_equal(our_strchr(string, bytes[j]), strchr(string, bytes[j]));
			assert_ptr_equal(our_strrchr(string, bytes[j]), strrchr(string, bytes[j]));
			assert_ptr_equal(our_strchrnul(string, bytes[j]),
			                 strchrnul(string, bytes[j]));
			assert_ptr_equal(our_memchr(string, bytes[j], length),
			                 memchr(string, bytes[j], length));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_is_called),
		cmocka_unit_test(a_file_looks_the_same),
		cmocka_unit_test(a_file_is_made_and_changed),
		cmocka_unit_test(a_file_is_written_and_read),
		cmocka_unit_test(a_lock_is_seen_by_another),
		cmocka_unit_test(a_link_is_read),
		cmocka_unit_test(memory_is_taken_and_made_read_only),
		cmocka_unit_test(time_passes),
		cmocka_unit_test(strings_are_searched_as_theirs_are),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}

#else

static void not_in_the_program_here(void **state)
{
	(void)state;
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(not_in_the_program_here)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
