/* Stands in for src/creds/syscalls.c: a kernel with the rules of capabilities(7), credentials(7) and
 * user_namespaces(7), and libcap-ng on top of it. Each of its calls can be made to fail or lie. */

#include <errno.h>
#include <linux/securebits.h>
#include <string.h>

#include "base/id.h"
#include "creds/syscalls.h"
#include "fake_kernel.h"

#define LAST_CAP 40
#define BIT(cap) (UINT64_C(1) << (cap))
#define KNOWN (BIT(LAST_CAP + 1) - 1)
#define HALF (BIT(21) - 1)
#define NOTHING 9
#define ROOTS_KEYRING 3
#define NEW_KEYRING 7

struct fake_kernel fake;
static struct fake_fault fake_fault;
static unsigned fake_counts[FAKE_CALL_COUNT];
static int faulty_value;        /* what the present call returns if it is a faulty one */
static uint64_t fake_reach;     /* the capabilities that the present call has an effect on */
static unsigned fake_forgotten; /* what it has none on, as in struct fake_fault; or NOTHING */

/* What libcap-ng remembers until it is applied. */
static struct {
	bool cleared;
	uint64_t effective, permitted, inheritable;
} capng;

void fake_begin(const struct fake_kernel *kernel, const struct fake_fault *fault)
{
	fake = *kernel;
	fake_fault = *fault;
	memset(fake_counts, 0, sizeof(fake_counts));
	memset(&capng, 0, sizeof(capng));
}

unsigned fake_invocations(enum fake_call call)
{
	return fake_counts[call];
}

static int fails(int errnum)
{
	errno = errnum;
	return -1;
}

/* Counts the invocation. */
static bool is_faulty(enum fake_call call)
{
	unsigned index = fake_counts[call]++;

	fake_reach = UINT64_MAX;
	fake_forgotten = NOTHING;
	if (fake_fault.kind == FAKE_NO_FAULT || fake_fault.call != call ||
	    index < fake_fault.first || (index > fake_fault.first && !fake_fault.goes_on))
		return false;
	if (fake_fault.kind == FAKE_DOES_HALF)
		fake_reach = HALF;
	if (fake_fault.kind == FAKE_FORGETS)
		fake_forgotten = fake_fault.forgotten;
	if (fake_reach == HALF || fake_forgotten != NOTHING)
		return false;
	faulty_value = fake_fault.kind == FAKE_CLAIMS_TRUE ? 1 : 0;
	if (fake_fault.kind == FAKE_FAILS)
		faulty_value = fails(fake_fault.errnum);
	return true;
}

static bool has(unsigned cap)
{
	return (fake.effective & BIT(cap)) != 0;
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

/* As setresuid(2) and setresgid(2): ALLOWED any ids, otherwise those that are there. */
static int change_three(uint32_t *ids[3], const uint32_t wanted[3], bool allowed, bool gives_0)
{
	uint32_t were[3] = {*ids[0], *ids[1], *ids[2]};

	for (unsigned i = 0; i < 3; i++) {
		if (!is_mapped(wanted[i]))
			return fails(EINVAL);
	}
	for (unsigned i = 0; i < 3; i++) {
		if (wanted[i] != UINT32_MAX && wanted[i] != were[0] && wanted[i] != were[1] &&
		    wanted[i] != were[2] && !allowed && !(gives_0 && wanted[i] == 0))
			return fails(EPERM);
	}
	for (unsigned i = 0; i < 3; i++)
		*ids[i] = wanted[i] == UINT32_MAX || i == fake_forgotten ? were[i] : wanted[i];
	return 0;
}

int credcalls_getresuid(uid_t *ret_ruid, uid_t *ret_euid, uid_t *ret_suid)
{
	if (is_faulty(FAKE_GETRESUID))
		return faulty_value;
	*ret_ruid = shown(fake.ruid);
	*ret_euid = shown(fake.euid);
	*ret_suid = shown(fake.suid);
	return 0;
}

int credcalls_getresgid(gid_t *ret_rgid, gid_t *ret_egid, gid_t *ret_sgid)
{
	if (is_faulty(FAKE_GETRESGID))
		return faulty_value;
	*ret_rgid = shown(fake.rgid);
	*ret_egid = shown(fake.egid);
	*ret_sgid = shown(fake.sgid);
	return 0;
}

int credcalls_getgroups(int count, gid_t *ret_groups)
{
	if (is_faulty(FAKE_GETGROUPS))
		return faulty_value;
	/* The kernel itself takes any count that is large enough; qemu's user emulation does not. */
	if (count > FAKE_GROUPS_MAX || (count != 0 && (size_t)count < fake.group_count))
		return fails(EINVAL);
	for (size_t i = 0; count != 0 && i < fake.group_count; i++)
		ret_groups[i] = shown(fake.groups[i]);
	return (int)fake.group_count;
}

/* What the kernel does to the sets when uids become or cease to be 0. */
static void fix_up_sets(bool had_root, bool was_effective)
{
	bool has_root = fake.ruid == 0 || fake.euid == 0 || fake.suid == 0;

	if ((fake.securebits & SECBIT_NO_SETUID_FIXUP) != 0)
		return;
	if (had_root && !has_root) {
		if ((fake.securebits & SECBIT_KEEP_CAPS) == 0)
			fake.permitted = fake.effective = 0;
		fake.ambient = 0;
	}
	if (was_effective && fake.euid != 0)
		fake.effective = 0;
	else if (!was_effective && fake.euid == 0)
		fake.effective = fake.permitted;
}

int credcalls_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	bool had_root = fake.ruid == 0 || fake.euid == 0 || fake.suid == 0;
	bool was_effective = fake.euid == 0;
	if (is_faulty(FAKE_SETRESUID))
		return faulty_value;
	if (change_three((uint32_t *[]){&fake.ruid, &fake.euid, &fake.suid},
	                 (uint32_t[]){ruid, euid, suid}, has(CAP_SETUID), fake.gives_uid_0) != 0)
		return -1;
	fix_up_sets(had_root, was_effective);
	return 0;
}

int credcalls_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	if (is_faulty(FAKE_SETRESGID))
		return faulty_value;
	return change_three((uint32_t *[]){&fake.rgid, &fake.egid, &fake.sgid},
	                    (uint32_t[]){rgid, egid, sgid}, has(CAP_SETGID), fake.gives_gid_0);
}

int credcalls_setgroups(size_t count, const gid_t *groups)
{
	if (is_faulty(FAKE_SETGROUPS))
		return faulty_value;
	if (!has(CAP_SETGID) || fake.denies_setgroups)
		return fails(EPERM);
	for (size_t i = 0; i < count; i++) {
		if (count > FAKE_GROUPS || !is_mapped(groups[i]))
			return fails(EINVAL);
	}
	memcpy(fake.groups, groups, count * sizeof(gid_t));
	fake.group_count = count;
	return 0;
}

long credcalls_join_session_keyring(void)
{
	if (is_faulty(FAKE_JOIN_SESSION))
		return faulty_value;
	if (fake.keyctl_errnum != 0)
		return fails(fake.keyctl_errnum);
	if (fake.has_full_quota && fake.ruid != 0)
		return fails(EDQUOT);
	fake.joined_session = true;
	return NEW_KEYRING;
}

long credcalls_get_session_keyring(void)
{
	if (is_faulty(FAKE_GET_SESSION))
		return faulty_value;
	if (fake.keyctl_errnum != 0)
		return fails(fake.keyctl_errnum);
	return fake.joined_session ? NEW_KEYRING : ROOTS_KEYRING;
}

int credcalls_capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data)
{
	if (is_faulty(FAKE_CAPGET))
		return faulty_value;
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
	if (is_faulty(FAKE_READ_BOUNDING))
		return faulty_value;
	if (capability > LAST_CAP)
		return fails(EINVAL);
	return (fake.bounding & BIT(capability)) != 0;
}

int credcalls_drop_bounding(unsigned capability)
{
	if (is_faulty(FAKE_DROP_BOUNDING))
		return faulty_value;
	if (!has(CAP_SETPCAP))
		return fake.pretends_to_drop ? 0 : fails(EPERM);
	if (capability > LAST_CAP)
		return fails(EINVAL);
	if (fake_forgotten != 4)
		fake.bounding &= ~(BIT(capability) & fake_reach);
	return 0;
}

int credcalls_read_ambient(unsigned capability)
{
	if (is_faulty(FAKE_READ_AMBIENT))
		return faulty_value;
	if (capability > LAST_CAP || fake.has_no_ambient)
		return fails(EINVAL);
	return (fake.ambient & BIT(capability)) != 0;
}

int credcalls_raise_ambient(unsigned capability)
{
	if (is_faulty(FAKE_RAISE_AMBIENT))
		return faulty_value;
	if (capability > LAST_CAP || fake.has_no_ambient)
		return fails(EINVAL);
	if ((fake.permitted & fake.inheritable & BIT(capability)) == 0 ||
	    (fake.securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
		return fails(EPERM);
	if (fake_forgotten != 3)
		fake.ambient |= BIT(capability) & fake_reach;
	return 0;
}

int credcalls_get_securebits(void)
{
	if (is_faulty(FAKE_GET_SECUREBITS))
		return faulty_value;
	return fake.has_no_securebits ? fails(EINVAL) : (int)fake.securebits;
}

int credcalls_set_securebits(unsigned securebits)
{
	unsigned changed = fake.securebits ^ securebits;
	if (is_faulty(FAKE_SET_SECUREBITS))
		return faulty_value;
	/* Locks stay locked, and so does what they lock. */
	if (!has(CAP_SETPCAP) || (changed & (fake.securebits >> 1) & SECURE_ALL_BITS) != 0 ||
	    (fake.securebits & ~securebits & SECURE_ALL_LOCKS) != 0)
		return fails(EPERM);
	fake.securebits = securebits;
	return 0;
}

int credcalls_set_keepcaps(void)
{
	if (is_faulty(FAKE_SET_KEEPCAPS))
		return faulty_value;
	if ((fake.securebits & SECBIT_KEEP_CAPS_LOCKED) != 0)
		return fails(EPERM);
	fake.securebits |= SECBIT_KEEP_CAPS;
	return 0;
}

int credcalls_get_no_new_privs(void)
{
	return is_faulty(FAKE_GET_NO_NEW_PRIVS) ? faulty_value : fake.no_new_privs;
}

int credcalls_set_no_new_privs(void)
{
	if (is_faulty(FAKE_SET_NO_NEW_PRIVS))
		return faulty_value;
	fake.no_new_privs = true;
	return 0;
}

void credcalls_capng_clear(capng_select_t sets)
{
	if (is_faulty(FAKE_CAPNG_CLEAR))
		return;
	capng.cleared = true;
	if ((sets & CAPNG_SELECT_CAPS) != 0)
		capng.effective = capng.permitted = capng.inheritable = 0;
}

int credcalls_capng_update(capng_act_t action, capng_type_t sets, unsigned capability)
{
	if (is_faulty(FAKE_CAPNG_UPDATE))
		return faulty_value;
	if (!capng.cleared || action != CAPNG_ADD || capability > LAST_CAP)
		return fails(EINVAL);
	capng.effective |= (sets & CAPNG_EFFECTIVE) != 0 ? BIT(capability) : 0;
	capng.permitted |= (sets & CAPNG_PERMITTED) != 0 ? BIT(capability) : 0;
	capng.inheritable |= (sets & CAPNG_INHERITABLE) != 0 ? BIT(capability) : 0;
	return 0;
}

static bool is_within(uint64_t inner, uint64_t outer)
{
	return (inner & ~outer) == 0;
}

static void reach_set(uint64_t *set, unsigned number, uint64_t wanted)
{
	if (number != fake_forgotten)
		*set = (*set & ~fake_reach) | (wanted & fake_reach);
}

/* As capset(2). */
static int apply_caps(void)
{
	uint64_t addable = fake.inheritable | (has(CAP_SETPCAP) ? UINT64_MAX : fake.permitted);

	capng.effective &= KNOWN;
	capng.permitted &= KNOWN;
	capng.inheritable &= KNOWN;
	if (!is_within(capng.inheritable, addable) ||
	    !is_within(capng.inheritable, fake.inheritable | fake.bounding) ||
	    !is_within(capng.permitted, fake.permitted) ||
	    !is_within(capng.effective, capng.permitted)) {
		errno = EPERM;
		return -5;
	}
	reach_set(&fake.effective, 0, capng.effective);
	reach_set(&fake.permitted, 1, capng.permitted);
	reach_set(&fake.inheritable, 2, capng.inheritable);
	fake.ambient &= fake.permitted & fake.inheritable;
	return 0;
}

int credcalls_capng_apply(capng_select_t sets)
{
	if (is_faulty(FAKE_CAPNG_APPLY))
		return faulty_value;
	if (!capng.cleared)
		return -1;
	/* Built without CAPNG_SELECT_BOUNDS and CAPNG_SELECT_AMBIENT. */
	return (sets & CAPNG_SELECT_CAPS) != 0 ? apply_caps() : 0;
}
