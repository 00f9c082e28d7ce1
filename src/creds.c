#include "creds.h"

#include <errno.h>
#include <linux/securebits.h>

#include "capability.h"
#include "credcalls.h"
#include "creds_prove.h"
#include "text.h"

#define EMPTYING "giving up capabilities"
#define MASK_BITS 64

static bool has(const struct creds_state *state, unsigned capability)
{
	return (state->effective & CAPABILITY_BIT(capability)) != 0;
}

static bool strips_capabilities(const struct creds_wish *wish)
{
	return wish->style == CREDS_STEP_DOWN || wish->uid != 0;
}

/* NO_SETUID_FIXUP lets capabilities live through the change of ids, NO_CAP_AMBIENT_RAISE hinders the
 * ones that are kept. Without CAP_SETPCAP, or locked, they stay: the sets are emptied one by one and
 * read back, so only the latter can do harm. */
static bool clear_securebits(const struct creds_state *before, const struct creds_wish *wish,
                             struct error *error)
{
	unsigned present = before->securebits & (SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS |
	                                         SECBIT_NO_CAP_AMBIENT_RAISE);
	/* Each bit is followed by its lock. */
	unsigned cleared = has(before, CAP_SETPCAP) ? present & ~(before->securebits >> 1) : 0;

	if (cleared != 0 && credcalls_set_securebits(before->securebits & ~cleared) != 0)
		return error_set_errno(error, "clearing securebits", NULL, errno, NULL);
	if ((present & ~cleared & SECBIT_NO_CAP_AMBIENT_RAISE) != 0 && wish->keep != 0)
		return error_set(error, "keeping capabilities", NULL,
		                 "the securebit NO_CAP_AMBIENT_RAISE forbids it",
		                 "start without it, or without --cap");
	return true;
}

/* Tells libcap-ng what shall be; nothing changes before it is applied. */
static bool select_capabilities(uint64_t keep, struct error *error)
{
	const capng_type_t all_sets = (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED |
	                                             CAPNG_INHERITABLE | CAPNG_BOUNDING_SET |
	                                             CAPNG_AMBIENT);

	credcalls_capng_clear(CAPNG_SELECT_ALL);
	for (unsigned cap = 0; cap < MASK_BITS; cap++) {
		if ((keep & CAPABILITY_BIT(cap)) != 0 &&
		    credcalls_capng_update(CAPNG_ADD, all_sets, cap) != 0)
			return error_set(error, "keeping capabilities", NULL,
			                 "this kernel does not know one of them", NULL);
	}
	return true;
}

static bool apply(capng_select_t sets, const char *object, struct error *error)
{
	errno = 0;
	if (credcalls_capng_apply(sets) == 0)
		return true;
	/* Some of libcap-ng's failures are its own and leave errno alone. */
	return error_set_errno(error, EMPTYING, object, errno != 0 ? errno : EPERM, NULL);
}

/* Needs the CAP_SETPCAP that is given up later. Whether it is there is not left to libcap-ng:
 * Debian's says that all is well without (S33). */
static bool empty_bounding_set(const struct creds_state *before, const struct creds_wish *wish,
                               struct creds_outcome *outcome, struct error *error)
{
	if (has(before, CAP_SETPCAP))
		return apply(CAPNG_SELECT_BOUNDS, "bounding set", error);
	if ((before->bounding & ~wish->keep) == 0)
		return true;
	if (!wish->no_new_privs && !before->no_new_privs)
		return error_set(error, EMPTYING, "bounding set", "there is no CAP_SETPCAP",
		                 "--cap-add SETPCAP, or leave out --allow-new-privs");
	outcome->bounding_left = true;
	return true;
}

/* Says why OBJECT could not be set; ALLOWED: the capability for it is there. */
static bool refused(const char *doing, const char *object, int errnum, bool allowed,
                    const char *missing, const char *hint, struct error *error)
{
	if (errnum == EPERM && !allowed)
		return error_set(error, doing, object, missing, hint);
	if (errnum == EPERM)
		hint = "a seccomp filter or a security module forbids it";
	else if (errnum == EINVAL)
		return error_set(error, doing, object, "not mapped in this user namespace",
		                 "use ids that /proc/self/uid_map and gid_map hold, or extend them "
		                 "by /etc/subuid and /etc/subgid");
	else
		hint = NULL;
	return error_set_errno(error, doing, object, errnum, hint);
}

static bool change_groups(const struct creds_state *before, const struct creds_wish *wish,
                          struct creds_outcome *outcome, struct error *error)
{
	char list[200];
	struct text text = text_in(list, sizeof(list));
	bool strict = wish->style == CREDS_COMPAT;
	int errnum;

	if (!strict && creds_groups_equal(before, wish->groups, wish->group_count))
		return true;
	if (credcalls_setgroups(wish->group_count, wish->groups) == 0)
		return true;
	errnum = errno;
	if (!strict && errnum == EPERM &&
	    creds_groups_within(before, wish->groups, wish->group_count)) {
		outcome->groups_left = true;
		return true;
	}
	creds_add_groups(&text, wish->groups, wish->group_count);
	if (errnum == EPERM && has(before, CAP_SETGID))
		return error_set(error, "setting the groups", list,
		                 "setgroups is denied in this user namespace",
		                 "have its gid_map written by newgidmap, or start with no groups "
		                 "but these");
	return refused("setting the groups", list, errnum, has(before, CAP_SETGID),
	               "there is no CAP_SETGID", "--cap-add SETGID", error);
}

/* Groups, gid, uid: in any other order the right to change the next one is gone (S11). */
static bool change_ids(const struct creds_state *before, const struct creds_wish *wish,
                       struct creds_outcome *outcome, struct error *error)
{
	char id[24];
	struct text text;

	if (!change_groups(before, wish, outcome, error))
		return false;
	/* Without it the permitted set is emptied when the last uid 0 goes. The flag itself ends
	 * with execve(2). */
	if (wish->keep != 0 && credcalls_set_keepcaps() != 0)
		return error_set_errno(error, "keeping capabilities", NULL, errno,
		                       "the securebit KEEP_CAPS may be locked");
	if (credcalls_setresgid(wish->gid, wish->gid, wish->gid) != 0) {
		int errnum = errno;

		text = text_in(id, sizeof(id));
		text_add_number(&text, wish->gid);
		return refused("changing the gid", id, errnum, has(before, CAP_SETGID),
		               "there is no CAP_SETGID", "--cap-add SETGID", error);
	}
	if (credcalls_setresuid(wish->uid, wish->uid, wish->uid) != 0) {
		int errnum = errno;

		text = text_in(id, sizeof(id));
		text_add_number(&text, wish->uid);
		return refused("changing the uid", id, errnum, has(before, CAP_SETUID),
		               "there is no CAP_SETUID", "--cap-add SETUID", error);
	}
	return true;
}

/* What creds_read() has to say after WISH came true, NOW being what it says. */
static struct creds_state wanted_state(const struct creds_state *before,
                                       const struct creds_wish *wish,
                                       const struct creds_outcome *outcome,
                                       const struct creds_state *now)
{
	struct creds_state wanted = *before;

	if (wish->change_ids) {
		wanted.ruid = wanted.euid = wanted.suid = wish->uid;
		wanted.rgid = wanted.egid = wanted.sgid = wish->gid;
		wanted.groups = (gid_t *)(uintptr_t)wish->groups; /* only to be compared */
		wanted.group_count = wish->group_count;
	}
	wanted.effective = wanted.permitted = wanted.inheritable = wanted.ambient = wish->keep;
	if (wish->style == CREDS_STEP_DOWN && !outcome->bounding_left)
		wanted.bounding = wish->keep;
	if (!strips_capabilities(wish)) {
		wanted.effective = now->effective;
		wanted.permitted = now->permitted;
		wanted.inheritable = now->inheritable;
		wanted.ambient = now->ambient;
	}
	wanted.no_new_privs = wish->no_new_privs || outcome->bounding_left;
	return wanted;
}

static bool prove(const struct creds_state *before, const struct creds_wish *wish,
                  const struct creds_outcome *outcome, struct arena *arena, struct error *error)
{
	struct creds_state now, wanted;

	if (!creds_read(arena, &now, error))
		return false;
	wanted = wanted_state(before, wish, outcome, &now);
	if (!creds_prove_equal(&now, &wanted, outcome->groups_left, error))
		return false;
	if ((!wish->change_ids || wish->uid != 0) &&
	    !creds_prove_no_uid_0(&now, (wish->keep & CAPABILITY_BIT(CAP_SETUID)) == 0, error))
		return false;
	/* As gosu does it, uid 0 keeps CAP_SETGID and may take any gid. */
	if (strips_capabilities(wish) && !creds_holds_gid_0(&now) &&
	    (wish->keep & CAPABILITY_BIT(CAP_SETGID)) == 0)
		return creds_prove_no_gid_0(error);
	return true;
}

/* The wish with what its style says already. */
static struct creds_wish full_wish(const struct creds_wish *wish)
{
	struct creds_wish full = *wish;

	if (full.style == CREDS_COMPAT) {
		full.change_ids = true;
		full.keep = 0;
		full.no_new_privs = false;
	}
	return full;
}

bool creds_step_down(const struct creds_state *before, const struct creds_wish *wish,
                     struct arena *arena, struct creds_outcome *ret_outcome, struct error *error)
{
	struct creds_wish full = full_wish(wish);
	struct creds_outcome outcome = {false, false};

	if (full.style == CREDS_STEP_DOWN && !clear_securebits(before, &full, error))
		return false;
	if (strips_capabilities(&full) && !select_capabilities(full.keep, error))
		return false;
	/* Before the rest: capset(2) adds to the inheritable set only what is in this one. */
	if (full.style == CREDS_STEP_DOWN && !empty_bounding_set(before, &full, &outcome, error))
		return false;
	if (full.change_ids && !change_ids(before, &full, &outcome, error))
		return false;
	if (strips_capabilities(&full) &&
	    !apply((capng_select_t)(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT), NULL, error))
		return false;
	if (full.no_new_privs && credcalls_set_no_new_privs() != 0)
		return error_set_errno(error, "setting no_new_privs", NULL, errno,
		                       "or leave it off by --allow-new-privs");
	if (!prove(before, &full, &outcome, arena, error))
		return false;
	*ret_outcome = outcome;
	return true;
}
