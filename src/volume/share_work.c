#include "volume/share_work.h"

#define ENTRIES_WORTH_IT 8

/* The bytes of the first half (at least) of the entries that GIVER has still to take, 0 when they
 * are few. */
static size_t keep_entries(const struct worker *giver)
{
	size_t at = giver->at;
	size_t middle = at + (giver->length - at) / 2;
	size_t entries = 0;

	for (; at < middle; entries++)
		at += entry_size(giver->entries + at);
	return entries < ENTRIES_WORTH_IT ? 0 : at - giver->at;
}

static void give_entries(struct worker *giver, size_t kept, struct worker *taker)
{
	size_t from = giver->at + kept;

	taker->length = giver->length - from;
	memcpy(taker->entries, giver->entries + from, taker->length);
	giver->length = from;
}

/* The first, and more up to half of their bytes: of two names never both, or they would be handed
 * round for ever. */
static bool give_names(struct worker *giver, size_t level, struct worker *taker)
{
	struct tree *tree = &giver->own.tree;
	size_t most = (tree_pending(tree, level) + 1) / 2;
	size_t *from = &tree->levels[level].children;
	size_t given = 0;

	while (tree_pending(tree, level) > 0) {
		const char *name = tree->names + *from;
		size_t size = strlen(name) + 1;

		given += size;
		if (given > size && given > most)
			break;
		if (!tree_push_name(&taker->own.tree, name))
			return false;
		*from += size;
	}
	return true;
}

/* The last name of the current level is kept: who gives away the only way on has nothing left. */
static bool has_names(const struct tree *tree, size_t level)
{
	size_t pending = tree_pending(tree, level);

	if (level + 1 < tree->depth)
		return pending > 0;
	return pending > 0 && strlen(tree->names + tree->levels[level].children) + 1 < pending;
}

static bool is_unread(const struct tree_level *level)
{
	return level->unread && (level->share == NULL || !level->share->ended);
}

/* The first level from which something can be given; the depth when there is none. */
static size_t find_level(struct tree *tree)
{
	size_t last = tree->depth - 1;

	for (size_t i = tree->barren; i < last; i++) {
		const struct tree_level *level = &tree->levels[i];

		if (level->door.fd >= 0 && (has_names(tree, i) || is_unread(level)))
			return i;
		/* Nor will there be before the worker is back in it. */
		tree->barren = i + 1;
	}
	return last;
}

static bool enter_shared(struct worker *giver, size_t at, struct worker *taker)
{
	struct tree_level *level = &giver->own.tree.levels[at];
	struct tree_level same;

	if (level->share == NULL)
		level->share = pool_lend_share(giver->pool);
	if (level->share == NULL)
		return false;
	level->share->workers++;
	same = *level;
	same.unread = is_unread(level);
	tree_write_path(&giver->own.tree, at, NULL, taker->path);
	taker->own.tree.declared = taker->path;
	taker->at = 0;
	taker->length = 0;
	if (tree_join(&taker->own.tree, &same) != NULL)
		return true;
	giver->pool->failed = true;
	return false;
}

void gift_give(struct worker *giver)
{
	struct pool *pool = giver->pool;
	struct tree *tree = &giver->own.tree;
	size_t level = find_level(tree);
	size_t kept = level + 1 < tree->depth ? 0 : keep_entries(giver);
	struct worker *taker;

	if (level + 1 == tree->depth && kept == 0 && !has_names(tree, level))
		return;
	pthread_mutex_lock(&pool->lock);
	taker = pool_find_idle(pool);
	if (taker != NULL && enter_shared(giver, level, taker)) {
		if (kept > 0)
			give_entries(giver, kept, taker);
		else if (!give_names(giver, level, taker))
			pool->failed = true;
		pool_wake(taker);
	}
	pthread_mutex_unlock(&pool->lock);
}
