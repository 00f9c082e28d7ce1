/* What a walk changes, makes and counts, and what it leaves. */
#include "scratch.h"

#include <sys/resource.h>

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

static void own_with_nine_descriptors(void)
{
	const struct rlimit limit = {9, 9};

	for (int fd = 3; fd < 64; fd++)
		close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	own(at("few"));
	assert_report(1003, 1002, 0, 0);
}

TEST(a_thousand_levels_with_nine_descriptors)
{
	make_levels("few", 1000, 0, 0755);
	make("few/link>x:1000");
	in_child(own_with_nine_descriptors);
	assert_wrong(at("few"), 0);
}

TEST_FRESH_AND_SETTLED(paths_are_cut)
{
	char name[256];

	memset(name, 'l', 255);
	name[255] = '\0';
	make("long/:1000 long/%s/:1000 long/%s/%s/:1000 long/%s/%s/file", name, name, name, name,
	     name);
	own(at("long//"));
	assert_int_equal(report.changed, 1);
	assert_int_equal(strlen(report.first_wrong), sizeof(report.first_wrong) - 1);
	assert_below(report.first_wrong, at("long/ll"));
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
