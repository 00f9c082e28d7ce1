#ifndef STEPDOWN_VOLUME_SHARE_WORK_H
#define STEPDOWN_VOLUME_SHARE_WORK_H

#include "volume/workers.h"
#include <string.h>

/* struct linux_dirent64 of getdents64(2): ino 8, off 8, reclen 2, type 1, then the name. */
enum {
	ENTRY_SIZE_AT = 16,
	ENTRY_TYPE_AT = 18,
	ENTRY_NAME_AT = 19,
};

/* The bytes of the entry at ENTRY. */
static inline size_t entry_size(const char *entry)
{
	uint16_t size;

	memcpy(&size, entry + ENTRY_SIZE_AT, sizeof(size));
	return size;
}

/* Gives a worker that has nothing a part of DONOR's work: of the subdirectories still to be visited
 * nearest to the first level, where the branches are the largest; else of the entries that were
 * just read. What is given is half, so that work spreads to all in a few steps, and a large
 * directory too. Does nothing when there is nobody to take it or nothing worth it. */
void share_work(struct worker *donor);

#endif
