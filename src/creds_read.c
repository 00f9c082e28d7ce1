#include "creds.h"

#include <errno.h>

#include "capability.h"
#include "credcalls.h"

#define READING "reading the credentials"
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

static bool read_groups(struct arena *arena, struct creds_state *state, struct error *error)
{
	int count = credcalls_getgroups(0, NULL);

	if (count == -1)
		return error_set_errno(error, READING, "groups", errno, NULL);
	state->groups = arena_allocate(arena, (size_t)count, sizeof(*state->groups));
	if (state->groups == NULL)
		return error_set_errno(error, READING, "groups", ENOMEM, NULL);
	/* With a count of 0 it would only count again. */
	if (count > 0)
		count = credcalls_getgroups(count, state->groups);
	if (count == -1)
		return error_set_errno(error, READING, "groups", errno, NULL);
	state->group_count = (size_t)count;
	sort_groups(state->groups, state->group_count);
	return true;
}

static bool read_ids(struct creds_state *state, struct error *error)
{
	/* Nobody's ids, should the kernel's answer not arrive. */
	state->ruid = state->euid = state->suid = (uid_t)-1;
	state->rgid = state->egid = state->sgid = (gid_t)-1;
	if (credcalls_getresuid(&state->ruid, &state->euid, &state->suid) != 0)
		return error_set_errno(error, READING, "uids", errno, NULL);
	if (credcalls_getresgid(&state->rgid, &state->egid, &state->sgid) != 0)
		return error_set_errno(error, READING, "gids", errno, NULL);
	return true;
}

/* The sets that are asked for bit by bit, up to the kernel's last capability (S12). */
static bool read_bits(struct creds_state *state, struct error *error)
{
	bool knows_ambient = true;
	unsigned cap = 0;

	for (; cap < MASK_BITS; cap++) {
		int bounding = credcalls_read_bounding(cap);
		int ambient = bounding == -1 || !knows_ambient ? 0 : credcalls_read_ambient(cap);

		if (bounding == -1 && (errno != EINVAL || cap == 0))
			return error_set_errno(error, READING, "bounding set", errno, NULL);
		if (bounding == -1)
			break;
		/* Before Linux 4.3, and in gVisor, there is no such set. */
		if (ambient == -1 && (errno != EINVAL || cap != 0))
			return error_set_errno(error, READING, "ambient set", errno, NULL);
		if (ambient == -1)
			knows_ambient = false;
		else if (ambient != 0)
			state->ambient |= CAPABILITY_BIT(cap);
		if (bounding != 0)
			state->bounding |= CAPABILITY_BIT(cap);
	}
	return true;
}

static uint64_t join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static bool read_sets(struct creds_state *state, struct error *error)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0xff, sizeof(data)); /* everything, should the answer not arrive */
	if (credcalls_capget(&header, data) != 0)
		return error_set_errno(error, READING, "capabilities", errno, NULL);
	state->effective = join(data[0].effective, data[1].effective);
	state->permitted = join(data[0].permitted, data[1].permitted);
	state->inheritable = join(data[0].inheritable, data[1].inheritable);
	return read_bits(state, error);
}

static bool read_flags(struct creds_state *state, struct error *error)
{
	int securebits = credcalls_get_securebits();
	int no_new_privs;

	/* gVisor has none. They are only ever cleared, and what they do shows in the sets. */
	if (securebits == -1 && errno != EINVAL)
		return error_set_errno(error, READING, "securebits", errno, NULL);
	no_new_privs = credcalls_get_no_new_privs();
	if (no_new_privs == -1)
		return error_set_errno(error, READING, "no_new_privs", errno, NULL);
	state->securebits = securebits == -1 ? 0 : (unsigned)securebits;
	state->no_new_privs = no_new_privs == 1;
	return true;
}

bool creds_read(struct arena *arena, struct creds_state *ret_state, struct error *error)
{
	struct creds_state state = {0};

	if (!read_ids(&state, error) || !read_groups(arena, &state, error) ||
	    !read_sets(&state, error) || !read_flags(&state, error))
		return false;
	*ret_state = state;
	return true;
}
