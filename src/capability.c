#include "capability.h"

#define PREFIX "cap_"

/* The place of a name is its number in <linux/capability.h>, which never changes. libcap-ng has the
 * same table, but looking there for a name drags in stdio. */
static const char names[] =
	"chown,dac_override,dac_read_search,fowner,fsetid,kill,setgid,setuid,setpcap,"
	"linux_immutable,net_bind_service,net_broadcast,net_admin,net_raw,ipc_lock,ipc_owner,"
	"sys_module,sys_rawio,sys_chroot,sys_ptrace,sys_pacct,sys_admin,sys_boot,sys_nice,"
	"sys_resource,sys_time,sys_tty_config,mknod,lease,audit_write,audit_control,setfcap,"
	"mac_override,mac_admin,syslog,wake_alarm,block_suspend,audit_read,perfmon,bpf,"
	"checkpoint_restore";

/* How many bytes NAME begins with that LOWER, in small letters, begins with too. Not strncasecmp():
 * the locale has no say in this. */
static size_t count_same(struct slice name, const char *lower)
{
	size_t i = 0;

	while (i < name.length && (name.bytes[i] == lower[i] ||
	                           (lower[i] >= 'a' && (name.bytes[i] | 0x20) == lower[i])))
		i++;
	return i;
}

/* The bit of NAME, or 0. */
static uint64_t find(struct slice name)
{
	const size_t prefix = strlen(PREFIX);
	const char *known = names;

	if (count_same(name, PREFIX) == prefix)
		name = slice_between(name.bytes + prefix, name.bytes + name.length);
	for (uint64_t bit = 1;; bit <<= 1) {
		const char *end = strchrnul(known, ',');

		if (known + name.length == end && count_same(name, known) == name.length)
			return bit;
		if (*end == '\0')
			return 0;
		known = end + 1;
	}
}

bool capability_parse_list(const char *list, uint64_t *ret_mask, struct error *error)
{
	uint64_t mask = 0;
	bool more = list[0] != '\0';

	while (more) {
		const char *end = strchrnul(list, ',');
		struct slice name = slice_between(list, end);
		uint64_t bit = find(name);

		if (bit == 0)
			return error_set_slice(error, "--cap", name, "there is no such capability",
			                       "name them one by one, see capabilities(7)");
		mask |= bit;
		more = *end == ','; /* so a name must follow */
		list = end + 1;
	}
	*ret_mask = mask;
	return true;
}

void capability_add_names(struct text *text, uint64_t mask)
{
	const char *known = names;

	if (mask == 0)
		text_add(text, "none");
	for (unsigned i = 0; mask != 0; i++, mask >>= 1) {
		const char *end = strchrnul(known, ',');

		if ((mask & 1) != 0) {
			text_add(text, PREFIX);
			if (end > known)
				text_add_visible(text, slice_between(known, end));
			else
				text_add_number(text, i);
			if (mask > 1)
				text_add(text, ",");
		}
		known = *end == '\0' ? end : end + 1;
	}
}
