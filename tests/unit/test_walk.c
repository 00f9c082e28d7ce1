/* What a walk changes, makes and counts, and what it leaves. */
#include "scratch.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "walked_volume.h"

static void only_entries_with_a_wrong_owner_are_changed(void **state)
{
	make_dir(at("v"), 0, 0755);
	make_dir(at("v/sub"), 0, 0700);
	make_dir(at("v/right"), APP, 0700);
	make_file(at("v/right/root's"), 0, 0600);
	make_file(at("v/sub/file"), OTHER, 0600);
	make_file(at("v/sub/new\nline"), 0, 0600);
	make_file(at("v/file"), APP, 0600);
	assert_int_equal(chown(at("v/file"), APP, 0), 0);
	own(at("v"));
	assert_owner(at("v"), APP);
	assert_owner(at("v/sub"), APP);
	assert_owner(at("v/right/root's"), APP);
	assert_owner(at("v/sub/file"), APP);
	assert_owner(at("v/sub/new\nline"), APP);
	assert_owner(at("v/file"), APP);
	assert_int_equal(report.visited, 7);
	assert_int_equal(report.changed, 6);
	assert_false(report.made);
	assert_left(0, 0);
	own(at("v"));
	assert_int_equal(report.visited, 7);
	assert_int_equal(report.changed, 0);
	assert_string_equal(report.first_wrong, "");
}

static void own_top_leaves_all_below(void **state)
{
	make_dir(at("top"), 0, 0755);
	make_file(at("top/file"), 0, 0600);
	apply_as(at("top"), DEPTH_TOP, APP, false);
	assert_owner(at("top"), APP);
	assert_owner(at("top/file"), 0);
	assert_int_equal(report.visited, 1);
	assert_int_equal(report.changed, 1);
}

static void mkdir_makes_parents_that_stay_roots(void **state)
{
	make_and_own(at("m/n/o"), true);
	assert_true(report.made);
	assert_int_equal(report.changed, 1);
	assert_string_equal(report.first_wrong, at("m/n/o"));
	assert_int_equal(access(at("m"), F_OK), -1);
	make_and_own(at("m/n/o"), false);
	assert_true(report.made);
	assert_int_equal(report.changed, 1);
	assert_owner(at("m"), 0);
	assert_owner(at("m/n"), 0);
	assert_owner(at("m/n/o"), APP);
	make_and_own(at("m/n/o"), false);
	assert_false(report.made);
	assert_int_equal(report.changed, 0);
}

/* What would be changed and cannot be. */
static void dry_run_counts_entries_that_would_be_skipped(void **state)
{
	struct ownership_request request = {.owner = &ids_of(APP), .dry_run = true};

	make_dir(at("would"), 0, 0755);
	make_file(at("would/wrong"), 0, 0644);
	make_file(at("would/right"), APP, 0644);
	request.dry_errnum = EPERM;
	assert_true(
		apply_alone(&(struct declared_path){at("would"), DEPTH_TREE, false, false, NULL},
	                    &request, &report, &error));
	assert_int_equal(report.changed, 0);
	assert_left(2, EPERM);
	request.dry_errnum = 0;
	assert_int_equal(mount(at("would"), at("would"), NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, at("would"), NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_true(
		apply_alone(&(struct declared_path){at("would"), DEPTH_TREE, false, false, NULL},
	                    &request, &report, &error));
	assert_int_equal(report.changed, 0);
	assert_left(2, EROFS);
	assert_owner(at("would/wrong"), 0);
}

static void S21_setuid_is_kept_when_right_and_not_put_back(void **state)
{
	struct stat before;
	struct stat after;

	make_dir(at("setuid"), APP, 0755);
	make_file(at("setuid/right"), APP, 04755);
	make_file(at("setuid/wrong"), 0, 04755);
	assert_int_equal(stat(at("setuid/right"), &before), 0);
	settle(at("setuid"));
	own(at("setuid"));
	assert_int_equal(stat(at("setuid/right"), &after), 0);
	assert_int_equal(after.st_mode, S_IFREG | 04755);
	assert_memory_equal(&before.st_ctim, &after.st_ctim, sizeof(before.st_ctim));
	assert_int_equal(stat(at("setuid/wrong"), &after), 0);
	assert_int_equal(after.st_mode, S_IFREG | 0755);
	assert_owner(at("setuid/wrong"), APP);
	assert_int_equal(report.changed, 1);
}

static void S22_fifos_sockets_and_devices(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make_dir(at("odd"), 0, 0755);
	assert_int_equal(mkfifo(at("odd/fifo"), 0600), 0);
	assert_int_equal(mknod(at("odd/block"), S_IFBLK | 0600, makedev(7, 0)), 0);
	assert_int_equal(mknod(at("odd/character"), S_IFCHR | 0600, makedev(1, 3)), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at("odd/socket"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	alarm(20);
	own(at("odd"));
	alarm(0);
	assert_owner(at("odd/fifo"), APP);
	assert_owner(at("odd/socket"), APP);
	assert_owner(at("odd/block"), 0);
	assert_owner(at("odd/character"), 0);
	assert_left(2, SKIP_DEVICE);
	assert_int_equal(strncmp(report.first_skipped, at("odd/"), strlen(at("odd/"))), 0);
	own(at("odd/block"));
	assert_owner(at("odd/block"), 0);
	assert_left(1, SKIP_DEVICE);
	assert_int_equal(lchown(at("odd/fifo"), 0, 0), 0);
	own(at("odd/fifo"));
	assert_owner(at("odd/fifo"), APP);
}

/* However it came into the volume. */
/* Another name of the program, and the directories that hold it: whoever owns one of them can replace it. */
static void S37_the_program_itself_is_skipped(void **state)
{
	struct ownership_request request = {.owner = &ids_of(APP), .program.count = 1};
	struct stat status;

	make_dir(at("program"), 0, 0755);
	make_dir(at("program/in"), 0, 0755);
	make_dir(at("program/in/bin"), 0, 0755);
	make_dir(at("program/beside"), 0, 0755);
	make_file(at("program/in/bin/stepdown"), 0, 0755);
	make_file(at("program/in/bin/other"), 0, 0755);
	assert_int_equal(stat(at("program/in/bin/stepdown"), &status), 0);
	request.program.inodes[0].device = status.st_dev;
	request.program.inodes[0].number = status.st_ino;
	if (is_settled)
		settle(at("program/in/bin"));
	assert_true(
		apply_alone(&(struct declared_path){at("program"), DEPTH_TREE, false, false, NULL},
	                    &request, &report, &error));
	assert_owner(at("program/in/bin/stepdown"), 0);
	assert_owner(at("program/in/bin"), 0);
	assert_owner(at("program/in"), 0);
	assert_owner(at("program"), 0);
	assert_owner(at("program/in/bin/other"), APP);
	assert_owner(at("program/beside"), APP);
	assert_left(4, SKIP_PROGRAM);
}

static void a_dry_run_counts_and_changes_nothing(void **state)
{
	uint64_t changed;
	uint64_t visited;

	make_dir(at("dry"), 0, 0755);
	make_dir(at("dry/sub"), 0, 0755);
	make_file(at("dry/sub/file"), 0, 0600);
	make_file(at("dry/sub/right"), APP, 0600);
	make_file(at("dry/pair"), 0, 0600);
	assert_int_equal(link(at("dry/pair"), at("dry/sub/pair")), 0);
	apply_as(at("dry"), DEPTH_TREE, APP, true);
	assert_owner(at("dry"), 0);
	assert_owner(at("dry/sub"), 0);
	assert_owner(at("dry/sub/file"), 0);
	assert_owner(at("dry/pair"), 0);
	changed = report.changed;
	visited = report.visited;
	assert_int_equal(changed, 4);
	assert_int_equal(strncmp(report.first_wrong, at("dry/"), strlen(at("dry/"))), 0);
	assert_left(0, 0);
	own(at("dry"));
	assert_int_equal(report.changed, changed);
	assert_int_equal(report.visited, visited);
	apply_as(at("dry"), DEPTH_TREE, APP, true);
	assert_int_equal(report.changed, 0);
	assert_string_equal(report.first_skipped, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH_AND_SETTLED(only_entries_with_a_wrong_owner_are_changed),
		FRESH_AND_SETTLED(own_top_leaves_all_below),
		FRESH_AND_SETTLED(dry_run_counts_entries_that_would_be_skipped),
		FRESH_AND_SETTLED(mkdir_makes_parents_that_stay_roots),
		FRESH_AND_SETTLED(S21_setuid_is_kept_when_right_and_not_put_back),
		FRESH_AND_SETTLED(S22_fifos_sockets_and_devices),
		FRESH_AND_SETTLED(S37_the_program_itself_is_skipped),
		FRESH_AND_SETTLED(a_dry_run_counts_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
