#include "scratch.h"

#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <time.h>

#include "etcfile.h"
#include "etcwrite.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define ROOT "root:x:0:0:root:/root:/bin/sh\n"
#define ROOT_GROUP "root:x:0:\n"
#define TOO_LARGE                                                                                  \
	"reading the accounts: '/etc/passwd': File too large (only regular files of at "           \
	"most 16 MiB)"
#define NOT_REGULAR "Invalid argument (only regular files"
#define ADDED "app:*:1000:1000::/:/sbin/nologin\n"
#define ADDED_GROUP "app:*:1000:\n"

static alignas(max_align_t) char memory[1 << 18];
static struct error error;
static struct etcfile_outcome outcome;
static char directory[128];
static int etc_fd = -1;
static bool hurry; /* sleeping takes no time */

/* In place of the C library's: the wait for a lock is long. */
int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	return hurry ? 0 : clock_nanosleep(CLOCK_MONOTONIC, 0, duration, remaining);
}

static const char *path_in(const char *name)
{
	return at("%s/%s", directory, name);
}

static void write_file(const char *name, const char *contents)
{
	int fd = open(path_in(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, contents, strlen(contents)), strlen(contents));
	close(fd);
}

/* A directory of the test's own, with these files in it where they are not NULL. */
static void make_etc(const char *name, const char *passwd, const char *group)
{
	snprintf(directory, sizeof(directory), "%s", name);
	make_dir(at("%s", name), 0, 0755);
	if (passwd != NULL)
		write_file("passwd", passwd);
	if (group != NULL)
		write_file("group", group);
	if (etc_fd >= 0)
		close(etc_fd);
	etc_fd = open(at("%s", name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(etc_fd >= 0);
}

static bool make_account(const char *name, uint32_t uid)
{
	struct account_wish wish = {
		.name = slice_of(name), .uid = uid, .gid_given = true, .gid = uid};
	struct arena arena = arena_in(memory, sizeof(memory));

	memset(&error, 0, sizeof(error));
	return etcfile_make_account(etc_fd, &wish, &arena, &outcome, &error);
}

enum result {
	UNCHANGED,
	WRITTEN,
	REFUSED,
};

static enum result result_of(const struct etcfile_outcome *made)
{
	if (made->refused != 0)
		return REFUSED;
	return made->change.group.action == ACCOUNT_KEEP &&
	                       made->change.passwd.action == ACCOUNT_KEEP
	               ? UNCHANGED
	               : WRITTEN;
}

static void must_make(const char *name, uint32_t uid, enum result result)
{
	if (!make_account(name, uid))
		fail_msg("%s", error.message);
	if (result_of(&outcome) != result)
		fail_msg("result %u, %s", result_of(&outcome), strerror(outcome.refused));
}

static size_t read_contents(const char *name, char *buffer, size_t size)
{
	int fd = open(path_in(name), O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, buffer, size - 1);

	if (length < 0)
		fail_msg("%s: %s", name, strerror(errno));
	close(fd);
	buffer[length] = '\0';
	return (size_t)length;
}

static void assert_contents(const char *name, const char *expected)
{
	static char contents[65536];

	read_contents(name, contents, sizeof(contents));
	assert_string_equal(contents, expected);
}

static void assert_no_temporary(void)
{
	assert_int_equal(faccessat(etc_fd, ".passwd.stepdown", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(faccessat(etc_fd, ".group.stepdown", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void bind_file(const char *name, unsigned long flags)
{
	assert_int_equal(mount(path_in(name), path_in(name), NULL, MS_BIND, NULL), 0);
	if (flags != 0)
		assert_int_equal(
			mount("none", path_in(name), NULL, MS_BIND | MS_REMOUNT | flags, NULL), 0);
}

static bool read_file(const char *name, struct slice *ret_bytes)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	char path[64];

	snprintf(path, sizeof(path), "/etc/%s", name);
	memset(&error, 0, sizeof(error));
	return etcfile_read(etc_fd, path, &arena, ret_bytes, &error);
}

static void assert_unreadable(const char *name, const char *why)
{
	struct slice bytes = {NULL, 77};

	if (read_file(name, &bytes))
		fail_msg("%s was read", name);
	assert_int_equal(error.status, 125);
	if (strstr(error.message, why) == NULL)
		fail_msg("%s: not \"%s\"", error.message, why);
	assert_int_equal(bytes.length, 77);
}

static void assert_size_is_read(const char *name, off_t size)
{
	struct slice bytes;

	assert_int_equal(truncate(path_in(name), size), 0);
	if (!read_file(name, &bytes))
		fail_msg("%s", error.message);
	assert_true((off_t)bytes.length == size);
	if (size > 0)
		assert_int_equal(bytes.bytes[0], 'r');
}

static void S28_files_up_to_16_MiB_are_read(void **state)
{
	static const off_t sizes[] = {0, 1, 30, 8191, 8192, 8193, 100000, ETC_FILE_MAX};
	struct slice bytes = {NULL, 77};

	(void)state;
	make_etc("read", NULL, NULL);
	assert_true(read_file("passwd", &bytes));
	assert_int_equal(bytes.length, 0);
	assert_non_null(bytes.bytes);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		write_file("passwd", ROOT);
		assert_size_is_read("passwd", sizes[i]);
	}
	assert_int_equal(truncate(path_in("passwd"), ETC_FILE_MAX + 1), 0);
	assert_unreadable("passwd", TOO_LARGE);
	assert_int_equal(truncate(path_in("passwd"), (off_t)5 << 32), 0);
	assert_unreadable("passwd", TOO_LARGE);
}

static void S28_only_regular_files_are_read_and_none_blocks(void **state)
{
	struct slice bytes;

	(void)state;
	make_etc("irregular", NULL, NULL);
	alarm(20);
	assert_int_equal(mkfifo(path_in("fifo"), 0644), 0);
	assert_unreadable("fifo", NOT_REGULAR);
	make_link("/dev/zero", path_in("zero"), 0);
	assert_unreadable("zero", NOT_REGULAR);
	make_dir(path_in("directory"), 0, 0755);
	assert_unreadable("directory", NOT_REGULAR);
	make_link("loop", path_in("loop"), 0);
	assert_unreadable("loop", strerror(ELOOP));
	write_file("target", ROOT);
	make_link("target", path_in("link"), 0);
	assert_true(read_file("link", &bytes));
	assert_true(slice_is(bytes, ROOT));
	/* Says that it is empty. */
	make_link("/proc/self/status", path_in("proc"), 0);
	assert_true(read_file("proc", &bytes));
	assert_true(bytes.length > 100);
	alarm(0);
}

static void files_are_made_when_there_are_none(void **state)
{
	struct stat status;

	(void)state;
	make_etc("empty", NULL, NULL);
	umask(0077);
	must_make("app", 1000, WRITTEN);
	umask(022);
	assert_contents("passwd", ADDED);
	assert_contents("group", ADDED_GROUP);
	assert_string_equal(outcome.change.passwd.new_line, "app:*:1000:1000::/:/sbin/nologin");
	assert_int_equal(outcome.change.gid, 1000);
	assert_owner(path_in("passwd"), 0);
	assert_int_equal(stat(path_in("passwd"), &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0644);
	assert_int_equal(stat(path_in(".pwd.lock"), &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	assert_no_temporary();
}

static void what_is_right_is_not_written(void **state)
{
	struct stat before;
	struct stat after;

	(void)state;
	make_etc("right", ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	assert_int_equal(stat(path_in("passwd"), &before), 0);
	must_make("app", 1000, UNCHANGED);
	must_make("other", 1000, UNCHANGED);
	assert_true(outcome.change.by_number);
	assert_int_equal(stat(path_in("passwd"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_contents("passwd", ROOT ADDED);
}

static void S29_every_other_byte_is_kept(void **state)
{
	(void)state;
	make_etc("bytes", "\n#x\nshort:x\nroot:x:0:0:::\r\napp:x:1:2:\xff:/:\r\n+::::::",
	         "app:x:2:a\r\n+:::");
	must_make("app", 1000, WRITTEN);
	assert_contents("passwd",
	                "\n#x\nshort:x\nroot:x:0:0:::\r\napp:x:1000:1000:\xff:/:\r\n+::::::");
	assert_contents("group", "app:x:1000:a\r\n+:::");
	must_make("two", 2, WRITTEN);
	assert_contents("passwd",
	                "\n#x\nshort:x\nroot:x:0:0:::\r\napp:x:1000:1000:\xff:/:\r\n+::::::\n"
	                "two:*:2:2::/:/sbin/nologin\n");
	assert_no_temporary();
}

static void S29_a_large_file_is_written_whole(void **state)
{
	enum { SIZE = 3 << 20 };
	static char contents[SIZE + 128];
	static char after[SIZE + 128];

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		contents[i] = i % 64 == 63 ? '\n' : '.';
	make_etc("large", contents, ROOT_GROUP);
	must_make("app", 1000, WRITTEN);
	strcat(contents, ADDED);
	read_contents("passwd", after, sizeof(after));
	assert_true(strcmp(contents, after) == 0);
	/* What would be too large to read is not written. */
	assert_int_equal(truncate(path_in("passwd"), ETC_FILE_MAX - 3), 0);
	assert_false(make_account("two", 2));
	assert_non_null(strstr(error.message, strerror(EFBIG)));
	assert_no_temporary();
}

static void S29_owner_mode_and_attributes_are_kept(void **state)
{
	struct stat status;
	char value[16] = "";

	(void)state;
	make_etc("metadata", ROOT, ROOT_GROUP);
	assert_int_equal(chown(path_in("passwd"), 12, 34), 0);
	assert_int_equal(chmod(path_in("passwd"), 0640), 0);
	assert_int_equal(setxattr(path_in("passwd"), "trusted.one", "1", 1, 0), 0);
	assert_int_equal(setxattr(path_in("passwd"), "trusted.empty", "", 0, 0), 0);
	assert_int_equal(setxattr(path_in("passwd"), "security.two", "22", 2, 0), 0);
	must_make("app", 1000, WRITTEN);
	assert_contents("passwd", ROOT ADDED);
	assert_int_equal(stat(path_in("passwd"), &status), 0);
	assert_int_equal(status.st_uid, 12);
	assert_int_equal(status.st_gid, 34);
	assert_int_equal(status.st_mode, S_IFREG | 0640);
	assert_int_equal(getxattr(path_in("passwd"), "trusted.one", value, sizeof(value)), 1);
	assert_int_equal(getxattr(path_in("passwd"), "trusted.empty", value, sizeof(value)), 0);
	assert_int_equal(getxattr(path_in("passwd"), "security.two", value, sizeof(value)), 2);
	assert_string_equal(value, "22");
	assert_int_equal(stat(path_in("group"), &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0644);
}

/* As posix_acl_xattr.h has it; little-endian, as the machines are that test this. */
static void S29_the_access_list_is_the_old_files(void **state)
{
	static const unsigned char list[] = {
		2,  0, 0, 0,                         /* version */
		1,  0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* owner rw */
		2,  0, 7, 0, 0x39, 0x05, 0,    0,    /* user 1337 rwx */
		4,  0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* group r */
		16, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, /* mask rwx */
		32, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* others r */
	};
	char value[128];

	(void)state;
	make_etc("lists", ROOT, ROOT_GROUP);
	if (setxattr(at("lists"), "system.posix_acl_default", list, sizeof(list), 0) != 0) {
		assert_int_equal(errno, ENOTSUP);
		skip();
	}
	assert_int_equal(
		setxattr(path_in("group"), "system.posix_acl_access", list, sizeof(list), 0), 0);
	must_make("app", 1000, WRITTEN);
	assert_int_equal(
		getxattr(path_in("passwd"), "system.posix_acl_access", value, sizeof(value)), -1);
	assert_int_equal(
		getxattr(path_in("group"), "system.posix_acl_access", value, sizeof(value)),
		sizeof(list));
}

static void S29_links_and_devices_are_not_replaced(void **state)
{
	(void)state;
	make_etc("linked", NULL, NULL);
	write_file("real", ROOT);
	make_link("real", path_in("passwd"), 0);
	must_make("app", 1000, REFUSED);
	assert_int_equal(outcome.refused, ELOOP);
	assert_contents("group", ADDED_GROUP);
	/* What was done is told, and nothing else. */
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_KEEP);
	assert_int_equal(outcome.change.group.action, ACCOUNT_ADD);
	assert_contents("real", ROOT);
	assert_no_temporary();

	make_etc("dangling", NULL, NULL);
	make_link("none", path_in("group"), 0);
	must_make("app", 1000, REFUSED);
	assert_int_equal(outcome.refused, ELOOP);
	assert_int_equal(access(path_in("none"), F_OK), -1);

	make_etc("fifo", NULL, NULL);
	assert_int_equal(mkfifo(path_in("passwd"), 0644), 0);
	assert_false(make_account("app", 1000));
	assert_non_null(strstr(error.message, NOT_REGULAR));
	assert_int_equal(access(path_in("group"), F_OK), -1);
}

static void S29_a_stale_temporary_file_or_link_is_removed(void **state)
{
	(void)state;
	make_etc("stale", ROOT, ROOT_GROUP);
	write_file("victim", "victim\n");
	make_link("victim", path_in(".passwd.stepdown"), 0);
	write_file(".group.stepdown", "half a fi");
	must_make("app", 1000, WRITTEN);
	assert_contents("victim", "victim\n");
	assert_contents("group", ROOT_GROUP ADDED_GROUP);
	assert_no_temporary();
	write_file(".group.stepdown", "half a fi");
	must_make("app", 1000, UNCHANGED);
	assert_no_temporary();
}

static void S29_bind_mounted_files_are_appended_to(void **state)
{
	struct stat before;
	struct stat after;

	(void)state;
	make_etc("bound", ROOT "half:x:5", ROOT_GROUP);
	bind_file("passwd", 0);
	bind_file("group", 0);
	assert_int_equal(stat(path_in("passwd"), &before), 0);
	must_make("app", 1000, WRITTEN);
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_ADD);
	assert_int_equal(outcome.change.group.action, ACCOUNT_ADD);
	assert_contents("passwd", ROOT "half:x:5\n" ADDED);
	assert_contents("group", ROOT_GROUP ADDED_GROUP);
	assert_int_equal(stat(path_in("passwd"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	must_make("app", 1000, UNCHANGED);
	/* To change a line in place would be to tear it. */
	must_make("app", 7, REFUSED);
	assert_int_equal(outcome.refused, EBUSY);
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_KEEP);
	assert_contents("passwd", ROOT "half:x:5\n" ADDED);
	assert_contents("group", ROOT_GROUP ADDED_GROUP);
	assert_no_temporary();
}

static void S29_files_bound_read_only_are_refused(void **state)
{
	(void)state;
	make_etc("bound-ro", ROOT, ROOT_GROUP);
	bind_file("passwd", MS_RDONLY);
	must_make("app", 1000, REFUSED);
	assert_int_equal(outcome.refused, EROFS);
	assert_contents("passwd", ROOT);
	assert_contents("group", ROOT_GROUP ADDED_GROUP);
	assert_no_temporary();
}

/* The directory NAME becomes read-only, but for the file WRITABLE in it, when that is not NULL. */
static void make_read_only(const char *name, const char *writable)
{
	assert_int_equal(mount(at("%s", name), at("%s", name), NULL, MS_BIND, NULL), 0);
	if (writable != NULL)
		bind_file(writable, 0);
	assert_int_equal(
		mount("none", at("%s", name), NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	close(etc_fd);
	etc_fd = open(at("%s", name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void S29_a_read_only_directory_is_refused(void **state)
{
	(void)state;
	make_etc("readonly", ROOT ADDED, ROOT_GROUP);
	make_read_only("readonly", NULL);
	must_make("new", 7, REFUSED);
	assert_int_equal(outcome.refused, EROFS);
	must_make("app", 7, REFUSED);
	assert_int_equal(outcome.refused, EROFS);
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_KEEP);
	assert_contents("passwd", ROOT ADDED);
	assert_int_equal(access(path_in(".pwd.lock"), F_OK), -1);
	make_etc("readonly-empty", NULL, NULL);
	make_read_only("readonly-empty", NULL);
	must_make("new", 7, REFUSED);
	assert_int_equal(outcome.refused, EROFS);
}

static void S29_a_writable_file_in_a_read_only_directory_is_appended_to(void **state)
{
	(void)state;
	make_etc("mixed", ROOT, ROOT_GROUP);
	make_read_only("mixed", "passwd");
	must_make("app", 1000, REFUSED);
	assert_int_equal(outcome.refused, EROFS);
	assert_contents("passwd", ROOT ADDED);
	assert_contents("group", ROOT_GROUP);
	must_make("app", 7, REFUSED);
	assert_int_equal(outcome.refused, EROFS);
	assert_contents("passwd", ROOT ADDED);
}

static void without_the_right_to_the_directory(void)
{
	keep_capabilities(UINT32_C(1) << CAP_CHOWN);
	CHILD_ASSERT(make_account("app", 1000));
	CHILD_ASSERT(result_of(&outcome) == WRITTEN);
	CHILD_ASSERT(make_account("app", 7));
	CHILD_ASSERT(result_of(&outcome) == REFUSED);
	CHILD_ASSERT(outcome.refused == EACCES);
}

static void S29_a_directory_that_root_may_not_write_to(void **state)
{
	(void)state;
	make_etc("foreign", ROOT, ROOT_GROUP);
	assert_int_equal(chown(at("foreign"), 1000, 1000), 0);
	in_child(without_the_right_to_the_directory);
	assert_contents("passwd", ROOT ADDED);
	assert_contents("group", ROOT_GROUP ADDED_GROUP);
	assert_int_equal(access(path_in(".pwd.lock"), F_OK), -1);
}

static void without_chown(void)
{
	keep_capabilities(0);
	CHILD_ASSERT(make_account("app", 1000));
	CHILD_ASSERT(result_of(&outcome) == WRITTEN);
}

static void S29_an_owner_that_cannot_be_kept_is_not_lost(void **state)
{
	struct stat status;

	(void)state;
	make_etc("owned", ROOT, ROOT_GROUP);
	assert_int_equal(chown(path_in("passwd"), 0, 42), 0);
	in_child(without_chown);
	assert_contents("passwd", ROOT ADDED);
	assert_int_equal(stat(path_in("passwd"), &status), 0);
	assert_int_equal(status.st_gid, 42);
	assert_no_temporary();
}

/* On a file system of two or three pages, the last of which is then taken. */
static void make_full_etc(const char *name)
{
	static const char page[4096];
	int fd;

	snprintf(directory, sizeof(directory), "%s", name);
	make_dir(at("%s", name), 0, 0755);
	assert_int_equal(mount("none", at("%s", name), "tmpfs", 0, "size=12k,mode=755"), 0);
	close(etc_fd);
	etc_fd = open(at("%s", name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	write_file("passwd", ROOT);
	write_file("group", ROOT_GROUP ADDED_GROUP);
	fd = open(path_in("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, page, sizeof(page)), sizeof(page));
	assert_int_equal(write(fd, page, sizeof(page)), -1);
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static void S29_a_full_disk_changes_nothing(void **state)
{
	(void)state;
	make_full_etc("full");
	assert_false(make_account("app", 1000));
	assert_int_equal(error.status, 125);
	assert_non_null(strstr(error.message, "'/etc/passwd': No space left on device"));
	assert_contents("passwd", ROOT);
	assert_no_temporary();
	/* And once there is room again: */
	assert_int_equal(unlink(path_in("filler")), 0);
	must_make("app", 1000, WRITTEN);
	assert_contents("passwd", ROOT ADDED);
}

static void S29_an_append_that_does_not_fit_is_taken_back(void **state)
{
	char contents[4097];
	char after[8192];

	(void)state;
	make_full_etc("full-append");
	/* Ten bytes are left in its page: so much will be written. */
	memset(contents, 'x', sizeof(contents));
	contents[4086] = '\0';
	write_file("passwd", contents);
	make_read_only("full-append", "passwd");
	assert_false(make_account("app", 1000));
	assert_non_null(strstr(error.message, "'/etc/passwd': No space left on device"));
	read_contents("passwd", after, sizeof(after));
	assert_string_equal(after, contents);
}

static void S29_an_append_to_something_else_than_was_read_is_none(void **state)
{
	struct line_change change = {.action = ACCOUNT_ADD, .new_line = "app:*:1:1::/:/"};
	struct slice read = slice_of(ROOT);
	int fd;

	(void)state;
	make_etc("changed", ROOT ADDED, NULL);
	fd = etcwrite_open_locked(etc_fd, "passwd", O_WRONLY | O_APPEND, F_OFD_SETLK);
	assert_true(fd >= 0);
	assert_int_equal(etcwrite_append(fd, &read, &change), EAGAIN);
	assert_contents("passwd", ROOT ADDED);
	close(fd);
}

static void S29_a_file_that_is_another_than_was_read_is_not_replaced(void **state)
{
	struct line_change change = {.action = ACCOUNT_ADD, .new_line = "app:*:1:1::/:/"};
	struct slice read = slice_of("");

	(void)state;
	make_etc("replaced", ROOT ADDED, NULL);
	assert_int_equal(etcwrite_replace(etc_fd, "passwd", ".new", &read, &change), EAGAIN);
	assert_contents("passwd", ROOT ADDED);
	assert_int_equal(unlinkat(etc_fd, ".new", 0), -1);
	assert_int_equal(errno, ENOENT);
}

static void S29_a_limit_of_sizes_is_told_and_kills_nobody(void **state)
{
	struct rlimit before;

	(void)state;
	make_etc("limited", ROOT, NULL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, before.rlim_max}), 0);
	assert_false(make_account("app", 1000));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(error.message, "File too large"));
	assert_contents("passwd", ROOT);
}

/* Forks a process that takes the lock COMMAND asks for on NAME and keeps it for MILLISECONDS. */
static pid_t hold_lock(const char *name, int command, int milliseconds)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = openat(etc_fd, name, O_RDWR | O_CREAT, 0600);

		/* A test that has failed does not end it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fcntl(fd, command, &lock) != 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		poll(NULL, 0, milliseconds);
		_exit(0);
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

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void S29_a_lock_is_waited_for(void **state)
{
	double start = seconds();
	pid_t pid;

	(void)state;
	make_etc("locked", ROOT, ROOT_GROUP);
	pid = hold_lock(".pwd.lock", F_SETLK, 300);
	must_make("app", 1000, WRITTEN);
	assert_true(seconds() - start >= 0.29);
	end(pid);
	bind_file("passwd", 0);
	start = seconds();
	pid = hold_lock("passwd", F_OFD_SETLK, 300);
	must_make("two", 2, WRITTEN);
	assert_true(seconds() - start >= 0.29);
	end(pid);
}

static void S29_a_lock_is_not_waited_for_without_end(void **state)
{
	pid_t pid;

	(void)state;
	make_etc("stuck", ROOT, ROOT_GROUP ADDED_GROUP);
	hurry = true;
	pid = hold_lock(".pwd.lock", F_SETLK, 600 * 1000);
	assert_false(make_account("app", 1000));
	assert_non_null(strstr(error.message, "still locked after 15 seconds"));
	assert_non_null(strstr(error.message, "useradd"));
	end(pid);
	pid = hold_lock(".pwd.lock", F_OFD_SETLK, 600 * 1000);
	assert_false(make_account("app", 1000));
	assert_non_null(strstr(error.message, "useradd"));
	end(pid);
	bind_file("passwd", 0);
	pid = hold_lock("passwd", F_OFD_SETLK, 600 * 1000);
	assert_false(make_account("app", 1000));
	assert_non_null(strstr(error.message, "'/etc/passwd'"));
	end(pid);
	hurry = false;
	assert_contents("passwd", ROOT);
}

static void S29_a_lock_that_is_a_link_is_an_error(void **state)
{
	(void)state;
	make_etc("link-lock", ROOT, ROOT_GROUP);
	make_link("victim", path_in(".pwd.lock"), 0);
	assert_false(make_account("app", 1000));
	assert_non_null(strstr(error.message, "'/etc/.pwd.lock'"));
	assert_int_equal(access(path_in("victim"), F_OK), -1);
	assert_contents("passwd", ROOT);
}

/* The wait for the lock, short as it may be, is where another writer gets in. */
static void S29_what_was_written_meanwhile_is_seen(void **state)
{
	pid_t pid;

	(void)state;
	make_etc("meanwhile", ROOT, ROOT_GROUP ADDED_GROUP);
	bind_file("passwd", 0);
	pid = hold_lock("passwd", F_OFD_SETLK, 600 * 1000);
	fflush(NULL);
	if (fork() == 0) {
		poll(NULL, 0, 200);
		write_file("passwd", ROOT "other:x:1000:50:::\n");
		kill(pid, SIGKILL);
		_exit(0);
	}
	must_make("app", 1000, UNCHANGED);
	assert_true(outcome.change.by_number);
	assert_contents("passwd", ROOT "other:x:1000:50:::\n");
	while (wait(NULL) > 0)
		;
}

static bool is_one_of(const char *name, const char *const *all, size_t count)
{
	static char contents[65536];

	read_contents(name, contents, sizeof(contents));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(contents, all[i]) == 0)
			return true;
	}
	return false;
}

/* Updates without end, until it is killed. */
static pid_t update_in_a_loop(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	for (uint32_t uid = 1000;; uid = 3000 - uid) {
		if (!make_account("app", uid) || result_of(&outcome) == REFUSED)
			_exit(1);
	}
}

static void S29_a_killed_run_leaves_the_old_or_the_new_file(void **state)
{
	static const char *const passwds[] = {ROOT "app:x:1000:1000::/:\nz:x:9:9::/:\n",
	                                      ROOT "app:x:2000:2000::/:\nz:x:9:9::/:\n"};
	static const char *const groups[] = {ROOT_GROUP "app:x:1000:\n",
	                                     ROOT_GROUP "app:x:2000:\n"};
	unsigned left_behind = 0;

	(void)state;
	make_etc("killed", passwds[0], groups[0]);
	srand(4711);
	for (int round = 0; round < 400; round++) {
		struct timespec pause = {0, 1 + rand() % 1500000};
		pid_t pid = update_in_a_loop();
		int status;

		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_true(is_one_of("passwd", passwds, COUNT(passwds)));
		assert_true(is_one_of("group", groups, COUNT(groups)));
		if (access(path_in(".passwd.stepdown"), F_OK) == 0 ||
		    access(path_in(".group.stepdown"), F_OK) == 0)
			left_behind++;
		if (!make_account("app", 1000))
			fail_msg("%s", error.message);
		assert_contents("passwd", passwds[0]);
		assert_no_temporary();
		write_file("group", groups[0]);
	}
	/* Else the moments were not random enough to tell anything. */
	assert_true(left_behind > 0);
}

static pid_t make_many(const char *etc, const char *prefix, uint32_t first, uint32_t count)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	etc_fd = open(at("%s", etc), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (uint32_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%u", prefix, (unsigned)i);
		if (!make_account(name, first + i) || result_of(&outcome) != WRITTEN) {
			fprintf(stderr, "%s: %s\n", name, error.message);
			_exit(1);
		}
	}
	_exit(0);
}

/* Four processes at once, each with accounts of its own, every other one by ANOTHER directory. */
static void make_many_at_once(const char *another)
{
	static const char *const prefixes[] = {"a", "b", "c", "d"};
	enum { EACH = 40 };
	static char passwd[65536];
	static char group[65536];
	pid_t pids[COUNT(prefixes)];

	for (uint32_t i = 0; i < COUNT(prefixes); i++)
		pids[i] = make_many(i % 2 == 0 ? directory : another, prefixes[i], 1000 * (i + 1),
		                    EACH);
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	read_contents("passwd", passwd, sizeof(passwd));
	read_contents("group", group, sizeof(group));
	for (uint32_t i = 0; i < COUNT(prefixes) * EACH; i++) {
		uint32_t uid = 1000 * (i / EACH + 1) + i % EACH;
		struct account account;
		struct account entry;

		assert_true(passwd_find_uid(slice_of(passwd), uid, &account));
		assert_true(group_find_gid(slice_of(group), uid, &entry));
		assert_true(slice_equal(account.name, entry.name));
	}
	assert_true(strncmp(passwd, ROOT, sizeof(ROOT) - 1) == 0);
	assert_no_temporary();
}

static void S29_two_at_once_lose_no_line(void **state)
{
	(void)state;
	make_etc("at-once", ROOT, ROOT_GROUP);
	make_many_at_once("at-once");
}

static void S29_two_at_once_lose_no_line_of_a_bind_mounted_file(void **state)
{
	(void)state;
	/* Two directories, so two locks, but the same files: as in two containers. */
	make_etc("at-once-a", ROOT, ROOT_GROUP);
	bind_file("passwd", 0);
	bind_file("group", 0);
	make_etc("at-once-b", "", "");
	assert_int_equal(mount(at("at-once-a/passwd"), path_in("passwd"), NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(at("at-once-a/group"), path_in("group"), NULL, MS_BIND, NULL), 0);
	make_many_at_once("at-once-a");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(S28_files_up_to_16_MiB_are_read),
		cmocka_unit_test(S28_only_regular_files_are_read_and_none_blocks),
		cmocka_unit_test(files_are_made_when_there_are_none),
		cmocka_unit_test(what_is_right_is_not_written),
		cmocka_unit_test(S29_every_other_byte_is_kept),
		cmocka_unit_test(S29_a_large_file_is_written_whole),
		cmocka_unit_test(S29_owner_mode_and_attributes_are_kept),
		cmocka_unit_test(S29_the_access_list_is_the_old_files),
		cmocka_unit_test(S29_links_and_devices_are_not_replaced),
		cmocka_unit_test(S29_a_stale_temporary_file_or_link_is_removed),
		cmocka_unit_test(S29_bind_mounted_files_are_appended_to),
		cmocka_unit_test(S29_files_bound_read_only_are_refused),
		cmocka_unit_test(S29_a_read_only_directory_is_refused),
		cmocka_unit_test(S29_a_writable_file_in_a_read_only_directory_is_appended_to),
		cmocka_unit_test(S29_a_directory_that_root_may_not_write_to),
		cmocka_unit_test(S29_an_owner_that_cannot_be_kept_is_not_lost),
		cmocka_unit_test(S29_a_full_disk_changes_nothing),
		cmocka_unit_test(S29_an_append_that_does_not_fit_is_taken_back),
		cmocka_unit_test(S29_an_append_to_something_else_than_was_read_is_none),
		cmocka_unit_test(S29_a_file_that_is_another_than_was_read_is_not_replaced),
		cmocka_unit_test(S29_a_limit_of_sizes_is_told_and_kills_nobody),
		cmocka_unit_test(S29_a_lock_is_waited_for),
		cmocka_unit_test(S29_a_lock_is_not_waited_for_without_end),
		cmocka_unit_test(S29_a_lock_that_is_a_link_is_an_error),
		cmocka_unit_test(S29_what_was_written_meanwhile_is_seen),
		cmocka_unit_test(S29_a_killed_run_leaves_the_old_or_the_new_file),
		cmocka_unit_test(S29_two_at_once_lose_no_line),
		cmocka_unit_test(S29_two_at_once_lose_no_line_of_a_bind_mounted_file),
	};

	return cmocka_run_group_tests_name("etcfile", tests, scratch_set_up, scratch_tear_down);
}
