#include "volume/system_directories.h"

#include <limits.h>
#include <string.h>

#include "core/refused_paths.h"

bool directories_any_above(const char *resolved,
                           bool (*judge_directory)(const struct stat *status, void *data),
                           void *data)
{
	char above[PATH_MAX];
	size_t length = strlen(resolved);
	struct stat status;
	char *slash;

	if (length >= sizeof(above))
		return true;
	memcpy(above, resolved, length + 1);
	while (length > 1 && (slash = strrchr(above, '/')) != NULL) {
		length = (size_t)(slash - above);
		memcpy(slash, "/", slash == above ? 2 : 1);
		*(slash + (slash == above)) = '\0';
		if (stat(above, &status) == 0 && judge_directory(&status, data))
			return true;
	}
	return false;
}

/* The directories of the system by their inodes (S20). The path of a bind mount of /etc looks like
 * any other directory. */
struct system_inodes {
	size_t count;
	struct {
		uint64_t device;
		uint64_t number;
		const char *path;
		enum refused_below below;
	} inodes[REFUSED_PATHS_MAX];
	const char *found; /* the directory of the system above the path, or NULL */
	bool is_parent;    /* the path is a file, and the next directory holds it */
};

static void find_system_inodes(struct system_inodes *system)
{
	enum refused_below below;
	struct stat status;
	const char *path;

	for (size_t i = 0; (path = refused_path(i, &below)) != NULL; i++) {
		if (stat(path, &status) != 0)
			continue;
		system->inodes[system->count].device = status.st_dev;
		system->inodes[system->count].number = status.st_ino;
		system->inodes[system->count].path = path;
		system->inodes[system->count++].below = below;
	}
}

/* Returns true if a directory above the path is of the system, and its refusal covers the path.
 * That is so if all paths below are refused, or if the path is a file in the directory itself. */
static bool is_system_directory_above(const struct stat *status, void *data)
{
	struct system_inodes *system = data;
	bool is_parent = system->is_parent;

	system->is_parent = false;
	for (size_t i = 0; i < system->count && system->found == NULL; i++) {
		if (system->inodes[i].device == status->st_dev &&
		    system->inodes[i].number == status->st_ino &&
		    (is_parent || system->inodes[i].below == BELOW_IS_REFUSED))
			system->found = system->inodes[i].path;
	}
	return system->found != NULL;
}

const char *system_directory_find(const struct resolved *resolved)
{
	struct system_inodes system = {.is_parent = !S_ISDIR(resolved->inode.mode)};

	find_system_inodes(&system);
	for (size_t i = 0; i < system.count; i++) {
		if (system.inodes[i].device == resolved->inode.device &&
		    system.inodes[i].number == resolved->inode.number)
			return system.inodes[i].path;
	}
	(void)directories_any_above(resolved->text, is_system_directory_above, &system);
	return system.found;
}
