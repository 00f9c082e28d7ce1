/*
 * storm: attackers that share a volume with whoever fixes its ownership, and the unrest around them.
 *
 *   storm quiet|roots|restless DIRECTORY UID COUNT NAME OTHER [NAME OTHER]...
 *   storm random DIRECTORY UID COUNT SEED
 *
 * A process with UID (and that group) exchanges NAME with OTHER, then the next pair, as fast as it can; what it may not do
 * it tries again. Beside it root gives everything in DIRECTORY back to itself over and over, so that there is always
 * something to fix, and never through a name: no link is followed, and what has several links stays as it is. With "roots"
 * it takes DIRECTORY itself back too, each time; with "restless" it makes it its own, 0755, then the attacker's, 0777, and
 * so on, far more often.
 *
 * With "random" DIRECTORY has the directories data (the volume) and free, in both of which UID may write, and outside,
 * which is root's. Two processes rename, exchange, link, make and remove what has one of a few names in data, in the
 * directories data/d0 to data/d3 and in free, and make symbolic links to outside. Nothing that has several links is
 * removed, so that what root has linked into the volume stays in it. Root takes back what has one of these names.
 *
 * Says "ready" when it begins, and "enough" after COUNT exchanges, with "random" only if everything else has happened,
 * too. Ends with SIGTERM, and then says how often each operation has succeeded.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
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

#define RENAME_NOREPLACE_FLAG 1U
#define RENAME_EXCHANGE_FLAG 2U

enum operation { EXCHANGE, RENAME, LINK, SYMLINK, REMOVE, MAKE_DIR, MAKE_FILE, OPERATIONS };

static const char *const operation_names[OPERATIONS] = {
	"exchanged", "renamed", "linked", "symlinked", "removed", "directories", "files",
};

/* Between the processes. */
struct counts {
	atomic_long done[OPERATIONS];
	atomic_bool over;
};

static struct counts *counts;
static bool is_random;
static uint64_t generator;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

/* --- what the attackers do ------------------------------------------------------------------------ */

static int rename_with(const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

/* splitmix64 */
static size_t below(size_t count)
{
	uint64_t value = generator += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return (size_t)((value ^ value >> 31) % count);
}

static void draw_name(char name[64])
{
	static const char *const directories[] = {"data",    "data/d0", "data/d1",   "data/d2",
	                                          "data/d3", "free",    "data/d0/d1"};

	snprintf(name, 64, "%s/%c%zu", directories[below(7)], below(4) == 0 ? 'd' : 'n', below(4));
}

static int make_link(const char *name)
{
	static const char *const targets[] = {
		"../outside",
		"../../outside",
		"../../outside/secret",
		"../outside/secret",
		"..",
		"../free",
		"d1",
	};

	return symlink(targets[below(7)], name);
}

static int remove_name(const char *name)
{
	struct stat status;

	if (lstat(name, &status) != 0 || (!S_ISDIR(status.st_mode) && status.st_nlink > 1))
		return -1;
	return S_ISDIR(status.st_mode) ? rmdir(name) : unlink(name);
}

static int make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int operate(enum operation operation, const char *name, const char *other)
{
	switch (operation) {
	case EXCHANGE:
		return rename_with(name, other, RENAME_EXCHANGE_FLAG);
	case RENAME:
		return rename_with(name, other, RENAME_NOREPLACE_FLAG);
	case LINK:
		return link(name, other);
	case SYMLINK:
		return make_link(name);
	case REMOVE:
		return remove_name(name);
	case MAKE_DIR:
		return mkdir(name, 0755);
	default:
		return make_file(name);
	}
}

static void end_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() == 1)
		_exit(2);
}

static _Noreturn void attack(uid_t uid, char **pairs, int pair_count)
{
	enum operation operation = EXCHANGE;
	char name[64], other[64];

	if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		fail("setresuid");
	end_with_parent();
	for (int i = 0; !atomic_load(&counts->over); i = (i + 1) % pair_count) {
		if (is_random) {
			operation = (enum operation)below(OPERATIONS);
			draw_name(name);
			draw_name(other);
		}
		if (operate(operation, is_random ? name : pairs[2 * i],
		            is_random ? other : pairs[2 * i + 1]) == 0)
			atomic_fetch_add(&counts->done[operation], 1);
		else if (!is_random && errno != EACCES && errno != EPERM)
			fail(pairs[2 * i]);
	}
	_exit(0);
}

/* --- what root does -------------------------------------------------------------------------------- */

/* With "random" links stay the user's: one of root's in a directory of root's is one that stepdown may follow. */
static void take_back(int directory, const char *name)
{
	struct stat status;
	int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && (S_ISDIR(status.st_mode) || status.st_nlink == 1) &&
	    !(is_random && S_ISLNK(status.st_mode)))
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
	if (fchown(directory, uid, uid) != 0 || fchmod(directory, uid == 0 ? 0755 : 0777) != 0)
		fail("turning the directory");
}

static void disturb(DIR *directory, uid_t uid, const char *mood)
{
	/* So often that a walk of many entries meets several turns. */
	for (int i = 0; i < 10 && strcmp(mood, "restless") == 0; i++) {
		turn(dirfd(directory), uid);
		turn(dirfd(directory), 0);
	}
	if (strcmp(mood, "roots") == 0)
		turn(dirfd(directory), 0);
	take_all_back(directory);
}

static void disturb_at_random(void)
{
	const struct timespec pause = {.tv_nsec = 100000};
	char name[64];

	draw_name(name);
	take_back(AT_FDCWD, name);
	nanosleep(&pause, NULL);
}

static _Noreturn void be_root(DIR *directory, uid_t uid, const char *mood)
{
	end_with_parent();
	while (!atomic_load(&counts->over)) {
		if (is_random)
			disturb_at_random();
		else
			disturb(directory, uid, mood);
	}
	_exit(0);
}

/* --- until the end --------------------------------------------------------------------------------- */

static bool is_enough(long count)
{
	for (int i = 0; is_random && i < OPERATIONS; i++) {
		if (atomic_load(&counts->done[i]) == 0)
			return false;
	}
	return atomic_load(&counts->done[EXCHANGE]) >= count;
}

/* A process that fails ends it for all. */
static bool one_has_ended(void)
{
	siginfo_t info = {0};

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

static int wait_for_the_end(long count, const sigset_t *signals)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	bool was_enough = false;
	int status, failures = 0;

	while (sigtimedwait(signals, NULL, &pause) < 0 && !one_has_ended()) {
		if (!was_enough && is_enough(count))
			was_enough = puts("enough") >= 0 && fflush(stdout) == 0;
	}
	atomic_store(&counts->over, true);
	while (wait(&status) > 0)
		failures += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	for (int i = 0; i < (is_random ? OPERATIONS : 1); i++)
		printf("%s %ld ", operation_names[i], atomic_load(&counts->done[i]));
	putchar('\n');
	return failures > 0;
}

int main(int argc, char **argv)
{
	sigset_t signals;
	DIR *directory;
	uid_t uid;

	is_random = argc == 6 && strcmp(argv[1], "random") == 0;
	if (!is_random && (argc < 7 || argc % 2 == 0)) {
		fputs("usage: storm quiet|roots|restless DIRECTORY UID COUNT NAME OTHER...\n"
		      "       storm random DIRECTORY UID COUNT SEED\n",
		      stderr);
		return 2;
	}
	uid = (uid_t)strtoul(argv[3], NULL, 10);
	directory = opendir(argv[2]);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	if (counts == MAP_FAILED || directory == NULL || (is_random && chdir(argv[2]) != 0))
		fail(argv[2]);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	puts("ready");
	fflush(stdout);
	for (int i = 0; i < (is_random ? 3 : 2); i++) {
		pid_t pid = fork();

		generator = strtoull(argv[5], NULL, 10) * 1000 + (uint64_t)i;
		if (pid < 0)
			fail("fork");
		if (pid == 0 && i == 0)
			be_root(directory, uid, argv[1]);
		if (pid == 0)
			attack(uid, argv + 5, is_random ? 1 : (argc - 5) / 2);
	}
	return wait_for_the_end(strtol(argv[4], NULL, 10), &signals);
}
