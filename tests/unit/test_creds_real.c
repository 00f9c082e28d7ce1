/* The step down against the real kernel, as root: seen from inside, and again from inside the
 * program that is executed behind it. */

#include "unit.h"

#include <grp.h>
#include <inttypes.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include "core/capability_names.h"
#include "creds/drop.h"
#include "creds/read.h"

#define BIND CAPABILITY_BIT(CAP_NET_BIND_SERVICE)
#define NO_NAMESPACE 77

static const gid_t own[] = {1000};
static const gid_t more[] = {27, 1000, 2000};
static const gid_t only_0[] = {0};
static _Alignas(16) char memory[1 << 16];

/* What NAME has behind it in /proc/self/status. */
static const char *read_status(const char *name)
{
	static char status[8192];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, status, sizeof(status) - 1);
	const char *line;

	assert_true(length > 0);
	status[length] = '\0';
	close(fd);
	line = strstr(status, name);
	assert_non_null(line);
	return line + strlen(name);
}

static uint64_t read_set(const char *name)
{
	return strtoull(read_status(name), NULL, 16);
}

/* What /proc/PID/status says. */
struct seen {
	unsigned uid, gid; /* all four of each */
	const char *groups;
	uint64_t caps; /* effective, permitted, inheritable and ambient */
	uint64_t bounding;
	unsigned no_new_privs;
};

static void expect_ids(const char *name, unsigned id)
{
	char line[200];

	snprintf(line, sizeof(line), "%u\t%u\t%u\t%u\n", id, id, id, id);
	assert_memory_equal(read_status(name), line, strlen(line));
}

static void expect_seen(const struct seen *seen)
{
	static const char *const sets[] = {"\nCapInh:\t", "\nCapPrm:\t", "\nCapEff:\t",
	                                   "\nCapAmb:\t"};
	char line[200];
	uid_t uids[3];
	gid_t gids[3];

	expect_ids("\nUid:\t", seen->uid);
	expect_ids("\nGid:\t", seen->gid);
	snprintf(line, sizeof(line), "%s \n", seen->groups);
	assert_memory_equal(read_status("\nGroups:\t"), line, strlen(line));
	for (size_t i = 0; i < COUNT(sets); i++)
		assert_int_equal(read_set(sets[i]), seen->caps);
	assert_int_equal(read_set("\nCapBnd:\t"), seen->bounding);
	assert_int_equal(read_set("\nNoNewPrivs:\t"), seen->no_new_privs);
	assert_int_equal(getresuid(&uids[0], &uids[1], &uids[2]), 0);
	assert_int_equal(getresgid(&gids[0], &gids[1], &gids[2]), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_true(uids[i] == seen->uid && gids[i] == seen->gid);
	assert_true(seen->uid == 0 || setuid(0) != 0);
}

/* --- from what ----------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

static void set_sets(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted = (uint32_t)(permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(inheritable >> 32 * i);
	}
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static uint64_t permitted_set(void)
{
	return read_set("\nCapPrm:\t");
}

static void take_groups_of_root(void)
{
	assert_int_equal(setgroups(3, (const gid_t[]){0, 6, 27}), 0);
}

static void raise_everything(void)
{
	take_groups_of_root();
	set_sets(permitted_set(), permitted_set());
	assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0), 0);
	assert_int_equal(
		prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NO_CAP_AMBIENT_RAISE), 0);
}

static void lose_setpcap(void)
{
	take_groups_of_root();
	set_sets(permitted_set() & ~CAPABILITY_BIT(CAP_SETPCAP), 0);
}

/* As execve(2) leaves it to root only where a tracer, say, may not see more. */
static void lose_chown(void)
{
	set_sets(permitted_set() & ~CAPABILITY_BIT(CAP_CHOWN), 0);
}

static void be_somebody(void)
{
	assert_int_equal(setgroups(3, more), 0);
	assert_int_equal(setresgid(1000, 1000, 1000), 0);
	set_sets(permitted_set(), permitted_set());
	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1), 0);
	assert_int_equal(setresuid(1000, 1000, 1000), 0);
	set_sets(CAPABILITY_BIT(CAP_SYS_ADMIN) | BIND, CAPABILITY_BIT(CAP_SYS_ADMIN) | BIND);
	assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0), 0);
}

/* As "unshare -Ur": root is mapped and nobody else, setgroups denied. */
static void enter_namespace(void)
{
	if (unshare(CLONE_NEWUSER) != 0)
		_exit(NO_NAMESPACE);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 0 1");
	write_file("/proc/self/gid_map", "0 0 1");
}

static void enter_namespace_with_groups(void)
{
	take_groups_of_root();
	enter_namespace();
}

static void enter_namespace_without_groups(void)
{
	assert_int_equal(setgroups(0, NULL), 0);
	enter_namespace();
}

/* --- to what ------------------------------------------------------------------------------------- */

#define TO(uid, gid, list)                                                                         \
	.target.ids = &(const struct ids)                                                          \
	{                                                                                          \
		(uid), (gid), (list), sizeof(list) / sizeof((list)[0])                             \
	}
#define TO_1000 TO(1000, 1000, own)
#define TO_ROOT TO(0, 0, only_0)
#define SAFELY .target.no_new_privs = true
#define KEEP_BIND .target.keep = BIND
/* The bounding set is what it was before, by the target or for want of CAP_SETPCAP. */
#define KEEP_BOUNDING .target.keep_bounding = true, BOUNDING_STAYS
#define BOUNDING_STAYS .bounding_stays = true

static const struct scenario {
	const char *name;
	void (*prepare)(void);
	const char *groups; /* in the end, or NULL */
	const char *fails;  /* part of the message, or NULL */
	struct creds_target target;
	bool bounding_stays;
} scenarios[] = {
	{"S10_groups_of_root_are_gone", take_groups_of_root, "27 1000 2000", NULL,
         TO(1000, 1000, more), SAFELY},
	{"S12_all_five_sets_are_empty", raise_everything, "1000", NULL, TO_1000, SAFELY},
	{"S12_only_kept_capabilities_reach_the_command", raise_everything, "1000", NULL, TO_1000,
         KEEP_BIND, SAFELY},
	{"new_privileges_may_be_allowed", take_groups_of_root, "1000", NULL, TO_1000},
	{"root_has_no_capabilities_either", raise_everything, "0", NULL, TO_ROOT, SAFELY},
	{"S33_without_setpcap_no_new_privs_makes_the_bounding_set_harmless", lose_setpcap, "1000",
         NULL, TO_1000, SAFELY, BOUNDING_STAYS},
	/* execve(2) would give uid 0 the whole bounding set. */
	{"S33_also_to_root", lose_setpcap, "0", NULL, TO_ROOT, SAFELY, BOUNDING_STAYS},
	{"S33_without_setpcap_new_privileges_cannot_be_allowed", lose_setpcap, NULL,
         "--cap-add SETPCAP", TO_1000},
	{"S13_new_privileges_keep_the_bounding_set_and_nothing_else", raise_everything, "1000",
         NULL, TO_1000, KEEP_BOUNDING},
	{"S13_the_same_if_the_bounding_set_has_more_than_is_permitted", lose_chown, "1000", NULL,
         TO_1000, KEEP_BIND, KEEP_BOUNDING},
	{"S13_the_same_without_setpcap", lose_setpcap, "1000", NULL, TO_1000, KEEP_BOUNDING},
	{"S12_a_bounding_set_that_holds_more_than_is_permitted_ends_the_start", lose_chown, NULL,
         "checking the step down: 'bounding set': it is cap_chown and not none", TO_1000, SAFELY},
	{"non_root_gives_up_its_capabilities", be_somebody, "27 1000 2000", NULL, SAFELY,
         BOUNDING_STAYS},
	{"non_root_keeps_one", be_somebody, "27 1000 2000", NULL, KEEP_BIND, SAFELY,
         BOUNDING_STAYS},
	{"gosu_empties_inherited_sets_and_keeps_the_bounding_set", raise_everything, "1000", NULL,
         TO_1000, .target.semantics = SEMANTICS_GOSU, BOUNDING_STAYS},
	{"S10_denied_setgroups_is_fatal", enter_namespace_with_groups, NULL,
         "setgroups is denied in this user namespace", TO_ROOT, SAFELY},
	{"S10_denied_setgroups_is_harmless_without_groups", enter_namespace_without_groups, "",
         NULL, TO_ROOT, SAFELY},
	{"gid_without_a_mapping", enter_namespace_without_groups, NULL,
         "changing the gid: '1000': not mapped in this user namespace", TO_1000, SAFELY},
	{"uid_without_a_mapping", enter_namespace_without_groups, NULL,
         "changing the uid: '1000': not mapped in this user namespace", TO(1000, 0, only_0),
         SAFELY},
};

/* Returns the bounding set from before. */
static uint64_t step_down(const struct scenario *scenario)
{
	const struct creds_target *target = &scenario->target;
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_outcome outcome;
	struct creds_state before;
	struct error error = {0};
	uint64_t bounding;

	scenario->prepare();
	assert_true(creds_read(target->semantics == SEMANTICS_GOSU ? BOUNDING_UNREAD
	                       : target->keep_bounding             ? BOUNDING_READ
	                                                           : BOUNDING_AS_EXECUTED,
	                       &arena, &before, &error));
	bounding = read_set("\nCapBnd:\t");
	if (!creds_step_down(&before, target, &arena, &outcome, &error)) {
		if (scenario->fails == NULL || strstr(error.message, scenario->fails) == NULL)
			fail_msg("%s", error.message);
		_exit(0);
	}
	assert_null(scenario->fails);
	assert_int_equal(outcome.bounding_left, scenario->bounding_stays &&
	                                                !target->keep_bounding &&
	                                                target->semantics == SEMANTICS_STRICT);
	return bounding;
}

static void run_child(const struct scenario *scenario)
{
	const struct creds_target *target = &scenario->target;
	struct seen seen = {1000,         1000,         scenario->groups,
	                    target->keep, target->keep, target->no_new_privs};
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char words[6][40];
	char *command[] = {words[0], words[1], words[2], words[3], words[4], words[5], NULL};
	uint64_t bounding = step_down(scenario);

	if (target->ids != NULL) {
		seen.uid = target->ids->uid;
		seen.gid = target->ids->gid;
	}
	if (scenario->bounding_stays)
		seen.bounding = bounding;
	expect_seen(&seen);
	snprintf(words[0], sizeof(words[0]), "%u", seen.uid);
	snprintf(words[1], sizeof(words[1]), "%u", seen.gid);
	snprintf(words[2], sizeof(words[2]), "%s", seen.groups);
	snprintf(words[3], sizeof(words[3]), "%" PRIx64, seen.caps);
	snprintf(words[4], sizeof(words[4]), "%" PRIx64, seen.bounding);
	snprintf(words[5], sizeof(words[5]), "%u", seen.no_new_privs);
	fexecve(self, command, environ);
	fail_msg("fexecve: %s", strerror(errno));
}

/* This program again, as the command behind the step down. */
static int look(char *const *words)
{
	expect_seen(&(const struct seen){(unsigned)strtoul(words[0], NULL, 10),
	                                 (unsigned)strtoul(words[1], NULL, 10), words[2],
	                                 strtoull(words[3], NULL, 16), strtoull(words[4], NULL, 16),
	                                 words[5][0] == '1'});
	return 0;
}

static void run(void **state)
{
	pid_t child = start_child();
	int status;

	if (child == 0)
		run_child(*state);
	status = status_of(child);
	if (status == NO_NAMESPACE)
		skip();
	assert_int_equal(status, 0);
}

int main(int count, char **words)
{
	if (count == 6)
		return look(words);
	for (size_t i = 0; i < COUNT(scenarios); i++)
		add_test(0, (struct CMUnitTest){scenarios[i].name, run, NULL, NULL,
		                                (void *)(uintptr_t)&scenarios[i]});
	return cmocka_run_group_tests(tests, need_root, NULL);
}
