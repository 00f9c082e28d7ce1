/* SPDX-License-Identifier: MIT */
#include "creds/drop.h"

#include <errno.h>
#include <linux/securebits.h>

#include "base/id.h"
#include "core/capability_names.h"
#include "creds/read.h"
#include "creds/syscalls.h"
#include "creds/verify.h"

/* The inputs and the result of one drop. */
struct drop {
	const struct creds_state *before;
	const struct creds_target *target;
	struct arena *arena;
	struct creds_outcome outcome;
	struct error *error;
};

enum id_kind { GROUPS, GID, UID };

static bool had_capability(const struct drop *drop, unsigned capability)
{
	return (drop->before->effective & CAPABILITY_BIT(capability)) != 0;
}

static bool error_set_drop(const struct drop *drop, const char *object, const char *hint)
{
	return error_set_errno(drop->error, "giving up privileges", object, errno, hint);
}

/* Clears the securebits that hinder the drop. SECBIT_NO_SETUID_FIXUP keeps capabilities when the
 * uids change. SECBIT_NO_CAP_AMBIENT_RAISE forbids raising the capabilities that are kept. A
 * securebit stays if CAP_SETPCAP is missing, or if the securebit is locked. SECBIT_NO_SETUID_FIXUP
 * then does no harm, because the sets are emptied one by one and read back.
 * SECBIT_NO_CAP_AMBIENT_RAISE then ends the drop, because raising the ambient set fails with
 * EPERM. */
static bool clear_securebits(const struct drop *drop)
{
	unsigned present = drop->before->securebits;
	/* The lock of bit N is bit N + 1. */
	unsigned cleared =
		present & ~(present >> 1) &
		(SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS | SECBIT_NO_CAP_AMBIENT_RAISE);

	return cleared == 0 || !had_capability(drop, CAP_SETPCAP) ||
	       credcalls_set_securebits(present & ~cleared) == 0 ||
	       error_set_drop(drop, "securebits", NULL);
}

/* Drops all capabilities but the kept ones from the bounding set, unless the target keeps that set.
 * This happens before CAP_SETPCAP is given up, because PR_CAPBSET_DROP needs that capability.
 * Without CAP_SETPCAP the set stays if no_new_privs makes that harmless (S33).
 *
 * libcap-ng is not used here, because it also drops capabilities that the set lacks, and reads the
 * sets. That takes 165 system calls for the 14 capabilities of a container: a quarter of a
 * start. */
static bool empty_bounding_set(struct drop *drop)
{
	uint64_t surplus = drop->before->bounding & ~drop->target->keep;

	if (drop->target->keep_bounding)
		return true;
	if (surplus != 0 && !had_capability(drop, CAP_SETPCAP) &&
	    (drop->target->no_new_privs || drop->before->no_new_privs)) {
		drop->outcome.bounding_left = true;
		return true;
	}
	for (unsigned cap = 0; cap < CAPABILITY_BITS; cap++) {
		if ((surplus & CAPABILITY_BIT(cap)) == 0 || credcalls_drop_bounding(cap) == 0)
			continue;
		/* EINVAL: the kernel has no such capability. Before Linux 3.16, the permitted set
		 * of root has bits beyond the last capability. The loop ends there, and
		 * prove_drop() checks the set. */
		return errno == EINVAL || error_set_drop(drop, "bounding set", "--cap-add SETPCAP");
	}
	return true;
}

/* Sets the error for the ids of KIND, which the kernel refused with errno. */
static bool error_set_refusal(const struct drop *drop, enum id_kind kind)
{
	static const char *const doing[] = {
		[GROUPS] = "setting the groups",
		[GID] = "changing the gid",
		[UID] = "changing the uid",
	};
	const struct creds_target *target = drop->target;
	const gid_t *ids = kind == UID   ? &target->ids->uid
	                   : kind == GID ? &target->ids->gid
	                                 : target->ids->groups;
	const char *reason = error_text(errno);
	const char *hint = NULL;
	struct text message;

	if (errno == EINVAL) {
		reason = "not mapped in this user namespace";
		hint = "choose one that /proc/self/uid_map and gid_map hold, or map more ids";
	} else if (errno == EPERM && !had_capability(drop, kind == UID ? CAP_SETUID : CAP_SETGID)) {
		reason = kind == UID ? "there is no CAP_SETUID" : "there is no CAP_SETGID";
		hint = drop->before->euid == 0 ? "start with --cap-add"
		                               : "start the container as root";
	} else if (errno == EPERM && kind == GROUPS) {
		reason = "setgroups is denied in this user namespace";
		hint = "map the gids with newgidmap, or start with no other groups";
	} else if (errno == EPERM) {
		hint = "seccomp or a security module forbids it";
	}
	message = error_begin(drop->error, doing[kind], (struct slice){NULL, 0});
	text_add(&message, "'");
	creds_add_groups(&message, ids, kind == GROUPS ? target->ids->group_count : 1);
	text_format(&message, "': %s", reason);
	return error_end(&message, hint);
}

/* Returns false if ID is not mapped in this user namespace: setting it as the saved id fails with
 * EINVAL. The saved id becomes SAVED again. Any other errno proves nothing, for example EPERM
 * without the right to set ids. */
static bool check_mapped(const struct drop *drop, enum id_kind kind, uid_t id, uid_t saved)
{
	const uid_t same = (uid_t)-1;
	int (*set)(uid_t, uid_t, uid_t) = kind == UID ? credcalls_setresuid : credcalls_setresgid;

	if (set(same, same, id) != 0)
		return errno != EINVAL || error_set_refusal(drop, kind);
	return set(same, same, saved) == 0 || error_set_refusal(drop, kind);
}

static bool refuse_unmapped(const struct drop *drop, const char *doing, uint32_t id)
{
	struct text message = error_begin(drop->error, doing, (struct slice){NULL, 0});

	text_format(&message, "'%u': %s", id,
	            errno == EINVAL ? "not mapped in this user namespace, so it may be anybody's, "
	                              "also root's outside"
	                            : error_text(errno));
	return error_end(&message, "start as an id that /proc/self/uid_map and gid_map hold");
}

/* Returns false if an id of this process is not mapped in this user namespace. getresuid(2) and
 * getresgid(2) show such an id as 65534, or as /proc/sys/kernel/overflowuid says (S45).
 *
 * The kernel refuses to set such an id (EINVAL), but lets every process set the ids that it has. If
 * a filter refuses the call, this is an error only for the id 65534. */
static bool prove_mapped(const struct drop *drop)
{
	const struct creds_state *now = drop->before;

	if (credcalls_setresuid(now->ruid, now->euid, now->suid) != 0 &&
	    (errno == EINVAL || now->ruid == ID_OVERFLOW))
		return refuse_unmapped(drop, "checking the uid", now->ruid);
	if (credcalls_setresgid(now->rgid, now->egid, now->sgid) != 0 &&
	    (errno == EINVAL || now->rgid == ID_OVERFLOW))
		return refuse_unmapped(drop, "checking the gid", now->rgid);
	return true;
}

bool creds_check(const struct creds_state *before, const struct creds_target *target,
                 struct error *error)
{
	const struct drop drop = {.before = before, .target = target, .error = error};

	if (target->ids == NULL)
		return prove_mapped(&drop);
	if (!check_mapped(&drop, UID, target->ids->uid, before->suid))
		return false;
	/* The groups of the target contain its gid. */
	for (size_t i = 0; i < target->ids->group_count; i++) {
		if (!check_mapped(&drop, GROUPS, target->ids->groups[i], before->sgid))
			return false;
	}
	if (creds_groups_within(before, target))
		return true;
	/* The kernel refuses a list of this length with EINVAL. EPERM comes first if the process
	 * may not set any group. */
	return credcalls_setgroups((size_t)-1, NULL) == 0 || errno != EPERM ||
	       error_set_refusal(&drop, GROUPS);
}

static bool change_groups(struct drop *drop)
{
	const struct creds_state *before = drop->before;
	const struct creds_target *target = drop->target;
	bool is_gosu = target->semantics == SEMANTICS_GOSU;

	/* setgroups(2) is called even if the list looks right already, because getgroups(2) shows a
	 * group that is not mapped in this user namespace as 65534 (S45). The read-back has the
	 * same flaw. */
	if (!is_gosu && !had_capability(drop, CAP_SETGID) &&
	    creds_groups_equal(before, target->ids->groups, target->ids->group_count) &&
	    creds_groups_within(before, target))
		return true;
	if (credcalls_setgroups(target->ids->group_count, target->ids->groups) == 0)
		return true;
	drop->outcome.groups_left = !is_gosu && errno == EPERM &&
	                            creds_groups_within(before, target);
	return drop->outcome.groups_left || error_set_refusal(drop, GROUPS);
}

static bool is_refused_by_filter(long answer, int errnum)
{
	return answer == -1 && (errnum == EPERM || errnum == ENOSYS || errnum == EACCES);
}

/* Joins a new session keyring. A process possesses root's keys as long as root's session keyring is
 * joined (S46, keyrings(7)). The ids change later, because a process of the target user may have
 * used up that user's key quota. Root owns the new keyring, but the command possesses it and has
 * all rights to it. */
static bool leave_session_keyring(struct drop *drop)
{
	long joined = credcalls_join_session_keyring();
	int errnum = errno;
	long present = credcalls_get_session_keyring();
	int present_errnum = errno;

	if (joined > 0 && joined == present)
		return true;
	/* The usual seccomp profiles of container engines refuse every keyctl(2), and so does
	 * gVisor (EACCES). A filter that refuses only the first call leaves root's keys to the
	 * command, so that is an error. */
	drop->outcome.keyring_left = is_refused_by_filter(joined, errnum) &&
	                             is_refused_by_filter(present, present_errnum);
	return drop->outcome.keyring_left ||
	       error_set(drop->error, "giving up privileges", "session keyring",
	                 joined == -1    ? error_text(errnum)
	                 : present == -1 ? error_text(present_errnum)
	                                 : "it has not changed",
	                 "see /proc/key-users, or forbid keyctl by seccomp");
}

/* Sets groups, gid and uid in this order. In any other order, the right to set the next one is lost
 * (S11). */
static bool change_ids(struct drop *drop)
{
	const struct creds_target *target = drop->target;

	if (target->semantics != SEMANTICS_GOSU && !leave_session_keyring(drop))
		return false;
	if (!change_groups(drop))
		return false;
	/* Without PR_SET_KEEPCAPS, the kernel empties the permitted set when the last uid 0 goes.
	 * execve(2) clears the flag. */
	if (target->keep != 0 && credcalls_set_keepcaps() != 0)
		return error_set_drop(drop, "capabilities", "a securebit may be locked");
	if (credcalls_setresgid(target->ids->gid, target->ids->gid, target->ids->gid) != 0)
		return error_set_refusal(drop, GID);
	if (credcalls_setresuid(target->ids->uid, target->ids->uid, target->ids->uid) != 0)
		return error_set_refusal(drop, UID);
	return true;
}

/* Sets all capability sets but the bounding one to the kept capabilities. The kernel removes from
 * the ambient set what is not both permitted and inheritable (capabilities(7)). So the kept
 * capabilities only have to be raised. EINVAL means that the kernel has no ambient set, which
 * prove_drop() reports. */
static bool set_capabilities(const struct drop *drop)
{
	const capng_type_t sets =
		(capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE);
	uint64_t keep = drop->target->keep;
	bool ok = true;

	credcalls_capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned cap = 0; cap < CAPABILITY_BITS; cap++) {
		if ((keep & CAPABILITY_BIT(cap)) != 0)
			ok = ok && credcalls_capng_update(CAPNG_ADD, sets, cap) == 0;
	}
	ok = ok && credcalls_capng_apply(CAPNG_SELECT_CAPS) == 0;
	for (unsigned cap = 0; cap < CAPABILITY_BITS; cap++) {
		if ((keep & CAPABILITY_BIT(cap)) != 0)
			ok = ok && (credcalls_raise_ambient(cap) == 0 || errno == EINVAL);
	}
	return ok || error_set_drop(drop, "capabilities", "a securebit may be locked");
}

static bool strips_capabilities(const struct creds_target *target)
{
	bool is_root = target->ids != NULL && target->ids->uid == 0;

	return target->semantics == SEMANTICS_STRICT || !is_root;
}

static bool prove_drop(struct drop *drop)
{
	const struct creds_target *target = drop->target;
	struct creds_state wanted = *drop->before;
	struct creds_state now;

	if (!creds_read(target->semantics == SEMANTICS_GOSU ? BOUNDING_UNREAD : BOUNDING_READ,
	                drop->arena, &now, drop->error))
		return false;
	if (target->ids != NULL) {
		bool groups_are_right = drop->outcome.groups_left &&
		                        creds_groups_within(&now, target);

		if (drop->outcome.groups_left && !groups_are_right)
			return error_set(drop->error, "checking the step down", "groups",
			                 "a group that was not asked for has stayed", NULL);
		drop->outcome.groups = now.groups;
		drop->outcome.group_count = now.group_count;
		wanted.ruid = wanted.euid = wanted.suid = target->ids->uid;
		wanted.rgid = wanted.egid = wanted.sgid = target->ids->gid;
		wanted.groups = groups_are_right ? now.groups : target->ids->groups;
		wanted.group_count = groups_are_right ? now.group_count : target->ids->group_count;
	}
	if (strips_capabilities(target))
		wanted.effective = wanted.permitted = wanted.inheritable = wanted.ambient =
			target->keep;
	if (target->semantics == SEMANTICS_STRICT && !drop->outcome.bounding_left &&
	    !target->keep_bounding)
		wanted.bounding = target->keep;
	wanted.no_new_privs = wanted.no_new_privs || target->no_new_privs;
	return creds_prove_equal(&now, &wanted, drop->error) &&
	       creds_prove_no_root(&now, target, drop->error);
}

bool creds_step_down(const struct creds_state *before, const struct creds_target *target,
                     struct arena *arena, struct creds_outcome *ret_outcome, struct error *error)
{
	struct drop drop = {.before = before, .target = target, .arena = arena, .error = error};

	/* The bounding set comes first, because capset(2) adds to the inheritable set only
	 * capabilities of the bounding set. */
	if (target->semantics == SEMANTICS_STRICT &&
	    (!clear_securebits(&drop) || !empty_bounding_set(&drop)))
		return false;
	if (target->ids != NULL ? !change_ids(&drop) : !prove_mapped(&drop))
		return false;
	if (strips_capabilities(target) && !set_capabilities(&drop))
		return false;
	if (target->no_new_privs && credcalls_set_no_new_privs() != 0)
		return error_set_drop(&drop, "no_new_privs", "see --allow-new-privs");
	if (!prove_drop(&drop))
		return false;
	*ret_outcome = drop.outcome;
	return true;
}
