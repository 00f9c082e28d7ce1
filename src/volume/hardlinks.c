/* SPDX-License-Identifier: MIT */
#include "volume/hardlinks.h"

#include <string.h>

#include "linux/pages.h"

#define FIRST_CAPACITY 64 /* a power of two */

struct hardlinked_file {
	uint64_t hash;
	uint64_t device;
	uint64_t inode;
	uint64_t changed;
	uint32_t count;
	uint32_t seen;
	uint32_t seen_first; /* in the first walk that met the file */
	uint32_t first_walk;
	uint32_t round;
	uint64_t stays_from; /* the latest stays_from of its names */
	uint64_t met;        /* the earliest */
	bool is_uncertain;   /* it changed, or one name may have wandered: not complete */
};

static uint64_t mix_hash(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t hash_file(const struct hardlinks *links, const struct inode *inode)
{
	uint64_t hash = mix_hash(mix_hash(links->seed, inode->device), inode->number);

	return hash == 0 ? 1 : hash;
}

/* Two names with the same hash count as one. The file then stays incomplete, and is never given
 * away. */
static uint64_t hash_name(uint64_t file, uint64_t directory, const char *name)
{
	uint64_t hash = mix_hash(file, directory);

	for (; *name != '\0'; name++)
		hash = mix_hash(hash, (unsigned char)*name);
	return hash == 0 ? 1 : hash;
}

/* Returns the slot with HASH, or the free slot where it belongs. A free slot always exists because
 * of reserve_slot(). */
static void *find_slot(const struct hardlinks_table *table, size_t size, uint64_t hash)
{
	for (uint64_t at = hash;; at++) {
		char *slot = table->slots + ((size_t)at & (table->capacity - 1)) * size;
		uint64_t found;

		memcpy(&found, slot, sizeof(found));
		if (found == 0 || found == hash)
			return slot;
	}
}

/* Makes room for one more element of SIZE bytes. Returns false if memory is used up. */
static bool reserve_slot(struct hardlinks_table *table, size_t size)
{
	struct hardlinks_table larger = {.used = table->used};

	if (table->used < table->capacity / 4 * 3)
		return true;
	larger.capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2;
	larger.slots = pages_allocate(larger.capacity, size);
	if (larger.slots == NULL)
		return false;
	for (size_t i = 0; i < table->capacity; i++) {
		const char *slot = table->slots + i * size;
		uint64_t hash;

		memcpy(&hash, slot, sizeof(hash));
		if (hash != 0)
			memcpy(find_slot(&larger, size, hash), slot, size);
	}
	pages_free(table->slots, table->capacity, size);
	*table = larger;
	return true;
}

static bool is_same_inode(const struct hardlinked_file *file, const struct inode *inode)
{
	return file->device == inode->device && file->inode == inode->number;
}

/* Returns true if INODE has the links and the ctime that it had at its first name. */
static bool is_unchanged_since_first_name(const struct hardlinked_file *file,
                                          const struct inode *inode)
{
	return file->count == inode->links && file->changed == inode->changed;
}

static bool is_finished(const struct hardlinked_file *file)
{
	return file->seen == file->count && !file->is_uncertain;
}

/* Returns the example of FILE, or a free one if FILE is 0. Returns NULL if there is none. A name
 * was recorded before, so there is memory for examples. */
static struct hardlinks_example *find_example(const struct hardlinks *links, uint64_t file)
{
	for (size_t i = 0; i < HARDLINKS_EXAMPLES; i++) {
		if (links->examples[i].file == file)
			return &links->examples[i];
	}
	return NULL;
}

/* Times are modulo 2^64. */
static bool is_later(uint64_t time, uint64_t other)
{
	return (int64_t)(time - other) > 0;
}

/* Counts one more name of INODE in FILE, which is a free slot at the first name. A further round
 * begins FILE anew. */
static enum hardlinks_verdict count_name(struct hardlinks *links, struct hardlinked_file *file,
                                         const struct inode *inode, uint64_t hash,
                                         const struct hardlink_name *name)
{
	struct hardlinks_example *example;
	bool first = file->hash == 0;

	links->uncertain -= file->is_uncertain;
	if (first || file->round != links->round) {
		*file = (struct hardlinked_file){
			.hash = hash,
			.device = inode->device,
			.inode = inode->number,
			.changed = inode->changed,
			.count = inode->links,
			.first_walk = (uint32_t)links->walk,
			.round = links->round,
			.stays_from = name->stays_from,
			.met = name->met,
		};
		links->files.used += first;
	}
	file->seen++;
	file->seen_first += file->first_walk == links->walk;
	if (is_later(name->stays_from, file->stays_from))
		file->stays_from = name->stays_from;
	if (is_later(file->met, name->met))
		file->met = name->met;
	file->is_uncertain |= !is_unchanged_since_first_name(file, inode) ||
	                      !is_later(file->met, file->stays_from);
	links->uncertain += file->is_uncertain;
	if (!is_finished(file))
		return first ? HARDLINKS_FIRST : HARDLINKS_MORE;
	links->complete++;
	links->crossed += file->first_walk != links->walk;
	example = find_example(links, hash);
	if (example != NULL)
		example->file = 0;
	return HARDLINKS_ALL;
}

bool hardlinks_record_name(struct hardlinks *links, const struct inode *inode,
                           const struct hardlink_name *name, enum hardlinks_verdict *ret_verdict)
{
	size_t maximum = links->maximum == 0 ? HARDLINKS_MAX : links->maximum;
	uint64_t hash = hash_file(links, inode);
	uint64_t of_round = links->round == 0 ? hash : mix_hash(hash, links->round);
	uint64_t name_hash = hash_name(of_round, name->directory, name->name);
	struct hardlinked_file *file;
	uint64_t *recorded;

	if (links->examples == NULL)
		links->examples = pages_allocate(HARDLINKS_EXAMPLES, sizeof(*links->examples));
	if (links->examples == NULL || !reserve_slot(&links->files, sizeof(*file)) ||
	    !reserve_slot(&links->names, sizeof(*recorded)))
		return false;
	file = find_slot(&links->files, sizeof(*file), hash);
	recorded = find_slot(&links->names, sizeof(*recorded), name_hash);
	if (file->hash != 0 && !is_same_inode(file, inode)) {
		*ret_verdict = HARDLINKS_FULL;
	} else if (*recorded != 0 || (file->round != links->round && is_finished(file))) {
		*ret_verdict = HARDLINKS_MORE;
	} else if (links->names.used >= maximum) { /* each file in the table has a name there */
		/* A file that is in the table already stays incomplete without this name, and is
		 * counted at the end. */
		*ret_verdict = HARDLINKS_FULL;
	} else {
		links->names.used++;
		*recorded = name_hash;
		*ret_verdict = count_name(links, file, inode, hash, name);
	}
	return true;
}

char *hardlinks_take_example(struct hardlinks *links, const struct inode *inode)
{
	struct hardlinks_example *example = find_example(links, 0);

	if (example == NULL)
		return NULL;
	example->walk = links->walk;
	example->file = hash_file(links, inode);
	return example->path;
}

bool hardlinks_is_complete(const struct hardlinks *links, const struct inode *inode)
{
	const struct hardlinked_file *file;

	if (links->files.capacity == 0)
		return false;
	file = find_slot(&links->files, sizeof(*file), hash_file(links, inode));
	return is_same_inode(file, inode) && is_finished(file) &&
	       is_unchanged_since_first_name(file, inode);
}

uint64_t hardlinks_count_unfinished(const struct hardlinks *links, size_t walk,
                                    const char **ret_path, bool *ret_is_uncertain)
{
	const struct hardlinked_file *file = (const void *)links->files.slots;
	uint64_t count = 0;

	*ret_path = NULL;
	*ret_is_uncertain = false;
	for (size_t i = 0; i < links->files.capacity; i++, file++) {
		/* A free slot is finished. */
		if (is_finished(file) || file->first_walk != walk)
			continue;
		count += file->seen_first;
		*ret_is_uncertain |= file->is_uncertain;
	}
	for (size_t i = 0; links->examples != NULL && i < HARDLINKS_EXAMPLES; i++) {
		if (links->examples[i].file == 0 || links->examples[i].walk != walk)
			continue;
		*ret_path = links->examples[i].path;
		file = find_slot(&links->files, sizeof(*file), links->examples[i].file);
		*ret_is_uncertain = file->is_uncertain;
	}
	return count;
}

bool hardlinks_has_unfinished(const struct hardlinks *links)
{
	return links->complete < links->files.used;
}

bool hardlinks_has_uncertain(const struct hardlinks *links)
{
	return links->uncertain > 0;
}

void hardlinks_free(struct hardlinks *links)
{
	pages_free(links->files.slots, links->files.capacity, sizeof(struct hardlinked_file));
	pages_free(links->names.slots, links->names.capacity, sizeof(uint64_t));
	pages_free(links->examples, HARDLINKS_EXAMPLES, sizeof(*links->examples));
}
