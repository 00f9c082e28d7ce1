#include "identity.h"

#include "accounts.h"

/* NGROUPS_MAX of Linux since 2.6.4, see setgroups(2). */
#define GROUPS_MAX 65536

/* What the kernel shows for a group that is not mapped in this user namespace. */
#define OVERFLOW_GID 65534

/* A group list under construction: sorted, unique. */
struct group_list {
	gid_t *gids;
	size_t count;
	size_t capacity;
};

static size_t position_of(const struct group_list *list, gid_t gid)
{
	size_t low = 0;
	size_t high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->gids[middle] < gid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const struct group_list *list, gid_t gid)
{
	size_t at = position_of(list, gid);

	return at < list->count && list->gids[at] == gid;
}

static bool too_many(struct error *error)
{
	return error_set(error, "working out the groups", NULL, "too many groups",
	                 "see --clear-groups");
}

static bool insert(struct group_list *list, gid_t gid, struct arena *arena, struct error *error)
{
	size_t at = position_of(list, gid);

	if (has(list, gid))
		return true;
	if (list->count == GROUPS_MAX)
		return too_many(error);
	if (list->count == list->capacity) {
		size_t capacity = list->capacity * 2 + 16;
		gid_t *grown = arena_allocate(arena, capacity, sizeof(*grown));

		if (grown == NULL)
			return too_many(error);
		if (list->count > 0)
			memcpy(grown, list->gids, list->count * sizeof(*grown));
		list->gids = grown;
		list->capacity = capacity;
	}
	memmove(list->gids + at + 1, list->gids + at, (list->count - at) * sizeof(*list->gids));
	list->gids[at] = gid;
	list->count++;
	return true;
}

static bool insert_groups_of(struct group_list *list, struct slice user, struct slice group_file,
                             struct arena *arena, struct error *error)
{
	uint32_t gid;

	while (user.length > 0 && group_next_of(&group_file, user, &gid)) {
		if (!insert(list, gid, arena, error))
			return false;
	}
	return true;
}

/* Those that the process started with, less 0 and less root's own in /etc/group: what remains
 * came from --group-add, fsGroup or supplementalGroups. */
static bool insert_granted(struct group_list *list, const struct world *world, struct arena *arena,
                           struct error *error)
{
	struct group_list roots = {0};
	const struct creds_state *creds = &world->creds;

	if (!insert_groups_of(&roots, slice_of("root"), world->group, arena, error))
		return false;
	for (size_t i = 0; i < creds->group_count; i++) {
		gid_t gid = creds->groups[i];

		if (gid == 0 || gid == OVERFLOW_GID || has(&roots, gid))
			continue;
		if (!insert(list, gid, arena, error))
			return false;
	}
	return true;
}

/* A group that the plan renumbers is meant by its new number: the old one may be anybody's. */
static bool insert_named(struct group_list *list, const struct options *options,
                         const struct world *world, const struct account_change *change,
                         struct arena *arena, struct error *error)
{
	for (size_t i = 0; i < options->group_count; i++) {
		const struct spec_ref *group = &options->groups[i];
		struct group_entry entry;

		if (!identity_find_group(group, world, &entry, error))
			return false;
		if (change->group.action == ACCOUNT_RENUMBER &&
		    entry.line.bytes == change->group.old_line.bytes)
			entry.gid = change->gid;
		if (!insert(list, entry.gid, arena, error))
			return false;
	}
	return true;
}

bool identity_find_groups(const struct options *options, const struct world *world,
                          const struct account_change *change, struct arena *arena,
                          struct identity *identity, struct error *error)
{
	struct group_list list = {0};

	/* The primary group is always in the list: else a file that denies the group opens for a
	 * process that has changed its gid (S9, CVE-2022-36109). */
	if (!insert(&list, identity->gid, arena, error) ||
	    !insert_named(&list, options, world, change, arena, error))
		return false;
	if (!options->clear_groups) {
		if (!options->user.group.given &&
		    !insert_groups_of(&list, identity->name, world->group, arena, error))
			return false;
		if (!insert_granted(&list, world, arena, error))
			return false;
	}
	identity->groups = list.gids;
	identity->group_count = list.count;
	return true;
}

bool identity_find_groups_compat(const struct user_spec *spec, const struct world *world,
                                 struct arena *arena, struct identity *identity,
                                 struct error *error)
{
	struct group_list list = {0};

	if (!insert(&list, identity->gid, arena, error))
		return false;
	if (!spec->group.given &&
	    !insert_groups_of(&list, identity->name, world->group, arena, error))
		return false;
	identity->groups = list.gids;
	identity->group_count = list.count;
	return true;
}
