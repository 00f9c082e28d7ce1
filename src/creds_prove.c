#include "creds_prove.h"

#include "capability.h"
#include "credcalls.h"

#define PROVING "checking the step down"

void creds_add_groups(struct text *text, const gid_t *groups, size_t count)
{
	if (count == 0)
		text_add(text, "none");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_add(text, ",");
		text_add_number(text, groups[i]);
	}
}

bool creds_groups_equal(const struct creds_state *state, const gid_t *groups, size_t count)
{
	return state->group_count == count &&
	       (count == 0 || memcmp(state->groups, groups, count * sizeof(*groups)) == 0);
}

bool creds_groups_within(const struct creds_state *state, const gid_t *groups, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < state->group_count; i++) {
		while (at < count && groups[at] < state->groups[i])
			at++;
		if (at == count || groups[at] != state->groups[i])
			return false;
	}
	return true;
}

bool creds_holds_gid_0(const struct creds_state *state)
{
	return state->rgid == 0 || state->egid == 0 || state->sgid == 0 ||
	       (state->group_count > 0 && state->groups[0] == 0);
}

static bool prove_ids(const struct creds_state *now, const struct creds_state *wanted,
                      struct error *error)
{
	const struct {
		const char *name;
		uint32_t now, wanted;
	} ids[] = {
		{"real uid", now->ruid, wanted->ruid},
		{"effective uid", now->euid, wanted->euid},
		{"saved uid", now->suid, wanted->suid},
		{"real gid", now->rgid, wanted->rgid},
		{"effective gid", now->egid, wanted->egid},
		{"saved gid", now->sgid, wanted->sgid},
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char reason[80];
		struct text text = text_in(reason, sizeof(reason));

		if (ids[i].now == ids[i].wanted)
			continue;
		text_add(&text, "it is ");
		text_add_number(&text, ids[i].now);
		text_add(&text, " and not ");
		text_add_number(&text, ids[i].wanted);
		return error_set(error, PROVING, ids[i].name, reason, NULL);
	}
	return true;
}

static bool prove_groups(const struct creds_state *now, const struct creds_state *wanted, bool left,
                         struct error *error)
{
	char reason[400];
	struct text text = text_in(reason, sizeof(reason));

	if (left ? creds_groups_within(now, wanted->groups, wanted->group_count)
	         : creds_groups_equal(now, wanted->groups, wanted->group_count))
		return true;
	text_add(&text, "they are ");
	creds_add_groups(&text, now->groups, now->group_count);
	text_add(&text, " and not ");
	creds_add_groups(&text, wanted->groups, wanted->group_count);
	return error_set(error, PROVING, "groups", reason, NULL);
}

static bool prove_sets(const struct creds_state *now, const struct creds_state *wanted,
                       struct error *error)
{
	const struct {
		const char *name;
		uint64_t now, wanted;
	} sets[] = {
		{"effective set", now->effective, wanted->effective},
		{"permitted set", now->permitted, wanted->permitted},
		{"inheritable set", now->inheritable, wanted->inheritable},
		{"ambient set", now->ambient, wanted->ambient},
		{"bounding set", now->bounding, wanted->bounding},
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		char reason[700];
		struct text text = text_in(reason, sizeof(reason));

		if (sets[i].now == sets[i].wanted)
			continue;
		text_add(&text, "it holds ");
		capability_add_names(&text, sets[i].now);
		text_add(&text, " and not ");
		capability_add_names(&text, sets[i].wanted);
		return error_set(error, PROVING, sets[i].name, reason, NULL);
	}
	return true;
}

bool creds_prove_equal(const struct creds_state *now, const struct creds_state *wanted,
                       bool groups_left, struct error *error)
{
	if (!prove_ids(now, wanted, error) || !prove_groups(now, wanted, groups_left, error) ||
	    !prove_sets(now, wanted, error))
		return false;
	if (wanted->no_new_privs && !now->no_new_privs)
		return error_set(error, PROVING, "no_new_privs", "it is off and should be on",
		                 NULL);
	return true;
}

bool creds_prove_no_uid_0(const struct creds_state *now, bool try, struct error *error)
{
	/* A filter that refuses every setresuid(2) proves nothing: looked at first. */
	if (now->ruid == 0 || now->euid == 0 || now->suid == 0)
		return error_set(error, PROVING, "uid 0", "it is still there", NULL);
	if (try && (credcalls_setresuid(0, 0, 0) == 0 ||
	            credcalls_setresuid((uid_t)-1, 0, (uid_t)-1) == 0))
		return error_set(error, PROVING, "uid 0", "it can be taken back", NULL);
	return true;
}

bool creds_prove_no_gid_0(struct error *error)
{
	if (credcalls_setresgid(0, 0, 0) == 0 || credcalls_setresgid((gid_t)-1, 0, (gid_t)-1) == 0)
		return error_set(error, PROVING, "gid 0", "it can be taken back", NULL);
	return true;
}
