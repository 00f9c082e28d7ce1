/* SPDX-License-Identifier: MIT */
#include "core/capability_names.h"

#include <linux/capability.h>

#define PREFIX "cap_"

/* The index is the number, which is kernel ABI and never changes. libcap-ng's own table is not
 * used, because its lookup needs stdio. */
static const char *const capability_names[] = {
	[CAP_CHOWN] = "chown",
	[CAP_DAC_OVERRIDE] = "dac_override",
	[CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner",
	[CAP_FSETID] = "fsetid",
	[CAP_KILL] = "kill",
	[CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid",
	[CAP_SETPCAP] = "setpcap",
	[CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service",
	[CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin",
	[CAP_NET_RAW] = "net_raw",
	[CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner",
	[CAP_SYS_MODULE] = "sys_module",
	[CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot",
	[CAP_SYS_PTRACE] = "sys_ptrace",
	[CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin",
	[CAP_SYS_BOOT] = "sys_boot",
	[CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource",
	[CAP_SYS_TIME] = "sys_time",
	[CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod",
	[CAP_LEASE] = "lease",
	[CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control",
	[CAP_SETFCAP] = "setfcap",
	[CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin",
	[CAP_SYSLOG] = "syslog",
	[CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend",
	[CAP_AUDIT_READ] = "audit_read",
	[CAP_PERFMON] = "perfmon",
	[CAP_BPF] = "bpf",
	[CAP_CHECKPOINT_RESTORE] = "checkpoint_restore",
};
#define CAPABILITY_NAMES (sizeof(capability_names) / sizeof(capability_names[0]))

/* Compares NAME with LOWER, which is in lower case. Only the case of ASCII letters is ignored,
 * because the locale must not change the meaning of a name. */
static bool is_same_name(struct slice name, const char *lower)
{
	size_t i = 0;

	for (; i < name.length && lower[i] != '\0'; i++) {
		bool is_upper = name.bytes[i] >= 'A' && name.bytes[i] <= 'Z';

		if ((is_upper ? name.bytes[i] | 0x20 : name.bytes[i]) != lower[i])
			return false;
	}
	return i == name.length && lower[i] == '\0';
}

/* Returns the bit of the capability NAME, or 0 if the name is unknown. */
static uint64_t find_capability(struct slice name)
{
	const size_t prefix = strlen(PREFIX);

	if (name.length > prefix && is_same_name((struct slice){name.bytes, prefix}, PREFIX))
		name = slice_between(name.bytes + prefix, name.bytes + name.length);
	for (unsigned i = 0; i < CAPABILITY_NAMES; i++) {
		if (is_same_name(name, capability_names[i]))
			return CAPABILITY_BIT(i);
	}
	return 0;
}

bool capability_parse_list(const char *option, const char *list, uint64_t *ret_mask,
                           struct error *error)
{
	uint64_t mask = 0;
	bool more = list[0] != '\0';

	while (more) {
		const char *end = strchrnul(list, ',');
		struct slice name = slice_between(list, end);
		uint64_t bit = find_capability(name);

		if (bit == 0)
			return error_set_slice(error, option, name, "there is no such capability",
			                       "name them one by one, see capabilities(7)");
		mask |= bit;
		more = *end == ','; /* after ',' a name must follow */
		list = end + 1;
	}
	*ret_mask = mask;
	return true;
}

void capability_add_names(struct text *text, uint64_t mask)
{
	if (mask == 0)
		text_add(text, "none");
	for (unsigned i = 0; mask != 0; i++, mask >>= 1) {
		if ((mask & 1) == 0)
			continue;
		text_add(text, PREFIX);
		if (i < CAPABILITY_NAMES)
			text_add(text, capability_names[i]);
		else
			text_add_number(text, i);
		if (mask > 1)
			text_add(text, ",");
	}
}
