/* SPDX-License-Identifier: MIT */
#include "creds/syscalls.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/keyctl.h>

/* setresuid(3), setresgid(3) and setgroups(3) of the C library change the ids of every thread. musl
 * blocks and restores signals around each of them, which costs nine more system calls at every
 * start. The system calls themselves do the same here, because this process has one thread (see
 * creds_step_down()). The state is read back in any case.
 *
 * Architectures that once had 16-bit ids have other names for the 32-bit calls. */
#ifdef SYS_setresuid32
#define CALL_SETRESUID SYS_setresuid32
#define CALL_SETRESGID SYS_setresgid32
#define CALL_SETGROUPS SYS_setgroups32
#else
#define CALL_SETRESUID SYS_setresuid
#define CALL_SETRESGID SYS_setresgid
#define CALL_SETGROUPS SYS_setgroups
#endif

int credcalls_getresuid(uid_t *ret_ruid, uid_t *ret_euid, uid_t *ret_suid)
{
	return getresuid(ret_ruid, ret_euid, ret_suid);
}

int credcalls_getresgid(gid_t *ret_rgid, gid_t *ret_egid, gid_t *ret_sgid)
{
	return getresgid(ret_rgid, ret_egid, ret_sgid);
}

int credcalls_getgroups(int count, gid_t *ret_groups)
{
	return getgroups(count, ret_groups);
}

int credcalls_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	return (int)syscall(CALL_SETRESUID, ruid, euid, suid);
}

int credcalls_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	return (int)syscall(CALL_SETRESGID, rgid, egid, sgid);
}

int credcalls_setgroups(size_t count, const gid_t *groups)
{
	return (int)syscall(CALL_SETGROUPS, count, groups);
}

/* keyctl(2) has no function in the C libraries. */
long credcalls_join_session_keyring(void)
{
	return syscall(SYS_keyctl, (long)KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

long credcalls_get_session_keyring(void)
{
	return syscall(SYS_keyctl, (long)KEYCTL_GET_KEYRING_ID, (long)KEY_SPEC_SESSION_KEYRING, 0L);
}

int credcalls_capget(struct __user_cap_header_struct *header,
                     struct __user_cap_data_struct *ret_data)
{
	return (int)syscall(SYS_capget, header, ret_data);
}

int credcalls_read_bounding(unsigned capability)
{
	return prctl(PR_CAPBSET_READ, (unsigned long)capability, 0UL, 0UL, 0UL);
}

int credcalls_drop_bounding(unsigned capability)
{
	return prctl(PR_CAPBSET_DROP, (unsigned long)capability, 0UL, 0UL, 0UL);
}

int credcalls_read_ambient(unsigned capability)
{
	return prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_IS_SET,
	             (unsigned long)capability, 0UL, 0UL);
}

int credcalls_raise_ambient(unsigned capability)
{
	return prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_RAISE, (unsigned long)capability,
	             0UL, 0UL);
}

int credcalls_get_securebits(void)
{
	return prctl(PR_GET_SECUREBITS, 0UL, 0UL, 0UL, 0UL);
}

int credcalls_set_securebits(unsigned securebits)
{
	return prctl(PR_SET_SECUREBITS, (unsigned long)securebits, 0UL, 0UL, 0UL);
}

int credcalls_set_keepcaps(void)
{
	return prctl(PR_SET_KEEPCAPS, 1UL, 0UL, 0UL, 0UL);
}

int credcalls_get_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL);
}

int credcalls_set_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
}

void credcalls_capng_clear(capng_select_t sets)
{
	capng_clear(sets);
}

int credcalls_capng_update(capng_act_t action, capng_type_t sets, unsigned capability)
{
	return capng_update(action, sets, capability);
}

int credcalls_capng_apply(capng_select_t sets)
{
	return capng_apply(sets);
}
