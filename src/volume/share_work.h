/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_SHARE_WORK_H
#define STEPDOWN_VOLUME_SHARE_WORK_H

#include <string.h>

#include "volume/workers.h"

/* Offsets in bytes in struct linux_dirent64 of getdents64(2): d_ino has 8 bytes, d_off 8, d_reclen
 * 2, d_type 1, and d_name follows. */
enum {
	ENTRY_SIZE_AT = 16,
	ENTRY_TYPE_AT = 18,
	ENTRY_NAME_AT = 19,
};

/* Returns d_reclen, the bytes of the whole entry at ENTRY. */
static inline size_t entry_size(const char *entry)
{
	uint16_t size;

	memcpy(&size, entry + ENTRY_SIZE_AT, sizeof(size));
	return size;
}

/* Gives about half of DONOR's work to an idle worker, the receiver. With halves the work of a large
 * directory spreads to all workers in a few steps. The subdirectories nearest to the first level
 * are given first, because their branches are the largest. If DONOR has none, the entries that it
 * has just read are given. Does nothing if no worker is idle or DONOR has too little work. If
 * memory is used up, the whole walk fails. */
void share_work(struct worker *donor);

#endif
