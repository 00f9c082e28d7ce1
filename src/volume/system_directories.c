/* SPDX-License-Identifier: MIT */
#include "volume/system_directories.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "core/refused_paths.h"

bool directories_any_above(const char *resolved,
                           bool (*judge_directory)(const struct stat *status, void *data),
                           void *data)
{
	char above[PATH_MAX];
	struct text text = text_in(above, sizeof(above));
	size_t length = strlen(resolved);
	struct stat status;
	char *slash;

	if (length >= sizeof(above))
		return true;
	text_add(&text, resolved);
	while (length > 1 && (slash = strrchr(above, '/')) != NULL) {
		length = (size_t)(slash - above);
		slash[slash == above] = '\0'; /* the first slash is "/" itself */
		if (stat(above, &status) == 0 && judge_directory(&status, data))
			return true;
	}
	return false;
}

/* The directories of the system by their inodes (S20), because the path of a bind mount of /etc
 * looks like any other. The inodes are read once, because each costs a stat(2). No step of a start
 * makes or moves one of these directories. */
static struct {
	size_t count;
	struct system_inode {
		uint64_t device;
		uint64_t number;
		const char *path;
		enum refused_below below;
	} inodes[REFUSED_PATHS_MAX];
} system_inodes;

static void read_system_inodes(void)
{
	enum refused_below below;
	struct stat status;
	const char *path;

	if (system_inodes.count > 0)
		return;
	for (size_t i = 0; (path = refused_path(i, &below)) != NULL; i++) {
		if (stat(path, &status) == 0)
			system_inodes.inodes[system_inodes.count++] =
				(struct system_inode){status.st_dev, status.st_ino, path, below};
	}
}

/* Returns the directory of the system that has this inode, or NULL. If WITH_ALL_BELOW is true, only
 * directories count whose refusal covers all paths below. */
static const char *find_system_inode(uint64_t device, uint64_t number, bool with_all_below)
{
	for (size_t i = 0; i < system_inodes.count; i++) {
		const struct system_inode *inode = &system_inodes.inodes[i];

		if (inode->device == device && inode->number == number &&
		    (!with_all_below || inode->below == BELOW_IS_REFUSED))
			return inode->path;
	}
	return NULL;
}

/* A search for a directory of the system above a path. */
struct search_above {
	const char *found; /* the directory of the system that covers the path, or NULL */
	bool is_parent;    /* the path is a file, and the next directory holds it */
};

/* Returns true if STATUS is of a system directory whose refusal covers the path of the search. The
 * refusal covers the path if all paths below are refused, or if the path is a file in the directory
 * itself. */
static bool is_system_directory_above(const struct stat *status, void *data)
{
	struct search_above *search = data;

	search->found = find_system_inode(status->st_dev, status->st_ino, !search->is_parent);
	search->is_parent = false;
	return search->found != NULL;
}

const char *system_directory_find(const struct resolved *resolved)
{
	struct search_above search = {.is_parent = !S_ISDIR(resolved->inode.mode)};

	read_system_inodes();
	search.found = find_system_inode(resolved->inode.device, resolved->inode.number, false);
	if (search.found == NULL)
		(void)directories_any_above(resolved->text, is_system_directory_above, &search);
	return search.found;
}
