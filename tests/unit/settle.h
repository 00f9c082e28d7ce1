#ifndef STEPDOWN_TESTS_SETTLE_H
#define STEPDOWN_TESTS_SETTLE_H

#include <ftw.h>
#include <time.h>

/* Waiting until a volume is as old as those are that containers start with. To be included behind "scratch.h". */

#define SETTLED 101 /* milliseconds; chown_by_name.c has 100, and trusts no younger directory */

static struct timespec youngest;

static int note_youngest(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	struct timespec changed = status->st_ctim;

	if (changed.tv_sec > youngest.tv_sec ||
	    (changed.tv_sec == youngest.tv_sec && changed.tv_nsec > youngest.tv_nsec))
		youngest = changed;
	return 0;
}

/* Milliseconds, by the clock that inodes are stamped with. */
static long long age_of_youngest(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (now.tv_sec - youngest.tv_sec) * 1000LL + (now.tv_nsec - youngest.tv_nsec) / 1000000;
}

/* Waits until PATH and all below it is as old as that. */
__attribute__((unused)) static void settle(const char *path)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	youngest = (struct timespec){0};
	assert_int_equal(nftw(path, note_youngest, 16, FTW_PHYS), 0);
	while (age_of_youngest() < SETTLED)
		nanosleep(&pause, NULL);
}

#endif
