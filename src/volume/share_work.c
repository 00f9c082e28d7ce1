/* SPDX-License-Identifier: MIT */
#include "volume/share_work.h"

#define SHARED_ENTRIES_MIN 8

/* Returns the bytes of the entries that DONOR keeps, at least half of those it still has to visit.
 * Returns 0 if the entries are too few to share. */
static size_t keep_entries(const struct worker *donor)
{
	size_t at = donor->at;
	size_t middle = at + (donor->length - at) / 2;
	size_t entries = 0;

	for (; at < middle; entries++)
		at += entry_size(donor->entries + at);
	return entries < SHARED_ENTRIES_MIN ? 0 : at - donor->at;
}

/* Moves the entries behind the first KEPT bytes from DONOR to RECEIVER. */
static void give_entries(struct worker *donor, size_t kept, struct worker *receiver)
{
	size_t from = donor->at + kept;

	receiver->length = donor->length - from;
	memcpy(receiver->entries, donor->entries + from, receiver->length);
	donor->length = from;
}

/* Moves the first names of LEVEL to RECEIVER: at least one, and at most half of the bytes. Two
 * names are never moved together, because two workers could then hand them to each other for ever.
 * Returns false if memory is used up. */
static bool give_names(struct worker *donor, size_t level, struct worker *receiver)
{
	struct dir_stack *stack = &donor->chowner.stack;
	size_t half = (dir_stack_pending(stack, level) + 1) / 2;
	size_t *from = &stack->levels[level].children;
	size_t given = 0;

	while (dir_stack_pending(stack, level) > 0) {
		const char *name = stack->names + *from;
		size_t size = strlen(name) + 1;

		given += size;
		if (given > size && given > half)
			break;
		if (!dir_stack_push_name(&receiver->chowner.stack, name))
			return false;
		*from += size;
	}
	return true;
}

/* Returns true if LEVEL has a name to give. The current level keeps its last name, because the
 * donor needs work too. */
static bool has_names_to_give(const struct dir_stack *stack, size_t level)
{
	size_t pending = dir_stack_pending(stack, level);

	if (level + 1 < stack->depth)
		return pending > 0;
	return pending > 0 && strlen(stack->names + stack->levels[level].children) + 1 < pending;
}

static bool has_unread_entries(const struct dir_level *level)
{
	return level->unread && (level->share == NULL || !level->share->ended);
}

/* Returns the first level that has work to give, or the current level if no level above has any. */
static size_t find_level_with_work(struct dir_stack *stack)
{
	size_t last = stack->depth - 1;

	for (size_t i = stack->levels_without_work; i < last; i++) {
		const struct dir_level *level = &stack->levels[i];

		if (level->dir.fd >= 0 &&
		    (has_names_to_give(stack, i) || has_unread_entries(level)))
			return i;
		/* The level gets no work to give until the worker is back in it. */
		stack->levels_without_work = i + 1;
	}
	return last;
}

/* Lets RECEIVER enter the level AT of DONOR. Returns false if memory is used up or no share is
 * free. */
static bool enter_shared(struct worker *donor, size_t at, struct worker *receiver)
{
	struct dir_level *level = &donor->chowner.stack.levels[at];

	if (level->share == NULL)
		level->share = workers_lend_share(donor->workers);
	if (level->share == NULL)
		return false;
	level->share->workers++;
	dir_stack_write_path(&donor->chowner.stack, at, NULL, receiver->path);
	receiver->chowner.stack.declared = receiver->path;
	receiver->at = receiver->length = 0;
	if (dir_stack_join(&receiver->chowner.stack, level) != NULL)
		return true;
	donor->workers->failed = true;
	return false;
}

void share_work(struct worker *donor)
{
	struct workers *workers = donor->workers;
	struct dir_stack *stack = &donor->chowner.stack;
	size_t level = find_level_with_work(stack);
	size_t kept = level + 1 < stack->depth ? 0 : keep_entries(donor);
	struct worker *receiver;

	if (level + 1 == stack->depth && kept == 0 && !has_names_to_give(stack, level))
		return;
	pthread_mutex_lock(&workers->lock);
	receiver = workers_find_idle(workers);
	if (receiver != NULL && enter_shared(donor, level, receiver)) {
		if (kept > 0)
			give_entries(donor, kept, receiver);
		else if (!give_names(donor, level, receiver))
			workers->failed = true;
		workers_wake(receiver);
	}
	pthread_mutex_unlock(&workers->lock);
}
