#ifndef STEPDOWN_TESTS_WALKED_VOLUME_H
#define STEPDOWN_TESTS_WALKED_VOLUME_H

#include <time.h>

#include "volume.h"

/* A walk over a volume, and what it reports. To be included behind "scratch.h". */

#define APP 1000
#define OTHER 1001

static struct volume_report report;
static struct error error;

__attribute__((unused)) static void apply_as(const char *path, enum volume_mode mode, uid_t owner,
                                             bool dry_run)
{
	const struct volume_request request = {
		.uid = owner, .gid = owner, .dry_run = dry_run, .make = mode == VOLUME_MKDIR};

	memset(&report, 0xaa, sizeof(report));
	if (!volume_apply(&(struct volume_option){mode, path, false}, &request, &report, &error))
		fail_msg("%s", error.message);
}

__attribute__((unused)) static void own(const char *path)
{
	apply_as(path, VOLUME_OWN, APP, false);
}

__attribute__((unused)) static void own_in_child(const char *path)
{
	const struct volume_request request = {.uid = APP, .gid = APP};

	CHILD_ASSERT(volume_apply(&(struct volume_option){VOLUME_OWN, path, false}, &request,
	                          &report, &error));
}

__attribute__((unused)) static void assert_left(uint64_t left, int reason)
{
	assert_int_equal(report.left, left);
	assert_int_equal(report.first_reason, reason);
	if (left == 0)
		assert_string_equal(report.first_left, "");
}

/* So that files are older than the clock's tick, as they are when a container starts. */
__attribute__((unused)) static void settle(void)
{
	const struct timespec pause = {.tv_nsec = 15000000};

	nanosleep(&pause, NULL);
}

#endif
