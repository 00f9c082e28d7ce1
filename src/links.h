#ifndef STEPDOWN_LINKS_H
#define STEPDOWN_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

/* Which names of a file with several hard links were met. A link from outside the tree must not
 * get its file given away (CVE-2016-6664), so such a file is changed only when as many different
 * names of it were met as it has.
 *
 * Against names that move while they are counted: a name is known by its directory's inode, so a
 * directory that is moved to where the walk has yet to come brings nothing new; and renaming,
 * adding or removing a name of the file itself changes its ctime, which must stay the same. That
 * a name is there, and could not go without such a change, is for the caller to prove first. */

#define LINKS_MAX (UINT32_C(1) << 20) /* files, and names, that are kept in mind */
#define LINKS_PATH 512

/* One name as it was met. */
struct link_sight {
	uint64_t device;
	uint64_t inode;
	uint64_t count;          /* st_nlink, more than 1 */
	int64_t changed_seconds; /* st_ctim */
	int64_t changed_nanoseconds;
	uint64_t directory; /* the inode number of the directory that holds it */
	struct slice name;
};

enum links_verdict {
	LINKS_FIRST, /* the first name of this file */
	LINKS_MORE,  /* one more, not yet all; or one that was met before */
	LINKS_ALL,   /* this was the last one: the file may be changed */
	LINKS_FULL,  /* cannot be kept in mind: to be left and counted by the caller */
};

struct link_file;

/* Zero-initialised but for the seed, which makes slots unpredictable to who chooses the names. */
struct links {
	uint64_t seed;
	struct link_file *files;
	size_t files_capacity;
	size_t files_used;
	uint64_t *names;
	size_t names_capacity;
	size_t names_used;
	size_t complete; /* files of which all names were met */
	size_t maximum;  /* LINKS_MAX unless set */
	struct link_file *latest;
	char (*paths)[LINKS_PATH];
	uint32_t paths_taken; /* a bit for each */
};

/* False when memory is used up. */
bool links_meet(struct links *links, const struct link_sight *sight,
                enum links_verdict *ret_verdict);
/* After LINKS_FIRST: LINKS_PATH bytes to note that file's path in; NULL when too many files
 * are unfinished. */
char *links_note(struct links *links);
/* True when all names of this very file were met, and it has not changed since. */
bool links_is_complete(const struct links *links, const struct link_sight *sight);
/* How many names were met of files of which not all names were. *ret_path is the path of one of
 * them, or NULL when none was noted. */
uint64_t links_count_unfinished(const struct links *links, const char **ret_path);
void links_free(struct links *links);

#endif
