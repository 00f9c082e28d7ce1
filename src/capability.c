#include "capability.h"

#define PREFIX "cap_"
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

/* The place of a name is its number in <linux/capability.h>, which never changes. libcap-ng has the
 * same table, but looking there for a name drags in stdio. Rows, not pointers: pointers would be
 * relocated at each start. */
static const char names[][20] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

/* LOWER is in small letters already. */
static bool begins_with(struct slice text, const char *lower)
{
	for (size_t i = 0; lower[i] != '\0'; i++) {
		/* Not tolower(): the locale has no say in this. */
		if (i == text.length)
			return false;
		if (text.bytes[i] != lower[i] &&
		    !(lower[i] >= 'a' && lower[i] <= 'z' && text.bytes[i] == lower[i] - 'a' + 'A'))
			return false;
	}
	return true;
}

static bool parse_name(struct slice name, uint64_t *ret_bit)
{
	if (begins_with(name, PREFIX))
		name = slice_between(name.bytes + strlen(PREFIX), name.bytes + name.length);
	for (size_t i = 0; i < NAME_COUNT; i++) {
		if (name.length == strlen(names[i]) && begins_with(name, names[i])) {
			*ret_bit = CAPABILITY_BIT(i);
			return true;
		}
	}
	return false;
}

bool capability_parse_list(const char *list, uint64_t *ret_mask, struct error *error)
{
	const char *end = list + strlen(list);
	struct slice rest = slice_between(list, end);
	uint64_t mask = 0;
	bool more = rest.length > 0;

	while (more) {
		struct slice name = slice_cut(&rest, ',');
		uint64_t bit;

		if (name.length == 0)
			return error_set(error, "reading the capabilities", list,
			                 "a name is missing beside a comma",
			                 "write NAME or NAME,NAME; see capabilities(7)");
		if (!parse_name(name, &bit))
			return error_set_slice(error, "reading the capabilities", name,
			                       "there is no such capability",
			                       "name them one by one, see capabilities(7)");
		mask |= bit;
		more = name.bytes + name.length < end; /* a comma, so a name must follow */
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
		if (i < NAME_COUNT)
			text_add(text, names[i]);
		else
			text_add_number(text, i);
		if (mask > 1)
			text_add(text, ",");
	}
}
