/* Needs root: who owns a file is to be changed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "need_root.h"
#include "run/stdio.h"

#define USER 1000

/* Process 1 of a PID namespace. */
struct first {
	const char *name;
	uid_t uid; /* the real one */
	bool has_another_child;
};

/* Process 1 begins a session, as an engine lets it do, unless root's shell has made the PID namespace. The terminal
 * among the streams is the session's, unless it is another one's. */
static bool begins_session = true;
static bool has_terminal = true;

static const struct first init = {"tini", 0, false};

static void be_first(const struct first *first)
{
	if (prctl(PR_SET_NAME, first->name) != 0 || setreuid(first->uid, (uid_t)-1) != 0)
		_exit(9);
	/* It ends with process 1. */
	if (first->has_another_child && fork() == 0)
		pause();
}

/* The number of processes between this one and the one that hands over, in a PID namespace of its own: 1 is
 * a container's first process, 2 what an init starts, 3 what somebody in the container starts. */
static void begin_session(const int fds[3])
{
	if (begins_session && setsid() < 0)
		_exit(11);
	for (int i = 0; begins_session && has_terminal && i < 3; i++) {
		if (fds[i] >= 0 && isatty(fds[i]) && ioctl(fds[i], TIOCSCTTY, 0) != 0)
			_exit(12);
	}
}

static void fork_down(unsigned generations, const struct first *first, const int fds[3])
{
	int status;
	pid_t child;

	if (generations == 0)
		return;
	if (getpid() == 1)
		be_first(first);
	child = fork();
	if (child == 0) {
		if (setreuid(0, 0) != 0)
			_exit(10);
		if (getpid() == 1 && (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		                      mount("proc", "/proc", "proc", 0, NULL) != 0))
			_exit(8);
		if (getpid() == 1)
			begin_session(fds);
		fork_down(generations - 1, first, fds);
		return;
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		_exit(2);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

/* Hands FDS over as 0 to 2 in a child; the descriptors of this process stay as they are. */
static void hand_over_as(unsigned generation, const struct first *first, const int fds[3])
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
			_exit(4);
		fork_down(generation, first, fds);
		for (int i = 0; i < 3; i++) {
			if (fds[i] < 0)
				close(i);
			else if (dup2(fds[i], i) != i)
				_exit(1);
		}
		stdio_give(USER);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void hand_over(const int fds[3])
{
	hand_over_as(1, &init, fds);
}

static void expect_owner(int fd, uid_t uid)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_uid, uid);
	assert_int_not_equal(status.st_gid, USER);
}

static void S23_pipes_are_given_and_the_group_stays(void **state)
{
	int in[2];
	int out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	hand_over((int[]){in[0], out[1], out[1]});
	expect_owner(in[0], USER);
	expect_owner(out[1], USER);
}

static int open_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		skip();
	return open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void S23_terminals_are_given(void **state)
{
	int terminal = open_terminal();

	assert_true(terminal >= 0);
	hand_over((int[]){-1, terminal, -1});
	expect_owner(terminal, USER);
}

static void S23_files_sockets_and_other_devices_are_never_touched(void **state)
{
	int file = memfd_create("file", MFD_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct stat before;
	struct stat after;
	int sockets[2];

	assert_true(file >= 0 && null >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	assert_int_equal(fstat(null, &before), 0);
	hand_over((int[]){null, file, sockets[0]});
	assert_int_equal(fstat(null, &after), 0);
	/* It is the machine's: taken back before anything is said. */
	if (after.st_uid != before.st_uid)
		assert_int_equal(fchown(null, before.st_uid, (gid_t)-1), 0);
	assert_int_equal(after.st_uid, before.st_uid);
	expect_owner(file, 0);
	expect_owner(sockets[0], 0);
}

static void S23_only_descriptors_0_to_2_are_given(void **state)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	hand_over((int[]){-1, -1, -1});
	expect_owner(ends[0], 0);
}

static void S41_streams_are_given_only_below_an_engine_or_its_init(void **state)
{
	for (unsigned generation = 1; generation <= 4; generation++) {
		uid_t owner = generation <= 2 ? USER : 0;
		int terminal = open_terminal();
		int ends[2];

		assert_true(terminal >= 0);
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		hand_over_as(generation, &init, (int[]){terminal, ends[1], ends[1]});
		expect_owner(terminal, owner);
		expect_owner(ends[1], owner);
	}
}

/* Root's shell starts a PID namespace by unshare(1), or enters one by nsenter(1). */
static void S41_terminal_of_another_session_stays(void **state)
{
	for (unsigned row = 0; row < 4; row++) {
		int terminal = open_terminal();
		int ends[2];

		assert_true(terminal >= 0);
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		begins_session = (row & 1) != 0;
		has_terminal = (row & 2) != 0;
		hand_over_as(1, &init, (int[]){terminal, ends[1], -1});
		begins_session = has_terminal = true;
		expect_owner(terminal, row == 3 ? USER : 0);
		expect_owner(ends[1], (row & 1) != 0 ? USER : 0);
	}
}

static void S41_streams_that_process_1_may_share_stay(void **state)
{
	static const struct {
		struct first first;
		uid_t owner;
	} rows[] = {
		{{"catatonit", 0, false}, USER}, {{"docker-init", 0, false}, USER},
		{{"dumb-init", 0, false}, USER}, {{"podman-init", 0, false}, USER},
		{{"tini", 0, false}, USER},      {{"tini-static", 0, false}, USER},
		{{"tini", 0, true}, 0},          {{"tini", USER, false}, 0},
		{{"sh", 0, false}, 0},           {{"tini2", 0, false}, 0},
		{{"tin", 0, false}, 0},          {{"tini\nUid:\t0", USER, false}, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int ends[2];

		print_message("%s\n", rows[i].first.name);
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		hand_over_as(2, &rows[i].first, (int[]){-1, ends[1], -1});
		expect_owner(ends[1], rows[i].owner);
	}
}

/* In a session that has a terminal /dev/tty stands for it, and so for everybody's. */
static void S41_dev_tty_is_never_given(void **state)
{
	int terminal = open_terminal();
	struct stat before;
	struct stat after;
	int status;
	pid_t child;

	assert_int_equal(stat("/dev/tty", &before), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int tty;

		if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
			_exit(6);
		fork_down(1, &init, (int[]){terminal, -1, -1});
		tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
		if (tty < 0 || tcgetsid(tty) != 1)
			_exit(5);
		if (dup2(tty, 0) != 0)
			_exit(7);
		stdio_give(USER);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(stat("/dev/tty", &after), 0);
	/* It is the machine's: taken back before anything is said. */
	if (after.st_uid != before.st_uid)
		assert_int_equal(chown("/dev/tty", before.st_uid, (gid_t)-1), 0);
	assert_int_equal(after.st_uid, before.st_uid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S23_pipes_are_given_and_the_group_stays),
		cmocka_unit_test(S23_terminals_are_given),
		cmocka_unit_test(S23_files_sockets_and_other_devices_are_never_touched),
		cmocka_unit_test(S23_only_descriptors_0_to_2_are_given),
		cmocka_unit_test(S41_streams_are_given_only_below_an_engine_or_its_init),
		cmocka_unit_test(S41_terminal_of_another_session_stays),
		cmocka_unit_test(S41_streams_that_process_1_may_share_stay),
		cmocka_unit_test(S41_dev_tty_is_never_given),
	};

	return cmocka_run_group_tests(tests, need_root, NULL);
}
