/* Which of the standard streams become the user's. */
#include "scratch.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>

#include "run/stdio.h"

#define USER 54321 /* no owner of a device */

/* A row has a letter for the kind of each standard stream. */
enum { TERMINAL = 't', PIPE = 'p', FILE_IN_MEMORY = 'f', DEV_NULL = 'n', DEV_TTY = 'y' };

/* Process 1 of a PID namespace begins a session, as an engine lets it do, unless root's shell has made the
 * namespace. Some inits let their child begin it. The terminal among the streams is the session's, unless it is another
 * one's. */
struct row {
	/* The number of processes between the test and the one that hands over: 1 is a container's first process, 2
	 * what an init starts, 3 what somebody in the container starts. */
	unsigned generation;
	const char *name;       /* of process 1 */
	const char *given;      /* the streams that become the user's */
	uid_t uid;              /* the real one of process 1 */
	bool has_another_child; /* process 1 */
	bool child_begins;      /* the session, in the place of process 1 */
	enum { WITH_TERMINAL, WITHOUT_TERMINAL, NO_SESSION } session;
	const char *streams; /* NULL: a terminal and two pipes */
};

static const struct row *row;

static void begin_session(const int fds[3])
{
	if (row->session != NO_SESSION)
		assert_int_equal(setsid(), getpid());
	for (int i = 0; row->session == WITH_TERMINAL && i < 3; i++) {
		if (isatty(fds[i]))
			assert_int_equal(ioctl(fds[i], TIOCSCTTY, 0), 0);
	}
}

/* Returns in the process that hands over, in a PID namespace of its own. */
static void fork_down(const int fds[3])
{
	assert_int_equal(unshare(CLONE_NEWPID | CLONE_NEWNS), 0);
	for (unsigned i = 0; i < row->generation; i++) {
		pid_t child;

		if (getpid() == 1) {
			assert_int_equal(prctl(PR_SET_NAME, row->name), 0);
			assert_int_equal(setreuid(row->uid, (uid_t)-1), 0);
			/* It ends with process 1. */
			if (row->has_another_child && fork() == 0)
				pause();
		}
		child = start_child();
		if (child != 0)
			_exit(status_of(child));
		assert_int_equal(setreuid(0, 0), 0);
		if (getpid() == 1) {
			assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
			assert_int_equal(mount("proc", "/proc", "proc", 0, NULL), 0);
		}
		if (getpid() == 1 + row->child_begins)
			begin_session(fds);
	}
}

static int open_stream(char stream)
{
	int ends[2];

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
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
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

/* Hands the streams of ROW over in a child; those of this process stay as they are. A device of the machine is given
 * back before anything is said. */
static void hand_over(void)
{
	const char *streams = row->streams == NULL ? "tpp" : row->streams;
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
		fork_down(fds);
		for (int i = 0; i < 3; i++)
			dup2(streams[i] == DEV_TTY ? open("/dev/tty", O_RDWR | O_CLOEXEC) : fds[i],
			     i);
		assert_true(streams[0] != DEV_TTY || tcgetsid(0) == 1);
		stdio_give(USER);
		_exit(0);
	}
	assert_int_equal(status_of(child), 0);
	for (int i = 0; i < 3; i++) {
		uid_t owner = owner_of(fds[i]);

		if (owner != before[i] && streams[i] != TERMINAL && streams[i] != PIPE)
			fchownat(fds[i], "", before[i], (gid_t)-1, AT_EMPTY_PATH);
		if (owner != (strchr(row->given, streams[i]) != NULL ? USER : before[i]))
			fail_msg("stream %d is %u's", i, owner);
		close(fds[i]);
	}
	assert_int_equal(owner_of(other), 0);
	close(other);
}

TEST(S41_S23_streams_are_given_if_they_are_the_commands_alone)
{
	static const struct row rows[] = {
		{1, "tini", "tp"},
		{2, "tini", "tp"},
		{3, "tini", ""},
		/* Root's shell starts a PID namespace by unshare(1), or enters one by nsenter(1). */
		{1, "tini", "p", .session = WITHOUT_TERMINAL},
		{1, "tini", "", .session = NO_SESSION},
		/* Process 1 is a known init of root's and has no other child, or it may share the streams. */
		{2, "catatonit", "tp"},
		{2, "docker-init", "tp"},
		{2, "dumb-init", "tp", .child_begins = true},
		{2, "podman-init", "tp"},
		{2, "tini-static", "tp"},
		{2, "tini", "", .has_another_child = true},
		{2, "tini", "", .uid = USER},
		{2, "sh", ""},
		{2, "tini2", ""},
		{2, "tin", ""},
		{2, "tini\nUid:\t0", "", .uid = USER},
		/* /dev/tty stands for the terminal of the session, and so for everybody's. */
		{1, "tini", "tp", .streams = "ytp"},
		{1, "tini", "tp", .streams = "nfp"},
		{0},
	};

	/* The terminals are the program's own: mutants run where those of the machine are read-only. */
	mount_type("devpts", "/dev/pts", "ptmxmode=666");
	for (row = rows; row->name != NULL; row++) {
		print_message("# row %td\n", row - rows);
		hand_over();
	}
}
