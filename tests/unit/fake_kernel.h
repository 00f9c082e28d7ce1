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

enum { EFFECTIVE, PERMITTED, INHERITABLE, AMBIENT, BOUNDING, SETS };

/* The parts of the credentials that the kernel may lose: the ids, the sets, and these. */
enum { PART_GIDS = 3, PART_SETS = 6, PART_GROUPS = PART_SETS + SETS, PART_NO_NEW_PRIVS, PARTS };

struct fake_kernel {
	uint32_t uids[3], gids[3]; /* real, effective, saved */
	gid_t groups[FAKE_GROUPS];
	size_t group_count;
	uint64_t sets[SETS];
	unsigned securebits;
	bool no_new_privs;
	bool joined_session; /* another session keyring than root's */
	uint32_t mapped_ids; /* of the user namespace; 0: all */
};

struct fake_fault {
	enum {
		FAULT_FAILS,       /* with errnum, and does nothing */
		FAULT_LIES,        /* returns success and does nothing */
		FAULT_CLAIMS_TRUE, /* returns 1 and does nothing */
		FAULT_LOSES,       /* finds a part of the credentials as it was at the start */
	} kind;
	const char *call; /* part of its name behind "credcalls_"; NULL: no fault */
	int errnum;
	unsigned part;
	unsigned first;   /* the invocation of the call that it begins with, from 0 */
	bool goes_on;     /* and all behind it, as a seccomp filter does */
	unsigned matches; /* invocations so far */
};

static struct fake_kernel fake, fake_start;
/* The fault that the kernel has, and one more. */
static struct fake_fault fake_faults[2];
/* All calls since fake_begin(). */
static const char *fake_calls[512];
static size_t fake_call_count;
static int faulty_value; /* what the present call returns if it is a faulty one */
/* The number of calls that ask for the effective id 0 and no other change. */
static size_t fake_attempts;
/* The sets that libcap-ng remembers until they are applied. */
static uint64_t capng_sets[3];

/* From now on *KERNEL is the kernel, with the faults in it. */
static void fake_begin(const struct fake_kernel *kernel, struct fake_fault own,
                       struct fake_fault more)
{
	fake = fake_start = *kernel;
	fake_faults[0] = own;
	fake_faults[1] = more;
	fake_call_count = fake_attempts = 0;
	memset(capng_sets, 0xff, sizeof(capng_sets));
}

static int fails(int errnum)
{
	errno = errnum;
	return -1;
}

static void set_groups(struct fake_kernel *kernel, size_t count, const gid_t *groups)
{
	memset(kernel->groups, 0, sizeof(kernel->groups));
	memcpy(kernel->groups, groups, count * sizeof(gid_t));
	kernel->group_count = count;
}

static void lose(unsigned part)
{
	if (part < PART_GIDS)
		fake.uids[part] = fake_start.uids[part];
	else if (part < PART_SETS)
		fake.gids[part - PART_GIDS] = fake_start.gids[part - PART_GIDS];
	else if (part < PART_GROUPS)
		fake.sets[part - PART_SETS] = fake_start.sets[part - PART_SETS];
	else if (part == PART_GROUPS)
		set_groups(&fake, fake_start.group_count, fake_start.groups);
	else
		fake.no_new_privs = fake_start.no_new_privs;
	fake.sets[AMBIENT] &= fake.sets[PERMITTED] & fake.sets[INHERITABLE];
}

/* Returns whether the call does nothing and returns faulty_value. */
static bool is_faulty(const char *function)
{
	const char *call = function + strlen("credcalls_");

	assert_true(fake_call_count < COUNT(fake_calls));
	fake_calls[fake_call_count++] = call;
	for (size_t i = 0; i < COUNT(fake_faults); i++) {
		struct fake_fault *fault = &fake_faults[i];
		unsigned index;

		if (fault->call == NULL || strstr(call, fault->call) == NULL)
			continue;
		index = fault->matches++;
		if (index < fault->first || (index > fault->first && !fault->goes_on))
			continue;
		if (fault->kind == FAULT_LOSES) {
			lose(fault->part);
			continue;
		}
		faulty_value = fault->kind == FAULT_FAILS ? fails(fault->errnum)
		                                          : fault->kind == FAULT_CLAIMS_TRUE;
		return true;
	}
	return false;
}

/* Stands at the beginning of each call. */
#define RETURN_IF_FAULTY()                                                                         \
	do {                                                                                       \
		if (is_faulty(__func__))                                                           \
			return faulty_value;                                                       \
	} while (0)

static bool has(unsigned cap)
{
	return (fake.sets[EFFECTIVE] & CAPABILITY_BIT(cap)) != 0;
}

static bool is_mapped(uint32_t id)
{
	return id == UINT32_MAX || fake.mapped_ids == 0 || id < fake.mapped_ids;
}

/* Returns ID as getresuid(2) tells of it. */
static uint32_t shown(uint32_t id)
{
	return is_mapped(id) ? id : ID_OVERFLOW;
}

static bool contains(const uint32_t ids[3], uint32_t id)
{
	return ids[0] == id || ids[1] == id || ids[2] == id;
}

/* Does as setresuid(2) and setresgid(2): any ids if ALLOWED, otherwise those that are there. */
static int change_three(uint32_t ids[3], const uint32_t wanted[3], bool allowed)
{
	uint32_t changed[3];

	fake_attempts += wanted[0] == UINT32_MAX && wanted[1] == 0 && wanted[2] == UINT32_MAX;
	for (unsigned i = 0; i < 3; i++) {
		changed[i] = wanted[i] == UINT32_MAX ? ids[i] : wanted[i];
		if (!is_mapped(wanted[i]))
			return fails(EINVAL);
		if (!contains(ids, changed[i]) && !allowed)
			return fails(EPERM);
	}
	memcpy(ids, changed, sizeof(changed));
	return 0;
}

static int show_three(const uint32_t ids[3], uint32_t *const ret_ids[3])
{
	for (unsigned i = 0; i < 3; i++)
		*ret_ids[i] = shown(ids[i]);
	return 0;
}

static int read_set(unsigned set, unsigned capability)
{
	return capability > LAST_CAP ? fails(EINVAL)
	                             : (fake.sets[set] & CAPABILITY_BIT(capability)) != 0;
}

/* A call that returns RESULT, unless it is faulty. */
#define CALL(type, name, parameters, result)                                                       \
	type credcalls_##name parameters                                                           \
	{                                                                                          \
		RETURN_IF_FAULTY();                                                                \
		return result;                                                                     \
	}

CALL(int, getresuid, (uid_t * real, uid_t *effective, uid_t *saved),
     show_three(fake.uids, (uid_t *[]){real, effective, saved}))
CALL(int, getresgid, (gid_t * real, gid_t *effective, gid_t *saved),
     show_three(fake.gids, (gid_t *[]){real, effective, saved}))
CALL(int, setresgid, (gid_t real, gid_t effective, gid_t saved),
     change_three(fake.gids, (gid_t[]){real, effective, saved}, has(CAP_SETGID)))
CALL(long, join_session_keyring, (void), (fake.joined_session = true, NEW_KEYRING))
CALL(long, get_session_keyring, (void), fake.joined_session ? NEW_KEYRING : ROOTS_KEYRING)
CALL(int, read_bounding, (unsigned capability), read_set(BOUNDING, capability))
CALL(int, read_ambient, (unsigned capability), read_set(AMBIENT, capability))
CALL(int, get_securebits, (void), (int)fake.securebits)
CALL(int, get_no_new_privs, (void), fake.no_new_privs)
CALL(int, set_no_new_privs, (void), (fake.no_new_privs = true, 0))

int credcalls_getgroups(int count, gid_t *ret_groups)
{
	RETURN_IF_FAULTY();
	/* The kernel itself takes any count that is large enough; qemu's user emulation does not. */
	if (count > (int)GROUPS_MAX || (size_t)count < fake.group_count)
		return fails(EINVAL);
	for (size_t i = 0; i < fake.group_count; i++)
		ret_groups[i] = shown(fake.groups[i]);
	return (int)fake.group_count;
}

int credcalls_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	const struct fake_kernel was = fake;

	RETURN_IF_FAULTY();
	if (change_three(fake.uids, (uid_t[]){ruid, euid, suid}, has(CAP_SETUID)) != 0)
		return -1;
	/* The kernel clears sets when uids cease to be 0. */
	if ((fake.securebits & SECBIT_NO_SETUID_FIXUP) != 0)
		return 0;
	if (contains(was.uids, 0) && !contains(fake.uids, 0)) {
		if ((fake.securebits & SECBIT_KEEP_CAPS) == 0)
			fake.sets[PERMITTED] = 0;
		fake.sets[AMBIENT] = 0;
	}
	if (was.uids[1] == 0 && fake.uids[1] != 0)
		fake.sets[EFFECTIVE] = 0;
	return 0;
}

int credcalls_setgroups(size_t count, const gid_t *groups)
{
	RETURN_IF_FAULTY();
	if (!has(CAP_SETGID))
		return fails(EPERM);
	for (size_t i = 0; i < count; i++) {
		if (count > FAKE_GROUPS || !is_mapped(groups[i]))
			return fails(EINVAL);
	}
	set_groups(&fake, count, groups);
	return 0;
}

int credcalls_capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data)
{
	RETURN_IF_FAULTY();
	if (header->version != _LINUX_CAPABILITY_VERSION_3 || header->pid != 0)
		return fails(EINVAL);
	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(fake.sets[EFFECTIVE] >> 32 * i);
		data[i].permitted = (uint32_t)(fake.sets[PERMITTED] >> 32 * i);
		data[i].inheritable = (uint32_t)(fake.sets[INHERITABLE] >> 32 * i);
	}
	return 0;
}

int credcalls_drop_bounding(unsigned capability)
{
	RETURN_IF_FAULTY();
	if (!has(CAP_SETPCAP))
		return fails(EPERM);
	if (capability > LAST_CAP)
		return fails(EINVAL);
	fake.sets[BOUNDING] &= ~CAPABILITY_BIT(capability);
	return 0;
}

int credcalls_raise_ambient(unsigned capability)
{
	RETURN_IF_FAULTY();
	if ((fake.sets[PERMITTED] & fake.sets[INHERITABLE] & CAPABILITY_BIT(capability)) == 0 ||
	    (fake.securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
		return fails(EPERM);
	fake.sets[AMBIENT] |= CAPABILITY_BIT(capability);
	return 0;
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

/* CAPNG_EFFECTIVE, CAPNG_PERMITTED and CAPNG_INHERITABLE are bits in the order of the sets. */
void credcalls_capng_clear(capng_select_t sets)
{
	if (!is_faulty(__func__) && (sets & CAPNG_SELECT_CAPS) != 0)
		memset(capng_sets, 0, sizeof(capng_sets));
}

int credcalls_capng_update(capng_act_t action, capng_type_t sets, unsigned capability)
{
	RETURN_IF_FAULTY();
	if (action != CAPNG_ADD || capability > LAST_CAP)
		return fails(EINVAL);
	for (unsigned set = EFFECTIVE; set <= INHERITABLE; set++)
		capng_sets[set] |= (sets >> set & 1) != 0 ? CAPABILITY_BIT(capability) : 0;
	return 0;
}

static bool is_within(uint64_t inner, uint64_t outer)
{
	return (inner & ~outer) == 0;
}

/* Does as capset(2). src gives neither CAPNG_SELECT_BOUNDS nor CAPNG_SELECT_AMBIENT. */
int credcalls_capng_apply(capng_select_t sets)
{
	uint64_t addable = has(CAP_SETPCAP) ? UINT64_MAX : fake.sets[PERMITTED];

	RETURN_IF_FAULTY();
	if ((sets & CAPNG_SELECT_CAPS) == 0)
		return 0;
	if (!is_within(capng_sets[INHERITABLE],
	               fake.sets[INHERITABLE] | (fake.sets[BOUNDING] & addable)) ||
	    !is_within(capng_sets[PERMITTED], fake.sets[PERMITTED]) ||
	    !is_within(capng_sets[EFFECTIVE], capng_sets[PERMITTED]))
		return fails(EPERM);
	memcpy(fake.sets, capng_sets, sizeof(capng_sets));
	fake.sets[AMBIENT] &= fake.sets[PERMITTED] & fake.sets[INHERITABLE];
	return 0;
}

#endif
