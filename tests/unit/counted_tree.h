#ifndef STEPDOWN_COUNTED_TREE_H
#define STEPDOWN_COUNTED_TREE_H

#include <ftw.h>

/* To be included behind "scratch.h". */

#define APP 1000

/* What count() has found. */
static uint64_t entries;
static uint64_t wrong; /* not APP's */

static int count_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	entries++;
	wrong += status->st_uid != APP || status->st_gid != group_of(APP);
	return 0;
}

static void count(const char *path)
{
	entries = 0;
	wrong = 0;
	assert_int_equal(nftw(path, count_entry, 32, FTW_PHYS), 0);
}

#endif
