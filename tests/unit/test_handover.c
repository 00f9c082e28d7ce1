/* Which of the standard streams become the user's. */
#include "scratch.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "run/stdio.h"

#define USER 54321 /* no owner of a device */
#define PIPE_GROUP 54322

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

static void do_nothing(void)
{
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
			/* The number of the next process has two digits. */
			for (int number = 2; number < 12; number++)
				in_child(do_nothing);
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
		if (i == row->child_begins)
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
		return open(at("null"), O_RDWR | O_CLOEXEC);
	if (stream == DEV_TTY)
		return open(at("tty"), O_PATH | O_CLOEXEC);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[1]);
	assert_int_equal(fchown(ends[0], (uid_t)-1, PIPE_GROUP), 0);
	return ends[0];
}

static uid_t owner_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_gid == PIPE_GROUP, S_ISFIFO(status.st_mode));
	return status.st_uid;
}

/* Hands the streams of ROW over in a child; those of this process stay as they are. */
static void hand_over(void)
{
	const char *streams = row->streams == NULL ? "tpp" : row->streams;
	/* The lowest number that is free, as a rule 3. */
	int other = open_stream(PIPE);
	int opened;
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
			dup2(streams[i] == DEV_TTY ? open(at("tty"), O_RDWR | O_CLOEXEC) : fds[i],
			     i);
		assert_true(streams[0] != DEV_TTY || tcgetsid(0) == 1);
		opened = count_descriptors();
		stdio_give(USER);
		_exit(count_descriptors() - opened);
	}
	assert_int_equal(status_of(child), 0);
	for (int i = 0; i < 3; i++) {
		uid_t owner = owner_of(fds[i]);

		if (owner != (strchr(row->given, streams[i]) != NULL ? USER : before[i]))
			fail_msg("stream %d is %u's", i, owner);
		close(fds[i]);
	}
	assert_int_equal(owner_of(other), 0);
	close(other);
}

TEST_IN_CHILD(closed_streams_are_filled)
{
	struct error error = {0};
	int opened = count_descriptors();

	for (int fd = 0; fd < 3; fd++)
		close(fd);
	assert_true(stdio_fill(&error));
	for (int fd = 0; fd < 3; fd++)
		assert_true(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) & O_PATH);
	assert_int_equal(count_descriptors(), opened);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0}), 0);
	assert_false(stdio_fill(&error));
	assert_int_equal(error.status, STATUS_FAILED);
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
		{2, "bash", ""},
		{2, "tini2", ""},
		{2, "tin", ""},
		{2, "tini\nUid:\t0", "", .uid = USER},
		/* /dev/tty stands for the terminal of the session, and so for everybody's. */
		{1, "tini", "tp", .streams = "ytp"},
		{1, "tini", "tp", .streams = "nfp"},
		{0},
	};

	/* The devices are the program's own. Those of the machine are read-only where mutants run. */
	mount_type("devpts", "/dev/pts", "ptmxmode=666");
	assert_int_equal(mknod(at("null"), S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(mknod(at("tty"), S_IFCHR | 0666, makedev(5, 0)), 0);
	for (row = rows; row->name != NULL; row++) {
		print_message("# row %td\n", row - rows);
		hand_over();
	}
}
