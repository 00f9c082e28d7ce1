#include "core/plan_groups.h"

#include "core/plan_identity.h"

#include "core/passwd_parse.h"

enum {
	GROUPS_FEW = 16,
	/* NGROUPS_MAX of Linux since 2.6.4, see setgroups(2); so many times the double of a few. */
	GROUPS_MAX = 65536,
};

/* A group list under construction: sorted, unique. */
struct group_list {
	gid_t *gids;
	size_t count;
	size_t capacity;
	struct planner *planner;
};

/* From the end, as most come in order. */
static bool has(const struct group_list *list, gid_t gid)
{
	size_t at = list->count;

	while (at > 0 && list->gids[at - 1] > gid)
		at--;
	return at > 0 && list->gids[at - 1] == gid;
}

static bool grow(struct group_list *list)
{
	size_t capacity = list->capacity == 0 ? GROUPS_FEW : list->capacity * 2;
	gid_t *gids = NULL;

	if (capacity <= GROUPS_MAX)
		gids = arena_allocate(list->planner->arena, capacity, sizeof(*gids));
	if (gids == NULL)
		return error_set(list->planner->error, "working out the groups", NULL,
		                 "too many groups", "see --clear-groups");
	if (list->count > 0)
		memcpy(gids, list->gids, list->count * sizeof(*gids));
	list->gids = gids;
	list->capacity = capacity;
	return true;
}

static bool insert(struct group_list *list, gid_t gid)
{
	size_t at = list->count;

	if (has(list, gid))
		return true;
	if (list->count == list->capacity && !grow(list))
		return false;
	for (; at > 0 && list->gids[at - 1] > gid; at--)
		list->gids[at] = list->gids[at - 1];
	list->gids[at] = gid;
	list->count++;
	return true;
}

static bool insert_groups_of(struct group_list *list, struct slice user)
{
	struct slice rest = list->planner->facts->group;
	uint32_t gid;

	while (group_next_of(&rest, user, &gid)) {
		if (!insert(list, gid))
			return false;
	}
	return true;
}

/* The groups of the user in /etc/group. A user that a variable has chosen may not bring group 0 along. */
static bool insert_users(struct group_list *list)
{
	const struct planner *planner = list->planner;

	if (!insert_groups_of(list, planner->plan.identity.name))
		return false;
	return !planner->user.may_not_be_gid_0 || !has(list, 0) ||
	       planner_refuse_gid_0(planner, "--user", planner->user.text);
}

/* Those that the process started with, less 0 and less root's own in /etc/group: what remains
 * came from --group-add, fsGroup or supplementalGroups. */
static bool insert_granted(struct group_list *list)
{
	const struct creds_state *creds = &list->planner->facts->creds;
	struct group_list roots = *list;

	roots.count = roots.capacity = 0;
	if (!insert_groups_of(&roots, slice_of("root")))
		return false;
	for (size_t i = 0; i < creds->group_count; i++) {
		gid_t gid = creds->groups[i];

		if (gid != 0 && gid != IDENT_OVERFLOW && !has(&roots, gid) && !insert(list, gid))
			return false;
	}
	return true;
}

/* A group that the plan renumbers is meant by its new number: the old one may be anybody's. */
static bool insert_named(struct group_list *list)
{
	const struct options *options = list->planner->options;
	const struct account_change *change = &list->planner->plan.change;

	for (size_t i = 0; i < options->group_count; i++) {
		struct account group;

		if (!identity_find_group(list->planner, &options->groups[i], &group))
			return false;
		if (change->group.action == ACCOUNT_RENUMBER &&
		    group.line.bytes == change->group.old_line.bytes)
			group.gid = change->gid;
		if (group.gid == 0 && options->groups[i].may_not_be_gid_0)
			return planner_refuse_gid_0(
				list->planner, "--group",
				arena_copy(list->planner->arena, options->groups[i].name));
		if (!insert(list, group.gid))
			return false;
	}
	return true;
}

bool identity_find_groups(struct planner *planner)
{
	const struct options *options = planner->options;
	struct identity *identity = &planner->plan.identity;
	struct group_list list = {.planner = planner};
	bool only_named = options->clear_groups;

	/* The primary group is always in the list: else a file that denies the group opens for a
	 * process that has changed its gid (S9, CVE-2022-36109). */
	if (!insert(&list, identity->gid) ||
	    (!only_named && !planner->user.group.given && !insert_users(&list)) ||
	    !insert_named(&list) ||
	    (!only_named && planner->plan.creds.semantics != SEMANTICS_GOSU &&
	     !insert_granted(&list)))
		return false;
	identity->groups = list.gids;
	identity->group_count = list.count;
	return true;
}
