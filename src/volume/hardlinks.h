#ifndef STEPDOWN_VOLUME_HARDLINKS_H
#define STEPDOWN_VOLUME_HARDLINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ownership.h"
#include "linux/inode.h"

/* Which names of a file with several hard links were met. A link from outside the tree must not
 * get its file given away (CVE-2016-6664), so such a file is changed only when as many different
 * names of it were met as it has.
 *
 * Against names that move while they are counted: a name is known by its directory's inode, so a
 * directory that is moved to where the walk has yet to come brings nothing new; and renaming,
 * adding or removing a name of the file itself changes its ctime, which must stay the same. That
 * a name is there, and could not go without such a change, is for the caller to prove first. */

#define HARDLINKS_MAX (UINT32_C(1) << 20) /* files, and names, that are kept in mind */
#define OWNERSHIP_PATH_BYTES 512
#define HARDLINKS_EXAMPLES 8

enum hardlinks_verdict {
	HARDLINKS_FIRST, /* the first name of this file */
	HARDLINKS_MORE,  /* one more, not yet all; or one that was met before */
	HARDLINKS_ALL,   /* this was the last one: the file may be changed */
	HARDLINKS_FULL,  /* cannot be kept in mind: to be left and counted by the caller */
};

/* Open addressing; each element begins with its hash, 0: a free slot. */
struct hardlinks_table {
	char *slots;
	size_t capacity; /* 0 or a power of two */
	size_t used;
};

/* Zero-initialised but for the seed, which makes slots unpredictable to who chooses the names. */
struct hardlinks {
	uint64_t seed;
	struct hardlinks_table files;
	struct hardlinks_table names;
	size_t complete; /* files of which all names were met */
	size_t maximum;  /* HARDLINKS_MAX unless set */
	/* The paths of some files that are not finished, by their hash. */
	struct {
		uint64_t file; /* 0: free */
		char path[OWNERSHIP_PATH_BYTES];
	} examples[HARDLINKS_EXAMPLES];
};

/* A name of the file of INODE, which has more than one, in the directory with that inode number.
 * False when memory is used up. */
bool hardlinks_record_name(struct hardlinks *links, const struct inode *inode, uint64_t directory,
                           const char *name, enum hardlinks_verdict *ret_verdict);
/* After HARDLINKS_FIRST: OWNERSHIP_PATH_BYTES bytes to note that file's path in; NULL when too many files
 * are unfinished. */
char *hardlinks_example(struct hardlinks *links, const struct inode *inode);
/* True when all names of this very file were met, and it has not changed since. */
bool hardlinks_is_complete(const struct hardlinks *links, const struct inode *inode);
/* How many names were met of files of which not all names were. *ret_path is the path of one of
 * them, or NULL when none was noted. */
uint64_t hardlinks_count_unfinished(const struct hardlinks *links, const char **ret_path);
void hardlinks_free(struct hardlinks *links);

#endif
