/* src/run: what a start reads before it changes anything, the drop in the real kernel, and a signal. */
#include "scratch.h"

#include <grp.h>
#include <signal.h>
#include <sys/auxv.h>

#include <linux/securebits.h>

#include "core/capability_names.h"
#include "creds/drop.h"
#include "creds/read.h"
#include "creds/syscalls.h"
#include "hooked_calls.h"
#include "run/gather.h"
#include "run/look.h"

static _Alignas(16) char memory[1 << 15];
static struct error error;

static unsigned long vector[AT_SECURE + 1];

/* Takes the place of the C library's. A sanitizer asks for the size of a page. */
unsigned long getauxval(unsigned long type)
{
	if (type == AT_PAGESZ)
		return (unsigned long)sysconf(_SC_PAGESIZE);
	return type < COUNT(vector) ? vector[type] : 0;
}

TEST_IN_CHILD(S25_S50_rights_that_the_caller_lacks_are_refused)
{
	static const struct {
		unsigned long ids[4]; /* AT_UID, AT_EUID, AT_GID and AT_EGID */
		bool is_secure;
		unsigned securebits;
		bool is_refused;
	} rows[] = {
		{{5, 5, 6, 6}, false, 0, false},
		{{5, 0, 6, 6}, false, 0, true},
		{{5, 5, 6, 0}, false, 0, true},
		/* File capabilities. */
		{{1, 1, 6, 6}, true, 0, true},
		{{0, 0, 0, 0}, true, 0, false},
		{{0, 0, 0, 0}, true, SECBIT_NOROOT, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(&vector[AT_UID], rows[i].ids, sizeof(rows[i].ids));
		vector[AT_SECURE] = rows[i].is_secure;
		assert_int_equal(prctl(PR_SET_SECUREBITS, rows[i].securebits), 0);
		if (gather_refuse_setuid(&error) == rows[i].is_refused)
			fail_msg("row %zu", i);
	}
	assert_non_null(strstr(error.message, "starting: installed setuid"));
}

static struct facts facts_of(const struct options *options, enum semantics semantics,
                             const char *etc)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	struct facts facts;
	int etc_fd = open(at("%s", etc), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!gather_facts(options, semantics, etc_fd, &arena, &facts, &error))
		fail_msg("%s", error.message);
	close(etc_fd);
	return facts;
}

/* CAP_CHOWN is permitted, but not in the bounding set. The group file tells root's own groups from those that the
 * engine granted. */
TEST_IN_CHILD(the_bounding_set_and_the_group_file_are_read_if_the_plan_needs_them)
{
	static const struct {
		struct options options;
		enum semantics semantics;
		gid_t group;
		bool has_chown; /* the bounding set, which is the permitted one then */
		bool group_is_read;
	} rows[] = {
		{{0}, SEMANTICS_STRICT, 5, true, true},
		{{0}, SEMANTICS_STRICT, 0, true, false},
		{{.clear_groups = true}, SEMANTICS_STRICT, 5, true, false},
		{{.allow_new_privs = true}, SEMANTICS_STRICT, 5, false, true},
		{{.capabilities = 1}, SEMANTICS_STRICT, 5, false, true},
		{{.tried_capabilities = 1}, SEMANTICS_STRICT, 5, false, true},
		{{.allow_new_privs = true}, SEMANTICS_GOSU, 5, false, false},
	};

	make("files/");
	write_text(at("files/passwd"), "root:x:0:0::/:\n");
	write_text(at("files/group"), "root:x:0:\n");
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_CHOWN), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts facts;

		assert_int_equal(setgroups(1, &rows[i].group), 0);
		facts = facts_of(&rows[i].options, rows[i].semantics, "files");
		if ((facts.creds.bounding >> CAP_CHOWN & 1) != rows[i].has_chown ||
		    (facts.creds.bounding == 0) != (rows[i].semantics == SEMANTICS_GOSU) ||
		    (facts.group.length > 0) != rows[i].group_is_read)
			fail_msg("row %zu", i);
	}
}

TEST_IN_CHILD(a_passwd_that_is_no_file_is_an_error)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	struct facts facts;

	make("wrong/ wrong/passwd/");
	assert_false(gather_facts(&(struct options){0}, SEMANTICS_STRICT,
	                          open(at("wrong"), O_RDONLY | O_CLOEXEC), &arena, &facts, &error));
}

#define WHOLE "         0          0 4294967295\n"

TEST_IN_CHILD(S45_only_a_map_of_all_groups_hides_none)
{
	static const struct {
		const char *map; /* NULL: there is none */
		gid_t groups[2];
		bool hides;
		uid_t uid;
	} rows[] = {
		{WHOLE, {5, 65534}, false, APP},
		{NULL, {65534, 70000}, true, APP},
		{NULL, {5, 65535}, false, APP},
		{NULL, {5, 65534}, false, 0},
		{"", {5, 65534}, true, APP},
		{"         0          0 4294967294\n", {5, 65534}, true, APP},
		{WHOLE "         7          7          1\n", {5, 65534}, true, APP},
	};
	const struct options options = {.clear_groups = true};
	int lowest = count_descriptors();

	/* This child alone gets another /proc, because the leak sanitizer reads /proc at the end. */
	replace_proc();
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].map != NULL)
			write_text("/proc/self/gid_map", rows[i].map);
		else
			unlink("/proc/self/gid_map");
		assert_int_equal(setgroups(2, rows[i].groups), 0);
		assert_int_equal(seteuid(rows[i].uid), 0);
		if (facts_of(&options, SEMANTICS_STRICT, "nowhere").may_hide_groups !=
		    rows[i].hides)
			fail_msg("row %zu", i);
		assert_int_equal(seteuid(0), 0);
	}
	assert_int_equal(count_descriptors(), lowest);
}

TEST(the_reason_that_prevents_an_account_is_foreseen)
{
	struct user_spec user = {.defines_account = true};
	const struct options options = {.users = &user, .user_count = 1};

	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "nowhere").etc_errnum, ENOENT);
	make("etc/ etc/passwd");
	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "etc").etc_errnum, 0);
	mount_bind(at("etc"), at("etc"), MS_RDONLY);
	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "etc").etc_errnum, EROFS);
	/* A mount of its own may be writable. */
	make("passwd etc/passwd@passwd");
	assert_int_equal(facts_of(&options, SEMANTICS_STRICT, "etc").etc_errnum, 0);
}

TEST(an_owner_of_a_path_for_which_there_is_no_room_is_an_error)
{
	struct user_spec user = {.user = {.given = true, .is_path = true, .name = slice_of("/")}};
	const struct options options = {.users = &user, .user_count = 1};
	struct arena arena = arena_in(memory, 0);
	struct facts facts;

	for (size_t size = 1; !gather_facts(&options, SEMANTICS_STRICT, -1, &arena, &facts, &error);
	     size++) {
		assert_true(size < sizeof(memory));
		arena = arena_in(memory, size);
	}
	assert_int_equal(facts.owners->uid, 0);
	assert_string_equal(error.message, "finding the path: too many paths");
}

#define KEPT(set) set ":\t0000000000002000\n"

/* The calls of src/creds, which test_creds.c replaces. */
TEST_IN_CHILD(S11_S12_the_kernel_tells_of_the_drop_what_src_proves)
{
	const struct ids ids = {1000, 1001, (gid_t[]){7, 1001}, 2};
	const struct creds_target target = {
		.ids = &ids, .keep = CAPABILITY_BIT(CAP_NET_RAW), .no_new_privs = true};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_state before;
	struct creds_outcome outcome;
	char status[4096] = "";
	int fd;

	assert_int_equal(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), 0);
	assert_int_equal(credcalls_setresgid(4, 5, 6), 0);
	assert_int_equal(credcalls_setresuid(1, 0, 3), 0);
	assert_true(creds_read(BOUNDING_READ, &arena, &before, &error));
	assert_true(before.ruid == 1 && before.euid == 0 && before.suid == 3);
	assert_true(before.rgid == 4 && before.egid == 5 && before.sgid == 6);
	assert_int_equal(before.securebits, SECBIT_NO_SETUID_FIXUP);
	if (!creds_check(&before, &target, &error) ||
	    !creds_step_down(&before, &target, &arena, &outcome, &error))
		fail_msg("%s", error.message);
	/* execve(2) clears this one. */
	assert_int_equal(prctl(PR_GET_SECUREBITS), SECBIT_KEEP_CAPS);
	fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, status, sizeof(status) - 1) > 0);
	assert_non_null(strstr(status, "Uid:\t1000\t1000\t1000\t1000\n"));
	assert_non_null(strstr(status, "Gid:\t1001\t1001\t1001\t1001\n"));
	assert_non_null(strstr(status, "Groups:\t7 1001 \n"));
	assert_non_null(strstr(status, KEPT("CapInh") KEPT("CapPrm") KEPT("CapEff") KEPT("CapBnd")
	                                       KEPT("CapAmb") "NoNewPrivs:\t1\n"));
}

static bool raise_signal(struct call *call)
{
	raise(SIGTERM);
	return false;
}

/* The signal is caught. */
static void succeed(const char *line)
{
	_exit(CHILD_PASSED);
}

static uint32_t ignore_progress(const char *path, uint64_t visited, uint64_t changed,
                                uint32_t time_ms, bool finished)
{
	return 0;
}

TEST_IN_CHILD(a_signal_is_caught_while_a_volume_is_walked_or_finished)
{
	const struct declared_path volume = {at("waits"), DEPTH_TREE_IF_TOP_WRONG};
	struct reporter reporter = {VERBOSITY_QUIET, succeed, ignore_progress};
	struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};
	struct ownership_report report;
	struct volume_set set;
	pid_t child;

	make("waits/ waits/file beside=waits/file");
	volume_set_open(&set, NULL);
	assert_true(look_walk(&volume, &request, &set, &reporter, &report, &error));
	assert_null(request.progress);
	reporter.verbosity++;
	assert_true(look_walk(&volume, &request, &set, &reporter, &report, &error));
	assert_non_null(request.progress);
	assert_true(look_finish(volume_waiting(&set), &set, &reporter, &report, &error));
	assert_true(signal(SIGTERM, SIG_DFL) == SIG_DFL);
	hook = raise_signal;
	child = start_child();
	if (child == 0) {
		look_walk(&volume, &request, &set, &reporter, &report, &error);
		fail_msg("no system call");
	}
	assert_int_equal(status_of(child), CHILD_PASSED);
	look_finish(volume_waiting(&set), &set, &reporter, &report, &error);
	fail_msg("no system call");
}
