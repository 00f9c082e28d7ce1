#ifndef STEPDOWN_TESTS_WALKED_VOLUME_H
#define STEPDOWN_TESTS_WALKED_VOLUME_H

#include <ftw.h>
#include <limits.h>
#include <poll.h>

#include "volume/volume.h"

/* A walk over a volume, and what it reports. To be included behind "scratch.h". */

static struct ownership_report report;
static struct error error;

/* If true, a walk begins when its volume is as old as those are that containers start with: then it changes by
 * name what it can. Else it begins at once and changes everything by a descriptor. */
static bool is_settled;

/* Waits until all that is there now is as old as what containers start with: chown_by_name.c trusts no directory that
 * is younger than 100 ms. The clock that tells its age may be 10 ms behind. A hook does not see poll(2). */
static inline void settle(void)
{
	poll(NULL, 0, 115);
}

/* A start that declares one path. It leaves no descriptor open. */
static inline bool apply_alone(const struct declared_path *volume,
                               const struct ownership_request *request)
{
	int descriptors = count_descriptors();
	struct volume_set set;
	bool ok;

	if (is_settled)
		settle();
	memset(&report, 0xaa, sizeof(report));
	memset(&error, 0, sizeof(error));
	volume_set_open(&set, NULL);
	ok = volume_apply(volume, request, &set, &report, &error);
	assert_int_equal(ok && report.waits, volume_waiting(&set) != NULL);
	if (volume_waiting(&set) != NULL)
		ok = volume_finish(&set, &report, &error);
	volume_set_close(&set);
	assert_int_equal(count_descriptors(), descriptors);
	return ok;
}

/* WORKERS is 0 for as many as pay off. The calls of one alone can be watched. */
static inline void own(const char *path, uid_t owner, size_t workers)
{
	const struct ownership_request request = {.owner = &ids_of(owner), .jobs = workers};

	if (!apply_alone(&(struct declared_path){path, DEPTH_TREE}, &request))
		fail_msg("%s", error.message);
}

static inline void assert_left(uint64_t left, int reason)
{
	assert_int_equal(report.skipped, left);
	assert_int_equal(report.first_reason, reason);
	if (left == 0)
		assert_string_equal(report.first_skipped, "");
}

static inline void assert_report(uint64_t visited, uint64_t changed, uint64_t left, int reason)
{
	assert_int_equal(report.visited, visited);
	assert_int_equal(report.changed, changed);
	assert_left(left, reason);
}

/* PATH is the path PART of a report, or lies below it. */
static inline void assert_below(const char *part, const char *path)
{
	if (strncmp(part, path, strlen(path)) != 0)
		fail_msg("%s: not below %s", part, path);
}

static inline int assert_app_has(const char *path, const struct stat *status, int type,
                                 struct FTW *ftw)
{
	if (status->st_uid != APP || status->st_gid != group_of(APP))
		fail_msg("%s: %u:%u", path, status->st_uid, status->st_gid);
	return 0;
}

/* All entries at PATH and below it are APP's. */
static inline void assert_all_owned(const char *path)
{
	assert_int_equal(nftw(path, assert_app_has, 32, FTW_PHYS), 0);
}

/* NAME and DEPTH directories one below the other, which only OWNER may enter, and a file of root's in the last. */
static inline void make_levels(const char *name, unsigned depth, uid_t owner)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", name);
	for (unsigned i = 0; i <= depth; i++) {
		make("%s/:%u:700", path, owner);
		strcat(path, "/d");
	}
	make("%s", path);
}

/* The mounts in the old tree go with it. */
static inline void make_new_tree(void)
{
	assert_int_equal(umount2(scratch_base, MNT_DETACH), 0);
	assert_int_equal(mount_scratch(), 0);
}

/* Runs TEST in a new tree, and again with a walk that begins when the tree is settled. */
static inline void run_fresh_and_settled(void (*test)(void))
{
	for (int i = 0; i < 2; i++) {
		is_settled = i == 1;
		make_new_tree();
		test();
	}
	is_settled = false;
}

#endif
