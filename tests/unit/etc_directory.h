#ifndef STEPDOWN_TESTS_ETC_DIRECTORY_H
#define STEPDOWN_TESTS_ETC_DIRECTORY_H

#include <stdalign.h>

#include "accounts/passwd_files.h"

/* An /etc of the test's own, an account that is made in it, and what its files hold then. To be
 * included behind "scratch.h". */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define ROOT "root:x:0:0:root:/root:/bin/sh\n"
#define ROOT_GROUP "root:x:0:\n"
#define NOT_REGULAR "Invalid argument (only regular files"
#define ADDED "app:*:1000:1000::/:/sbin/nologin\n"
#define ADDED_GROUP "app:*:1000:\n"

static alignas(max_align_t) char memory[1 << 18];
static struct error error;
static struct passwd_files_outcome outcome;
static char directory[128];
static int etc_fd = -1;

__attribute__((unused)) static const char *path_in(const char *name)
{
	return at("%s/%s", directory, name);
}

__attribute__((unused)) static void write_file(const char *name, const char *contents)
{
	int fd = open(path_in(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, contents, strlen(contents)), strlen(contents));
	close(fd);
}

/* A directory of the test's own, with these files in it where they are not NULL. */
__attribute__((unused)) static void make_etc(const char *name, const char *passwd,
                                             const char *group)
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

__attribute__((unused)) static bool make_account(const char *name, uint32_t uid)
{
	struct account_request request = {
		.name = slice_of(name), .uid = uid, .gid_given = true, .gid = uid};
	struct arena arena = arena_in(memory, sizeof(memory));

	memset(&error, 0, sizeof(error));
	return passwd_files_make_account(etc_fd, &request, &arena, &outcome, &error);
}

enum result {
	UNCHANGED,
	WRITTEN,
	REFUSED,
};

__attribute__((unused)) static enum result result_of(const struct passwd_files_outcome *made)
{
	if (made->refused != 0)
		return REFUSED;
	return made->change.group.action == ACCOUNT_KEEP &&
	                       made->change.passwd.action == ACCOUNT_KEEP
	               ? UNCHANGED
	               : WRITTEN;
}

__attribute__((unused)) static void must_make(const char *name, uint32_t uid, enum result result)
{
	if (!make_account(name, uid))
		fail_msg("%s", error.message);
	if (result_of(&outcome) != result)
		fail_msg("result %u, %s", result_of(&outcome), strerror(outcome.refused));
}

__attribute__((unused)) static size_t read_contents(const char *name, char *buffer, size_t size)
{
	int fd = open(path_in(name), O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, buffer, size - 1);

	if (length < 0)
		fail_msg("%s: %s", name, strerror(errno));
	close(fd);
	buffer[length] = '\0';
	return (size_t)length;
}

__attribute__((unused)) static void assert_contents(const char *name, const char *expected)
{
	static char contents[65536];

	read_contents(name, contents, sizeof(contents));
	assert_string_equal(contents, expected);
}

__attribute__((unused)) static void assert_no_temporary(void)
{
	assert_int_equal(faccessat(etc_fd, ".passwd.stepdown", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(faccessat(etc_fd, ".group.stepdown", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

__attribute__((unused)) static void bind_file(const char *name, unsigned long flags)
{
	assert_int_equal(mount(path_in(name), path_in(name), NULL, MS_BIND, NULL), 0);
	if (flags != 0)
		assert_int_equal(
			mount("none", path_in(name), NULL, MS_BIND | MS_REMOUNT | flags, NULL), 0);
}

#endif
