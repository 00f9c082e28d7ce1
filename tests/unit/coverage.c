/* Linked into all of the build that measures coverage (tests/coverage), and nothing else: what has been counted is
 * written down also before the program becomes the command and where a child ends by _exit(2), which libgcov does not
 * do; and by whoever it is by then, so the files belong to everybody. */
#include <sys/stat.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);
int __real_execve(const char *path, char *const *argv, char *const *environment);
void __real__exit(int status) __attribute__((noreturn));

static void write_counters(void)
{
	mode_t mask = umask(0);

	__gcov_dump();
	__gcov_reset();
	(void)umask(mask);
}

int __wrap_execve(const char *path, char *const *argv, char *const *environment)
{
	write_counters();
	return __real_execve(path, argv, environment);
}

void __wrap__exit(int status)
{
	write_counters();
	__real__exit(status);
}

/* Before libgcov's own. */
__attribute__((destructor)) static void open_the_mask(void)
{
	(void)umask(0);
}
