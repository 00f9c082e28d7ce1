/* Linked into all of the build that measures coverage (tests/coverage): writes the counters also before the program becomes the
 * command and where a child ends by _exit(2), which libgcov does not do. The process is another user by then, so the files belong
 * to everybody. */
#include <sys/stat.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);
int __real_execve(const char *path, char *const *argv, char *const *environment);
void __real__exit(int status) __attribute__((noreturn));

/* Also before the counters are written at an ordinary end. */
__attribute__((destructor)) static void open_the_mask(void)
{
	(void)umask(0);
}

int __wrap_execve(const char *path, char *const *argv, char *const *environment)
{
	mode_t mask = umask(0);

	__gcov_dump();
	__gcov_reset();
	(void)umask(mask);
	return __real_execve(path, argv, environment);
}

void __wrap__exit(int status)
{
	open_the_mask();
	__gcov_dump();
	__real__exit(status);
}
