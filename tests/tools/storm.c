/*
 * storm: an attacker that shares a volume with whoever fixes its ownership, and the unrest around him.
 *
 *   storm quiet|roots|restless DIRECTORY UID COUNT SECONDS NAME OTHER [NAME OTHER]...
 *
 * A process with UID (and that group) exchanges NAME with OTHER, then the next pair, as fast as it can; what it may not do it
 * tries again. Beside it root gives everything in DIRECTORY back to itself over and over, so that there is always something to
 * fix, and never through a name: no link is followed, and what has several links stays as it is. With "roots" it takes DIRECTORY
 * itself back too, each time; with "restless" it makes it its own, 0755, then the attacker's, 0777, and so on, far more often.
 *
 * Ends after COUNT exchanges, or after SECONDS. Says "ready" when it begins, and at the end
 *   exchanged N refused N turned N
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/* Between the processes. */
struct counts {
	atomic_long exchanged;
	atomic_long refused;
	atomic_long turned;
	atomic_bool over;
};

static struct counts *counts;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static time_t now(void)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* Also when that one is killed. */
static void end_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() == 1)
		_exit(2);
}

static _Noreturn void attack(uid_t uid, char **pairs, int pair_count)
{
	int i = 0;

	if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		fail("setresuid");
	end_with_parent();
	while (!atomic_load(&counts->over)) {
		if (syscall(SYS_renameat2, AT_FDCWD, pairs[2 * i], AT_FDCWD, pairs[2 * i + 1],
		            RENAME_EXCHANGE) == 0) {
			atomic_fetch_add(&counts->exchanged, 1);
		} else {
			if (errno != EACCES && errno != EPERM)
				fail(pairs[2 * i]);
			atomic_fetch_add(&counts->refused, 1);
		}
		i = (i + 1) % pair_count;
	}
	_exit(0);
}

static void take_back(int directory, const char *name)
{
	struct stat status;
	int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && (S_ISDIR(status.st_mode) || status.st_nlink == 1))
		fchownat(fd, "", 0, 0, AT_EMPTY_PATH);
	close(fd);
}

static void take_all_back(DIR *directory)
{
	struct dirent *entry;

	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			take_back(dirfd(directory), entry->d_name);
	}
}

static void turn(int directory, uid_t uid)
{
	atomic_fetch_add(&counts->turned, 1);
	if (fchown(directory, uid, uid) != 0 || fchmod(directory, uid == 0 ? 0755 : 0777) != 0)
		fail("turning the directory");
}

static _Noreturn void disturb(const char *path, uid_t uid, const char *mood)
{
	DIR *directory = opendir(path);

	end_with_parent();
	if (directory == NULL)
		fail(path);
	while (!atomic_load(&counts->over)) {
		/* So often that a walk of many entries meets several turns. */
		for (int i = 0; i < 10 && strcmp(mood, "restless") == 0; i++) {
			turn(dirfd(directory), uid);
			turn(dirfd(directory), 0);
		}
		if (strcmp(mood, "roots") == 0)
			turn(dirfd(directory), 0);
		take_all_back(directory);
	}
	_exit(0);
}

/* One that fails ends it for all. */
static bool one_has_ended(void)
{
	siginfo_t info = {0};

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

int main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	uid_t uid;
	long count;
	time_t end;
	int status;
	int failures = 0;

	if (argc < 8 || argc % 2 != 0) {
		fputs("usage: storm quiet|roots|restless DIRECTORY UID COUNT SECONDS NAME "
		      "OTHER...\n",
		      stderr);
		return 2;
	}
	uid = (uid_t)strtoul(argv[3], NULL, 10);
	count = strtol(argv[4], NULL, 10);
	end = now() + strtol(argv[5], NULL, 10);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	if (counts == MAP_FAILED)
		fail("mmap");
	puts("ready");
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid == 0 && i == 0)
			attack(uid, argv + 6, (argc - 6) / 2);
		if (pid == 0)
			disturb(argv[2], uid, argv[1]);
	}
	while (now() < end && atomic_load(&counts->exchanged) < count && !one_has_ended())
		nanosleep(&pause, NULL);
	atomic_store(&counts->over, true);
	while (wait(&status) > 0)
		failures += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	printf("exchanged %ld refused %ld turned %ld\n", atomic_load(&counts->exchanged),
	       atomic_load(&counts->refused), atomic_load(&counts->turned));
	return failures > 0;
}
