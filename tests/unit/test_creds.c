#include "unit.h"

#include <linux/securebits.h>

#include "creds/verify.h"
#include "creds_scenarios.h"

static const struct fake_fault no_fault = {.kind = FAKE_NO_FAULT};
static _Alignas(16) char memory[1 << 20];
static struct arena arena;
static struct creds_state before;
static struct creds_outcome outcome;
static struct error error;
/* How the bounding set is come by before the step down, where it is looked at. */
static enum creds_bounding bounding;

/* Reads the credentials of KERNEL, in which FAULT is. */
static bool read_creds(enum creds_bounding how, const struct fake_kernel *kernel,
                       const struct fake_fault *fault)
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

static bool run(const struct scenario *scenario, const struct fake_fault *fault)
{
	struct creds_target target = target_of(scenario);
	enum creds_bounding how = target.semantics == SEMANTICS_GOSU ? BOUNDING_UNREAD
	                          : target.keep_bounding             ? BOUNDING_READ
	                                                             : bounding;

	memset(&outcome, 0, sizeof(outcome));
	return read_creds(how, &scenario->kernel, fault) &&
	       creds_step_down(&before, &target, &arena, &outcome, &error);
}

static bool groups_are(const struct ids *ids, bool left)
{
	for (size_t i = 0; i < fake.group_count; i++) {
		bool wished = false;

		for (size_t k = 0; k < ids->group_count; k++)
			wished = wished || ids->groups[k] == fake.groups[i];
		if (!wished)
			return false;
	}
	return left || fake.group_count == ids->group_count;
}

/* The kernel as it has to be in the end, apart from groups that change and from securebits. That a kernel without
 * ambient capabilities claims to have one that is kept, and then leaves the command with less than was asked for,
 * cannot be found out. */
static struct fake_kernel wished(const struct scenario *scenario)
{
	const struct creds_target *target = &scenario->target;
	bool is_strict = target->semantics == SEMANTICS_STRICT;
	struct fake_kernel kernel = scenario->kernel;

	kernel.securebits = fake.securebits;
	if (target->ids != NULL) {
		kernel.ruid = kernel.euid = kernel.suid = target->ids->uid;
		kernel.rgid = kernel.egid = kernel.sgid = target->ids->gid;
		memcpy(kernel.groups, fake.groups, sizeof(fake.groups));
		kernel.group_count = fake.group_count;
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

static bool is_as_wished(const struct scenario *scenario)
{
	const struct ids *ids = scenario->target.ids;
	const struct fake_kernel *was = &scenario->kernel;
	struct fake_kernel kernel = wished(scenario);

	if (ids != NULL ? !groups_are(ids, outcome.groups_left)
	                : fake.ruid == 0 || fake.euid == 0 || fake.suid == 0)
		return false;
	if (outcome.bounding_left &&
	    (!fake.no_new_privs || (was->bounding & ~scenario->target.keep) == 0))
		return false;
	return outcome.keyring_left == (was->keyctl_errnum != 0) &&
	       memcmp(&fake, &kernel, sizeof(fake)) == 0;
}

static void expect_end(const struct scenario *scenario, const char *fails)
{
	bool ok = run(scenario, &no_fault);

	if (ok != (fails == NULL) || (!ok && strstr(error.message, fails) == NULL))
		fail_msg("%s: %s", scenario->name, ok ? "succeeded" : error.message);
	if (ok &&
	    (!is_as_wished(scenario) || outcome.groups_left != scenario->kernel.denies_setgroups))
		fail_msg("%s: not as wished, groups left: %d", scenario->name, outcome.groups_left);
	if (!ok)
		assert_int_equal(error.status, STATUS_FAILED);
}

TEST(S30_every_scenario_reaches_its_target_or_its_message)
{
	for (size_t i = 0; i < COUNT(scenarios); i++) {
		const struct scenario *scenario = &scenarios[i];

		expect_end(scenario, scenario->fails);
		bounding = BOUNDING_AS_EXECUTED;
		expect_end(scenario, scenario->fails_unread == NULL ? scenario->fails
		                                                    : scenario->fails_unread);
		bounding = BOUNDING_READ;
	}
}

TEST(S12_bounding_set_is_read_once_if_the_permitted_set_stands_for_it)
{
	const struct scenario scenario = {"", ROOT(OTHER_IDS | SETPCAP), TO_1000};
	unsigned twice;

	assert_true(run(&scenario, &no_fault));
	twice = fake_invocations(FAKE_READ_BOUNDING);
	bounding = BOUNDING_AS_EXECUTED;
	assert_true(run(&scenario, &no_fault));
	bounding = BOUNDING_READ;
	assert_int_equal(fake_invocations(FAKE_READ_BOUNDING) * 2, twice);
	assert_true(is_as_wished(&scenario));
}

/* getgroups(2) shows a group that is not mapped as nobody's group (S45). */
static bool hides_a_group(const struct scenario *scenario, const struct fake_fault *fault)
{
	return scenario->kernel.mapped_ids == 65535 && fault->call == FAKE_SETGROUPS &&
	       (fault->kind == FAKE_LIES || fault->kind == FAKE_CLAIMS_TRUE);
}

/* True when step down came back with success. */
static bool survives(const struct scenario *scenario, const struct fake_fault *fault)
{
	bool ok = run(scenario, fault);

	if (ok && !is_as_wished(scenario) && !hides_a_group(scenario, fault))
		fail_msg("%s: call %d, invocation %u, fault %d, errno %d, goes on %d: success, but "
		         "not as wished",
		         scenario->name, fault->call, fault->first, fault->kind, fault->errnum,
		         fault->goes_on);
	if (!ok && (error.status != STATUS_FAILED || error.message[0] == '\0'))
		fail_msg("%s: call %d: failure without a message", scenario->name, fault->call);
	return ok;
}

/* Each call of each scenario at each of its invocations, once and from then on. That a kernel which
 * goes on lying about its state cannot be found out is no news. */
static size_t provoke_reading(enum fake_fault_kind kind, int errnum, unsigned forgotten)
{
	size_t failed = 0;

	for (size_t i = 0; i < COUNT(scenarios); i++) {
		struct fake_fault fault = {.kind = kind, .errnum = errnum, .forgotten = forgotten};
		unsigned counts[FAKE_CALL_COUNT];

		run(&scenarios[i], &no_fault);
		for (unsigned call = 0; call < FAKE_CALL_COUNT; call++)
			counts[call] = fake_invocations((enum fake_call)call);
		for (unsigned call = 0; call < FAKE_CALL_COUNT; call++) {
			fault.call = (enum fake_call)call;
			for (fault.first = 0; fault.first < counts[call]; fault.first++) {
				fault.goes_on = false;
				failed += !survives(&scenarios[i], &fault);
				fault.goes_on = true;
				if (kind == FAKE_FAILS || call >= FAKE_READING_CALLS)
					failed += !survives(&scenarios[i], &fault);
			}
		}
	}
	return failed;
}

static size_t provoke(enum fake_fault_kind kind, int errnum, unsigned forgotten)
{
	size_t failed;

	bounding = BOUNDING_AS_EXECUTED;
	failed = provoke_reading(kind, errnum, forgotten);
	bounding = BOUNDING_READ;
	return failed + provoke_reading(kind, errnum, forgotten);
}

TEST(S11_a_call_that_fails_never_ends_in_success_with_privileges)
{
	static const int errnums[] = {EPERM, EINVAL, EAGAIN, ENOSYS};

	for (size_t i = 0; i < COUNT(errnums); i++)
		assert_true(provoke(FAKE_FAILS, errnums[i], 0) > 0);
}

TEST(S11_a_call_that_lies_never_ends_in_success_with_privileges)
{
	assert_true(provoke(FAKE_LIES, 0, 0) > 0);
	assert_true(provoke(FAKE_CLAIMS_TRUE, 0, 0) > 0);
}

TEST(S12_half_changed_ids_and_sets_are_detected)
{
	assert_true(provoke(FAKE_DOES_HALF, 0, 0) > 0);
	for (unsigned forgotten = 0; forgotten < 5; forgotten++)
		assert_true(provoke(FAKE_FORGETS, 0, forgotten) > 0);
}

TEST(S11_a_missing_answer_of_the_kernel_proves_nothing)
{
	const enum fake_call calls[] = {FAKE_GETRESUID, FAKE_GETRESGID, FAKE_GETGROUPS, FAKE_CAPGET,
	                                FAKE_GET_NO_NEW_PRIVS};

	for (size_t i = 0; i < COUNT(calls); i++) {
		const struct fake_fault fault = {
			.kind = FAKE_LIES, .call = calls[i], .goes_on = true};

		if (survives(&scenarios[0], &fault))
			fail_msg("call %d", calls[i]);
	}
}

/* The ids are read into numbers that no process has. */
TEST(S11_an_id_that_is_not_written_is_nobodys)
{
	struct fake_fault fault = {.kind = FAKE_LIES, .call = FAKE_GETRESUID};
	const uint32_t none = UINT32_MAX;

	assert_true(read_creds(BOUNDING_READ, &scenarios[0].kernel, &fault));
	assert_true(before.ruid == none && before.euid == none && before.suid == none);
	fault.call = FAKE_GETRESGID;
	assert_true(read_creds(BOUNDING_READ, &scenarios[0].kernel, &fault));
	assert_true(before.rgid == none && before.egid == none && before.sgid == none);
}

#define READING "reading the credentials: "
#define FORBIDDEN "Operation not permitted (seccomp or a security module forbids it)"

TEST(S30_a_call_that_fails_ends_as_its_errno_says)
{
	const struct scenario root = {"", ROOT(FULL), TO_1000};
	const struct scenario keeps = {"", ROOT(FULL), TO_1000, KEEP(BIND | HIGHEST)};
	const struct scenario user = {"", USER_1000};
	const struct scenario ambient = {"", USER_1000, ALL(BIND), AMBIENT(BIND)};
	const struct {
		const struct scenario *scenario;
		enum fake_call call;
		int errnum;
		const char *message; /* its beginning; NULL: the step down succeeds */
		unsigned first;
	} cases[] = {
		{&root, FAKE_SETRESUID, EPERM, "changing the uid: '1000': " FORBIDDEN},
		{&root, FAKE_SETRESUID, EAGAIN, "changing the uid: '1000': Resource temporarily"},
		{&root, FAKE_SETRESGID, EPERM, "changing the gid: '1000': " FORBIDDEN},
		{&keeps, FAKE_CAPNG_UPDATE, EINVAL,
	         "giving up privileges: 'capabilities': Invalid argument (a securebit may be "
	         "locked)"},
		{&user, FAKE_SETRESUID, EPERM, NULL},
		{&user, FAKE_SETRESGID, EPERM, NULL},
		{&user, FAKE_SETRESUID, EINVAL, "checking the uid: '1000': not mapped"},
		{&user, FAKE_SETRESGID, EINVAL, "checking the gid: '1000': not mapped"},
		{&ambient, FAKE_READ_AMBIENT, EPERM, READING "Operation not"},
		{&ambient, FAKE_READ_AMBIENT, EINVAL, NULL},
		{&root, FAKE_GET_SECUREBITS, EPERM, READING "Operation not"},
		{&root, FAKE_GET_SECUREBITS, EINVAL, NULL},
		{&root, FAKE_GET_NO_NEW_PRIVS, EINVAL, READING "Invalid"},
		{&root, FAKE_READ_BOUNDING, EINVAL, READING "Invalid argument", CAP_BLOCK_SUSPEND},
		{&user, FAKE_READ_BOUNDING, EINVAL, NULL, CAP_BLOCK_SUSPEND + 1},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *wanted = cases[i].message;
		const struct fake_fault fault = {.kind = FAKE_FAILS,
		                                 .call = cases[i].call,
		                                 .first = cases[i].first,
		                                 .errnum = cases[i].errnum};
		bool ok = run(cases[i].scenario, &fault);

		if (ok != (wanted == NULL) ||
		    (!ok && strncmp(error.message, wanted, strlen(wanted)) != 0) ||
		    (!ok && strchr(wanted, '(') == NULL &&
		     strstr(error.message, "(seccomp") != NULL))
			fail_msg("case %zu: %d, %s", i, ok, error.message);
	}
}

/* A capability less or more than before the step down, with new privileges allowed. */
TEST(S13_a_kept_bounding_set_that_has_changed_ends_the_start)
{
	const struct scenario scenario = {"", ROOT(OTHER_IDS), TO_1000, KEEP_BOUNDING};
	const struct creds_target target = target_of(&scenario);
	const uint64_t changed[] = {OTHER_IDS & ~BIND, OTHER_IDS | ADMIN};

	for (size_t i = 0; i < COUNT(changed); i++) {
		assert_true(read_creds(BOUNDING_READ, &scenario.kernel, &no_fault));
		fake.bounding = changed[i];
		assert_false(creds_step_down(&before, &target, &arena, &outcome, &error));
		assert_non_null(strstr(error.message,
		                       "checking the step down: 'bounding set': it is cap_"));
	}
}

TEST(S10_groups_that_stay_are_reported)
{
	const struct scenario scenario = {"", ALL(FULL), GROUPS(27), DENIES_SETGROUPS, TO_MORE};
	char list[64] = "";
	struct text text = text_in(list, sizeof(list));

	assert_true(run(&scenario, &no_fault));
	assert_true(outcome.groups_left);
	/* 27 is there, and 1000 is the gid. */
	assert_int_equal(creds_add_missing_groups(&text, &scenario.target, outcome.groups,
	                                          outcome.group_count),
	                 1);
	assert_string_equal(list, "2000");
	text = text_in(list, sizeof(list));
	assert_int_equal(creds_add_missing_groups(&text, &scenario.target, NULL, 0), 2);
	assert_string_equal(list, "27,2000");
	assert_false(outcome.bounding_left);
}

static bool check(const struct scenario *scenario, const struct fake_fault *fault)
{
	struct creds_target target = target_of(scenario);

	assert_true(read_creds(BOUNDING_READ, &scenario->kernel, fault));
	return creds_check(&before, &target, &error);
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
		if (check(scenario, &no_fault) == is_refused)
			fail_msg("%s: %s", scenario->name,
			         is_refused ? "not refused" : error.message);
		assert_memory_equal(&fake, &scenario->kernel, sizeof(fake));
		refused += is_refused;
	}
	assert_true(refused >= 4);
}

/* The first invocation sets a saved id, the second takes it back. */
TEST(S30_a_saved_id_that_cannot_be_taken_back_is_an_error)
{
	static const enum fake_call calls[] = {FAKE_SETRESUID, FAKE_SETRESGID};

	for (size_t i = 0; i < 2; i++) {
		const struct fake_fault fault = {
			.kind = FAKE_FAILS, .call = calls[i], .first = 1, .errnum = EAGAIN};

		assert_false(check(&scenarios[0], &fault));
		assert_int_equal(error.status, STATUS_FAILED);
	}
}

/* Whoever says that a list of that length was set has said nothing. */
TEST(S10_a_check_that_the_kernel_lies_to_refuses_nothing)
{
	const struct fake_fault fault = {.kind = FAKE_LIES, .call = FAKE_SETGROUPS};

	assert_true(check(&scenarios[0], &fault));
}

TEST(full_arena_is_an_error)
{
	arena = arena_in(memory, 1);
	fake_begin(&scenarios[0].kernel, &no_fault);
	assert_false(creds_read(BOUNDING_READ, &arena, &before, &error));
	assert_string_equal(error.message, "reading the credentials: Cannot allocate memory");
	arena = arena_in(memory, sizeof(gid_t));
	assert_true(creds_read(BOUNDING_READ, &arena, &before, &error));
}

TEST(S12_a_kernel_may_have_as_many_capabilities_as_there_are_bits)
{
	const struct fake_fault fault = {
		.kind = FAKE_CLAIMS_TRUE, .call = FAKE_READ_BOUNDING, .goes_on = true};

	assert_true(read_creds(BOUNDING_READ, &scenarios[0].kernel, &fault));
	assert_true(before.bounding == UINT64_MAX);
}

TEST(creds_read_returns_the_state_of_the_kernel)
{
	const struct scenario scenario = {"",
	                                  .kernel = {1, 2, 3, 4, 5, 6},
	                                  GROUPS(9, 7, 8),
	                                  .kernel.effective = ADMIN,
	                                  .kernel.permitted = ADMIN | IDS | HIGHEST,
	                                  INHERITABLE(BIND | HIGHEST),
	                                  .kernel.ambient = HIGHEST,
	                                  BOUNDING(FULL),
	                                  SECUREBITS(SECBIT_NOROOT),
	                                  NO_NEW_PRIVS};

	arena = arena_in(memory, sizeof(memory));
	/* The bytes in front of the groups are larger than each group. */
	memset(arena_allocate(&arena, 64, 1), 0xff, 64);
	fake_begin(&scenario.kernel, &no_fault);
	assert_true(creds_read(BOUNDING_READ, &arena, &before, &error));
	assert_true(before.ruid == 1 && before.euid == 2 && before.suid == 3);
	assert_true(before.rgid == 4 && before.egid == 5 && before.sgid == 6);
	assert_int_equal(before.group_count, 3);
	assert_memory_equal(before.groups, ((gid_t[]){7, 8, 9}), 3 * sizeof(gid_t));
	assert_true((const gid_t *)arena_allocate(&arena, 1, 1) >= before.groups + 3);
	assert_true(before.effective == ADMIN && before.permitted == (ADMIN | IDS | HIGHEST));
	assert_true(before.inheritable == (BIND | HIGHEST) && before.bounding == FULL);
	assert_true(before.ambient == HIGHEST);
	assert_true(before.securebits == SECBIT_NOROOT && before.no_new_privs);
	assert_int_equal(fake_invocations(FAKE_READ_AMBIENT), 1);
}

#define FIRST_24 "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23"

TEST(long_group_lists_are_cut_to_fit_a_message)
{
	static const size_t counts[] = {0, 24, 100};
	static const char *const lists[] = {"none", FIRST_24, FIRST_24 ",..."};
	gid_t groups[100];

	for (gid_t i = 0; i < 100; i++)
		groups[i] = i;
	for (size_t i = 0; i < COUNT(counts); i++) {
		char line[1024];
		struct text text = text_in(line, sizeof(line));

		creds_add_groups(&text, groups, counts[i]);
		assert_string_equal(line, lists[i]);
	}
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
