/* Random credentials, and random options. */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>

#include "credentials.h"

/* Each spec, and the ids that it has by the lines of write_account_files(). */
static const struct spec specs[] = {
	{"app", 1000, 1000, {6, 44}},
	{"1000", 1000, 1000, {6, 44}},
	{"many", 1002, 1003, {44, 0}},
	{"many:0", 1002, 0, {0, 0}},
	{"many:video", 1002, 44, {0, 0}},
	{"1234", 1234, 1234, {0, 0}},
	{"1234:77", 1234, 77, {0, 0}},
	{"65534:65534", 65534, 65534, {0, 0}},
	{"2147483647:2147483647", 2147483647, 2147483647, {0, 0}},
	{"root", 0, 0, {6, 20}},
	{"0:1000", 0, 1000, {0, 0}},
};

static const struct {
	unsigned number;
	const char *name;
} capabilities[] = {
	{CAP_CHOWN, "chown"},         {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
	{CAP_SETUID, "setuid"},       {CAP_SETGID, "Cap_SetGid"},
	{CAP_SETPCAP, "setpcap"},     {CAP_NET_BIND_SERVICE, "net_bind_service"},
	{CAP_SYS_ADMIN, "sys_admin"}, {CAP_SYSLOG, "syslog"},
};

static const gid_t gids[] = {0, 1, 6, 20, 27, 44, 77, 1000, 1003, 1234, 65533, 65534, 2147483647};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t generator;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t value = generator += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static size_t below(size_t count)
{
	return (size_t)(draw() % count);
}

static uint64_t draw_set(uint64_t all)
{
	const uint64_t needed = CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETPCAP);
	const uint64_t sets[] = {all,
	                         all,
	                         all,
	                         0,
	                         UINT64_C(0xa80425fb), /* what engines give */
	                         draw() | needed,
	                         (draw() & draw()) | needed,
	                         needed & draw(),
	                         draw()};

	return sets[below(COUNT(sets))] & all;
}

static unsigned draw_securebits(void)
{
	const unsigned whole = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
	                       SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS |
	                       SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
	                       SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	const unsigned choices[] = {0,
	                            0,
	                            0,
	                            SECBIT_NOROOT,
	                            SECBIT_NO_SETUID_FIXUP,
	                            (unsigned)(draw() & draw()),
	                            (unsigned)draw()};

	return choices[below(COUNT(choices))] & whole;
}

/* Root most often, then somebody else, then different ones. */
static void draw_ids(uint32_t ids[4])
{
	size_t kind = below(8);
	uint32_t id = kind < 6 ? 0 : gids[below(COUNT(gids))];

	for (size_t i = 0; i < 3; i++)
		ids[i] = kind == 7 ? gids[below(COUNT(gids))] : id;
	ids[3] = ids[1];
}

/* Fills NAMES with up to three names of capabilities, and returns their bits. */
static uint64_t draw_names(char *names)
{
	size_t count = below(2) == 0 ? below(4) : 0;
	uint64_t mask = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = below(COUNT(capabilities));

		mask |= CAP_BIT(capabilities[at].number);
		if (names[0] != '\0')
			strcat(names, ",");
		strcat(names, capabilities[at].name);
	}
	return mask;
}

void make_case(uint64_t seed, unsigned long number, uint64_t all, struct state *ret_state,
               struct asked *ret_asked)
{
	struct state state = {.group_count = 0};
	struct asked asked = {.spec = NULL};

	generator = seed;
	generator = draw() ^ (uint64_t)number * UINT64_C(0xd1342543de82ef95);
	state.no_new_privs = below(6) == 0;
	draw_ids(state.uids);
	draw_ids(state.gids);
	state.group_count = below(16) == 0 ? below(GROUPS_MAX) : below(6);
	for (size_t i = 0; i < state.group_count; i++)
		state.groups[i] = i < 6 ? gids[below(COUNT(gids))] : 3000 + (gid_t)below(999);
	state.permitted = draw_set(all);
	state.effective = draw_set(all);
	state.inheritable = draw_set(all);
	state.ambient = draw_set(all) & state.inheritable;
	state.bounding = draw_set(all);
	state.securebits = draw_securebits();
	asked.spec = &specs[below(COUNT(specs))];
	asked.group_count = below(3) == 0 ? below(GROUPS_ASKED) : 0;
	for (size_t i = 0; i < asked.group_count; i++)
		asked.groups[i] = gids[below(COUNT(gids))];
	asked.capabilities = draw_names(asked.capability_names);
	asked.clear_groups = below(4) == 0;
	asked.allow_new_privs = below(5) == 0;
	asked.allow_root = below(2) == 0;
	asked.tried = draw_names(asked.tried_names);
	*ret_state = state;
	*ret_asked = asked;
}

void show_asked(const struct asked *asked)
{
	printf("asked  --user %s --cap '%s' --try-cap '%s'%s%s%s --group", asked->spec->text,
	       asked->capability_names, asked->tried_names,
	       asked->clear_groups ? " --clear-groups" : "",
	       asked->allow_new_privs ? " --allow-new-privs" : "",
	       asked->allow_root ? " --allow-root" : "");
	for (size_t i = 0; i < asked->group_count; i++)
		printf(" %u", asked->groups[i]);
	putchar('\n');
}
