/* What is written, what of the old files is kept, and what hinders: files that are mounts, directories that cannot be
 * written to, no room. The parts kills, rooms and together of tests/faults stop and crowd whole starts. */
#include "scratch.h"

#include <sys/xattr.h>

#include "etc_directory.h"

TEST(missing_account_files_are_made)
{
	make_etc("empty", NULL, NULL);
	umask(0077);
	must_make("app", 1000, WRITTEN);
	umask(022);
	assert_files(ADDED, ADDED_GROUP);
	assert_string_equal(outcome.change.passwd.new_line, "app:*:1000:1000::/:/sbin/nologin");
	assert_int_equal(outcome.change.gid, 1000);
	assert_owned(0, "empty/passwd");
	assert_int_equal(status_at(path_in("passwd")).st_mode, S_IFREG | 0644);
	assert_int_equal(status_at(path_in(".pwd.lock")).st_mode, S_IFREG | 0600);
}

TEST(correct_files_are_not_written)
{
	ino_t before;

	make_etc("right", ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	before = status_at(path_in("passwd")).st_ino;
	must_make("app", 1000, UNCHANGED);
	must_make("other", 1000, UNCHANGED);
	assert_true(outcome.change.by_number);
	assert_int_equal(status_at(path_in("passwd")).st_ino, before);
	assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
}

TEST(S29_a_large_file_is_written_whole)
{
	enum { SIZE = 3 << 20 };
	static char contents[SIZE + 128];

	for (size_t i = 0; i < SIZE; i++)
		contents[i] = i % 64 == 63 ? '\n' : '.';
	make_etc("large", contents, ROOT_GROUP);
	must_make("app", 1000, WRITTEN);
	assert_true(strcmp(strcat(contents, ADDED), contents_of("passwd")) == 0);
	/* What would be too large to read is not written. */
	assert_int_equal(truncate(path_in("passwd"), ETC_FILE_MAX_BYTES - 3), 0);
	must_fail("two", 2, strerror(EFBIG));
	assert_no_temporary();
}

/* As posix_acl_xattr.h has it; little-endian, as the machines are that test this. */
TEST(S29_the_access_list_is_the_old_files)
{
	static const unsigned char list[] = {
		2,  0, 0, 0,                         /* version */
		1,  0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* owner rw */
		2,  0, 7, 0, 0x39, 0x05, 0,    0,    /* user 1337 rwx */
		4,  0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* group r */
		16, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, /* mask rwx */
		32, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* others r */
	};
	const char *name = "system.posix_acl_access";
	char value[128];

	make_etc("lists", ROOT, ROOT_GROUP);
	if (setxattr(at("lists"), "system.posix_acl_default", list, sizeof(list), 0) != 0) {
		assert_int_equal(errno, ENOTSUP);
		skip();
	}
	assert_int_equal(setxattr(path_in("group"), name, list, sizeof(list), 0), 0);
	must_make("app", 1000, WRITTEN);
	assert_int_equal(getxattr(path_in("passwd"), name, value, sizeof(value)), -1);
	assert_int_equal(getxattr(path_in("group"), name, value, sizeof(value)), sizeof(list));
}

TEST(S29_links_and_devices_are_not_replaced)
{
	make_etc("linked", NULL, NULL);
	write_text(path_in("real"), ROOT);
	make("linked/passwd>real");
	must_refuse("app", 1000, ELOOP);
	assert_files(ROOT, ADDED_GROUP);
	/* What was done is told, and nothing else. */
	assert_int_equal(outcome.change.passwd.action, ACCOUNT_KEEP);
	assert_int_equal(outcome.change.group.action, ACCOUNT_ADD);

	make_etc("dangling", NULL, NULL);
	make("dangling/group>none");
	must_refuse("app", 1000, ELOOP);
	assert_false(is_there(path_in("none")));

	make_etc("fifo", NULL, NULL);
	assert_int_equal(mkfifo(path_in("passwd"), 0644), 0);
	must_fail("app", 1000, NOT_REGULAR);
	assert_false(is_there(path_in("group")));
}

TEST(S29_a_stale_temporary_file_or_link_is_removed)
{
	make_etc("stale", ROOT, ROOT_GROUP);
	write_text(path_in("victim"), "victim\n");
	make("stale/.passwd.stepdown>victim");
	write_text(path_in(".group.stepdown"), "half a fi");
	must_make("app", 1000, WRITTEN);
	assert_string_equal(contents_of("victim"), "victim\n");
	assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	write_text(path_in(".group.stepdown"), "half a fi");
	must_make("app", 1000, UNCHANGED);
	assert_no_temporary();
}

static int fsetxattr_errnum;

static void make_account_without_fsetxattr(void)
{
	forbid(SYS_fsetxattr, (unsigned)fsetxattr_errnum);
	(void)make_account("app", 1000);
}

/* Labels are the host's to give. Without any other attribute the new file does not take the old one's place. */
TEST(S29_attributes_that_cannot_be_copied)
{
	static const struct {
		const char *attribute;
		int errnum;
		bool is_replaced;
	} rows[] = {
		{"trusted.kept", ENOTSUP, true},  {"trusted.kept", ENODATA, true},
		{"trusted.kept", EPERM, false},   {"trusted.kept", EACCES, false},
		{"security.kept", EPERM, true},   {"security.kept", EACCES, true},
		{"security.kept", ENOSPC, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[] = {(char)('A' + i), '\0'};
		ino_t before;

		make_etc(name, ROOT, ROOT_GROUP);
		assert_int_equal(setxattr(path_in("passwd"), rows[i].attribute, "1", 1, 0), 0);
		before = status_at(path_in("passwd")).st_ino;
		fsetxattr_errnum = rows[i].errnum;
		in_child(make_account_without_fsetxattr);
		if ((status_at(path_in("passwd")).st_ino != before) != rows[i].is_replaced)
			fail_msg("row %zu", i);
		if (rows[i].is_replaced)
			assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	}
}

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

static void append_without_ftruncate(void)
{
	forbid(SYS_ftruncate, EPERM);
	must_fail("app", 1000, "'/etc/passwd': Input/output error");
}

TEST(S29_an_append_that_does_not_fit_is_taken_back)
{
	char contents[4097];

	make("full/");
	mount_type("tmpfs", at("full"), "size=12k,mode=755");
	use_etc("full");
	/* Ten bytes are left in the page of passwd, so much will be written. The other two pages are full. */
	memset(contents, 'x', sizeof(contents));
	contents[4096] = '\0';
	write_text(path_in("filler"), contents);
	contents[4086] = '\0';
	write_text(path_in("passwd"), contents);
	write_text(path_in("group"), ROOT_GROUP ADDED_GROUP);
	make_read_only("passwd");
	must_fail("app", 1000, "'/etc/passwd': No space left on device");
	assert_string_equal(contents_of("passwd"), contents);
	/* Half a line stays, and the error says so. */
	in_child(append_without_ftruncate);
}

int main(void)
{
	return cmocka_run_group_tests_name("etcfile", tests, scratch_set_up, scratch_tear_down);
}
