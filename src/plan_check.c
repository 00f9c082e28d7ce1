#include "plan_check.h"

#include <linux/capability.h>

#include "idmap.h"
#include "text.h"

static bool has_capability(uint64_t set, unsigned capability)
{
	return (set >> capability & 1) != 0;
}

static bool missing_capability(struct error *error, const char *name)
{
	char reason[64];
	char hint[64];
	struct text reason_text = text_in(reason, sizeof(reason));
	struct text hint_text = text_in(hint, sizeof(hint));

	text_add(&reason_text, "root lacks CAP_");
	text_add(&reason_text, name);
	text_add(&hint_text, "start the container with --cap-add ");
	text_add(&hint_text, name);
	return error_set(error, "stepping down", NULL, reason, hint);
}

static bool same_groups(const struct identity *identity, const struct creds_state *creds)
{
	return identity->group_count == creds->group_count &&
	       (creds->group_count == 0 ||
	        memcmp(identity->groups, creds->groups, creds->group_count * sizeof(gid_t)) == 0);
}

bool plan_check_ids(const struct world *world, const struct identity *identity, struct error *error)
{
	const struct creds_state *creds = &world->creds;
	bool groups_differ = identity->gid != creds->rgid || !same_groups(identity, creds);

	if (identity->uid != creds->ruid && !has_capability(creds->effective, CAP_SETUID)) {
		if (groups_differ && !has_capability(creds->effective, CAP_SETGID))
			return error_set(error, "stepping down", NULL,
			                 "root lacks CAP_SETUID and CAP_SETGID",
			                 "start the container with --cap-add SETUID --cap-add "
			                 "SETGID, or as the user itself: --user UID:GID");
		return missing_capability(error, "SETUID");
	}
	if (groups_differ && !has_capability(creds->effective, CAP_SETGID))
		return missing_capability(error, "SETGID");
	return true;
}

bool plan_check_mapped(const struct world *world, const struct identity *identity,
                       struct error *error)
{
	bool uid_mapped = idmap_contains(world->uid_map, identity->uid);
	char object[32];
	struct text text = text_in(object, sizeof(object));

	if (uid_mapped && idmap_contains(world->gid_map, identity->gid))
		return true;
	text_add(&text, uid_mapped ? "gid " : "uid ");
	text_add_number(&text, uid_mapped ? identity->gid : identity->uid);
	return error_set(error, "stepping down", object,
	                 "the id is not mapped in this user namespace",
	                 "choose one that /proc/self/uid_map and gid_map hold, or map more ids");
}

bool plan_check_bounding(const struct world *world, const struct creds_wish *wish,
                         struct error *error)
{
	const struct creds_state *creds = &world->creds;
	uint64_t surplus = creds->bounding & ~wish->keep;

	if (surplus == 0 || wish->no_new_privs || has_capability(creds->effective, CAP_SETPCAP))
		return true;
	return error_set(error, "dropping the bounding set", NULL,
	                 "CAP_SETPCAP is missing, and --allow-new-privs keeps the set within reach",
	                 "add --cap-add SETPCAP, or leave out --allow-new-privs");
}
