/* Others that write to the files are waited for, and what they wrote is not lost. A run that is killed tears no file. */
#include "scratch.h"

#include <signal.h>
#include <time.h>

#include "etc_directory.h"

/* In place of the C library's, as the two that follow. A wait for a lock takes no time, and MEANWHILE is called. */
static void (*meanwhile)(void);

int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	if (meanwhile != NULL)
		meanwhile();
	return 0;
}

/* For each file that is put in place: 'f' its contents reach the disk, 'r' it gets its name, 'd' the directory
 * with the name reaches the disk. */
static char order[32];
static size_t killed_at; /* so many of these calls; 0: never */

static void note(const char *what)
{
	strcat(order, what);
	if (strlen(order) == killed_at)
		raise(SIGKILL);
}

int fsync(int fd)
{
	note(fd == etc_fd ? "d" : "f");
	return 0;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	note("r");
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

TEST(S29_files_are_synced_before_the_end)
{
	make_etc("synced", ROOT, ROOT_GROUP);
	order[0] = '\0';
	must_make("app", 1000, WRITTEN);
	assert_string_equal(order, "frdfrd");
}

/* The part kills of tests/faults stops a start at every call. */
TEST(S29_a_killed_run_leaves_the_old_or_the_new_file)
{
	for (size_t i = 1; i <= 6; i++) {
		char name[] = {'k', (char)('0' + i), '\0'};
		int status;
		pid_t pid;

		make_etc(name, ROOT, ROOT_GROUP);
		order[0] = '\0';
		killed_at = i;
		pid = start_child();
		if (pid == 0)
			_exit(make_account("app", 1000));
		killed_at = 0;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_string_equal(contents_of("group"),
		                    i <= 2 ? ROOT_GROUP : ROOT_GROUP ADDED_GROUP);
		assert_string_equal(contents_of("passwd"), i <= 5 ? ROOT : ROOT ADDED);
		assert_true(make_account("app", 1000));
		assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	}
}

/* Forks a process that takes a lock of TYPE by COMMAND on NAME and keeps it until it is killed. */
static pid_t hold_lock(const char *name, int command, short type)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = start_child();
	if (pid == 0) {
		struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
		int fd = openat(etc_fd, name, O_RDWR | O_CREAT, 0600);

		/* A test that has failed does not end it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fcntl(fd, command, &lock) != 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Whoever holds one of the locks for ever: then the account is not made, which is no error here. */
static void must_be_refused(const char *name, int command, short type)
{
	pid_t pid = hold_lock(name, command, type);

	must_refuse("app", 1000, ETIMEDOUT);
	assert_files(ROOT, ROOT_GROUP ADDED_GROUP);
	end(pid);
}

TEST(S48_a_lock_that_stays_held_is_a_refusal)
{
	make_etc("stuck", ROOT, ROOT_GROUP ADDED_GROUP);
	must_be_refused(".pwd.lock", F_SETLK, F_WRLCK);
	must_be_refused(".pwd.lock", F_OFD_SETLK, F_WRLCK);
	bind_file("passwd", 0);
	must_be_refused("passwd", F_OFD_SETLK, F_WRLCK);
	/* For this one it is enough to be able to read the file. */
	must_be_refused("passwd", F_OFD_SETLK, F_RDLCK);
}

TEST(S29_a_lock_that_is_a_link_is_an_error)
{
	make_etc("link-lock", ROOT, ROOT_GROUP);
	make("link-lock/.pwd.lock>victim");
	must_fail("app", 1000, "'/etc/.pwd.lock'");
	assert_false(is_there(path_in("victim")));
	assert_files(ROOT, ROOT_GROUP);
}

static void make_account_without_locks(void)
{
	forbid(SYS_fcntl, EACCES);
	must_refuse("app", 1000, ETIMEDOUT);
}

/* EACCES is what fcntl(2) may say instead of EAGAIN. */
TEST(S29_a_lock_that_is_denied_is_waited_for)
{
	make_etc("denied", ROOT, ROOT_GROUP);
	in_child(make_account_without_locks);
}

static pid_t holder;

static void release(void)
{
	end(holder);
	meanwhile = NULL;
}

TEST(S29_a_lock_that_is_released_is_taken)
{
	make_etc("released", ROOT, ROOT_GROUP);
	holder = hold_lock(".pwd.lock", F_SETLK, F_WRLCK);
	meanwhile = release;
	must_make("app", 1000, WRITTEN);
}

static void add_line(void)
{
	write_text(path_in("passwd"), ROOT "other:x:1000:50:::\n");
	release();
}

/* The wait for the lock, short as it may be, is where another writer gets in. */
TEST(S29_a_line_added_meanwhile_is_read_again)
{
	make_etc("meanwhile", ROOT, ROOT_GROUP ADDED_GROUP);
	bind_file("passwd", 0);
	holder = hold_lock("passwd", F_OFD_SETLK, F_WRLCK);
	meanwhile = add_line;
	must_make("app", 1000, UNCHANGED);
	assert_true(outcome.change.by_number);
	assert_files(ROOT "other:x:1000:50:::\n", ROOT_GROUP ADDED_GROUP);
}

TEST(S29_a_file_that_has_changed_is_not_written)
{
	struct line_change change = {.action = ACCOUNT_ADD, .new_line = "app:*:1:1::/:/"};
	struct slice read = slice_of(ROOT);
	int fd;

	make_etc("changed", ROOT ADDED, NULL);
	fd = passwd_write_open_locked(etc_fd, "passwd", O_WRONLY | O_APPEND, F_OFD_SETLK);
	assert_true(fd >= 0);
	assert_int_equal(passwd_write_append(fd, &read, &change), EAGAIN);
	close(fd);
	read = slice_of("");
	assert_int_equal(passwd_write_replace(etc_fd, "passwd", ".new", &read, &change), EAGAIN);
	assert_files(ROOT ADDED, NULL);
	assert_false(is_there(path_in(".new")));
}

int main(void)
{
	return cmocka_run_group_tests_name("etcfile_locks", tests, scratch_set_up,
	                                   scratch_tear_down);
}
