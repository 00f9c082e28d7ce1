/* Needs root: who owns a file is to be changed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover.h"
#include "need_root.h"

#define USER 1000

/* Hands FDS over as 0 to 2 in a child; the descriptors of this process stay as they are. */
static void hand_over(const int fds[3])
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (int i = 0; i < 3; i++) {
			if (fds[i] < 0)
				close(i);
			else if (dup2(fds[i], i) != i)
				_exit(1);
		}
		handover_stdio(USER);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
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

	(void)state;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	hand_over((int[]){in[0], out[1], out[1]});
	expect_owner(in[0], USER);
	expect_owner(out[1], USER);
}

static void S23_terminals_are_given(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int terminal;

	(void)state;
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		skip();
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	hand_over((int[]){-1, terminal, -1});
	expect_owner(terminal, USER);
}

static void S23_files_sockets_and_other_devices_are_never_touched(void **state)
{
	char name[] = "/tmp/handover.XXXXXX";
	int file = mkostemp(name, O_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct stat before;
	struct stat after;
	int sockets[2];

	(void)state;
	assert_true(file >= 0 && null >= 0);
	assert_int_equal(unlink(name), 0);
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

static void S23_only_the_three_are_given(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	hand_over((int[]){-1, -1, -1});
	expect_owner(ends[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S23_pipes_are_given_and_the_group_stays),
		cmocka_unit_test(S23_terminals_are_given),
		cmocka_unit_test(S23_files_sockets_and_other_devices_are_never_touched),
		cmocka_unit_test(S23_only_the_three_are_given),
	};

	return cmocka_run_group_tests(tests, need_root, NULL);
}
