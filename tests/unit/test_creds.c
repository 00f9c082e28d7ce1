#include "unit.h"

#include "creds/drop.h"
#include "creds/read.h"
#include "creds/verify.h"
#include "creds_scenarios.h"
#include "run/execute.h"

static const struct fake_fault no_fault;
static _Alignas(16) char memory[1 << 20];
static struct arena arena;
static struct creds_state before;
static struct creds_outcome outcome;
static struct error error;

/* Reads the credentials of KERNEL, in which FAULT is. */
static bool read_creds(enum creds_bounding how, const struct fake_kernel *kernel,
                       struct fake_fault fault)
{
	arena = arena_in(memory, sizeof(memory));
	memset(&error, 0, sizeof(error));
	fake_begin(kernel, fault);
	return creds_read(how, &arena, &before, &error);
}

static struct creds_target target_of(const struct scenario *scenario)
{
	struct creds_target target = scenario->target;

	target.no_new_privs = !scenario->allows_new_privs;
	return target;
}

/* HOW the bounding set is come by before the step down, where it is looked at. */
static bool run(enum creds_bounding how, const struct scenario *scenario, struct fake_fault fault)
{
	struct creds_target target = target_of(scenario);

	if (target.semantics == SEMANTICS_GOSU)
		how = BOUNDING_UNREAD;
	else if (target.keep_bounding)
		how = BOUNDING_READ;
	memset(&outcome, 0, sizeof(outcome));
	return read_creds(how, &scenario->kernel, fault) &&
	       creds_step_down(&before, &target, &arena, &outcome, &error);
}

static bool check(const struct scenario *scenario, struct fake_fault fault)
{
	struct creds_target target = target_of(scenario);

	assert_true(read_creds(BOUNDING_READ, &scenario->kernel, fault));
	return creds_check(&before, &target, &error);
}

/* The kernel as it has to be in the end, apart from securebits. That a kernel without ambient capabilities claims to
 * have one that is kept, and then leaves the command with less than was asked for, cannot be found out. */
static struct fake_kernel wished(const struct scenario *scenario)
{
	const struct creds_target *target = &scenario->target;
	bool is_strict = target->semantics == SEMANTICS_STRICT;
	struct fake_kernel kernel = scenario->kernel;

	kernel.securebits = fake.securebits;
	if (target->ids != NULL) {
		for (size_t i = 0; i < 3; i++) {
			kernel.uids[i] = target->ids->uid;
			kernel.gids[i] = target->ids->gid;
		}
		if (!outcome.groups_left)
			set_groups(&kernel, target->ids->group_count, target->ids->groups);
		/* Root's keyring is the command's only where the command may not call keyctl(2) either. */
		kernel.joined_session = is_strict && kernel.keyctl_errnum == 0;
	}
	if (is_strict || target->ids->uid != 0) {
		kernel.effective = kernel.permitted = kernel.inheritable = target->keep;
		kernel.ambient = kernel.has_no_ambient ? 0 : target->keep;
	}
	if (is_strict && !target->keep_bounding && !outcome.bounding_left)
		kernel.bounding = target->keep;
	if (is_strict && !scenario->allows_new_privs)
		kernel.no_new_privs = true;
	return kernel;
}

static bool is_in(const struct ids *ids, gid_t group)
{
	for (size_t i = 0; i < ids->group_count; i++) {
		if (ids->groups[i] == group)
			return true;
	}
	return false;
}

static bool is_as_wished(const struct scenario *scenario)
{
	const struct creds_target *target = &scenario->target;
	const struct fake_kernel *was = &scenario->kernel;
	struct fake_kernel kernel = wished(scenario);

	if (target->ids == NULL && contains(fake.uids, 0))
		return false;
	for (size_t i = 0; outcome.groups_left && i < fake.group_count; i++) {
		if (!is_in(target->ids, fake.groups[i]))
			return false;
	}
	if (outcome.bounding_left && (!fake.no_new_privs || (was->bounding & ~target->keep) == 0))
		return false;
	return outcome.keyring_left == (was->keyctl_errnum != 0) &&
	       memcmp(&fake, &kernel, sizeof(fake)) == 0;
}

TEST(S30_every_scenario_reaches_its_target_or_its_message)
{
	for (size_t i = 0; i < 2 * COUNT(scenarios); i++) {
		const struct scenario *row = &scenarios[i / 2];
		bool is_read = i % 2 == 0;
		const char *fails = is_read || row->fails_unread == NULL ? row->fails
		                                                         : row->fails_unread;
		bool ok = run(is_read ? BOUNDING_READ : BOUNDING_AS_EXECUTED, row, no_fault);

		if (ok != (fails == NULL) || (!ok && strstr(error.message, fails) == NULL))
			fail_msg("%s: %s", row->name, ok ? "succeeded" : error.message);
		if (ok &&
		    (!is_as_wished(row) || outcome.groups_left != row->kernel.denies_setgroups))
			fail_msg("%s: not as wished, groups left: %d", row->name,
			         outcome.groups_left);
		assert_true(ok || error.status == STATUS_FAILED);
	}
}

#define BOUNDING_CALLS (LAST_CAP + 2) /* of one look at the set, up to the first that is unknown */

TEST(S12_bounding_set_is_read_once_if_the_permitted_set_stands_for_it)
{
	const struct scenario rows[] = {
		{"", ROOT(OTHER_IDS | SETPCAP), TO_1000},
		{"", ROOT(OTHER_IDS | SETPCAP), HAS(has_no_securebits), TO_1000},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(run(BOUNDING_AS_EXECUTED, &rows[i], no_fault));
		assert_true(is_as_wished(&rows[i]));
		assert_int_equal(fake_count(&fake_history, fake_history.length, "read_bounding"),
		                 BOUNDING_CALLS);
	}
}

/* getgroups(2) shows a group that is not mapped as nobody's group (S45). */
static bool hides_a_group(const struct scenario *scenario, const struct fake_fault *fault)
{
	return scenario->kernel.mapped_ids == 65535 && strcmp(fault->call, "setgroups") == 0 &&
	       (fault->kind == FAULT_LIES || fault->kind == FAULT_CLAIMS_TRUE);
}

/* Returns whether the step down ends with success. */
static bool survives(enum creds_bounding how, const struct scenario *scenario,
                     struct fake_fault fault)
{
	bool ok = run(how, scenario, fault);

	if (ok && !is_as_wished(scenario) && !hides_a_group(scenario, &fault))
		fail_msg("%s: %s, invocation %u, fault %d, errno %d, forgets %u, goes on %d: "
		         "success, but not as wished",
		         scenario->name, fault.call, fault.first, fault.kind, fault.errnum,
		         fault.forgotten, fault.goes_on);
	if (!ok && (error.status != STATUS_FAILED || error.message[0] == '\0'))
		fail_msg("%s: %s: failure without a message", scenario->name, fault.call);
	return ok;
}

static bool only_reads(const char *call)
{
	return strstr(call, "get") != NULL || strncmp(call, "read", strlen("read")) == 0;
}

/* Returns how often the step down fails if each call of SCENARIO has FAULT, once and from then on. That a kernel
 * which goes on lying about its state cannot be found out is no news. */
static size_t provoke(enum creds_bounding how, const struct scenario *scenario,
                      struct fake_fault fault)
{
	struct fake_history history;
	size_t failed = 0;

	run(how, scenario, no_fault);
	history = fake_history;
	for (size_t i = 0; i < history.length; i++) {
		fault.call = history.calls[i];
		fault.first = fake_count(&history, i, fault.call);
		fault.goes_on = false;
		failed += !survives(how, scenario, fault);
		fault.goes_on = true;
		if (fault.kind == FAULT_FAILS || !only_reads(fault.call))
			failed += !survives(how, scenario, fault);
	}
	return failed;
}

TEST(S11_a_call_that_fails_or_lies_never_ends_in_success_with_privileges)
{
	static const struct fake_fault faults[] = {
		{FAULT_FAILS, NULL, EPERM},
		{FAULT_FAILS, NULL, EINVAL},
		{FAULT_FAILS, NULL, EAGAIN},
		{FAULT_FAILS, NULL, ENOSYS},
		{FAULT_LIES},
		{FAULT_CLAIMS_TRUE},
		{FAULT_FORGETS, .forgotten = 0},
		{FAULT_FORGETS, .forgotten = 1},
		{FAULT_FORGETS, .forgotten = 2},
		{FAULT_FORGETS, .forgotten = 3},
		{FAULT_FORGETS, .forgotten = 4},
	};

	for (size_t i = 0; i < COUNT(faults); i++) {
		size_t failed = 0;

		for (size_t row = 0; row < COUNT(scenarios); row++) {
			failed += provoke(BOUNDING_READ, &scenarios[row], faults[i]);
			failed += provoke(BOUNDING_AS_EXECUTED, &scenarios[row], faults[i]);
		}
		assert_true(failed > 0);
	}
}

#define READING "reading the credentials: "
#define PROVING "checking the step down: "
#define FORBIDDEN "Operation not permitted (seccomp or a security module forbids it)"
#define UNMAPPED                                                                                   \
	"'1000': not mapped in this user namespace, so it may be anybody's, also root's outside ("

TEST(S30_a_call_that_fails_ends_as_its_errno_says)
{
	const struct scenario root = {"", ROOT(FULL), TO_1000};
	const struct scenario keeps = {"", ROOT(FULL), TO_1000, KEEP(BIND | HIGHEST)};
	const struct scenario user = {"", USER_1000};
	const struct scenario ambient = {"", USER_1000, ALL(BIND), AMBIENT(BIND)};
	const struct scenario stays = {"", ROOT(OTHER_IDS), TO_1000, KEEP_BOUNDING};
	const struct {
		const struct scenario *scenario;
		struct fake_fault fault;
		const char *message; /* begins so, and has a hint or none; NULL: success */
		bool is_check;       /* of creds_check() instead */
	} rows[] = {
		{&root, {FAULT_FAILS, "setresuid", EPERM}, "changing the uid: '1000': " FORBIDDEN},
		{&root,
	         {FAULT_FAILS, "setresuid", EAGAIN},
	         "changing the uid: '1000': Resource temporarily unavailable"},
		{&root, {FAULT_FAILS, "setresgid", EPERM}, "changing the gid: '1000': " FORBIDDEN},
		{&keeps,
	         {FAULT_FAILS, "capng_update", EINVAL},
	         "giving up privileges: 'capabilities': Invalid argument (a securebit may be "
	         "locked)"},
		{&user, {FAULT_FAILS, "setresuid", EPERM}, NULL},
		{&user, {FAULT_FAILS, "setresgid", EPERM}, NULL},
		{&user, {FAULT_FAILS, "setresuid", EINVAL}, "checking the uid: " UNMAPPED},
		{&user, {FAULT_FAILS, "setresgid", EINVAL}, "checking the gid: " UNMAPPED},
		{&ambient, {FAULT_FAILS, "read_ambient", EPERM}, READING "Operation not permitted"},
		{&ambient, {FAULT_FAILS, "read_ambient", EINVAL}, NULL},
		{&root, {FAULT_FAILS, "get_securebits", EPERM}, READING "Operation not permitted"},
		{&root, {FAULT_FAILS, "get_securebits", EINVAL}, NULL},
		{&root, {FAULT_FAILS, "get_no_new_privs", EINVAL}, READING "Invalid argument"},
		{&root,
	         {FAULT_FAILS, "read_bounding", EINVAL, .first = CAP_BLOCK_SUSPEND},
	         READING "Invalid argument"},
		{&user,
	         {FAULT_FAILS, "read_bounding", EINVAL, .first = CAP_BLOCK_SUSPEND + 1},
	         NULL},
		/* A missing answer proves nothing (S11). */
		{&root, {FAULT_LIES, "getresuid", .goes_on = true}, PROVING "'real uid'"},
		{&root, {FAULT_LIES, "getresgid", .goes_on = true}, PROVING "'real gid'"},
		{&root,
	         {FAULT_LIES, "getgroups", .goes_on = true},
	         PROVING "'groups': it is none and not 1000"},
		{&root, {FAULT_LIES, "capget", .goes_on = true}, PROVING "'effective set'"},
		{&root,
	         {FAULT_LIES, "get_no_new_privs", .goes_on = true},
	         PROVING "'no_new_privs'"},
		/* A kept bounding set has changed since the first look (S13). */
		{&stays,
	         {FAULT_LIES, "read_bounding", .first = BOUNDING_CALLS + CAP_CHOWN},
	         PROVING "'bounding set': it is cap_setgid,"},
		{&stays,
	         {FAULT_CLAIMS_TRUE, "read_bounding", .first = BOUNDING_CALLS + CAP_KILL},
	         PROVING "'bounding set': it is cap_chown,cap_kill,"},
		/* The first call sets a saved id, the second takes it back. */
		{&root,
	         {FAULT_FAILS, "setresuid", EAGAIN, .first = 1},
	         "changing the uid: '1000': Resource temporarily unavailable",
	         true},
		{&root,
	         {FAULT_FAILS, "setresgid", EAGAIN, .first = 1},
	         "setting the groups: '1000': Resource temporarily unavailable",
	         true},
		/* No list has the length that is tried (S10). */
		{&root, {FAULT_LIES, "setgroups"}, NULL, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *wanted = rows[i].message;
		bool ok = rows[i].is_check ? check(rows[i].scenario, rows[i].fault)
		                           : run(BOUNDING_READ, rows[i].scenario, rows[i].fault);

		if (ok != (wanted == NULL))
			fail_msg("row %zu: %d, %s", i, ok, error.message);
		if (!ok && (strncmp(error.message, wanted, strlen(wanted)) != 0 ||
		            (strchr(error.message, '(') == NULL) != (strchr(wanted, '(') == NULL)))
			fail_msg("row %zu: %s", i, error.message);
	}
}

static char said[1024];

static void say(const char *line)
{
	strncat(said, line, sizeof(said) - strlen(said) - 1);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

#define DENIED_GROUPS(...) ALL(FULL), GROUPS(__VA_ARGS__), DENIES_SETGROUPS
#define GROUPS_STAY "stepping down: the groups stay: setgroups is denied"
#define DONE "\nstepping down: done, and read back\n"

TEST(S10_missing_groups_are_told_and_end_a_strict_start)
{
	static const struct reporter reporter = {VERBOSITY_STEPS, say, NULL};
	static const struct plan_step step = {STEP_DROP, NULL};
	const struct {
		bool is_strict;
		const char *said; /* or the error */
		struct scenario scenario;
	} rows[] = {
		/* 27 is there, and 1000 is the gid. */
		{false, GROUPS_STAY "; missing: 2000" DONE, {"", DENIED_GROUPS(27), TO_MORE}},
		{true, GROUPS_STAY "; missing: 2000", {"", DENIED_GROUPS(27), TO_MORE}},
		{false, GROUPS_STAY "; missing: 27,2000" DONE, {"", DENIED_GROUPS(1000), TO_MORE}},
		{true, GROUPS_STAY DONE, {"", DENIED_GROUPS(1000), TO_1000}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct plan plan = {.steps = &step, .step_count = 1, .before = &before};

		said[0] = '\0';
		plan.strict = rows[i].is_strict;
		plan.creds = target_of(&rows[i].scenario);
		assert_true(read_creds(BOUNDING_READ, &rows[i].scenario.kernel, no_fault));
		if (!execute_plan(&plan, -1, &reporter, &arena, &error))
			strcpy(said, error.message);
		assert_string_equal(said, rows[i].said);
	}
}

TEST(S10_a_refusal_of_the_user_namespace_is_reported_before_any_change)
{
	size_t refused = 0;

	for (size_t i = 0; i < COUNT(scenarios); i++) {
		const struct scenario *scenario = &scenarios[i];
		bool is_refused = scenario->fails != NULL &&
		                  (strstr(scenario->fails, "not mapped") != NULL ||
		                   strstr(scenario->fails, "id: '65534'") != NULL ||
		                   strstr(scenario->fails, "setting the groups") != NULL);

		if (scenario->target.semantics == SEMANTICS_GOSU)
			continue;
		if (check(scenario, no_fault) == is_refused)
			fail_msg("%s: %s", scenario->name,
			         is_refused ? "not refused" : error.message);
		assert_memory_equal(&fake, &scenario->kernel, sizeof(fake));
		refused += is_refused;
	}
	assert_true(refused >= 4);
}

TEST(creds_read_returns_the_state_of_the_kernel)
{
	const struct fake_kernel kernel = {{1, 2, 3},
	                                   {4, 5, 6},
	                                   {9, 7, 8, 5, 6},
	                                   5,
	                                   ADMIN,
	                                   ADMIN | IDS | HIGHEST,
	                                   BIND | HIGHEST,
	                                   HIGHEST,
	                                   FULL,
	                                   SECBIT_NOROOT,
	                                   true};

	arena = arena_in(memory, sizeof(memory));
	/* The bytes in front of the groups are larger than each group. */
	memset(arena_allocate(&arena, 64, 1), 0xff, 64);
	fake_begin(&kernel, no_fault);
	assert_true(creds_read(BOUNDING_READ, &arena, &before, &error));
	assert_true((const gid_t *)arena_allocate(&arena, 1, 1) >= before.groups + 5);
	assert_true(before.ruid == 1 && before.euid == 2 && before.suid == 3);
	assert_true(before.rgid == 4 && before.egid == 5 && before.sgid == 6);
	assert_int_equal(before.group_count, 5);
	assert_memory_equal(before.groups, ((gid_t[]){5, 6, 7, 8, 9}), 5 * sizeof(gid_t));
	assert_true(before.effective == ADMIN && before.permitted == (ADMIN | IDS | HIGHEST));
	assert_true(before.inheritable == (BIND | HIGHEST) && before.ambient == HIGHEST);
	assert_true(before.bounding == FULL);
	assert_true(before.securebits == SECBIT_NOROOT && before.no_new_privs);
	assert_int_equal(fake_count(&fake_history, fake_history.length, "read_ambient"), 1);
	/* A kernel may have as many capabilities as there are bits (S12). */
	assert_true(read_creds(
		BOUNDING_READ, &kernel,
		(struct fake_fault){FAULT_CLAIMS_TRUE, "read_bounding", .goes_on = true}));
	assert_true(before.bounding == UINT64_MAX);
	/* Ids that the kernel does not write are those that no process has (S11). */
	assert_true(
		read_creds(BOUNDING_READ, &kernel, (struct fake_fault){FAULT_LIES, "getresuid"}));
	assert_true((before.ruid & before.euid & before.suid) == UINT32_MAX);
	assert_true(
		read_creds(BOUNDING_READ, &kernel, (struct fake_fault){FAULT_LIES, "getresgid"}));
	assert_true((before.rgid & before.egid & before.sgid) == UINT32_MAX);
	/* There is no room for one group, and then just that. */
	fake_begin(&scenarios[0].kernel, no_fault);
	arena = arena_in(memory, sizeof(gid_t) - 1);
	assert_false(creds_read(BOUNDING_READ, &arena, &before, &error));
	assert_string_equal(error.message, READING "Cannot allocate memory");
	arena = arena_in(memory, sizeof(gid_t));
	assert_true(creds_read(BOUNDING_READ, &arena, &before, &error));
}
