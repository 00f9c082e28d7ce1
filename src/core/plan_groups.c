/* SPDX-License-Identifier: MIT */
#include "core/plan_groups.h"

#include "core/passwd_parse.h"
#include "core/plan_identity.h"

enum {
	/* The capacity is doubled up to GROUPS_MAX. */
	GROUPS_FIRST_CAPACITY = 16,
};

/* A group list under construction: sorted, unique. */
struct group_list {
	gid_t *gids;
	size_t count;
	size_t capacity;
	const struct planner *planner;
	const struct found_user *user;
	struct plan *plan; /* gets the note about root's groups */
};

/* Searches from the end, because most gids arrive in ascending order. */
static bool group_list_has(const struct group_list *list, gid_t gid)
{
	size_t at = list->count;

	while (at > 0 && list->gids[at - 1] > gid)
		at--;
	return at > 0 && list->gids[at - 1] == gid;
}

static bool group_list_grow(struct group_list *list)
{
	size_t capacity = list->capacity == 0 ? GROUPS_FIRST_CAPACITY : list->capacity * 2;
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

static bool group_list_insert(struct group_list *list, gid_t gid)
{
	size_t at = list->count;

	if (group_list_has(list, gid))
		return true;
	if (list->count == list->capacity && !group_list_grow(list))
		return false;
	for (; at > 0 && list->gids[at - 1] > gid; at--)
		list->gids[at] = list->gids[at - 1];
	list->gids[at] = gid;
	list->count++;
	return true;
}

static bool insert_memberships(struct group_list *list, struct slice user)
{
	struct slice rest = list->planner->facts->group;
	uint32_t gid;

	while (group_next_of(&rest, user, &gid)) {
		if (!group_list_insert(list, gid))
			return false;
	}
	return true;
}

/* Inserts the user's groups of /etc/group. If a variable chose the user, group 0 among them is an
 * error (S38). */
static bool insert_user_groups(struct group_list *list)
{
	const struct user_spec *spec = &list->user->spec;

	if (!insert_memberships(list, list->user->identity.name))
		return false;
	return !spec->may_not_be_gid_0 || !group_list_has(list, 0) ||
	       planner_refuse_gid_0(list->planner, "--user", spec->text, spec->variables);
}

/* Stores a note about root's groups among the groups that the process started with. The runtime may
 * have granted one of them, as by --group-add, but the process cannot tell that. */
static void note_left_out(const struct group_list *list, const struct group_list *roots)
{
	const struct planner *planner = list->planner;
	const struct creds_state *creds = &planner->facts->creds;
	struct text message =
		error_begin(planner->error, "working out the groups", (struct slice){NULL, 0});
	const char *separator = "'";

	for (size_t i = 0; i < creds->group_count; i++) {
		gid_t gid = creds->groups[i];

		if (gid == 0 || !group_list_has(roots, gid) || group_list_has(list, gid))
			continue;
		text_format(&message, "%s%u", separator, gid);
		separator = " ";
	}
	if (separator[0] == '\'')
		return;
	text_add(&message, "': left out, because /etc/group gives them to root");
	error_end(&message, "--group keeps one that the container was granted");
	planner_note(planner, list->plan);
}

/* Inserts the groups that the process started with. Group 0, groups that are not mapped and root's
 * groups of /etc/group are skipped. The rest came from --group-add, fsGroup or
 * supplementalGroups. */
static bool insert_inherited_groups(struct group_list *list)
{
	const struct creds_state *creds = &list->planner->facts->creds;
	struct group_list roots = *list;

	roots.count = roots.capacity = 0;
	if (!insert_memberships(&roots, slice_of("root")))
		return false;
	for (size_t i = 0; i < creds->group_count; i++) {
		gid_t gid = creds->groups[i];

		if (gid != 0 && gid != ID_OVERFLOW && !group_list_has(&roots, gid) &&
		    !group_list_insert(list, gid))
			return false;
	}
	note_left_out(list, &roots);
	return true;
}

/* Inserts the first alternative of one --group that exists and is not root's, or else the last one.
 * ASKED is the first alternative. A group that the plan renumbers counts by its new gid, because
 * the old gid may belong to another group. */
static bool insert_option_group(struct group_list *list, const struct spec_ref *asked)
{
	const struct planner *planner = list->planner;
	const struct account_change *change = &list->user->change;
	struct account group;
	bool is_found;

	for (;; asked++) {
		if (!asked->given) /* an empty alternative: no group */
			return true;
		is_found = identity_find_group(planner, asked, &group);
		if (is_found && change->group.action == ACCOUNT_RENUMBER &&
		    group.line.bytes == change->group.old_line.bytes)
			group.gid = change->gid;
		if (!asked->has_alternative || (is_found && group.gid != 0))
			break;
	}
	if (!is_found)
		return error_add_note(planner->error, asked->variables);
	if (group.gid == 0 && asked->may_not_be_gid_0)
		return planner_refuse_gid_0(planner, "--group",
		                            arena_copy(planner->arena, asked->name),
		                            asked->variables);
	return group_list_insert(list, group.gid);
}

static bool insert_option_groups(struct group_list *list)
{
	const struct options *options = list->planner->options;
	bool is_first = true; /* of the alternatives of one option */

	for (size_t i = 0; i < options->group_count; i++) {
		if (is_first && !insert_option_group(list, &options->groups[i]))
			return false;
		is_first = !options->groups[i].has_alternative;
	}
	return true;
}

bool identity_find_groups(const struct planner *planner, struct found_user *user, struct plan *plan)
{
	struct ids *ids = &user->identity.ids;
	struct group_list list = {.planner = planner, .user = user, .plan = plan};
	bool only_named = planner->options->clear_groups;

	/* The list always contains the primary group. Else a process that changes its gid could
	 * open a file that is denied to that group (S9, CVE-2022-36109). */
	if (!group_list_insert(&list, ids->gid) ||
	    (!only_named && !user->spec.group.given && !insert_user_groups(&list)) ||
	    !insert_option_groups(&list) ||
	    (!only_named && planner->semantics != SEMANTICS_GOSU &&
	     !insert_inherited_groups(&list)))
		return false;
	ids->groups = list.gids;
	ids->group_count = list.count;
	return true;
}
