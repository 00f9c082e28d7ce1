#include "volume/dir_stack.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "linux/pages.h"

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

struct tree_level *tree_join(struct tree *tree, const struct tree_level *level)
{
	const char *name = tree->depth == 0 ? NULL : tree_next_name(tree);
	struct tree_level *levels =
		memory_grow(tree->levels, &tree->capacity, tree->depth + 1, sizeof(*levels));
	struct tree_level *joined;

	if (levels == NULL) {
		pin_close(level->door.fd);
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
	if (tree->depth - tree->near_from > TREE_NEAR_MAX)
		tree_close_farthest(tree);
	return joined;
}

struct tree_level *tree_enter(struct tree *tree, const struct door *door, const struct inode *inode)
{
	const struct tree_level level = {
		.door = *door,
		.device = inode->device,
		.inode = inode->number,
		.changed = inode->changed,
		.unread = true,
	};

	return tree_join(tree, &level);
}

int tree_open_above(struct tree *tree, const struct fence *fence)
{
	struct tree_level *above;
	struct door found;
	struct inode inode;
	int errnum;

	if (tree->depth < 2 || tree->levels[tree->depth - 2].door.fd >= 0)
		return 0;
	above = &tree->levels[tree->depth - 2];
	/* For reading, because only such a descriptor can be locked. */
	errnum = pin_enter(&tree_current(tree)->door, fence, "..", &found, &inode);
	if (errnum == EXDEV)
		errnum = ESTALE;
	if (errnum != 0)
		return errnum;
	if (inode.device != above->device || inode.number != above->inode) {
		pin_close(found.fd);
		return ESTALE;
	}
	above->door.fd = found.fd;
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
	tree->current--;
	if (tree->depth > 0 && tree->barren >= tree->depth)
		tree->barren = tree->depth - 1;
	if (tree->near_from >= tree->depth)
		tree->near_from = tree->depth < 2 ? 1 : tree->depth - 1;
}

bool tree_push_name(struct tree *tree, const char *name)
{
	size_t size = strlen(name) + 1;
	char *names = memory_grow(tree->names, &tree->names_capacity, tree->names_length + size, 1);

	if (names == NULL)
		return false;
	tree->names = names;
	memcpy(names + tree->names_length, name, size);
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

static void add_name(struct text *text, const char *name)
{
	text_add(text, "/");
	text_add(text, name);
}

void tree_write_path(const struct tree *tree, size_t level, const char *name,
                     char path[static TREE_PATH])
{
	struct text text = text_in(path, TREE_PATH);

	text_add(&text, tree->declared);
	while (text.length > 1 && path[text.length - 1] == '/')
		path[--text.length] = '\0';
	for (size_t i = 1; i <= level && text.length < TREE_PATH - 1; i++)
		add_name(&text, tree->names + tree->levels[i].name);
	if (name != NULL)
		add_name(&text, name);
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
