#include "scratch.h"

#include <sys/resource.h>
#include <time.h>

#include "apply_alone.h"
#include "counted_tree.h"
#include "settle.h"
#include "volume/scaling.h"

#define OTHER 1001

static struct ownership_report report;
static struct error error;
static size_t jobs;

static void apply_request(const char *path, const struct ownership_request *request)
{
	memset(&report, 0xaa, sizeof(report));
	if (!apply_alone(&(struct declared_path){path, DEPTH_TREE, false, false, NULL}, request,
	                 &report, &error)) {
		fprintf(stderr, "%s\n", error.message);
		_exit(92);
	}
}

static void own_with(const char *path, uid_t owner, size_t workers)
{
	const struct ownership_request request = {.owner = &ids_of(owner), .jobs = workers};

	apply_request(path, &request);
}

/* What the files and directories below are named, good until many more names are made. */
__attribute__((format(printf, 1, 2))) static const char *joined(const char *format, ...)
{
	static char names[4][8192];
	static unsigned next;
	char *name = names[next++ % 4];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(name, sizeof(names[0]), format, arguments);
	va_end(arguments);
	return name;
}

static void make_files(const char *directory, unsigned number)
{
	for (unsigned i = 0; i < number; i++)
		make_file(joined("%s/%u", directory, i), 0, 0600);
}

static void make_dirs(const char *directory, unsigned number, unsigned files)
{
	for (unsigned i = 0; i < number; i++) {
		make_dir(joined("%s/d%u", directory, i), 0, 0755);
		for (unsigned j = 0; j < files; j++)
			make_file(joined("%s/d%u/%u", directory, i, j), 0, 0600);
	}
}

/* One large directory, many small ones, many empty ones, and branches of different depth. */
static void make_shapes(const char *name)
{
	static char level[8192];

	make_dir(at("%s", name), 0, 0755);
	make_dir(at("%s/large", name), 0, 0755);
	make_files(at("%s/large", name), 6000);
	make_dir(at("%s/many", name), 0, 0755);
	make_dirs(at("%s/many", name), 300, 20);
	make_dir(at("%s/empty", name), 0, 0755);
	make_dirs(at("%s/empty", name), 4000, 0);
	strcpy(level, at("%s/deep", name));
	for (unsigned i = 0; i < 60; i++) {
		make_dir(level, 0, 0755);
		make_dirs(level, 3, 2);
		strcat(level, "/down");
	}
}

static void every_entry_is_visited_once_by_any_number_of_workers(void **state)
{
	static const size_t numbers[] = {1, 2, 3, 8, 40, OWNERSHIP_JOBS_MAX, 0};

	make_shapes("shapes");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		own_with(at("shapes"), 0, 1);
		settle(at("shapes"));
		count(at("shapes"));
		assert_int_equal(wrong, entries);
		own_with(at("shapes"), APP, numbers[i]);
		assert_int_equal(report.visited, entries);
		assert_int_equal(report.changed, entries);
		count(at("shapes"));
		assert_int_equal(wrong, 0);
		own_with(at("shapes"), APP, numbers[i]);
		assert_int_equal(report.visited, entries);
		assert_int_equal(report.changed, 0);
		assert_string_equal(report.first_skipped, "");
	}
}

static void only_slow_storage_gets_more_workers_than_cores(void **state)
{
	enum { CORES = 4, MOST = 32 };
	static const struct {
		unsigned time_ms;
		unsigned entry_us; /* of each core */
		size_t wanted;
		const char *why;
	} rows[] = {
		{0, 1, 1, "nothing is known yet"},
		{1, 100, CORES, "the start of the threads takes its time everywhere"},
		{100, 5, CORES, "a local disk"},
		{2000, 100, MOST, "one pause of the machine"},
		{20000, 20, MOST, "between fast and slow the number stays"},
		{30000, 7, CORES, "after the pause"},
		{60000, 1000, MOST, "a server"},
		{90000, 12, MOST, "a server, which is faster the more workers ask it"},
	};
	struct scaling scaling = {.cores = CORES, .most = MOST, .wanted = 1};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t time_us = (uint64_t)rows[i].time_ms * 1000;

		scaling.wanted =
			scaling_judge(&scaling, time_us, time_us * CORES / rows[i].entry_us);
		if (scaling.wanted != rows[i].wanted)
			fail_msg("%s: %zu", rows[i].why, (size_t)scaling.wanted);
		assert_int_equal(scaling_is_slow(&scaling), rows[i].wanted == MOST);
	}
}

static void own_shapes_in_few_descriptors(void)
{
	const struct rlimit limit = {jobs, jobs};

	CHILD_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	own_with(at("tight"), APP, 16);
	CHILD_ASSERT(report.skipped == 0);
}

static void descriptors_are_bounded(void **state)
{
	make_shapes("tight");
	for (jobs = 20; jobs <= 84; jobs += 16) {
		own_with(at("tight"), 0, 1);
		in_child(own_shapes_in_few_descriptors);
		count(at("tight"));
		assert_int_equal(wrong, 0);
	}
}

#ifndef __SANITIZE_THREAD__ /* which has a thread of its own */
static size_t count_tasks(void)
{
	struct stat status;

	/* A link for itself, one for its name, and one for each thread. */
	CHILD_ASSERT(stat("/proc/self/task", &status) == 0);
	return (size_t)status.st_nlink - 2;
}
#endif

static void S31_own_and_be_alone(void)
{
	own_with(at("alone"), APP, 16);
#ifndef __SANITIZE_THREAD__
	CHILD_ASSERT(count_tasks() == 1);
#endif
}

static void S31_no_thread_is_left(void **state)
{
	make_dir(at("alone"), 0, 0755);
	make_files(at("alone"), 5000);
	for (unsigned i = 0; i < 20; i++) {
		own_with(at("alone"), 0, 1);
		in_child(S31_own_and_be_alone);
	}
}

static void own_without_threads(void)
{
	forbid(SYS_clone, EAGAIN);
	forbid(SYS_clone3, EAGAIN);
	own_with(at("lonely"), APP, 16);
	CHILD_ASSERT(report.changed == 5001);
}

static void walk_without_threads_has_one_worker(void **state)
{
	make_dir(at("lonely"), 0, 0755);
	make_files(at("lonely"), 5000);
	in_child(own_without_threads);
	count(at("lonely"));
	assert_int_equal(wrong, 0);
}

static void S17_links_met_by_different_workers(void **state)
{
	char one[64];
	char other[64];

	make_dir(at("links"), 0, 0755);
	make_dirs(at("links"), 400, 10);
	for (unsigned i = 0; i < 4000; i++) {
		snprintf(one, sizeof(one), "links/d%u/%u", i % 400, i / 400);
		snprintf(other, sizeof(other), "links/d%u/with-%u", (i + 199) % 400, i);
		assert_int_equal(link(at("%s", one), at("%s", other)), 0);
	}
	make_file(at("sentinel"), 0, 0600);
	assert_int_equal(link(at("sentinel"), at("links/d7/sentinel")), 0);
	settle(at("links"));
	own_with(at("links"), APP, 8);
	count(at("links"));
	assert_int_equal(wrong, 1);
	assert_owner(at("sentinel"), 0);
	assert_int_equal(report.skipped, 1);
	assert_int_equal(report.first_reason, SKIP_HARDLINK);
	/* Where few are unfinished at a time: the very file. */
	assert_int_equal(strncmp(report.first_skipped, at("links"), strlen(at("links"))), 0);
}

static void own_by_name_alone(void)
{
	/* What is changed through a descriptor has this flag. */
	forbid_when(SYS_fchownat, 4, AT_EMPTY_PATH, EPERM);
	own_with(at("names"), APP, jobs);
}

/* Not trusted: it was changed just now. Where the machine was too slow for that to be true, the try
 * tells nothing, and another one is made. */
static void own_new_by_name_alone(void)
{
	struct timespec begin;
	struct timespec end;

	forbid_when(SYS_fchownat, 4, AT_EMPTY_PATH, EPERM);
	for (unsigned tries = 0; tries < 1000; tries++) {
		clock_gettime(CLOCK_MONOTONIC, &begin);
		if (chmod(at("new"), tries % 2 == 0 ? 0700 : 0755) != 0)
			_exit(93);
		own_with(at("new"), APP, jobs);
		clock_gettime(CLOCK_MONOTONIC, &end);
		if ((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000 <
		    80)
			_exit(report.changed == 0 ? 0 : 94);
		if (chown(at("new/file"), 0, 0) != 0)
			_exit(93);
	}
}

static void S16_no_change_by_name_in_a_young_directory(void **state)
{
	make_dir(at("new"), 0, 0755);
	make_file(at("new/file"), 0, 0600);
	in_child(own_new_by_name_alone);
}

static void S16_change_by_name_only_if_root_alone_can_write(void **state)
{
	static const struct {
		const char *name;
		uid_t owner;
		mode_t mode;
		bool by_name;
	} rows[] = {
		{"root's", 0, 0755, true},         {"private", 0, 0700, true},
		{"group's", 0, 0775, false},       {"all", 0, 01777, false},
		{"others'", 0, 0757, false},       {"app's", APP, 0755, false},
		{"another's", OTHER, 0700, false},
	};

	make_dir(at("names"), 0, 0755);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_dir(at("names/%s", rows[i].name), rows[i].owner, rows[i].mode);
		assert_int_equal(chmod(at("names/%s", rows[i].name), rows[i].mode), 0);
		make_file(at("names/%s/file", rows[i].name), 0, 0600);
	}
	settle(at("names"));
	in_child(own_by_name_alone);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_owner(at("names/%s/file", rows[i].name), rows[i].by_name ? APP : 0);
}

static void S19_a_file_that_is_a_mount_is_not_changed_by_name(void **state)
{
	make_dir(at("m"), 0, 0755);
	make_file(at("m/file"), 0, 0600);
	make_file(at("mounted"), 0, 0600);
	assert_int_equal(mount(at("mounted"), at("m/file"), NULL, MS_BIND, NULL), 0);
	settle(at("m"));
	own_with(at("m"), APP, 1);
	assert_owner(at("mounted"), 0);
	assert_int_equal(report.skipped, 0);
	assert_int_equal(umount(at("m/file")), 0);
}

static void only_entries_of_the_named_owners_are_changed(void **state)
{
	const uid_t from[] = {OTHER, 77};
	const struct ownership_request request = {
		.owner = &ids_of(APP),
		.from = from,
		.from_count = 2,
	};

	make_dir(at("from"), 0, 0755);
	make_file(at("from/root's"), 0, 0600);
	make_file(at("from/other's"), OTHER, 0600);
	make_dir(at("from/77's"), 77, 0755);
	make_file(at("from/77's/root's"), 0, 0600);
	make_file(at("from/77's/77's"), 77, 0600);
	make_file(at("from/app's"), APP, 0600);
	assert_int_equal(chown(at("from/app's"), APP, 0), 0);
	apply_request(at("from"), &request);
	assert_owner(at("from"), 0);
	assert_owner(at("from/root's"), 0);
	assert_owner(at("from/other's"), APP);
	assert_owner(at("from/77's"), APP);
	assert_owner(at("from/77's/root's"), 0);
	assert_owner(at("from/77's/77's"), APP);
	assert_int_equal(report.changed, 3);
	assert_string_equal(report.first_skipped, "");
}

static bool is_sorted(const struct former_owner *former, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (former[i - 1].owner.uid >= former[i].owner.uid)
			return false;
	}
	return true;
}

/* More owners than the list takes. Whatever worker meets them, an owner in the list has all its entries. */
static void former_owners_are_counted_by_all_workers(void **state)
{
	enum { OWNERS = FORMER_OWNERS_MAX + 4, FILES = 60 };
	static const size_t numbers[] = {1, 8};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t named = 0;
		char name[16];

		snprintf(name, sizeof(name), "former%zu", numbers[i]);
		make_dir(at("%s", name), 0, 0755);
		make_dirs(at("%s", name), OWNERS, FILES);
		for (unsigned j = 0; j < OWNERS * FILES; j++)
			assert_int_equal(chown(at("%s/d%u/%u", name, j / FILES, j % FILES),
			                       2000 + j % OWNERS, 3000),
			                 0);
		own_with(at("%s", name), APP, numbers[i]);
		assert_int_equal(report.changed, 1 + OWNERS * (1 + FILES));
		assert_int_equal(report.former_count, FORMER_OWNERS_MAX);
		assert_true(is_sorted(report.former, report.former_count));
		for (size_t j = 0; j < report.former_count; j++) {
			const struct former_owner *former = &report.former[j];

			assert_int_equal(former->owner.gid, former->owner.uid == 0 ? 0 : 3000);
			/* Root has the directories. */
			assert_int_equal(former->entries,
			                 former->owner.uid == 0 ? 1 + OWNERS : FILES);
			named += former->entries;
		}
		assert_int_equal(named + report.former_others, report.changed);
	}
}

static void once(uint64_t visited)
{
	const struct ownership_request request = {.owner = &ids_of(APP)};

	assert_true(apply_alone(
		&(struct declared_path){at("once"), DEPTH_TREE_IF_TOP_WRONG, false, false, NULL},
		&request, &report, &error));
	assert_int_equal(report.visited, visited);
}

static void own_once_reads_nothing_below_a_right_path(void **state)
{
	make_dir(at("once"), 0, 0755);
	make_files(at("once"), 3);
	once(4);
	assert_owner(at("once"), APP);
	assert_owner(at("once/2"), APP);
	make_file(at("once/new"), 0, 0600);
	once(1);
	assert_owner(at("once/new"), 0);
	assert_int_equal(chown(at("once"), APP, 0), 0);
	once(5);
	assert_owner(at("once/new"), APP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_is_visited_once_by_any_number_of_workers),
		cmocka_unit_test(only_slow_storage_gets_more_workers_than_cores),
		cmocka_unit_test(descriptors_are_bounded),
		cmocka_unit_test(S31_no_thread_is_left),
		cmocka_unit_test(walk_without_threads_has_one_worker),
		cmocka_unit_test(S17_links_met_by_different_workers),
		cmocka_unit_test(S16_change_by_name_only_if_root_alone_can_write),
		cmocka_unit_test(S16_no_change_by_name_in_a_young_directory),
		cmocka_unit_test(S19_a_file_that_is_a_mount_is_not_changed_by_name),
		cmocka_unit_test(only_entries_of_the_named_owners_are_changed),
		cmocka_unit_test(former_owners_are_counted_by_all_workers),
		cmocka_unit_test(own_once_reads_nothing_below_a_right_path),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
