/* Files that are mounts, directories that cannot be written to, and no room: what can be done all
 * the same is done, and the rest is told and changes nothing. */
#include "scratch.h"

#include <sys/resource.h>

#include "etc_directory.h"

TEST(S29_bind_mounted_files_are_appended_to)
{
	ino_t before;

	make_etc("bound", ROOT "half:x:5", ROOT_GROUP);
	bind_file("passwd", 0);
	bind_file("group", 0);
	before = status_at(path_in("passwd")).st_ino;
	must_make("app", 1000, WRITTEN);
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_ADD);
	assert_int_equal(outcome.change.group.action, ACCOUNT_ADD);
	assert_int_equal(status_at(path_in("passwd")).st_ino, before);
	must_make("app", 1000, UNCHANGED);
	/* To change a line in place would be to tear it. */
	must_refuse("app", 7, EBUSY);
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_KEEP);
	assert_files(ROOT "half:x:5\n" ADDED, ROOT_GROUP ADDED_GROUP);
}

TEST(S29_files_bound_read_only_are_refused)
{
	make_etc("bound-ro", ROOT, ROOT_GROUP);
	bind_file("passwd", MS_RDONLY);
	must_refuse("app", 1000, EROFS);
	assert_files(ROOT, ROOT_GROUP ADDED_GROUP);
}

/* The directory becomes read-only, but for the file WRITABLE in it, when that is not NULL. */
static void make_read_only(const char *writable)
{
	const char *path = at("%s", directory);

	mount_bind(path, path, 0);
	if (writable != NULL)
		bind_file(writable, 0);
	assert_int_equal(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	use_etc(directory);
}

TEST(S29_a_read_only_directory_is_refused)
{
	make_etc("readonly", ROOT ADDED, ROOT_GROUP);
	make_read_only(NULL);
	must_refuse("new", 7, EROFS);
	must_refuse("app", 7, EROFS);
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_KEEP);
	assert_files(ROOT ADDED, ROOT_GROUP);
	assert_false(is_there(path_in(".pwd.lock")));
	make_etc("readonly-empty", NULL, NULL);
	make_read_only(NULL);
	must_refuse("new", 7, EROFS);
}

TEST(S29_a_writable_file_in_a_read_only_directory_is_appended_to)
{
	make_etc("mixed", ROOT, ROOT_GROUP);
	make_read_only("passwd");
	must_refuse("app", 1000, EROFS);
	assert_files(ROOT ADDED, ROOT_GROUP);
	must_refuse("app", 7, EROFS);
	assert_files(ROOT ADDED, ROOT_GROUP);
}

static void without_the_right_to_the_directory(void)
{
	keep_capabilities(UINT32_C(1) << CAP_CHOWN);
	must_make("app", 1000, WRITTEN);
	must_refuse("app", 7, EACCES);
}

TEST(S29_a_directory_that_root_may_not_write_to)
{
	make_etc("foreign", ROOT, ROOT_GROUP);
	assert_int_equal(chown(at("foreign"), 1000, 1000), 0);
	in_child(without_the_right_to_the_directory);
	assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	assert_false(is_there(path_in(".pwd.lock")));
}

static void without_chown(void)
{
	keep_capabilities(0);
	must_make("app", 1000, WRITTEN);
}

TEST(S29_an_owner_that_cannot_be_kept_is_not_lost)
{
	make_etc("owned", ROOT, ROOT_GROUP);
	assert_int_equal(chown(path_in("passwd"), 0, 42), 0);
	in_child(without_chown);
	assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	assert_int_equal(status_at(path_in("passwd")).st_gid, 42);
}

/* On a file system of two or three pages, the last of which is then taken. */
static void make_full_etc(const char *name)
{
	static const char page[4096];
	int fd;

	make("%s/", name);
	mount_type("tmpfs", at("%s", name), "size=12k,mode=755");
	use_etc(name);
	write_file("passwd", ROOT);
	write_file("group", ROOT_GROUP ADDED_GROUP);
	fd = open(path_in("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, page, sizeof(page)), sizeof(page));
	assert_int_equal(write(fd, page, sizeof(page)), -1);
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

TEST(S29_a_full_disk_changes_nothing)
{
	make_full_etc("full");
	must_fail("app", 1000, "'/etc/passwd': No space left on device");
	assert_files(ROOT, ROOT_GROUP ADDED_GROUP);
	/* And once there is room again: */
	assert_int_equal(unlink(path_in("filler")), 0);
	must_make("app", 1000, WRITTEN);
	assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
}

TEST(S29_an_append_that_does_not_fit_is_taken_back)
{
	char contents[4097];

	make_full_etc("full-append");
	/* Ten bytes are left in its page: so much will be written. */
	memset(contents, 'x', sizeof(contents));
	contents[4086] = '\0';
	write_file("passwd", contents);
	make_read_only("passwd");
	must_fail("app", 1000, "'/etc/passwd': No space left on device");
	assert_string_equal(contents_of("passwd"), contents);
}

TEST(S29_a_file_size_limit_is_an_error_and_no_signal)
{
	struct rlimit before;
	bool made;

	make_etc("limited", ROOT, NULL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, before.rlim_max}), 0);
	made = make_account("app", 1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(made);
	assert_non_null(strstr(error.message, "File too large"));
	assert_files(ROOT, NULL);
}

int main(void)
{
	return cmocka_run_group_tests_name("etcfile_obstacles", tests, scratch_set_up,
	                                   scratch_tear_down);
}
