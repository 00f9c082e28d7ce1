#include "links.h"

#include "memory.h"

#define PATHS 8
#define FIRST_CAPACITY 64 /* a power of two */

struct link_file {
	uint64_t device;
	uint64_t inode;
	uint64_t count; /* 0: a free slot */
	uint64_t seen;
	int64_t changed_seconds;
	uint32_t changed_nanoseconds;
	bool spoiled; /* changed between two meetings: whatever is met now proves nothing */
	uint8_t path; /* PATHS: none */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t hash_file(const struct links *links, uint64_t device, uint64_t inode)
{
	return mix(mix(links->seed, device), inode);
}

/* Two names that happen to have the same hash count as one: then the file is left, never given
 * away. 0 is a free slot. */
static uint64_t hash_name(const struct links *links, const struct link_sight *sight)
{
	uint64_t hash = mix(hash_file(links, sight->device, sight->inode), sight->directory);

	for (size_t i = 0; i < sight->name.length; i++)
		hash = mix(hash, (unsigned char)sight->name.bytes[i]);
	return hash == 0 ? 1 : hash;
}

/* The slot of that file, or the free one where it belongs. Never full: see grow. */
static struct link_file *find_file(const struct links *links, uint64_t device, uint64_t inode)
{
	size_t mask = links->files_capacity - 1;
	size_t at = (size_t)hash_file(links, device, inode) & mask;

	while (links->files[at].count != 0 &&
	       (links->files[at].device != device || links->files[at].inode != inode))
		at = (at + 1) & mask;
	return &links->files[at];
}

static uint64_t *find_name(const struct links *links, uint64_t hash)
{
	size_t mask = links->names_capacity - 1;
	size_t at = (size_t)hash & mask;

	while (links->names[at] != 0 && links->names[at] != hash)
		at = (at + 1) & mask;
	return &links->names[at];
}

static bool grow_files(struct links *links)
{
	struct link_file *old = links->files;
	size_t old_capacity = links->files_capacity;
	size_t capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity * 2;
	struct link_file *files;

	if (links->files_used < old_capacity / 4 * 3)
		return true;
	files = memory_take(capacity, sizeof(*files));
	if (files == NULL)
		return false;
	links->files = files;
	links->files_capacity = capacity;
	for (size_t i = 0; i < old_capacity; i++) {
		if (old[i].count != 0)
			*find_file(links, old[i].device, old[i].inode) = old[i];
	}
	memory_give_back(old, old_capacity, sizeof(*old));
	return true;
}

static bool grow_names(struct links *links)
{
	uint64_t *old = links->names;
	size_t old_capacity = links->names_capacity;
	size_t capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity * 2;
	uint64_t *names;

	if (links->names_used < old_capacity / 4 * 3)
		return true;
	names = memory_take(capacity, sizeof(*names));
	if (names == NULL)
		return false;
	links->names = names;
	links->names_capacity = capacity;
	for (size_t i = 0; i < old_capacity; i++) {
		if (old[i] != 0)
			*find_name(links, old[i]) = old[i];
	}
	memory_give_back(old, old_capacity, sizeof(*old));
	return true;
}

static bool is_unchanged(const struct link_file *file, const struct link_sight *sight)
{
	return file->count == sight->count && file->changed_seconds == sight->changed_seconds &&
	       file->changed_nanoseconds == (uint32_t)sight->changed_nanoseconds;
}

static void release_path(struct links *links, struct link_file *file)
{
	if (file->path < PATHS)
		links->paths_taken &= ~(UINT32_C(1) << file->path);
	file->path = PATHS;
}

static bool is_full(const struct links *links)
{
	size_t maximum = links->maximum == 0 ? LINKS_MAX : links->maximum;

	return links->files_used >= maximum || links->names_used >= maximum;
}

static enum links_verdict judge(struct links *links, struct link_file *file,
                                const struct link_sight *sight, bool first)
{
	if (first) {
		*file = (struct link_file){
			.device = sight->device,
			.inode = sight->inode,
			.count = sight->count,
			.changed_seconds = sight->changed_seconds,
			.changed_nanoseconds = (uint32_t)sight->changed_nanoseconds,
			.path = PATHS,
		};
		links->files_used++;
		links->latest = file;
	}
	file->seen++;
	if (!is_unchanged(file, sight))
		file->spoiled = true;
	if (file->spoiled || file->seen != file->count)
		return first ? LINKS_FIRST : LINKS_MORE;
	links->complete++;
	release_path(links, file);
	return LINKS_ALL;
}

bool links_meet(struct links *links, const struct link_sight *sight,
                enum links_verdict *ret_verdict)
{
	uint64_t hash = hash_name(links, sight);
	struct link_file *file;
	uint64_t *name;
	bool first;

	if (!grow_files(links) || !grow_names(links))
		return false;
	file = find_file(links, sight->device, sight->inode);
	name = find_name(links, hash);
	first = file->count == 0;
	if (*name != 0 && !first) {
		*ret_verdict = LINKS_MORE;
	} else if (is_full(links)) {
		/* What is already in mind can never be finished without this name, and is
		 * counted at the end. */
		*ret_verdict = LINKS_FULL;
	} else {
		links->names_used += *name == 0;
		*name = hash;
		*ret_verdict = judge(links, file, sight, first);
	}
	return true;
}

char *links_note(struct links *links)
{
	if (links->latest == NULL || links->latest->path < PATHS)
		return NULL;
	if (links->paths == NULL)
		links->paths = memory_take(PATHS, sizeof(*links->paths));
	if (links->paths == NULL)
		return NULL;
	for (uint8_t i = 0; i < PATHS; i++) {
		if ((links->paths_taken & UINT32_C(1) << i) == 0) {
			links->paths_taken |= UINT32_C(1) << i;
			links->latest->path = i;
			return links->paths[i];
		}
	}
	return NULL;
}

bool links_is_complete(const struct links *links, const struct link_sight *sight)
{
	const struct link_file *file;

	if (links->files_capacity == 0)
		return false;
	file = find_file(links, sight->device, sight->inode);
	return file->count != 0 && file->seen == file->count && !file->spoiled &&
	       is_unchanged(file, sight);
}

uint64_t links_count_unfinished(const struct links *links, const char **ret_path)
{
	uint64_t count = 0;

	*ret_path = NULL;
	for (size_t i = 0; i < links->files_capacity; i++) {
		const struct link_file *file = &links->files[i];

		if (file->count == 0 || (file->seen == file->count && !file->spoiled))
			continue;
		count += file->seen;
		if (file->path < PATHS && *ret_path == NULL)
			*ret_path = links->paths[file->path];
	}
	return count;
}

void links_free(struct links *links)
{
	memory_give_back(links->files, links->files_capacity, sizeof(*links->files));
	memory_give_back(links->names, links->names_capacity, sizeof(*links->names));
	memory_give_back(links->paths, PATHS, sizeof(*links->paths));
	*links = (struct links){.seed = links->seed};
}
