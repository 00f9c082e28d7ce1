/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_HARDLINKS_H
#define STEPDOWN_VOLUME_HARDLINKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ownership.h"
#include "linux/inode.h"

/* The table of files with several hard links, and of their names that the walks of all declared
 * paths met. A file is complete if as many different names were met as it has links, if all of them
 * existed at one moment, and if its ctime stayed the same (S17, CVE-2016-6664). hardlink_check.h
 * explains the attack. A name is known by the inode number of its directory and its last component,
 * so a moved directory brings no new names. The caller must prove before each call that the name
 * exists. */

#define HARDLINKS_MAX (UINT32_C(1) << 20) /* files in the table, and names */
#define HARDLINKS_EXAMPLES 8

enum hardlinks_verdict {
	HARDLINKS_FIRST, /* the first name of this file */
	HARDLINKS_MORE,  /* one more name, but not the last; or a name that was met before */
	HARDLINKS_ALL,   /* the last name: the file may be changed */
	HARDLINKS_FULL,  /* the table has no room, so the caller must skip the file */
};

/* A hash table with open addressing. Each element begins with its hash; 0 is a free slot. */
struct hardlinks_table {
	char *slots;
	size_t capacity; /* 0 or a power of two */
	size_t used;
};

/* The caller zeroes all but the seed. The seed is random, so that an attacker who chooses names
 * cannot choose their slots. */
struct hardlinks {
	uint64_t seed;
	struct hardlinks_table files;
	struct hardlinks_table names;
	size_t complete; /* number of files whose names were all met */
	size_t uncertain; /* number of files that may be complete when their names are met once more */
	size_t crossed; /* of complete: files with names in several walks */
	size_t walk;    /* number of the present walk; a greater one for each declared path */
	/* 1: the links of incomplete files are counted once more. The names that were met before then
	 * do not count. */
	uint32_t round;
	size_t maximum; /* files, and names; 0: HARDLINKS_MAX */
	/* A name was skipped, because the proof that it exists failed. The next start may record
	 * the name, and may complete its file. */
	atomic_bool has_unproven;
	struct hardlinks_example *examples; /* HARDLINKS_EXAMPLES of them; NULL: no file was met */
};

/* The path of an incomplete file, for the report. */
struct hardlinks_example {
	uint64_t file; /* hash of the file; 0: free */
	size_t walk;   /* number of the walk that met the file first */
	char path[OWNERSHIP_PATH_BYTES];
};

/* A name of a file. The name existed from STAYS_FROM on, when its directory changed last, until it
 * was met. Both are times as inode.changed. */
struct hardlink_name {
	uint64_t directory; /* inode number */
	const char *name;
	uint64_t stays_from;
	uint64_t met;
};

/* Records NAME as a link of the file INODE. A file is not complete if no moment is known at which
 * all its names existed. Returns false if memory is used up; *RET_VERDICT is then untouched. */
bool hardlinks_record_name(struct hardlinks *links, const struct inode *inode,
                           const struct hardlink_name *name, enum hardlinks_verdict *ret_verdict);

/* Takes a free example for the file INODE, and returns its OWNERSHIP_PATH_BYTES bytes for a path.
 * The caller has got HARDLINKS_FIRST for the file. Returns NULL if all examples are in use. */
char *hardlinks_take_example(struct hardlinks *links, const struct inode *inode);

/* Returns true if all names of the file INODE were met and its ctime is still the same. */
bool hardlinks_is_complete(const struct hardlinks *links, const struct inode *inode);

/* Returns the number of names that WALK met of incomplete files, if WALK was the first to meet the
 * file. *RET_PATH is the path of one of these files, or NULL. *RET_IS_UNCERTAIN tells whether one
 * of them, the one of the path if there is a path, may be complete in the next start. */
uint64_t hardlinks_count_unfinished(const struct hardlinks *links, size_t walk,
                                    const char **ret_path, bool *ret_is_uncertain);

/* Returns true if a file is incomplete. */
bool hardlinks_has_unfinished(const struct hardlinks *links);

/* Returns true if a file is incomplete that may be complete when its names are met once more. The
 * file or the directory of a name has changed during the walks. */
bool hardlinks_has_uncertain(const struct hardlinks *links);

/* Frees both tables. LINKS must not be used afterwards. */
void hardlinks_free(struct hardlinks *links);

#endif
