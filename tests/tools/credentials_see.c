/* What the kernel says of this process, and what it lets it take back. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "credentials.h"

static void fail(const char *what)
{
	perror(what);
	_exit(2);
}

static void read_sets(struct state *state)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) != 0)
		fail("capget");
	for (unsigned i = 0; i < 2; i++) {
		state->permitted |= (uint64_t)data[i].permitted << 32 * i;
		state->effective |= (uint64_t)data[i].effective << 32 * i;
		state->inheritable |= (uint64_t)data[i].inheritable << 32 * i;
	}
	for (unsigned cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
			state->ambient |= CAP_BIT(cap);
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			state->bounding |= CAP_BIT(cap);
	}
}

static void read_state(struct state *state)
{
	int count = getgroups(GROUPS_MAX, state->groups);

	if (count < 0 || getresuid(&state->uids[0], &state->uids[1], &state->uids[2]) != 0 ||
	    getresgid(&state->gids[0], &state->gids[1], &state->gids[2]) != 0)
		fail("ids");
	state->group_count = (size_t)count;
	make_set(state->groups, &state->group_count);
	state->uids[3] = (uid_t)setfsuid((uid_t)-1);
	state->gids[3] = (gid_t)setfsgid((gid_t)-1);
	read_sets(state);
	state->securebits = (unsigned)prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	state->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

uint64_t read_permitted(void)
{
	struct state state = {.group_count = 0};

	read_sets(&state);
	return state.permitted;
}

static void put(const void *bytes, size_t size, size_t offset)
{
	if (pwrite(REPORT_FD, bytes, size, (off_t)offset) != (ssize_t)size)
		fail("the report");
}

bool report_begin(void)
{
	const bool yes = true;
	struct state state = {.group_count = 0};

	read_state(&state);
	put(&state, sizeof(state), offsetof(struct report, before));
	put(&yes, sizeof(yes), offsetof(struct report, has_begun));
	return state.no_new_privs;
}

/* Each way that setresuid(2) and its like have of making one id 0. */
static bool take_uid_0(void)
{
	const uid_t same = (uid_t)-1;

	return setuid(0) == 0 || seteuid(0) == 0 || setreuid(0, same) == 0 ||
	       setresuid(0, same, same) == 0 || setresuid(same, same, 0) == 0;
}

static bool take_gid_0(void)
{
	const gid_t same = (gid_t)-1;

	return setgid(0) == 0 || setegid(0) == 0 || setregid(0, same) == 0 ||
	       setresgid(0, same, same) == 0 || setresgid(same, same, 0) == 0;
}

int report_end(void)
{
	const bool yes = true;
	const gid_t roots = 0;
	struct state state = {.group_count = 0};

	read_state(&state);
	state.took_groups = setgroups(1, &roots) == 0;
	state.took_gid_0 = take_gid_0();
	state.took_uid_0 = take_uid_0();
	put(&state, sizeof(state), offsetof(struct report, after));
	put(&yes, sizeof(yes), offsetof(struct report, has_seen));
	return 0;
}

void show_state(const char *who, const struct state *state)
{
	printf("%-6s uid %u %u %u %u gid %u %u %u %u groups", who, state->uids[0], state->uids[1],
	       state->uids[2], state->uids[3], state->gids[0], state->gids[1], state->gids[2],
	       state->gids[3]);
	for (size_t i = 0; i < state->group_count; i++)
		printf(" %u", state->groups[i]);
	printf("\n       permitted %jx effective %jx inheritable %jx ambient %jx bounding %jx\n"
	       "       securebits %x no_new_privs %d took uid 0: %d, gid 0: %d, groups: %d\n",
	       (uintmax_t)state->permitted, (uintmax_t)state->effective,
	       (uintmax_t)state->inheritable, (uintmax_t)state->ambient, (uintmax_t)state->bounding,
	       state->securebits, state->no_new_privs, state->took_uid_0, state->took_gid_0,
	       state->took_groups);
}
