#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdalign.h>
#include <sys/statfs.h>

#include <linux/magic.h>

/* struct linux_dirent64 of getdents64(2): ino 8, off 8, reclen 2, type 1, then the name. */
enum {
	ENTRY_SIZE_AT = 16,
	ENTRY_TYPE_AT = 18,
	ENTRY_NAME_AT = 19,
};

static bool take_entry(struct own *own, const char *name, unsigned char type)
{
	bool is_directory = type == DT_DIR;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (strchr(name, '/') != NULL) {
		/* A file system that says so lies; the name would lead somewhere else. */
		own_count_failed(own, name, EINVAL);
		return true;
	}
	if (!is_directory && !own_entry(own, name, &is_directory))
		return false;
	return !is_directory || tree_push_name(&own->tree, name);
}

static bool take_entries(struct own *own, const char *entries, size_t length)
{
	uint16_t size;

	for (size_t at = 0; at < length; at += size) {
		memcpy(&size, entries + at + ENTRY_SIZE_AT, sizeof(size));
		if (!take_entry(own, entries + at + ENTRY_NAME_AT,
		                (unsigned char)entries[at + ENTRY_TYPE_AT]))
			return false;
	}
	return true;
}

/* Everything in the current directory that is no directory is done at once, and the subdirectories
 * are noted: so it need not stay open for reading, and one buffer does for all levels. */
static bool read_directory(struct own *own)
{
	static alignas(8) char entries[32 * 1024];
	size_t length;
	int errnum;

	do {
		errnum = pin_list(&tree_current(&own->tree)->door, entries, sizeof(entries),
		                  &length);
		if (errnum == 0 && !take_entries(own, entries, length))
			return false;
	} while (errnum == 0 && length > 0);
	/* ENOENT: it was removed since it was opened. */
	if (errnum != 0 && errnum != ENOENT)
		own_count_failed(own, NULL, errnum);
	return true;
}

/* It was a directory when its name was noted. */
static bool take_changeling(struct own *own, const char *name)
{
	bool is_directory;

	if (!own_entry(own, name, &is_directory))
		return false;
	if (is_directory)
		own_count_failed(own, name, ENOTDIR);
	return true;
}

static bool descend(struct own *own, const char *name)
{
	struct door *door = &tree_current(&own->tree)->door;
	struct door child = {.fd = -1};
	struct stat status = {0};
	bool ok = true;
	int errnum;

	do
		errnum = pin_enter(door, &own->fence, name, &child, &status);
	while (errnum == EMFILE && tree_close_farthest(&own->tree));
	if (errnum == 0) {
		own_count_looked(own);
		return tree_enter(&own->tree, &child, &status, !own_is_right(own, &status)) &&
		       read_directory(own);
	}
	if (errnum == EXDEV) {
		own_count_mount(own);
	} else if (errnum == ENOTDIR || errnum == ELOOP) {
		ok = take_changeling(own, name);
	} else if (errnum != ENOENT) {
		own_count_looked(own);
		own_count_failed(own, name, errnum);
	}
	tree_drop_name(&own->tree);
	return ok;
}

/* Back to the first level, the only one that is known to be where it was. */
static void abandon(struct own *own, int errnum)
{
	for (; own->tree.depth > 1; tree_leave(&own->tree)) {
		if (errnum == ESTALE)
			own_count_moved(own);
		else
			own_count_failed(own, NULL, errnum);
	}
}

static void ascend(struct own *own)
{
	struct tree_level *level = tree_current(&own->tree);
	/* First, for ".." may have to be looked up as the owner that the directory has now. */
	int errnum = tree_open_above(&own->tree, &own->fence);

	if (own->tree.depth > 1 && level->wrong)
		own_directory(own, level->door.fd);
	tree_leave(&own->tree);
	if (errnum != 0)
		abandon(own, errnum);
}

static bool walk_once(struct own *own, int fd)
{
	struct door top;
	struct door child = {.fd = -1};
	struct stat status;
	int errnum = pin_door(fd, &top, &status);

	if (errnum == 0)
		errnum = pin_enter(&top, &own->fence, ".", &child, &status);
	if (errnum != 0) {
		own_count_failed(own, NULL, errnum);
		return true;
	}
	if (!tree_enter(&own->tree, &child, &status, false) || !read_directory(own))
		return false;
	while (own->tree.depth > 0) {
		const char *name = tree_next_name(&own->tree);

		if (name == NULL)
			ascend(own);
		else if (!descend(own, name))
			return false;
	}
	return true;
}

static bool is_overlay(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) == 0 && (uint32_t)status.f_type == OVERLAYFS_SUPER_MAGIC;
}

bool walk(struct own *own, int fd)
{
	if (!walk_once(own, fd))
		return false;
	/* Overlayfs copies a file up when it is changed, which parts it from its other names:
	 * those still mean the file in the image, with its old owner. */
	if (own->links.complete == 0 || own->request.dry_run || !is_overlay(fd))
		return true;
	own->again = true;
	if (!walk_once(own, fd))
		return false;
	own->again = false;
	return true;
}
