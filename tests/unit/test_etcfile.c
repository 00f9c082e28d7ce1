/* What is written where nothing hinders, and what of the old files is kept. */
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

#define BYTES "\n#x\nshort:x\nroot:x:0:0:::\r\napp:x:1000:1000:\xff:/:\r\n+::::::"

TEST(S29_every_other_byte_is_kept)
{
	make_etc("bytes", "\n#x\nshort:x\nroot:x:0:0:::\r\napp:x:1:2:\xff:/:\r\n+::::::",
	         "app:x:2:a\r\n+:::");
	must_make("app", 1000, WRITTEN);
	assert_files(BYTES, "app:x:1000:a\r\n+:::");
	must_make("two", 2, WRITTEN);
	assert_files(BYTES "\ntwo:*:2:2::/:/sbin/nologin\n", "app:x:1000:a\r\n+:::\ntwo:*:2:\n");
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

TEST(S29_owner_mode_and_attributes_are_kept)
{
	const char *passwd;
	struct stat status;
	char value[16] = "";

	make_etc("metadata", ROOT, ROOT_GROUP);
	passwd = path_in("passwd");
	assert_int_equal(chown(passwd, 12, 34), 0);
	assert_int_equal(chmod(passwd, 0640), 0);
	assert_int_equal(setxattr(passwd, "trusted.one", "1", 1, 0), 0);
	assert_int_equal(setxattr(passwd, "trusted.empty", "", 0, 0), 0);
	assert_int_equal(setxattr(passwd, "security.two", "22", 2, 0), 0);
	must_make("app", 1000, WRITTEN);
	assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	passwd = path_in("passwd");
	status = status_at(passwd);
	assert_int_equal(status.st_uid, 12);
	assert_int_equal(status.st_gid, 34);
	assert_int_equal(status.st_mode, S_IFREG | 0640);
	assert_int_equal(getxattr(passwd, "trusted.one", value, sizeof(value)), 1);
	assert_int_equal(getxattr(passwd, "trusted.empty", value, sizeof(value)), 0);
	assert_int_equal(getxattr(passwd, "security.two", value, sizeof(value)), 2);
	assert_string_equal(value, "22");
	assert_int_equal(status_at(path_in("group")).st_mode, S_IFREG | 0644);
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
	write_file("real", ROOT);
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
	write_file("victim", "victim\n");
	make("stale/.passwd.stepdown>victim");
	write_file(".group.stepdown", "half a fi");
	must_make("app", 1000, WRITTEN);
	assert_string_equal(contents_of("victim"), "victim\n");
	assert_files(ROOT ADDED, ROOT_GROUP ADDED_GROUP);
	write_file(".group.stepdown", "half a fi");
	must_make("app", 1000, UNCHANGED);
	assert_no_temporary();
}

int main(void)
{
	return cmocka_run_group_tests_name("etcfile", tests, scratch_set_up, scratch_tear_down);
}
