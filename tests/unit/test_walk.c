/* What a walk changes, makes and counts, and what it leaves. */
#include "scratch.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "walked_volume.h"

TEST_FRESH_AND_SETTLED(only_entries_with_a_wrong_owner_are_changed)
{
	make("v/ v/sub/:0:700 v/right/:1000:700 v/right/root's v/sub/file:1001 v/sub/new\nline "
	     "v/file:1000");
	assert_int_equal(chown(at("v/file"), APP, 0), 0);
	own(at("v"));
	assert_owned(APP, "v v/sub v/right/root's v/sub/file v/sub/new\nline v/file");
	assert_report(7, 6, 0, 0);
	assert_false(report.made);
	own(at("v"));
	assert_report(7, 0, 0, 0);
	assert_string_equal(report.first_wrong, "");
}

TEST_FRESH_AND_SETTLED(own_top_leaves_all_below)
{
	make("top/ top/file");
	apply_as(at("top"), DEPTH_TOP, APP, false);
	assert_owned(APP, "top");
	assert_owned(0, "top/file");
	assert_report(1, 1, 0, 0);
}

TEST_FRESH_AND_SETTLED(mkdir_makes_parents_that_stay_roots)
{
	const struct declared_path volume = {at("m/n/o"), DEPTH_TOP, .make = true};
	struct ownership_request request = {.owner = &ids_of(APP), .make_mode = 0755};

	for (unsigned i = 0; i < 3; i++) {
		request.dry_run = i == 0;
		assert_true(apply_alone(&volume, &request));
		assert_int_equal(report.made, i < 2);
		assert_int_equal(report.changed, i < 2);
		assert_string_equal(report.first_wrong, i < 2 ? at("m/n/o") : "");
		assert_int_equal(is_there(at("m")), i > 0);
	}
	assert_owned(0, "m m/n");
	assert_owned(APP, "m/n/o");
	assert_int_equal(status_at(at("m/n/o")).st_mode, S_IFDIR | 0755);
}

TEST(mkdir_mode_is_exact_whatever_the_umask)
{
	const struct declared_path volume = {at("umask/new"), DEPTH_TOP, .make = true};
	const struct ownership_request request = {.owner = &ids_of(APP), .make_mode = 0775};

	make("umask/");
	umask(077);
	assert_true(apply_alone(&volume, &request));
	umask(022);
	assert_int_equal(status_at(at("umask/new")).st_mode, S_IFDIR | 0775);
	assert_owned(APP, "umask/new");
}

/* What would be changed and cannot be. */
TEST_FRESH_AND_SETTLED(dry_run_counts_entries_that_would_be_skipped)
{
	struct ownership_request request = {
		.owner = &ids_of(APP), .dry_run = true, .dry_errnum = EPERM};

	make("would/ would/wrong:0:644 would/right:1000:644");
	apply_request(at("would"), DEPTH_TREE, &request);
	assert_report(3, 0, 2, EPERM);
	request.dry_errnum = 0;
	mount_bind(at("would"), at("would"), MS_RDONLY);
	apply_request(at("would"), DEPTH_TREE, &request);
	assert_report(3, 0, 2, EROFS);
	assert_owned(0, "would/wrong");
}

TEST_FRESH_AND_SETTLED(S21_setuid_is_kept_when_right_and_not_put_back)
{
	struct stat before;
	struct stat after;

	make("setuid/:1000 setuid/right:1000:4755 setuid/wrong:0:4755");
	before = status_at(at("setuid/right"));
	settle(at("setuid"));
	own(at("setuid"));
	after = status_at(at("setuid/right"));
	assert_int_equal(after.st_mode, S_IFREG | 04755);
	assert_memory_equal(&before.st_ctim, &after.st_ctim, sizeof(before.st_ctim));
	assert_int_equal(status_at(at("setuid/wrong")).st_mode, S_IFREG | 0755);
	assert_owned(APP, "setuid/wrong");
	assert_int_equal(report.changed, 1);
}

TEST_FRESH_AND_SETTLED(S22_fifos_sockets_and_devices)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make("odd/");
	assert_int_equal(mkfifo(at("odd/fifo"), 0600), 0);
	assert_int_equal(mknod(at("odd/block"), S_IFBLK | 0600, makedev(7, 0)), 0);
	assert_int_equal(mknod(at("odd/character"), S_IFCHR | 0600, makedev(1, 3)), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at("odd/socket"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	alarm(20);
	own(at("odd"));
	alarm(0);
	assert_owned(APP, "odd/fifo odd/socket");
	assert_owned(0, "odd/block odd/character");
	assert_left(2, SKIP_DEVICE);
	assert_below(report.first_skipped, at("odd/"));
	own(at("odd/block"));
	assert_owned(0, "odd/block");
	assert_left(1, SKIP_DEVICE);
	assert_int_equal(lchown(at("odd/fifo"), 0, 0), 0);
	own(at("odd/fifo"));
	assert_owned(APP, "odd/fifo");
}

/* Another name of the program, and the directories that hold it: whoever owns one of them can replace it. */
TEST_FRESH_AND_SETTLED(S37_the_program_itself_is_skipped)
{
	struct ownership_request request = {.owner = &ids_of(APP), .program.count = 1};
	struct stat status;

	make("program/ program/in/ program/in/bin/ program/beside/ program/in/bin/stepdown "
	     "program/in/bin/other");
	status = status_at(at("program/in/bin/stepdown"));
	request.program.inodes[0].device = status.st_dev;
	request.program.inodes[0].number = status.st_ino;
	apply_request(at("program"), DEPTH_TREE, &request);
	assert_owned(0, "program/in/bin/stepdown program/in/bin program/in program");
	assert_owned(APP, "program/in/bin/other program/beside");
	assert_left(4, SKIP_PROGRAM);
}

TEST_FRESH_AND_SETTLED(a_dry_run_counts_and_changes_nothing)
{
	make("dry/ dry/sub/ dry/sub/file dry/sub/right:1000 dry/pair dry/sub/pair=dry/pair");
	apply_as(at("dry"), DEPTH_TREE, APP, true);
	assert_owned(0, "dry dry/sub dry/sub/file dry/pair");
	assert_below(report.first_wrong, at("dry/"));
	assert_report(6, 4, 0, 0);
	own(at("dry"));
	assert_report(6, 4, 0, 0);
	apply_as(at("dry"), DEPTH_TREE, APP, true);
	assert_report(6, 0, 0, 0);
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
