#include "volume/dir_stack.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "linux/pages.h"

static void close_level(struct dir_level *level)
{
	fd_close(level->dir.fd);
	level->dir.fd = -1;
}

bool dir_stack_close_farthest(struct dir_stack *tree)
{
	/* Never level 0: nothing above it is ours to search. Nor the current one, nor one that is
	 * read on from where it stands: not every file system finds that place again. */
	while (tree->near_from + 1 < tree->depth) {
		struct dir_level *level = &tree->levels[tree->near_from++];

		if (!level->unread && level->share == NULL) {
			close_level(level);
			return true;
		}
	}
	return false;
}

struct dir_level *dir_stack_join(struct dir_stack *tree, const struct dir_level *level)
{
	const char *name = tree->depth == 0 ? NULL : dir_stack_next_name(tree);
	struct dir_level *levels =
		pages_grow(tree->levels, &tree->capacity, tree->depth + 1, sizeof(*levels));
	struct dir_level *joined;

	if (levels == NULL) {
		fd_close(level->dir.fd);
		return NULL;
	}
	tree->levels = levels;
	if (tree->depth <= 1)
		tree->near_from = 1;
	joined = &levels[tree->depth++];
	tree->current = joined;
	*joined = *level;
	joined->name = name == NULL ? 0 : (size_t)(name - tree->names);
	joined->children = tree->names_length;
	tree->unread += joined->unread;
	if (tree->depth - tree->near_from > DIR_STACK_NEAR_MAX)
		dir_stack_close_farthest(tree);
	return joined;
}

struct dir_level *dir_stack_enter(struct dir_stack *tree, const struct dir *dir,
                                  const struct inode *inode)
{
	const struct dir_level level = {
		.dir = *dir,
		.device = inode->device,
		.inode = inode->number,
		.changed = inode->changed,
		.unread = true,
	};

	return dir_stack_join(tree, &level);
}

int dir_stack_open_above(struct dir_stack *tree, const struct mount_boundary *boundary)
{
	struct dir_level *above;
	struct dir found;
	struct inode inode;
	int errnum;

	if (tree->depth < 2 || tree->levels[tree->depth - 2].dir.fd >= 0)
		return 0;
	above = &tree->levels[tree->depth - 2];
	/* For reading, because only such a descriptor can be locked. */
	errnum = dir_open(&dir_stack_current(tree)->dir, boundary, "..", &found, &inode);
	if (errnum == EXDEV)
		errnum = ESTALE;
	if (errnum != 0)
		return errnum;
	if (inode.device != above->device || inode.number != above->inode) {
		fd_close(found.fd);
		return ESTALE;
	}
	above->dir.fd = found.fd;
	return 0;
}

void dir_stack_end(struct dir_stack *tree)
{
	tree->unread -= dir_stack_current(tree)->unread;
	dir_stack_current(tree)->unread = false;
}

void dir_stack_leave(struct dir_stack *tree)
{
	struct dir_level *level = dir_stack_current(tree);

	dir_stack_end(tree);
	close_level(level);
	tree->names_length = level->name;
	tree->depth--;
	tree->current--;
	if (tree->depth > 0 && tree->levels_without_work >= tree->depth)
		tree->levels_without_work = tree->depth - 1;
	if (tree->near_from >= tree->depth)
		tree->near_from = tree->depth < 2 ? 1 : tree->depth - 1;
}

bool dir_stack_push_name(struct dir_stack *tree, const char *name)
{
	size_t size = strlen(name) + 1;
	char *names = pages_grow(tree->names, &tree->names_capacity, tree->names_length + size, 1);

	if (names == NULL)
		return false;
	tree->names = names;
	memcpy(names + tree->names_length, name, size);
	tree->names_length += size;
	return true;
}

const char *dir_stack_next_name(const struct dir_stack *tree)
{
	size_t first = dir_stack_current(tree)->children;
	size_t at = tree->names_length;

	if (at == first)
		return NULL;
	at--;
	while (at > first && tree->names[at - 1] != '\0')
		at--;
	return tree->names + at;
}

void dir_stack_drop_name(struct dir_stack *tree)
{
	tree->names_length = (size_t)(dir_stack_next_name(tree) - tree->names);
}

size_t dir_stack_pending(const struct dir_stack *tree, size_t level)
{
	size_t end = level + 1 < tree->depth ? tree->levels[level + 1].name : tree->names_length;

	return end - tree->levels[level].children;
}

static void add_name(struct text *text, const char *name)
{
	text_add(text, "/");
	text_add(text, name);
}

void dir_stack_write_path(const struct dir_stack *tree, size_t level, const char *name,
                          char path[static DIR_STACK_PATH_BYTES])
{
	struct text text = text_in(path, DIR_STACK_PATH_BYTES);

	text_add(&text, tree->declared);
	while (text.length > 1 && path[text.length - 1] == '/')
		path[--text.length] = '\0';
	for (size_t i = 1; i <= level && text.length < DIR_STACK_PATH_BYTES - 1; i++)
		add_name(&text, tree->names + tree->levels[i].name);
	if (name != NULL)
		add_name(&text, name);
}

void dir_stack_free(struct dir_stack *tree)
{
	/* Those that others are in are closed by the last of them. */
	for (; tree->depth > 0; dir_stack_leave(tree)) {
		if (dir_stack_current(tree)->share != NULL)
			dir_stack_current(tree)->dir.fd = -1;
	}
	pages_free(tree->levels, tree->capacity, sizeof(*tree->levels));
	pages_free(tree->names, tree->names_capacity, 1);
	*tree = (struct dir_stack){.declared = tree->declared};
}
