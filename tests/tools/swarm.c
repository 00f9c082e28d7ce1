/*
 * swarm: many processes of the user who owns a volume change everything in it that they may, at random.
 *
 *   swarm DIRECTORY UID PROCESSES SEED
 *
 * DIRECTORY has the directories data (the volume) and free, in both of which the user may write, and outside, which is root's. Each
 * process renames, exchanges, links, makes and removes what has one of a few names in data, in the directories data/d0 to data/d3
 * and in free, and makes symbolic links to outside. Nothing that has several links is removed, so that what root has linked into
 * the volume stays in it. Beside them root takes entries back, through descriptors only, so that there is always something to fix,
 * and directories that are now root's and now the user's.
 *
 * Says "ready" when it begins. Ends with SIGTERM, and then says how often each operation has succeeded.
 */
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

enum operation {
	RENAME,
	EXCHANGE,
	LINK,
	SYMLINK,
	REMOVE,
	MAKE_DIR,
	MAKE_FILE,
	TAKE_BACK,
	OPERATIONS
};

static const char *const operation_names[OPERATIONS] = {
	"renamed", "exchanged",   "linked", "symlinked",
	"removed", "directories", "files",  "taken-back",
};

struct counts {
	atomic_long done[OPERATIONS];
	atomic_bool over;
};

static struct counts *counts;
static uint64_t generator;

static void fail(const char *what)
{
	perror(what);
	exit(2);
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

static int rename_with(const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static int make_link(const char *name)
{
	static const char *const targets[] = {"../outside",
	                                      "../../outside",
	                                      "../../outside/secret",
	                                      "../outside/secret",
	                                      "..",
	                                      "../free",
	                                      "d1"};

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

static void change_something(void)
{
	enum operation operation = (enum operation)below(TAKE_BACK);
	int result = -1;
	char name[64];
	char other[64];

	draw_name(name);
	draw_name(other);
	switch (operation) {
	case RENAME:
		result = rename_with(name, other, RENAME_NOREPLACE_FLAG);
		break;
	case EXCHANGE:
		result = rename_with(name, other, RENAME_EXCHANGE_FLAG);
		break;
	case LINK:
		result = link(name, other);
		break;
	case SYMLINK:
		result = make_link(name);
		break;
	case REMOVE:
		result = remove_name(name);
		break;
	case MAKE_DIR:
		result = mkdir(name, 0755);
		break;
	case MAKE_FILE:
		result = make_file(name);
		break;
	default:
		break;
	}
	if (result == 0)
		atomic_fetch_add(&counts->done[operation], 1);
}

/* Only what is in DIRECTORY is ever reached, and what is outside is root's already. Links stay the user's: one of root's in a directory
 * of root's is one that stepdown may follow. */
static void take_back(void)
{
	struct stat status;
	char name[64];
	int fd;

	draw_name(name);
	fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && !S_ISLNK(status.st_mode) &&
	    fchownat(fd, "", 0, 0, AT_EMPTY_PATH) == 0)
		atomic_fetch_add(&counts->done[TAKE_BACK], 1);
	close(fd);
}

static _Noreturn void run(uid_t uid, bool is_root)
{
	const struct timespec pause = {.tv_nsec = 100000};

	if (!is_root && (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
	                 setresuid(uid, uid, uid) != 0))
		fail("setresuid");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		fail("prctl");
	while (!atomic_load(&counts->over)) {
		if (is_root) {
			take_back();
			nanosleep(&pause, NULL);
		} else {
			change_something();
		}
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	sigset_t signals;
	int signal_number;
	int status;
	int failures = 0;
	long processes;

	if (argc != 5) {
		fputs("usage: swarm DIRECTORY UID PROCESSES SEED\n", stderr);
		return 2;
	}
	processes = strtol(argv[3], NULL, 10);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	if (counts == MAP_FAILED || chdir(argv[1]) != 0)
		fail(argv[1]);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	for (long i = 0; i <= processes; i++) {
		pid_t pid = fork();

		generator = strtoull(argv[4], NULL, 10) * 1000 + (uint64_t)i;
		if (pid < 0)
			fail("fork");
		if (pid == 0)
			run((uid_t)strtoul(argv[2], NULL, 10), i == 0);
	}
	puts("ready");
	fflush(stdout);
	sigwait(&signals, &signal_number);
	atomic_store(&counts->over, true);
	while (wait(&status) > 0)
		failures += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	for (int i = 0; i < OPERATIONS; i++)
		printf("%s %ld%c", operation_names[i], atomic_load(&counts->done[i]),
		       i + 1 < OPERATIONS ? ' ' : '\n');
	return failures > 0;
}
