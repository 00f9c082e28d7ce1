#ifndef STEPDOWN_TESTS_ETC_DIRECTORY_H
#define STEPDOWN_TESTS_ETC_DIRECTORY_H

#include <stdalign.h>

#include "accounts/passwd_files.h"
#include "accounts/passwd_write.h"

/* An /etc of the test's own, an account that is made in it, and what its files hold then. To be
 * included behind "scratch.h". */

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

static inline const char *path_in(const char *name)
{
	return at("%s/%s", directory, name);
}

/* The directory NAME is the one from now on. */
static inline void use_etc(const char *name)
{
	if (name != directory)
		snprintf(directory, sizeof(directory), "%s", name);
	if (etc_fd >= 0)
		close(etc_fd);
	etc_fd = open(at("%s", name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(etc_fd >= 0);
}

/* A directory of the test's own, with these files in it where they are not NULL. */
static inline void make_etc(const char *name, const char *passwd, const char *group)
{
	make("%s/", name);
	use_etc(name);
	if (passwd != NULL)
		write_text(path_in("passwd"), passwd);
	if (group != NULL)
		write_text(path_in("group"), group);
}

static inline bool make_account(const char *name, uint32_t uid)
{
	struct account_request request = {
		.name = slice_of(name), .uid = uid, .gid_given = true, .gid = uid};
	struct arena arena = arena_in(memory, sizeof(memory));

	memset(&error, 0, sizeof(error));
	memset(&outcome, 0, sizeof(outcome));
	return passwd_files_make_account(etc_fd, &request, &arena, &outcome, &error);
}

enum { UNCHANGED, WRITTEN };

static inline void must_make(const char *name, uint32_t uid, int result)
{
	bool is_written;

	if (!make_account(name, uid))
		fail_msg("%s", error.message);
	is_written = outcome.change.group.action != ACCOUNT_KEEP ||
	             outcome.change.passwd.action != ACCOUNT_KEEP;
	assert_int_equal(outcome.refused, 0);
	assert_int_equal(is_written, result);
}

/* The ids are used by number, because of ERRNUM. */
static inline void must_refuse(const char *name, uint32_t uid, int errnum)
{
	if (!make_account(name, uid))
		fail_msg("%s", error.message);
	assert_int_equal(outcome.refused, errnum);
}

/* Ends with an error whose message holds WORDS. */
static inline void must_fail(const char *name, uint32_t uid, const char *words)
{
	assert_false(make_account(name, uid));
	assert_int_equal(error.status, STATUS_FAILED);
	if (strstr(error.message, words) == NULL)
		fail_msg("%s", error.message);
}

/* Good until the next call. */
static inline const char *contents_of(const char *name)
{
	static char contents[4 << 20];
	int fd = open(path_in(name), O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, contents, sizeof(contents) - 1);

	if (length < 0)
		fail_msg("%s: %s", name, strerror(errno));
	close(fd);
	contents[length] = '\0';
	return contents;
}

static inline void assert_no_temporary(void)
{
	assert_false(is_there(path_in(".passwd.stepdown")));
	assert_false(is_there(path_in(".group.stepdown")));
}

/* The two files hold this, and there is no other. NULL: there is no such file. */
static inline void assert_files(const char *passwd, const char *group)
{
	if (passwd != NULL)
		assert_string_equal(contents_of("passwd"), passwd);
	if (group != NULL)
		assert_string_equal(contents_of("group"), group);
	assert_int_equal(is_there(path_in("passwd")), passwd != NULL);
	assert_int_equal(is_there(path_in("group")), group != NULL);
	assert_no_temporary();
}

static inline void bind_file(const char *name, unsigned long flags)
{
	mount_bind(path_in(name), path_in(name), flags);
}

#endif
