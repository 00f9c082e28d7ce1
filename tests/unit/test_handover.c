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

#define USER 54321 /* no owner of a device */

/* What a standard stream is. */
enum stream { TERMINAL, PIPE, FILE_IN_MEMORY, SOCKET, DEV_NULL, DEV_TTY };

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
		if (isatty(fds[i]))
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

static int open_stream(enum stream stream)
{
	int ends[2] = {-1, -1};

	if (stream == TERMINAL) {
		int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

		assert_int_equal(unlockpt(master), 0);
		return open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	}
	if (stream == FILE_IN_MEMORY)
		return memfd_create("file", MFD_CLOEXEC);
	if (stream == DEV_NULL)
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	if (stream == DEV_TTY)
		return open("/dev/tty", O_PATH | O_CLOEXEC);
	assert_int_equal(stream == PIPE ? pipe2(ends, O_CLOEXEC)
	                                : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends),
	                 0);
	close(ends[1]);
	return ends[0];
}

static uid_t owner_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	assert_int_not_equal(status.st_gid, USER);
	return status.st_uid;
}

struct row {
	unsigned generation;
	struct first first;
	bool terminals_are_given, pipes_are_given;
	const enum stream *streams; /* NULL: a terminal and two pipes */
};

/* Hands the streams of ROW over in a child; those of this process stay as they are. A device of the machine is given
 * back before anything is said. */
static void hand_over(const struct row *row)
{
	static const enum stream usual[3] = {TERMINAL, PIPE, PIPE};
	const enum stream *streams = row->streams == NULL ? usual : row->streams;
	/* The lowest number that is free, as a rule 3. */
	int other = open_stream(PIPE);
	int fds[3];
	uid_t before[3];
	pid_t child;

	for (int i = 0; i < 3; i++) {
		fds[i] = open_stream(streams[i]);
		before[i] = owner_of(fds[i]);
	}
	child = start_child();
	if (child == 0) {
		assert_int_equal(unshare(CLONE_NEWPID | CLONE_NEWNS), 0);
		fork_down(row->generation, &row->first, fds);
		for (int i = 0; i < 3; i++)
			dup2(streams[i] == DEV_TTY ? open("/dev/tty", O_RDWR | O_CLOEXEC) : fds[i],
			     i);
		assert_true(streams[0] != DEV_TTY || tcgetsid(0) == 1);
		stdio_give(USER);
		_exit(0);
	}
	assert_int_equal(status_of(child), 0);
	for (int i = 0; i < 3; i++) {
		bool is_given = (streams[i] == TERMINAL && row->terminals_are_given) ||
		                (streams[i] == PIPE && row->pipes_are_given);
		uid_t owner = owner_of(fds[i]);

		if (owner != before[i] && streams[i] != TERMINAL && streams[i] != PIPE)
			fchownat(fds[i], "", before[i], (gid_t)-1, AT_EMPTY_PATH);
		if (owner != (is_given ? USER : before[i]))
			fail_msg("stream %d is %u's", i, owner);
		close(fds[i]);
	}
	assert_int_equal(owner_of(other), 0);
	close(other);
}

TEST(S41_S23_streams_are_given_if_they_are_the_commands_alone)
{
	const struct row rows[] = {
		{1, {"tini"}, true, true},
		{2, {"tini"}, true, true},
		{3, {"tini"}},
		{4, {"tini"}},
		/* Root's shell starts a PID namespace by unshare(1), or enters one by nsenter(1). */
		{1, {"tini", .session = WITHOUT_TERMINAL}, false, true},
		{1, {"tini", .session = NO_SESSION}},
		/* Process 1 is a known init of root's and has no other child, or it may share the streams. */
		{2, {"catatonit"}, true, true},
		{2, {"docker-init"}, true, true},
		{2, {"dumb-init"}, true, true},
		{2, {"podman-init"}, true, true},
		{2, {"tini-static"}, true, true},
		{2, {"tini", .has_another_child = true}},
		{2, {"tini", USER}},
		{2, {"sh"}},
		{2, {"tini2"}},
		{2, {"tin"}},
		{2, {"tini\nUid:\t0", USER}},
		/* In a session that has a terminal /dev/tty stands for it, and so for everybody's. */
		{1, {"tini"}, true, true, (enum stream[]){DEV_TTY, TERMINAL, PIPE}},
		{1, {"tini"}, true, true, (enum stream[]){DEV_NULL, FILE_IN_MEMORY, SOCKET}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("# row %zu\n", i);
		hand_over(&rows[i]);
	}
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
