#include "tree.h"

#include <errno.h>
#include <string.h>

#include "memory.h"

/* Room for NEEDED elements of SIZE; what is there moves along. */
static bool reserve(void **memory, size_t *capacity, size_t needed, size_t size)
{
	size_t larger = *capacity < 32 ? 32 : *capacity;
	void *moved;

	if (needed <= *capacity)
		return true;
	while (larger < needed) {
		if (larger > SIZE_MAX / 2 / size)
			return false;
		larger *= 2;
	}
	moved = memory_grow(*memory, *capacity, larger, size);
	if (moved == NULL)
		return false;
	*memory = moved;
	*capacity = larger;
	return true;
}

static void close_level(struct tree_level *level)
{
	pin_close(level->door.fd);
	level->door.fd = -1;
}

bool tree_close_farthest(struct tree *tree)
{
	/* Never level 0: nothing above it is ours to search. Nor the current one, nor one that is
	 * read on from where it stands: not every file system finds that place again. */
	while (tree->near_from + 1 < tree->depth) {
		struct tree_level *level = &tree->levels[tree->near_from++];

		if (!level->unread && level->share == NULL) {
			close_level(level);
			return true;
		}
	}
	return false;
}

struct tree_level tree_level(const struct door *door, const struct stat *status, bool wrong)
{
	return (struct tree_level){
		.door = *door,
		.device = status->st_dev,
		.inode = status->st_ino,
		.changed = status->st_ctim,
		.wrong = wrong,
		.unread = true,
	};
}

bool tree_enter(struct tree *tree, struct tree_level level)
{
	void *levels = tree->levels;
	const char *name = tree->depth == 0 ? NULL : tree_next_name(tree);
	bool reserved = reserve(&levels, &tree->capacity, tree->depth + 1, sizeof(*tree->levels));

	tree->levels = levels;
	if (!reserved) {
		pin_close(level.door.fd);
		return false;
	}
	if (tree->depth <= 1)
		tree->near_from = 1;
	level.name = name == NULL ? 0 : (size_t)(name - tree->names);
	level.children = tree->names_length;
	tree->unread += level.unread;
	tree->levels[tree->depth++] = level;
	if (tree->depth - tree->near_from > TREE_NEAR_MAX)
		tree_close_farthest(tree);
	return true;
}

int tree_open_above(struct tree *tree, const struct fence *fence)
{
	struct tree_level *above;
	struct stat status;
	int errnum;
	int fd;

	if (tree->depth < 2 || tree->levels[tree->depth - 2].door.fd >= 0)
		return 0;
	above = &tree->levels[tree->depth - 2];
	errnum = pin_above(&tree_current(tree)->door, fence, &fd);
	if (errnum == EXDEV)
		errnum = ESTALE;
	if (errnum != 0)
		return errnum;
	if (fstat(fd, &status) != 0 || status.st_dev != above->device ||
	    status.st_ino != above->inode) {
		pin_close(fd);
		return ESTALE;
	}
	above->door.fd = fd;
	return 0;
}

void tree_end(struct tree *tree)
{
	tree->unread -= tree_current(tree)->unread;
	tree_current(tree)->unread = false;
}

void tree_leave(struct tree *tree)
{
	struct tree_level *level = tree_current(tree);

	tree_end(tree);
	close_level(level);
	tree->names_length = level->name;
	tree->depth--;
	if (tree->depth > 0 && tree->barren >= tree->depth)
		tree->barren = tree->depth - 1;
	if (tree->near_from >= tree->depth)
		tree->near_from = tree->depth < 2 ? 1 : tree->depth - 1;
}

bool tree_push_name(struct tree *tree, const char *name)
{
	size_t size = strlen(name) + 1;
	void *names = tree->names;
	bool reserved = reserve(&names, &tree->names_capacity, tree->names_length + size, 1);

	tree->names = names;
	if (!reserved)
		return false;
	memcpy(tree->names + tree->names_length, name, size);
	tree->names_length += size;
	return true;
}

const char *tree_next_name(const struct tree *tree)
{
	size_t first = tree_current(tree)->children;
	size_t at = tree->names_length;

	if (at == first)
		return NULL;
	at--;
	while (at > first && tree->names[at - 1] != '\0')
		at--;
	return tree->names + at;
}

void tree_drop_name(struct tree *tree)
{
	tree->names_length = (size_t)(tree_next_name(tree) - tree->names);
}

size_t tree_pending(const struct tree *tree, size_t level)
{
	size_t end = level + 1 < tree->depth ? tree->levels[level + 1].name : tree->names_length;

	return end - tree->levels[level].children;
}

static size_t add(char *buffer, size_t size, size_t length, const char *string)
{
	size_t more = strlen(string);

	if (more > size - 1 - length)
		more = size - 1 - length;
	memcpy(buffer + length, string, more);
	buffer[length + more] = '\0';
	return length + more;
}

void tree_write_path(const struct tree *tree, size_t level, const char *name, char *buffer,
                     size_t size)
{
	size_t length = add(buffer, size, 0, tree->declared);

	while (length > 1 && buffer[length - 1] == '/')
		buffer[--length] = '\0';
	for (size_t i = 1; i <= level && length < size - 1; i++) {
		length = add(buffer, size, length, "/");
		length = add(buffer, size, length, tree->names + tree->levels[i].name);
	}
	if (name != NULL) {
		length = add(buffer, size, length, "/");
		add(buffer, size, length, name);
	}
}

void tree_free(struct tree *tree)
{
	/* Those that others are in are closed by the last of them. */
	for (; tree->depth > 0; tree_leave(tree)) {
		if (tree_current(tree)->share != NULL)
			tree_current(tree)->door.fd = -1;
	}
	memory_give_back(tree->levels, tree->capacity, sizeof(*tree->levels));
	memory_give_back(tree->names, tree->names_capacity, 1);
	*tree = (struct tree){.declared = tree->declared};
}
