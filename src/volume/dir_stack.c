/* SPDX-License-Identifier: MIT */
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

bool dir_stack_close_farthest(struct dir_stack *stack)
{
	/* Level 0 stays open, because the walk must not search above the declared path. A level
	 * that is not read to its end stays open, because some file systems cannot continue the
	 * list later. */
	while (stack->near_from + 1 < stack->depth) {
		struct dir_level *level = &stack->levels[stack->near_from++];

		if (!level->unread && level->share == NULL) {
			close_level(level);
			return true;
		}
	}
	return false;
}

struct dir_level *dir_stack_join(struct dir_stack *stack, const struct dir_level *level)
{
	const char *name = stack->depth == 0 ? NULL : dir_stack_next_name(stack);
	struct dir_level *levels =
		pages_grow(stack->levels, &stack->capacity, stack->depth + 1, sizeof(*levels));
	struct dir_level *joined;

	if (levels == NULL) {
		fd_close(level->dir.fd);
		return NULL;
	}
	stack->levels = levels;
	/* The current level is open, and the first one is never closed. */
	if (stack->depth <= 1)
		stack->near_from = 1;
	else if (stack->near_from >= stack->depth)
		stack->near_from = stack->depth - 1;
	joined = &levels[stack->depth++];
	stack->current = joined;
	*joined = *level;
	joined->name = name == NULL ? 0 : (size_t)(name - stack->names);
	joined->children = stack->names_length;
	stack->unread += joined->unread;
	if (stack->depth - stack->near_from > DIR_STACK_NEAR_MAX)
		dir_stack_close_farthest(stack);
	return joined;
}

struct dir_level *dir_stack_enter(struct dir_stack *stack, const struct dir *dir,
                                  const struct inode *inode)
{
	const struct dir_level level = {
		.dir = *dir,
		.device = inode->device,
		.inode = inode->number,
		.owner = {inode->uid, inode->gid},
		.changed = inode->changed,
		.unread = true,
	};

	return dir_stack_join(stack, &level);
}

int dir_stack_open_above(struct dir_stack *stack, const struct mount_boundary *boundary)
{
	struct dir_level *above;
	struct dir found;
	struct inode inode;
	int errnum;

	if (stack->depth < 2 || stack->levels[stack->depth - 2].dir.fd >= 0)
		return 0;
	above = &stack->levels[stack->depth - 2];
	/* The descriptor is open for reading, because flock(2) needs that. */
	errnum = dir_open(&dir_stack_current(stack)->dir, boundary, "..", &found, &inode);
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

void dir_stack_end(struct dir_stack *stack)
{
	stack->unread -= dir_stack_current(stack)->unread;
	dir_stack_current(stack)->unread = false;
}

void dir_stack_leave(struct dir_stack *stack)
{
	struct dir_level *level = dir_stack_current(stack);

	dir_stack_end(stack);
	close_level(level);
	stack->names_length = level->name;
	stack->depth--;
	stack->current--;
	if (stack->depth > 0 && stack->levels_without_work >= stack->depth)
		stack->levels_without_work = stack->depth - 1;
}

bool dir_stack_push_name(struct dir_stack *stack, const char *name)
{
	size_t size = strlen(name) + 1;
	char *names =
		pages_grow(stack->names, &stack->names_capacity, stack->names_length + size, 1);

	if (names == NULL)
		return false;
	stack->names = names;
	memcpy(names + stack->names_length, name, size);
	stack->names_length += size;
	return true;
}

const char *dir_stack_next_name(const struct dir_stack *stack)
{
	size_t first = dir_stack_current(stack)->children;
	size_t at = stack->names_length - 1;

	while (at > first && stack->names[at - 1] != '\0')
		at--;
	return stack->names + at;
}

void dir_stack_drop_name(struct dir_stack *stack)
{
	stack->names_length = (size_t)(dir_stack_next_name(stack) - stack->names);
}

size_t dir_stack_pending(const struct dir_stack *stack, size_t level)
{
	size_t end = level + 1 < stack->depth ? stack->levels[level + 1].name : stack->names_length;

	return end - stack->levels[level].children;
}

static void add_name(struct text *text, const char *name)
{
	text_add(text, "/");
	text_add(text, name);
}

void dir_stack_write_path(const struct dir_stack *stack, size_t level, const char *name,
                          char path[static OWNERSHIP_PATH_BYTES])
{
	struct text text = text_in(path, OWNERSHIP_PATH_BYTES);

	text_add(&text, stack->declared);
	while (text.length > 1 && path[text.length - 1] == '/')
		path[--text.length] = '\0';
	/* A level may be much deeper than the path has room for. */
	for (size_t i = 1; i <= level && text.length < OWNERSHIP_PATH_BYTES - 1; i++)
		add_name(&text, stack->names + stack->levels[i].name);
	if (name != NULL)
		add_name(&text, name);
}

void dir_stack_free(struct dir_stack *stack)
{
	/* The last worker in a shared level closes its descriptor. */
	for (; stack->depth > 0; dir_stack_leave(stack)) {
		if (dir_stack_current(stack)->share != NULL)
			dir_stack_current(stack)->dir.fd = -1;
	}
	pages_free(stack->levels, stack->capacity, sizeof(*stack->levels));
	pages_free(stack->names, stack->names_capacity, 1);
}
