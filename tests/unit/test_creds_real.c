/* The step down against the real kernel, as root: seen from inside, and again from inside the
 * program that is executed behind it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "core/capability_names.h"
#include "creds/drop.h"
#include "creds/read.h"
#include "need_root.h"

#define BIND CAPABILITY_BIT(CAP_NET_BIND_SERVICE)
#define NO_NAMESPACE 77

/* What /proc/PID/status says; empty sets and no groups where nothing else is said. */
struct seen {
	unsigned uid, gid; /* all four of each */
	const char *groups;
	uint64_t caps; /* effective, permitted, inheritable and ambient */
	uint64_t bounding;
	bool no_new_privs;
};

struct scenario {
	void (*prepare)(void);
	struct creds_target target;
	struct seen seen;
	bool keeps_bounding; /* SEEN.bounding is what it was before */
	const char *fails;   /* part of the message, or NULL */
};

#define TO(uid, gid, list)                                                                         \
	&(const struct ids)                                                                        \
	{                                                                                          \
		(uid), (gid), (list), sizeof(list) / sizeof((list)[0])                             \
	}

static const gid_t own[] = {1000};
static const gid_t more[] = {27, 1000, 2000};
static const gid_t only_0[] = {0};
static _Alignas(16) char memory[1 << 16];

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(1);
}

static void read_status(char *buffer, size_t size)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	must(fd >= 0, "/proc/self/status");
	length = read(fd, buffer, size - 1);
	must(length > 0, "/proc/self/status");
	buffer[length] = '\0';
	close(fd);
}

static void expect_line(const char *status, const char *line)
{
	if (strstr(status, line) != NULL)
		return;
	fprintf(stderr, "expected:%sin:\n%s", line, status);
	_exit(2);
}

static uint64_t read_set(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	must(line != NULL, name);
	return strtoull(line + strlen(name), NULL, 16);
}

static void expect_seen(const struct seen *seen)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
	static char status[8192];
	char line[200];

	read_status(status, sizeof(status));
	snprintf(line, sizeof(line), "\nUid:\t%u\t%u\t%u\t%u\n", seen->uid, seen->uid, seen->uid,
	         seen->uid);
	expect_line(status, line);
	snprintf(line, sizeof(line), "\nGid:\t%u\t%u\t%u\t%u\n", seen->gid, seen->gid, seen->gid,
	         seen->gid);
	expect_line(status, line);
	snprintf(line, sizeof(line), "\nGroups:\t%s \n", seen->groups);
	expect_line(status, line);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		snprintf(line, sizeof(line), "\n%s:\t%016" PRIx64 "\n", sets[i], seen->caps);
		expect_line(status, line);
	}
	snprintf(line, sizeof(line), "\nCapBnd:\t%016" PRIx64 "\n", seen->bounding);
	expect_line(status, line);
	snprintf(line, sizeof(line), "\nNoNewPrivs:\t%d\n", seen->no_new_privs);
	expect_line(status, line);
}

static void expect_ids(const struct seen *seen)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	must(getresuid(&ruid, &euid, &suid) == 0, "getresuid");
	must(getresgid(&rgid, &egid, &sgid) == 0, "getresgid");
	must(ruid == seen->uid && euid == seen->uid && suid == seen->uid, "uids");
	must(rgid == seen->gid && egid == seen->gid && sgid == seen->gid, "gids");
	must(seen->uid == 0 || setuid(0) != 0, "root is within reach");
}

static void write_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content), path);
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
	must(syscall(SYS_capset, &header, data) == 0, "capset");
}

static uint64_t present_set(const char *name)
{
	static char status[8192];

	read_status(status, sizeof(status));
	return read_set(status, name);
}

static uint64_t permitted_set(void)
{
	return present_set("\nCapPrm:\t");
}

static void take_groups_of_root(void)
{
	const gid_t groups[] = {0, 6, 27};

	must(setgroups(3, groups) == 0, "setgroups");
}

static void raise_everything(void)
{
	take_groups_of_root();
	set_sets(permitted_set(), permitted_set());
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0) == 0, "ambient");
	must(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NO_CAP_AMBIENT_RAISE) == 0,
	     "securebits");
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
	must(setgroups(3, more) == 0 && setresgid(1000, 1000, 1000) == 0, "groups");
	set_sets(permitted_set(), permitted_set());
	must(prctl(PR_SET_KEEPCAPS, 1) == 0 && setresuid(1000, 1000, 1000) == 0, "setresuid");
	set_sets(CAPABILITY_BIT(CAP_SYS_ADMIN) | BIND, CAPABILITY_BIT(CAP_SYS_ADMIN) | BIND);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0) == 0, "ambient");
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
	must(setgroups(0, NULL) == 0, "setgroups");
	enter_namespace();
}

static void step_down(const struct scenario *scenario, struct seen *seen)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_outcome outcome;
	struct creds_state before;
	struct error error = {0};

	scenario->prepare();
	must(creds_read(scenario->target.semantics == SEMANTICS_GOSU ? BOUNDING_UNREAD
	                : scenario->target.keep_bounding             ? BOUNDING_READ
	                                                             : BOUNDING_AS_EXECUTED,
	                &arena, &before, &error),
	     error.message);
	if (scenario->keeps_bounding)
		seen->bounding = present_set("\nCapBnd:\t");
	if (!creds_step_down(&before, &scenario->target, &arena, &outcome, &error)) {
		if (scenario->fails != NULL && strstr(error.message, scenario->fails) != NULL)
			_exit(0);
		fprintf(stderr, "%s\n", error.message);
		_exit(3);
	}
	if (scenario->fails != NULL)
		_exit(4);
	must(outcome.bounding_left ==
	             (scenario->keeps_bounding && !scenario->target.keep_bounding &&
	              scenario->target.semantics == SEMANTICS_STRICT),
	     "bounding_left");
}

static void run_child(const struct scenario *scenario)
{
	struct seen seen = scenario->seen;
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char words[6][40];
	char *command[] = {words[0], words[1], words[2], words[3], words[4], words[5], NULL};

	must(self >= 0, "/proc/self/exe");
	step_down(scenario, &seen);
	expect_seen(&seen);
	expect_ids(&seen);
	snprintf(words[0], sizeof(words[0]), "%u", seen.uid);
	snprintf(words[1], sizeof(words[1]), "%u", seen.gid);
	snprintf(words[2], sizeof(words[2]), "%s", seen.groups);
	snprintf(words[3], sizeof(words[3]), "%" PRIx64, seen.caps);
	snprintf(words[4], sizeof(words[4]), "%" PRIx64, seen.bounding);
	snprintf(words[5], sizeof(words[5]), "%d", seen.no_new_privs);
	/* In compat mode root gets its capabilities back here, as it should. */
	if (seen.uid == 0 && scenario->target.semantics == SEMANTICS_GOSU)
		_exit(0);
	fexecve(self, command, environ);
	must(false, "fexecve");
}

/* This program again, as the command behind the step down. */
static int look(char *const *words)
{
	struct seen seen = {
		.uid = (unsigned)strtoul(words[0], NULL, 10),
		.gid = (unsigned)strtoul(words[1], NULL, 10),
		.groups = words[2],
		.caps = strtoull(words[3], NULL, 16),
		.bounding = strtoull(words[4], NULL, 16),
		.no_new_privs = words[5][0] == '1',
	};

	expect_seen(&seen);
	expect_ids(&seen);
	_exit(0);
}

static void run(const struct scenario *scenario)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		run_child(scenario);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void S10_groups_of_root_are_gone(void **state)
{
	const struct scenario scenario = {
		.prepare = take_groups_of_root,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, more), 0, true, false},
		.seen = {1000, 1000, "27 1000 2000", 0, 0, true},
	};

	run(&scenario);
}

static void S12_all_five_sets_are_empty(void **state)
{
	const struct scenario scenario = {
		.prepare = raise_everything,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, true, false},
		.seen = {1000, 1000, "1000", 0, 0, true},
	};

	run(&scenario);
}

static void S12_only_kept_capabilities_reach_the_command(void **state)
{
	const struct scenario scenario = {
		.prepare = raise_everything,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, own), BIND, true, false},
		.seen = {1000, 1000, "1000", BIND, BIND, true},
	};

	run(&scenario);
}

static void new_privileges_may_be_allowed(void **state)
{
	const struct scenario scenario = {
		.prepare = take_groups_of_root,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, false, false},
		.seen = {1000, 1000, "1000", 0, 0, false},
	};

	run(&scenario);
}

static void root_has_no_capabilities_either(void **state)
{
	const struct scenario scenario = {
		.prepare = raise_everything,
		.target = {SEMANTICS_STRICT, TO(0, 0, only_0), 0, true, false},
		.seen = {0, 0, "0", 0, 0, true},
	};

	run(&scenario);
}

static void S33_without_setpcap_no_new_privs_makes_the_bounding_set_harmless(void **state)
{
	const struct scenario user = {
		.prepare = lose_setpcap,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, true, false},
		.seen = {1000, 1000, "1000", 0, 0, true},
		.keeps_bounding = true,
	};
	/* execve(2) would give uid 0 the whole bounding set. */
	const struct scenario root = {
		.prepare = lose_setpcap,
		.target = {SEMANTICS_STRICT, TO(0, 0, only_0), 0, true, false},
		.seen = {0, 0, "0", 0, 0, true},
		.keeps_bounding = true,
	};

	run(&user);
	run(&root);
}

static void S33_without_setpcap_new_privileges_cannot_be_allowed(void **state)
{
	const struct scenario scenario = {
		.prepare = lose_setpcap,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, false, false},
		.fails = "--cap-add SETPCAP",
	};

	run(&scenario);
}

/* The second row starts without CAP_CHOWN in the permitted set, and with it in the bounding one. */
static void S13_new_privileges_keep_the_bounding_set_and_nothing_else(void **state)
{
	const struct scenario rows[] = {
		{
			.prepare = raise_everything,
			.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, false, true},
			.seen = {1000, 1000, "1000", 0, 0, false},
			.keeps_bounding = true,
		},
		{
			.prepare = lose_chown,
			.target = {SEMANTICS_STRICT, TO(1000, 1000, own), BIND, false, true},
			.seen = {1000, 1000, "1000", BIND, 0, false},
			.keeps_bounding = true,
		},
		{
			.prepare = lose_setpcap,
			.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, false, true},
			.seen = {1000, 1000, "1000", 0, 0, false},
			.keeps_bounding = true,
		},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run(&rows[i]);
}

static void S12_a_bounding_set_that_holds_more_than_is_permitted_ends_the_start(void **state)
{
	const struct scenario scenario = {
		.prepare = lose_chown,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, true, false},
		.fails = "checking the step down: 'bounding set': it is cap_chown and not none",
	};

	run(&scenario);
}

static void non_root_gives_up_its_capabilities(void **state)
{
	const struct scenario without_setpcap = {
		.prepare = be_somebody,
		.target = {.no_new_privs = true},
		.seen = {1000, 1000, "27 1000 2000", 0, 0, true},
		.keeps_bounding = true,
	};
	const struct scenario keeping = {
		.prepare = be_somebody,
		.target = {.keep = BIND, .no_new_privs = true},
		.seen = {1000, 1000, "27 1000 2000", BIND, 0, true},
		.keeps_bounding = true,
	};

	run(&without_setpcap);
	run(&keeping);
}

static void gosu_empties_inherited_sets_and_keeps_the_bounding_set(void **state)
{
	const struct scenario user = {
		.prepare = raise_everything,
		.target = {SEMANTICS_GOSU, TO(1000, 1000, own), 0, false, false},
		.seen = {1000, 1000, "1000", 0, 0, false},
		.keeps_bounding = true,
	};

	run(&user);
}

static void S10_denied_setgroups_is_fatal_unless_harmless(void **state)
{
	const struct scenario fatal = {
		.prepare = enter_namespace_with_groups,
		.target = {SEMANTICS_STRICT, TO(0, 0, only_0), 0, true, false},
		.fails = "setgroups is denied in this user namespace",
	};
	const struct scenario harmless = {
		.prepare = enter_namespace_without_groups,
		.target = {SEMANTICS_STRICT, TO(0, 0, only_0), 0, true, false},
		.seen = {0, 0, "", 0, 0, true},
	};

	run(&fatal);
	run(&harmless);
}

static void ids_without_a_mapping_are_named_in_the_error(void **state)
{
	const struct scenario gid = {
		.prepare = enter_namespace_without_groups,
		.target = {SEMANTICS_STRICT, TO(1000, 1000, own), 0, true, false},
		.fails = "changing the gid: '1000': not mapped in this user namespace",
	};
	const struct scenario uid = {
		.prepare = enter_namespace_without_groups,
		.target = {SEMANTICS_STRICT, TO(1000, 0, only_0), 0, true, false},
		.fails = "changing the uid: '1000': not mapped in this user namespace",
	};

	run(&gid);
	run(&uid);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S10_groups_of_root_are_gone),
		cmocka_unit_test(S12_all_five_sets_are_empty),
		cmocka_unit_test(S12_only_kept_capabilities_reach_the_command),
		cmocka_unit_test(new_privileges_may_be_allowed),
		cmocka_unit_test(root_has_no_capabilities_either),
		cmocka_unit_test(S33_without_setpcap_no_new_privs_makes_the_bounding_set_harmless),
		cmocka_unit_test(S33_without_setpcap_new_privileges_cannot_be_allowed),
		cmocka_unit_test(S13_new_privileges_keep_the_bounding_set_and_nothing_else),
		cmocka_unit_test(
			S12_a_bounding_set_that_holds_more_than_is_permitted_ends_the_start),
		cmocka_unit_test(non_root_gives_up_its_capabilities),
		cmocka_unit_test(gosu_empties_inherited_sets_and_keeps_the_bounding_set),
		cmocka_unit_test(S10_denied_setgroups_is_fatal_unless_harmless),
		cmocka_unit_test(ids_without_a_mapping_are_named_in_the_error),
	};

	if (count == 6)
		return look(words);
	return cmocka_run_group_tests(tests, need_root, NULL);
}
