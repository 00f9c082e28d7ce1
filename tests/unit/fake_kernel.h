#ifndef STEPDOWN_TESTS_FAKE_KERNEL_H
#define STEPDOWN_TESTS_FAKE_KERNEL_H

/* Stands in for src/creds/syscalls.c: a kernel with the rules of capabilities(7), credentials(7) and
 * user_namespaces(7), and libcap-ng on top of it. Each of its calls can be made to fail or lie. To be included
 * behind "unit.h", by the one file of a program. */

#include <linux/securebits.h>

#include "base/id.h"
#include "core/capability_names.h"
#include "core/facts.h"
#include "creds/syscalls.h"

#define LAST_CAP 40
#define FULL (CAPABILITY_BIT(LAST_CAP + 1) - 1)
#define FAKE_GROUPS 32
#define ROOTS_KEYRING 3
#define NEW_KEYRING 7

struct fake_kernel {
	uint32_t uids[3], gids[3]; /* real, effective, saved */
	gid_t groups[FAKE_GROUPS];
	size_t group_count;
	uint64_t effective, permitted, inheritable, ambient, bounding;
	unsigned securebits;
	bool no_new_privs;

	uint32_t mapped_ids;    /* of the user namespace; 0: all */
	bool denies_setgroups;  /* as /proc/PID/setgroups */
	bool has_no_ambient;    /* before Linux 4.3 */
	bool has_no_securebits; /* gVisor */
	bool gives_uid_0;       /* to everybody who asks */
	bool gives_gid_0;
	bool joined_session;   /* another session keyring than root's */
	bool has_full_quota;   /* of keys, for every uid but 0 */
	int keyctl_errnum;     /* of a filter that refuses it */
	bool pretends_to_drop; /* from the bounding set, where there is no CAP_SETPCAP */
};

struct fake_fault {
	enum {
		FAULT_FAILS,       /* with errnum, and does nothing */
		FAULT_LIES,        /* returns success and does nothing */
		FAULT_CLAIMS_TRUE, /* returns 1 and does nothing */
		FAULT_FORGETS, /* leaves one of the ids or sets as it was, and returns success */
	} kind;
	const char *call; /* its name behind "credcalls_"; NULL: no fault */
	int errnum;
	unsigned forgotten; /* which of the ids, or of the sets, in their order above */
	unsigned first;     /* the invocation of the call that it begins with, from 0 */
	bool goes_on;       /* and all behind it, as a seccomp filter does */
};

static struct fake_kernel fake;
static struct fake_fault fake_fault;
static unsigned fake_matches; /* invocations of the call that has the fault */
/* All calls since fake_begin(). */
static struct fake_history {
	const char *calls[512];
	size_t length;
} fake_history;
static int faulty_value;        /* what the present call returns if it is a faulty one */
static unsigned fake_forgotten; /* what it has no effect on, as in struct fake_fault; or NOTHING */
#define NOTHING 9

/* What libcap-ng remembers until it is applied. */
static struct {
	bool is_cleared;
	uint64_t effective, permitted, inheritable;
} capng;

/* From now on *KERNEL is the kernel, with FAULT in it. */
static void fake_begin(const struct fake_kernel *kernel, struct fake_fault fault)
{
	fake = *kernel;
	fake_fault = fault;
	fake_matches = 0;
	fake_history.length = 0;
	memset(&capng, 0, sizeof(capng));
}

/* How often CALL is among the first LENGTH calls of HISTORY. */
static unsigned fake_count(const struct fake_history *history, size_t length, const char *call)
{
	unsigned count = 0;

	for (size_t i = 0; i < length; i++)
		count += strcmp(history->calls[i], call) == 0;
	return count;
}

static int fails(int errnum)
{
	errno = errnum;
	return -1;
}

/* Returns whether the call does nothing and returns faulty_value. */
static bool is_faulty(const char *function)
{
	const char *call = function + strlen("credcalls_");
	unsigned index;

	assert_true(fake_history.length < COUNT(fake_history.calls));
	fake_history.calls[fake_history.length++] = call;
	fake_forgotten = NOTHING;
	if (fake_fault.call == NULL || strcmp(fake_fault.call, call) != 0)
		return false;
	index = fake_matches++;
	if (index < fake_fault.first || (index > fake_fault.first && !fake_fault.goes_on))
		return false;
	if (fake_fault.kind == FAULT_FORGETS)
		fake_forgotten = fake_fault.forgotten;
	else if (fake_fault.kind == FAULT_FAILS)
		faulty_value = fails(fake_fault.errnum);
	else
		faulty_value = fake_fault.kind == FAULT_CLAIMS_TRUE;
	return fake_fault.kind != FAULT_FORGETS;
}

/* Stands at the beginning of each call. */
#define RETURN_IF_FAULTY()                                                                         \
	do {                                                                                       \
		if (is_faulty(__func__))                                                           \
			return faulty_value;                                                       \
	} while (0)

static bool has(unsigned cap)
{
	return (fake.effective & CAPABILITY_BIT(cap)) != 0;
}

static bool is_mapped(uint32_t id)
{
	return id == UINT32_MAX || fake.mapped_ids == 0 || id < fake.mapped_ids;
}

/* As getresuid(2) tells of it. */
static uint32_t shown(uint32_t id)
{
	return is_mapped(id) ? id : ID_OVERFLOW;
}

static bool contains(const uint32_t ids[3], uint32_t id)
{
	return ids[0] == id || ids[1] == id || ids[2] == id;
}

/* As setresuid(2) and setresgid(2): ALLOWED any ids, otherwise those that are there. */
static int change_three(uint32_t ids[3], const uint32_t wanted[3], bool allowed, bool gives_0)
{
	const uint32_t were[3] = {ids[0], ids[1], ids[2]};

	for (unsigned i = 0; i < 3; i++) {
		if (!is_mapped(wanted[i]))
			return fails(EINVAL);
	}
	for (unsigned i = 0; i < 3; i++) {
		if (wanted[i] != UINT32_MAX && !contains(were, wanted[i]) && !allowed &&
		    !(gives_0 && wanted[i] == 0))
			return fails(EPERM);
	}
	for (unsigned i = 0; i < 3; i++) {
		if (wanted[i] != UINT32_MAX && i != fake_forgotten)
			ids[i] = wanted[i];
	}
	return 0;
}

int credcalls_getresuid(uid_t *ret_ruid, uid_t *ret_euid, uid_t *ret_suid)
{
	RETURN_IF_FAULTY();
	*ret_ruid = shown(fake.uids[0]);
	*ret_euid = shown(fake.uids[1]);
	*ret_suid = shown(fake.uids[2]);
	return 0;
}

int credcalls_getresgid(gid_t *ret_rgid, gid_t *ret_egid, gid_t *ret_sgid)
{
	RETURN_IF_FAULTY();
	*ret_rgid = shown(fake.gids[0]);
	*ret_egid = shown(fake.gids[1]);
	*ret_sgid = shown(fake.gids[2]);
	return 0;
}

int credcalls_getgroups(int count, gid_t *ret_groups)
{
	RETURN_IF_FAULTY();
	/* The kernel itself takes any count that is large enough; qemu's user emulation does not. */
	if (count > (int)GROUPS_MAX || (count != 0 && (size_t)count < fake.group_count))
		return fails(EINVAL);
	for (size_t i = 0; count != 0 && i < fake.group_count; i++)
		ret_groups[i] = shown(fake.groups[i]);
	return (int)fake.group_count;
}

int credcalls_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	bool had_root = contains(fake.uids, 0);
	bool was_effective = fake.uids[1] == 0;

	RETURN_IF_FAULTY();
	if (change_three(fake.uids, (uint32_t[]){ruid, euid, suid}, has(CAP_SETUID),
	                 fake.gives_uid_0) != 0)
		return -1;
	/* What the kernel does to the sets when uids become or cease to be 0. */
	if ((fake.securebits & SECBIT_NO_SETUID_FIXUP) != 0)
		return 0;
	if (had_root && !contains(fake.uids, 0)) {
		if ((fake.securebits & SECBIT_KEEP_CAPS) == 0)
			fake.permitted = fake.effective = 0;
		fake.ambient = 0;
	}
	if (was_effective && fake.uids[1] != 0)
		fake.effective = 0;
	else if (!was_effective && fake.uids[1] == 0)
		fake.effective = fake.permitted;
	return 0;
}

int credcalls_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	RETURN_IF_FAULTY();
	return change_three(fake.gids, (uint32_t[]){rgid, egid, sgid}, has(CAP_SETGID),
	                    fake.gives_gid_0);
}

static void set_groups(struct fake_kernel *kernel, size_t count, const gid_t *groups)
{
	memset(kernel->groups, 0, sizeof(kernel->groups));
	memcpy(kernel->groups, groups, count * sizeof(gid_t));
	kernel->group_count = count;
}

int credcalls_setgroups(size_t count, const gid_t *groups)
{
	RETURN_IF_FAULTY();
	if (!has(CAP_SETGID) || fake.denies_setgroups)
		return fails(EPERM);
	for (size_t i = 0; i < count; i++) {
		if (count > FAKE_GROUPS || !is_mapped(groups[i]))
			return fails(EINVAL);
	}
	set_groups(&fake, count, groups);
	return 0;
}

long credcalls_join_session_keyring(void)
{
	RETURN_IF_FAULTY();
	if (fake.keyctl_errnum != 0)
		return fails(fake.keyctl_errnum);
	if (fake.has_full_quota && fake.uids[0] != 0)
		return fails(EDQUOT);
	fake.joined_session = true;
	return NEW_KEYRING;
}

long credcalls_get_session_keyring(void)
{
	RETURN_IF_FAULTY();
	if (fake.keyctl_errnum != 0)
		return fails(fake.keyctl_errnum);
	return fake.joined_session ? NEW_KEYRING : ROOTS_KEYRING;
}

int credcalls_capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data)
{
	RETURN_IF_FAULTY();
	if (header->version != _LINUX_CAPABILITY_VERSION_3 || header->pid != 0)
		return fails(EINVAL);
	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(fake.effective >> 32 * i);
		data[i].permitted = (uint32_t)(fake.permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(fake.inheritable >> 32 * i);
	}
	return 0;
}

int credcalls_read_bounding(unsigned capability)
{
	RETURN_IF_FAULTY();
	if (capability > LAST_CAP)
		return fails(EINVAL);
	return (fake.bounding & CAPABILITY_BIT(capability)) != 0;
}

int credcalls_drop_bounding(unsigned capability)
{
	RETURN_IF_FAULTY();
	if (!has(CAP_SETPCAP))
		return fake.pretends_to_drop ? 0 : fails(EPERM);
	if (capability > LAST_CAP)
		return fails(EINVAL);
	if (fake_forgotten != 4)
		fake.bounding &= ~CAPABILITY_BIT(capability);
	return 0;
}

int credcalls_read_ambient(unsigned capability)
{
	RETURN_IF_FAULTY();
	if (capability > LAST_CAP || fake.has_no_ambient)
		return fails(EINVAL);
	return (fake.ambient & CAPABILITY_BIT(capability)) != 0;
}

int credcalls_raise_ambient(unsigned capability)
{
	RETURN_IF_FAULTY();
	if (capability > LAST_CAP || fake.has_no_ambient)
		return fails(EINVAL);
	if ((fake.permitted & fake.inheritable & CAPABILITY_BIT(capability)) == 0 ||
	    (fake.securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
		return fails(EPERM);
	if (fake_forgotten != 3)
		fake.ambient |= CAPABILITY_BIT(capability);
	return 0;
}

int credcalls_get_securebits(void)
{
	RETURN_IF_FAULTY();
	return fake.has_no_securebits ? fails(EINVAL) : (int)fake.securebits;
}

int credcalls_set_securebits(unsigned securebits)
{
	unsigned changed = fake.securebits ^ securebits;

	RETURN_IF_FAULTY();
	/* Locks stay locked, and so does what they lock. */
	if (!has(CAP_SETPCAP) || (changed & (fake.securebits >> 1) & SECURE_ALL_BITS) != 0 ||
	    (fake.securebits & ~securebits & SECURE_ALL_LOCKS) != 0)
		return fails(EPERM);
	fake.securebits = securebits;
	return 0;
}

int credcalls_set_keepcaps(void)
{
	RETURN_IF_FAULTY();
	if ((fake.securebits & SECBIT_KEEP_CAPS_LOCKED) != 0)
		return fails(EPERM);
	fake.securebits |= SECBIT_KEEP_CAPS;
	return 0;
}

int credcalls_get_no_new_privs(void)
{
	RETURN_IF_FAULTY();
	return fake.no_new_privs;
}

int credcalls_set_no_new_privs(void)
{
	RETURN_IF_FAULTY();
	fake.no_new_privs = true;
	return 0;
}

void credcalls_capng_clear(capng_select_t sets)
{
	if (is_faulty(__func__))
		return;
	capng.is_cleared = true;
	if ((sets & CAPNG_SELECT_CAPS) != 0)
		capng.effective = capng.permitted = capng.inheritable = 0;
}

int credcalls_capng_update(capng_act_t action, capng_type_t sets, unsigned capability)
{
	RETURN_IF_FAULTY();
	if (!capng.is_cleared || action != CAPNG_ADD || capability > LAST_CAP)
		return fails(EINVAL);
	capng.effective |= (sets & CAPNG_EFFECTIVE) != 0 ? CAPABILITY_BIT(capability) : 0;
	capng.permitted |= (sets & CAPNG_PERMITTED) != 0 ? CAPABILITY_BIT(capability) : 0;
	capng.inheritable |= (sets & CAPNG_INHERITABLE) != 0 ? CAPABILITY_BIT(capability) : 0;
	return 0;
}

static bool is_within(uint64_t inner, uint64_t outer)
{
	return (inner & ~outer) == 0;
}

/* As capset(2). Built without CAPNG_SELECT_BOUNDS and CAPNG_SELECT_AMBIENT. */
int credcalls_capng_apply(capng_select_t sets)
{
	uint64_t addable = fake.inheritable | (has(CAP_SETPCAP) ? UINT64_MAX : fake.permitted);

	RETURN_IF_FAULTY();
	if (!capng.is_cleared)
		return -1;
	if ((sets & CAPNG_SELECT_CAPS) == 0)
		return 0;
	if (!is_within(capng.inheritable, addable) ||
	    !is_within(capng.inheritable, fake.inheritable | fake.bounding) ||
	    !is_within(capng.permitted, fake.permitted) ||
	    !is_within(capng.effective, capng.permitted)) {
		errno = EPERM;
		return -5;
	}
	if (fake_forgotten != 0)
		fake.effective = capng.effective;
	if (fake_forgotten != 1)
		fake.permitted = capng.permitted;
	if (fake_forgotten != 2)
		fake.inheritable = capng.inheritable;
	fake.ambient &= fake.permitted & fake.inheritable;
	return 0;
}

#endif
