/* Needs root: who owns a file is to be changed. */

#include "unit.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#include "run/stdio.h"

#define USER 1000

/* Process 1 of a PID namespace. It begins a session, as an engine lets it do, unless root's shell has made the
 * namespace. The terminal among the streams is the session's, unless it is another one's. */
struct first {
	const char *name;
	uid_t uid; /* the real one */
	bool has_another_child;
	enum { WITH_TERMINAL, WITHOUT_TERMINAL, NO_SESSION } session;
};

static void begin_session(const struct first *first, const int fds[3])
{
	if (first->session == NO_SESSION)
		return;
	assert_int_equal(setsid(), 1);
	for (int i = 0; first->session == WITH_TERMINAL && i < 3; i++) {
		if (fds[i] >= 0 && isatty(fds[i]))
			assert_int_equal(ioctl(fds[i], TIOCSCTTY, 0), 0);
	}
}

static void be_first(const struct first *first)
{
	assert_int_equal(prctl(PR_SET_NAME, first->name), 0);
	assert_int_equal(setreuid(first->uid, (uid_t)-1), 0);
	/* It ends with process 1. */
	if (first->has_another_child && fork() == 0)
		pause();
}

/* The number of processes between this one and the one that hands over, in a PID namespace of its own: 1 is
 * a container's first process, 2 what an init starts, 3 what somebody in the container starts. */
static void fork_down(unsigned generations, const struct first *first, const int fds[3])
{
	for (; generations > 0; generations--) {
		pid_t child;

		if (getpid() == 1)
			be_first(first);
		child = start_child();
		if (child != 0)
			_exit(status_of(child));
		assert_int_equal(setreuid(0, 0), 0);
		if (getpid() == 1) {
			assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
			assert_int_equal(mount("proc", "/proc", "proc", 0, NULL), 0);
			begin_session(first, fds);
		}
	}
}

/* Hands FDS over as 0 to 2 in a child; the descriptors of this process stay as they are. With TTY the first of them
 * is /dev/tty then. */
static void hand_over_as(unsigned generation, const struct first *first, const int fds[3], bool tty)
{
	pid_t child = start_child();

	if (child == 0) {
		assert_int_equal(unshare(CLONE_NEWPID | CLONE_NEWNS), 0);
		fork_down(generation, first, fds);
		for (int i = 0; i < 3; i++) {
			if (fds[i] < 0)
				close(i);
			else
				assert_int_equal(dup2(fds[i], i), i);
		}
		if (tty) {
			assert_int_equal(dup2(open("/dev/tty", O_RDWR | O_CLOEXEC), 0), 0);
			assert_int_equal(tcgetsid(0), 1);
		}
		stdio_give(USER);
		_exit(0);
	}
	assert_int_equal(status_of(child), 0);
}

static uid_t owner_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	assert_int_not_equal(status.st_gid, USER);
	return status.st_uid;
}

static void assert_owners(int terminal, uid_t terminals, int end, uid_t ends)
{
	assert_int_equal(owner_of(terminal), terminals);
	assert_int_equal(owner_of(end), ends);
	close(terminal);
	close(end);
}

static int open_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[1]);
	return ends[0];
}

static int open_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int terminal;

	assert_int_equal(unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	return terminal;
}

/* Hands FDS over, and with TTY /dev/tty. The owner of the machine's DEVICE stays; if it has changed, it is changed back
 * before anything is said. */
static void hand_over_beside(const char *device, const int fds[3], bool tty)
{
	struct stat before;
	struct stat after;

	assert_int_equal(stat(device, &before), 0);
	hand_over_as(1, &(struct first){"tini"}, fds, tty);
	assert_int_equal(stat(device, &after), 0);
	if (after.st_uid != before.st_uid)
		assert_int_equal(chown(device, before.st_uid, (gid_t)-1), 0);
	assert_int_equal(after.st_uid, before.st_uid);
}

TEST(S23_files_sockets_and_other_devices_are_never_touched)
{
	int file = memfd_create("file", MFD_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int sockets[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	hand_over_beside("/dev/null", (int[]){null, file, sockets[0]}, false);
	assert_owners(file, 0, sockets[0], 0);
}

TEST(S23_pipes_are_given_and_only_descriptors_0_to_2)
{
	/* The lowest number that is free, as a rule 3. */
	int other = open_pipe();
	int given[] = {open_pipe(), open_pipe()};

	hand_over_as(1, &(struct first){"tini"}, (int[]){given[0], given[1], given[1]}, false);
	assert_int_equal(owner_of(other), 0);
	assert_owners(given[0], USER, given[1], USER);
}

TEST(S41_streams_are_given_only_below_an_engine_or_its_init)
{
	static const struct {
		unsigned generation;
		struct first first;
		uid_t terminal, pipe; /* the owners afterwards */
	} rows[] = {
		{1, {"tini"}, USER, USER},
		{2, {"tini"}, USER, USER},
		{3, {"tini"}, 0, 0},
		{4, {"tini"}, 0, 0},
		/* Root's shell starts a PID namespace by unshare(1), or enters one by nsenter(1). */
		{1, {"tini", .session = WITHOUT_TERMINAL}, 0, USER},
		{1, {"tini", .session = NO_SESSION}, 0, 0},
		/* Process 1 is a known init of root's and has no other child, or it may share the streams. */
		{2, {"catatonit"}, USER, USER},
		{2, {"docker-init"}, USER, USER},
		{2, {"dumb-init"}, USER, USER},
		{2, {"podman-init"}, USER, USER},
		{2, {"tini-static"}, USER, USER},
		{2, {"tini", .has_another_child = true}, 0, 0},
		{2, {"tini", USER}, 0, 0},
		{2, {"sh"}, 0, 0},
		{2, {"tini2"}, 0, 0},
		{2, {"tin"}, 0, 0},
		{2, {"tini\nUid:\t0", USER}, 0, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int terminal = open_terminal();
		int end = open_pipe();

		print_message("# row %zu\n", i);
		hand_over_as(rows[i].generation, &rows[i].first, (int[]){terminal, end, end},
		             false);
		assert_owners(terminal, rows[i].terminal, end, rows[i].pipe);
	}
}

/* In a session that has a terminal /dev/tty stands for it, and so for everybody's. */
TEST(S41_dev_tty_is_never_given)
{
	hand_over_beside("/dev/tty", (int[]){open_terminal(), -1, -1}, true);
}

/* The terminals are the program's own: mutants run where those of the machine are read-only. */
static int set_up(void **state)
{
	need_root(state);
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return -1;
	return mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666");
}

int main(void)
{
	return cmocka_run_group_tests(tests, set_up, NULL);
}
