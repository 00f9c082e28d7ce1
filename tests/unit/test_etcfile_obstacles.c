/* Files that are mounts, directories that cannot be written to, and no room: what can be done all
 * the same is done, and the rest is told and changes nothing. */
#include "scratch.h"

#include <sys/resource.h>

#include "etc_directory.h"

static void S29_bind_mounted_files_are_appended_to(void **state)
{
	struct stat before;
	struct stat after;

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

static void S29_a_file_size_limit_is_an_error_and_no_signal(void **state)
{
	struct rlimit before;

	make_etc("limited", ROOT, NULL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, before.rlim_max}), 0);
	assert_false(make_account("app", 1000));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(error.message, "File too large"));
	assert_contents("passwd", ROOT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(S29_bind_mounted_files_are_appended_to),
		cmocka_unit_test(S29_files_bound_read_only_are_refused),
		cmocka_unit_test(S29_a_read_only_directory_is_refused),
		cmocka_unit_test(S29_a_writable_file_in_a_read_only_directory_is_appended_to),
		cmocka_unit_test(S29_a_directory_that_root_may_not_write_to),
		cmocka_unit_test(S29_an_owner_that_cannot_be_kept_is_not_lost),
		cmocka_unit_test(S29_a_full_disk_changes_nothing),
		cmocka_unit_test(S29_an_append_that_does_not_fit_is_taken_back),
		cmocka_unit_test(S29_a_file_size_limit_is_an_error_and_no_signal),
	};

	return cmocka_run_group_tests_name("etcfile_obstacles", tests, scratch_set_up,
	                                   scratch_tear_down);
}
