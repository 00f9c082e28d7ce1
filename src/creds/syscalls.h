/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CREDS_SYSCALLS_H
#define STEPDOWN_CREDS_SYSCALLS_H

#include <cap-ng.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/types.h>

/* The system calls that read or change the credentials of this process. Each function is one line
 * and decides nothing. The tests replace these functions by a kernel that fails or lies. Each
 * function returns the result of its call, and leaves errno as the call set it. */
int credcalls_getresuid(uid_t *ret_ruid, uid_t *ret_euid, uid_t *ret_suid);
int credcalls_getresgid(gid_t *ret_rgid, gid_t *ret_egid, gid_t *ret_sgid);
int credcalls_getgroups(int count, gid_t *ret_groups);
int credcalls_setresuid(uid_t ruid, uid_t euid, uid_t suid);
int credcalls_setresgid(gid_t rgid, gid_t egid, gid_t sgid);
int credcalls_setgroups(size_t count, const gid_t *groups);
long credcalls_join_session_keyring(void);
long credcalls_get_session_keyring(void);

int credcalls_capget(struct __user_cap_header_struct *header,
                     struct __user_cap_data_struct *ret_data);
int credcalls_read_bounding(unsigned capability);
int credcalls_drop_bounding(unsigned capability);
int credcalls_read_ambient(unsigned capability);
int credcalls_raise_ambient(unsigned capability);
int credcalls_get_securebits(void);
int credcalls_set_securebits(unsigned securebits);
int credcalls_set_keepcaps(void);
int credcalls_get_no_new_privs(void);
int credcalls_set_no_new_privs(void);

void credcalls_capng_clear(capng_select_t sets);
int credcalls_capng_update(capng_act_t action, capng_type_t sets, unsigned capability);
int credcalls_capng_apply(capng_select_t sets);

#endif
