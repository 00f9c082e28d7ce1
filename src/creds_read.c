#include "creds.h"

#include <errno.h>

#include "capability.h"
#include "credcalls.h"

#define MASK_BITS 64

/* Insertion sort: the kernel keeps the list sorted but for the odd user namespace. */
static void sort_groups(gid_t *groups, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		gid_t group = groups[i];
		size_t at = i;

		for (; at > 0 && groups[at - 1] > group; at--)
			groups[at] = groups[at - 1];
		groups[at] = group;
	}
}

static bool read_groups(struct arena *arena, struct creds_state *state)
{
	int count = credcalls_getgroups(0, NULL);
	gid_t *groups = NULL;

	/* With a count of 0 it would only count again. */
	if (count > 0) {
		groups = arena_allocate(arena, (size_t)count, sizeof(*groups));
		errno = ENOMEM;
		count = groups == NULL ? -1 : credcalls_getgroups(count, groups);
	}
	if (count == -1)
		return false;
	sort_groups(groups, (size_t)count);
	state->groups = groups;
	state->group_count = (size_t)count;
	return true;
}

/* The sets that are asked for bit by bit, up to the kernel's last capability (S12). A kernel that has
 * no_new_privs has CAP_BLOCK_SUSPEND too: before that an EINVAL is not the end. */
static bool read_bits(struct creds_state *state)
{
	for (unsigned cap = 0; cap < MASK_BITS; cap++) {
		uint64_t bit = CAPABILITY_BIT(cap);
		int bounding = credcalls_read_bounding(cap);
		int ambient = 0;

		if (bounding == -1)
			return errno == EINVAL && cap > CAP_BLOCK_SUSPEND;
		/* The kernel takes from the ambient set at once what is not permitted and
		 * inheritable any more (capabilities(7)): there is nothing else to ask for. */
		if ((state->permitted & state->inheritable & bit) != 0)
			ambient = credcalls_read_ambient(cap);
		/* EINVAL: before Linux 4.3, and in gVisor, there is no such set. */
		if (ambient == -1 && errno != EINVAL)
			return false;
		state->bounding |= bounding != 0 ? bit : 0;
		state->ambient |= ambient > 0 ? bit : 0;
	}
	return true;
}

static uint64_t join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static bool read_sets(struct creds_state *state)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0xff, sizeof(data)); /* everything, should the answer not arrive */
	if (credcalls_capget(&header, data) != 0)
		return false;
	state->effective = join(data[0].effective, data[1].effective);
	state->permitted = join(data[0].permitted, data[1].permitted);
	state->inheritable = join(data[0].inheritable, data[1].inheritable);
	return read_bits(state);
}

static bool read_flags(struct creds_state *state)
{
	int securebits = credcalls_get_securebits();
	int no_new_privs;

	/* gVisor has none. They are only ever cleared, and what they do shows in the sets. */
	if (securebits == -1 && errno != EINVAL)
		return false;
	no_new_privs = credcalls_get_no_new_privs();
	state->securebits = securebits == -1 ? 0 : (unsigned)securebits;
	state->no_new_privs = no_new_privs == 1;
	return no_new_privs != -1;
}

bool creds_read(struct arena *arena, struct creds_state *ret_state, struct error *error)
{
	/* Nobody's ids, should the kernel's answer not arrive. */
	struct creds_state state = {
		.ruid = (uid_t)-1,
		.euid = (uid_t)-1,
		.suid = (uid_t)-1,
		.rgid = (gid_t)-1,
		.egid = (gid_t)-1,
		.sgid = (gid_t)-1,
	};

	if (credcalls_getresuid(&state.ruid, &state.euid, &state.suid) != 0 ||
	    credcalls_getresgid(&state.rgid, &state.egid, &state.sgid) != 0 ||
	    !read_groups(arena, &state) || !read_sets(&state) || !read_flags(&state))
		return error_set_errno(error, "reading the credentials", NULL, errno, NULL);
	*ret_state = state;
	return true;
}
