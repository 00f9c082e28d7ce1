/* SPDX-License-Identifier: MIT */
#include "creds/read.h"

#include <errno.h>

#include "core/capability_names.h"
#include "creds/syscalls.h"

/* Sorts GROUPS. Insertion sort is fast here, because the kernel keeps its list sorted. Only the map
 * of a user namespace can change the order. */
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
	/* One call with the whole room of the arena is enough, so no call has to ask for the
	 * count. */
	gid_t *groups = arena_allocate(arena, 1, sizeof(*groups));
	size_t room;
	int count;

	errno = ENOMEM;
	if (groups == NULL)
		return false;
	room = (size_t)(arena->end - (char *)groups) / sizeof(*groups);
	/* The user emulation of qemu refuses a count above GROUPS_MAX. */
	count = credcalls_getgroups((int)(room < GROUPS_MAX ? room : GROUPS_MAX), groups);
	if (count < 0)
		return false;
	arena->next = (char *)(groups + count);
	sort_groups(groups, (size_t)count);
	state->groups = groups;
	state->group_count = (size_t)count;
	return true;
}

/* Returns true if the permitted set may stand for the bounding set, see BOUNDING_AS_EXECUTED. */
static bool permitted_covers_bounding(const struct creds_state *state)
{
	return state->euid == 0 && state->securebits == 0 && !state->no_new_privs &&
	       (state->effective & CAPABILITY_BIT(CAP_SETPCAP)) != 0;
}

/* Reads the bounding set up to the last capability of the kernel, where prctl(2) fails with EINVAL
 * (S12). Every kernel that has no_new_privs has CAP_BLOCK_SUSPEND too, so an earlier EINVAL is an
 * error. */
static bool read_bounding(enum creds_bounding bounding, struct creds_state *state)
{
	if (bounding == BOUNDING_UNREAD)
		return true;
	if (bounding == BOUNDING_AS_EXECUTED && permitted_covers_bounding(state)) {
		state->bounding = state->permitted;
		return true;
	}
	for (unsigned cap = 0; cap < CAPABILITY_BITS; cap++) {
		int is_in = credcalls_read_bounding(cap);

		if (is_in == -1)
			return errno == EINVAL && cap > CAP_BLOCK_SUSPEND;
		if (is_in != 0)
			state->bounding |= CAPABILITY_BIT(cap);
	}
	return true;
}

/* Reads the ambient set. The kernel removes from this set at once what is not both permitted and
 * inheritable (capabilities(7)). So only such capabilities are asked for. EINVAL means that the
 * kernel has no ambient set, as before Linux 4.3 and in gVisor. */
static bool read_ambient(struct creds_state *state)
{
	for (unsigned cap = 0; cap < CAPABILITY_BITS; cap++) {
		uint64_t bit = state->permitted & state->inheritable & CAPABILITY_BIT(cap);
		int is_in = bit == 0 ? 0 : credcalls_read_ambient(cap);

		if (is_in > 0)
			state->ambient |= bit;
		else if (is_in != 0 && errno != EINVAL)
			return false;
	}
	return true;
}

static uint64_t join_halves(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static bool read_sets(struct creds_state *state)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0xff, sizeof(data)); /* all capabilities, if the kernel writes no answer */
	if (credcalls_capget(&header, data) != 0)
		return false;
	state->effective = join_halves(data[0].effective, data[1].effective);
	state->permitted = join_halves(data[0].permitted, data[1].permitted);
	state->inheritable = join_halves(data[0].inheritable, data[1].inheritable);
	return read_ambient(state);
}

static bool read_flags(struct creds_state *state)
{
	int securebits = credcalls_get_securebits();
	int no_new_privs;

	/* gVisor has no securebits (EINVAL). This program only clears securebits, and their effect
	 * shows in the sets. */
	if (securebits == -1 && errno != EINVAL)
		return false;
	no_new_privs = credcalls_get_no_new_privs();
	state->securebits = securebits == -1 ? 0 : (unsigned)securebits;
	state->no_new_privs = no_new_privs == 1;
	return no_new_privs != -1;
}

bool creds_read(enum creds_bounding bounding, struct arena *arena, struct creds_state *ret_state,
                struct error *error)
{
	/* If the kernel writes no answer, the ids stay -1, which no process has. */
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
	    !read_groups(arena, &state) || !read_sets(&state) || !read_flags(&state) ||
	    !read_bounding(bounding, &state))
		return error_set_errno(error, "reading the credentials", NULL, errno, NULL);
	*ret_state = state;
	return true;
}
