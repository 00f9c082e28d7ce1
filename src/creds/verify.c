/* SPDX-License-Identifier: MIT */
#include "creds/verify.h"

#include "base/id.h"
#include "core/capability_names.h"
#include "creds/syscalls.h"

#define PROVING "checking the step down"

/* The parts of the state that are compared: numbers, then sets, then the groups. */
static const char *const parts[] = {
	"real uid",    "effective uid", "saved uid",     "real gid",      "effective gid",
	"saved gid",   "no_new_privs",  "effective set", "permitted set", "inheritable set",
	"ambient set", "bounding set",  "groups",
};
#define PART_FIRST_SET 7
#define PART_GROUPS 12

#define GROUPS_SHOWN 24 /* a message has room for two lists of this length */

static uint64_t value_of(const struct creds_state *state, unsigned part)
{
	const uint64_t values[] = {
		state->ruid,      state->euid,        state->suid,         state->rgid,
		state->egid,      state->sgid,        state->no_new_privs, state->effective,
		state->permitted, state->inheritable, state->ambient,      state->bounding,
	};

	return values[part];
}

void creds_add_groups(struct text *text, const gid_t *groups, size_t count)
{
	if (count == 0)
		text_add(text, "none");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_add(text, ",");
		if (i == GROUPS_SHOWN) {
			text_add(text, "...");
			return;
		}
		text_add_number(text, groups[i]);
	}
}

bool creds_add_missing_groups(struct text *text, const struct creds_target *target,
                              const gid_t *groups, size_t count)
{
	bool is_any_missing = false;

	for (size_t i = 0; i < target->ids->group_count; i++) {
		bool is_there = target->ids->groups[i] == target->ids->gid;

		for (size_t j = 0; j < count; j++)
			is_there = is_there || groups[j] == target->ids->groups[i];
		if (is_there)
			continue;
		if (is_any_missing)
			text_add(text, ",");
		text_add_number(text, target->ids->groups[i]);
		is_any_missing = true;
	}
	return is_any_missing;
}

bool creds_groups_equal(const struct creds_state *state, const gid_t *groups, size_t count)
{
	return state->group_count == count &&
	       (count == 0 || memcmp(state->groups, groups, count * sizeof(*groups)) == 0);
}

bool creds_groups_within(const struct creds_state *state, const struct creds_target *target)
{
	size_t at = 0;

	for (size_t i = 0; i < state->group_count; i++) {
		if (state->groups[i] == ID_OVERFLOW)
			return false;
	}
	for (size_t i = 0; i < target->ids->group_count; i++) {
		while (at < state->group_count && state->groups[at] == target->ids->groups[i])
			at++;
	}
	return at == state->group_count;
}

static bool is_equal(const struct creds_state *now, const struct creds_state *wanted, unsigned part)
{
	if (part == PART_GROUPS)
		return creds_groups_equal(now, wanted->groups, wanted->group_count);
	return value_of(now, part) == value_of(wanted, part);
}

static void add_part(struct text *text, const struct creds_state *state, unsigned part)
{
	if (part == PART_GROUPS)
		creds_add_groups(text, state->groups, state->group_count);
	else if (part < PART_FIRST_SET)
		text_add_number(text, value_of(state, part));
	else
		capability_add_names(text, value_of(state, part));
}

bool creds_prove_equal(const struct creds_state *now, const struct creds_state *wanted,
                       struct error *error)
{
	for (unsigned part = 0; part <= PART_GROUPS; part++) {
		struct text message;

		if (is_equal(now, wanted, part))
			continue;
		message = error_begin(error, PROVING, slice_of(parts[part]));
		text_add(&message, "it is ");
		add_part(&message, now, part);
		text_add(&message, " and not ");
		add_part(&message, wanted, part);
		return error_end(&message, NULL);
	}
	return true;
}

static bool has_permitted(const struct creds_state *state, unsigned capability)
{
	return (state->permitted & CAPABILITY_BIT(capability)) != 0;
}

bool creds_prove_no_root(const struct creds_state *now, const struct creds_target *target,
                         struct error *error)
{
	static const char taken_back[] = "it can be taken back";
	bool is_root = target->ids != NULL && target->ids->uid == 0;

	/* The ids are compared first, because a refused setresuid(2) proves nothing under a seccomp
	 * filter. */
	if (!is_root && (now->ruid == 0 || now->euid == 0 || now->suid == 0))
		return error_set(error, PROVING, "uid 0", "it is still there", NULL);
	/* Only the effective uid is tried, because a process that may set all three may set this
	 * one. */
	if (!is_root && !has_permitted(now, CAP_SETUID) &&
	    credcalls_setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return error_set(error, PROVING, "uid 0", taken_back, NULL);
	if (now->rgid != 0 && now->egid != 0 && now->sgid != 0 && !has_permitted(now, CAP_SETGID) &&
	    credcalls_setresgid((gid_t)-1, 0, (gid_t)-1) == 0)
		return error_set(error, PROVING, "gid 0", taken_back, NULL);
	return true;
}
