#include "unit.h"

#include "creds/drop.h"
#include "creds/read.h"
#include "creds/verify.h"
#include "creds_scenarios.h"

static const struct fake_fault no_fault;
static _Alignas(16) char memory[1 << 20];
static size_t room = sizeof(memory); /* of the arena */
static struct arena arena;
static struct creds_state before;
static struct creds_outcome outcome;
static struct error error;

/* Reads the credentials of the kernel of SCENARIO, in which FAULT is too. */
static bool read_creds(enum creds_bounding how, const struct scenario *scenario,
                       struct fake_fault fault)
{
	arena = arena_in(memory, room);
	memset(&error, 0, sizeof(error));
	fake_begin(&scenario->kernel, scenario->fault, fault);
	return creds_read(how, &arena, &before, &error);
}

static unsigned count_calls(const char *const *calls, size_t count, const char *call)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++)
		found += strcmp(calls[i], call) == 0;
	return found;
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
	return read_creds(how, scenario, fault) &&
	       creds_step_down(&before, &target, &arena, &outcome, &error);
}

static bool check(const struct scenario *scenario, struct fake_fault fault)
{
	struct creds_target target = target_of(scenario);

	return read_creds(BOUNDING_READ, scenario, fault) && creds_check(&before, &target, &error);
}

/* The kernel as it has to be in the end, apart from securebits that a strict step down may clear. */
static struct fake_kernel wished(const struct scenario *scenario)
{
	const struct creds_target *target = &scenario->target;
	bool is_strict = target->semantics == SEMANTICS_STRICT;
	struct fake_kernel kernel = scenario->kernel;

	if (is_strict)
		kernel.securebits = fake.securebits;
	if (target->ids != NULL) {
		for (size_t i = 0; i < 3; i++) {
			kernel.uids[i] = target->ids->uid;
			kernel.gids[i] = target->ids->gid;
		}
		if (!outcome.groups_left)
			set_groups(&kernel, target->ids->group_count, target->ids->groups);
		kernel.joined_session = is_strict && !outcome.keyring_left;
	}
	if (is_strict || target->ids->uid != 0) {
		for (unsigned set = EFFECTIVE; set <= AMBIENT; set++)
			kernel.sets[set] = target->keep;
	}
	if (is_strict && !target->keep_bounding && !outcome.bounding_left)
		kernel.sets[BOUNDING] = target->keep;
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

static bool is_about(const char *call, const char *name)
{
	return call != NULL && strcmp(call, name) == 0;
}

static bool is_as_wished(const struct scenario *scenario)
{
	const struct creds_target *target = &scenario->target;
	struct fake_kernel kernel = wished(scenario);
	/* Root's keyring is the command's only where the command may not call keyctl(2) either. */
	bool has_keyctl = !is_about(scenario->fault.call, "keyring");

	if (target->ids == NULL && contains(fake.uids, 0))
		return false;
	for (size_t i = 0; outcome.groups_left && i < fake.group_count; i++) {
		if (!is_in(target->ids, fake.groups[i]))
			return false;
	}
	if (outcome.bounding_left &&
	    (!fake.no_new_privs || is_within(fake_start.sets[BOUNDING], target->keep)))
		return false;
	return outcome.keyring_left == !has_keyctl && memcmp(&fake, &kernel, sizeof(fake)) == 0;
}

/* Fails unless the message begins with WANTED, and has a hint only if WANTED has. NULL: unless OK. */
static void expect(const char *name, bool ok, const char *wanted)
{
	if (ok != (wanted == NULL))
		fail_msg("%s: %s", name, ok ? "succeeded" : error.message);
	if (!ok &&
	    (error.status != STATUS_FAILED || strncmp(error.message, wanted, strlen(wanted)) != 0 ||
	     (strchr(error.message, '(') == NULL) != (strchr(wanted, '(') == NULL)))
		fail_msg("%s: %s", name, error.message);
}

static void expect_missing_groups(const struct scenario *scenario)
{
	char buffer[64] = "";
	struct text text = text_in(buffer, sizeof(buffer));
	gid_t groups[FAKE_GROUPS + 1];

	memcpy(groups, outcome.groups, outcome.group_count * sizeof(*groups));
	/* A group behind a list does not count. */
	groups[outcome.group_count] = scenario->target.ids->groups[0];
	assert_int_equal(
		creds_add_missing_groups(&text, &scenario->target, groups, outcome.group_count),
		scenario->missing != NULL);
	assert_string_equal(buffer, scenario->missing == NULL ? "" : scenario->missing);
}

TEST(S30_every_scenario_reaches_its_target_or_its_message)
{
	for (size_t i = 0; i < 2 * COUNT(scenarios); i++) {
		const struct scenario *row = &scenarios[i / 2];
		bool is_read = i % 2 == 0;
		bool ok = run(is_read ? BOUNDING_READ : BOUNDING_AS_EXECUTED, row, no_fault);

		expect(row->name, ok,
		       is_read || row->fails_unread == NULL ? row->fails : row->fails_unread);
		if (!ok)
			continue;
		if (!is_as_wished(row))
			fail_msg("%s: not as wished", row->name);
		assert_int_equal(outcome.groups_left, is_about(row->fault.call, "setgroups"));
		if (outcome.groups_left)
			expect_missing_groups(row);
		if (!row->reads_bounding_once)
			continue;
		/* The uid and the gid: the proof tries to get each back. */
		assert_int_equal(fake_attempts, 2);
		if (!is_read)
			assert_int_equal(count_calls(fake_calls, fake_call_count, "read_bounding"),
			                 BOUNDING_CALLS);
	}
}

/* getgroups(2) shows a group that is not mapped as nobody's group (S45). */
static bool hides_a_group(const struct scenario *scenario, const struct fake_fault *fault)
{
	return scenario->kernel.mapped_ids == 65535 &&
	       (fault->kind == FAULT_LOSES ||
	        (fault->kind != FAULT_FAILS && is_about(fault->call, "setgroups")));
}

static bool only_reads(const char *call)
{
	return strstr(call, "get") != NULL || strncmp(call, "read", strlen("read")) == 0;
}

/* The step down with FAULT succeeds as wished, or fails with a message. */
static void expect_safe(enum creds_bounding how, const struct scenario *scenario,
                        struct fake_fault fault)
{
	bool ok = run(how, scenario, fault);

	if (ok && !is_as_wished(scenario) && !hides_a_group(scenario, &fault))
		fail_msg("%s: %s, invocation %u, fault %d, errno %d, part %u, goes on %d: not as "
		         "wished",
		         scenario->name, fault.call, fault.first, fault.kind, fault.errnum,
		         fault.part, fault.goes_on);
	/* Credentials that cannot be read are not taken for right. */
	if (ok && scenario->fault.call == NULL && fault.errnum == EPERM && only_reads(fault.call))
		fail_msg("%s: %s has failed", scenario->name, fault.call);
	if (!ok && (error.status != STATUS_FAILED || error.message[0] == '\0'))
		fail_msg("%s: %s: failure without a message", scenario->name, fault.call);
}

/* Each call of SCENARIO has FAULT, once and from then on. That a kernel which goes on lying about its state cannot be
 * found out is no news. */
static void provoke(enum creds_bounding how, const struct scenario *scenario,
                    struct fake_fault fault)
{
	const char *calls[COUNT(fake_calls)];
	size_t count;

	run(how, scenario, no_fault);
	count = fake_call_count;
	memcpy(calls, fake_calls, sizeof(calls));
	for (size_t i = 0; i < count; i++) {
		fault.call = calls[i];
		fault.first = count_calls(calls, i, fault.call);
		fault.goes_on = false;
		expect_safe(how, scenario, fault);
		fault.goes_on = true;
		if (fault.kind == FAULT_FAILS || !only_reads(fault.call))
			expect_safe(how, scenario, fault);
	}
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
	};

	for (size_t i = 0; i < 2 * COUNT(scenarios); i++) {
		enum creds_bounding how = i % 2 == 0 ? BOUNDING_READ : BOUNDING_AS_EXECUTED;
		const struct scenario *scenario = &scenarios[i / 2];
		/* A part has not changed when the proof begins to read. */
		struct fake_fault loss = {FAULT_LOSES, "getresuid", .first = 1};

		/* A kernel that lies twice may be believed. */
		if (scenario->fault.kind != FAULT_FAILS)
			continue;
		for (size_t j = 0; j < COUNT(faults); j++)
			provoke(how, scenario, faults[j]);
		for (; loss.part < PARTS; loss.part++)
			expect_safe(how, scenario, loss);
	}
}

TEST(S10_a_refusal_of_the_user_namespace_is_reported_before_any_change)
{
	for (size_t i = 0; i < COUNT(scenarios); i++) {
		const struct scenario *row = &scenarios[i];

		if (row->target.semantics == SEMANTICS_GOSU)
			continue;
		expect(row->name, check(row, no_fault), row->fails_check);
		if (row->fails_check == NULL && row->fault.kind == FAULT_FAILS)
			assert_memory_equal(&fake, &row->kernel, sizeof(fake));
		/* No list has the length that is tried, so an answer refuses nothing. */
		if (row->fails_check == NULL && row->fault.call == NULL)
			assert_true(check(row, (struct fake_fault){FAULT_LIES, "setgroups"}));
	}
}

TEST(creds_read_returns_the_state_of_the_kernel)
{
	const struct scenario scenario = {
		UIDS(1, 2, 3),
		GIDS(4, 5, 6),
		GROUPS(9, 7, 8, 5, 6),
		NO_NEW_PRIVS,
		.kernel.sets = {ADMIN, ADMIN | IDS | HIGHEST, BIND | HIGHEST, HIGHEST, FULL},
		SECUREBITS(SECBIT_NOROOT)};

	arena = arena_in(memory, sizeof(memory));
	/* The bytes in front of the groups are larger than each group. */
	memset(arena_allocate(&arena, 64, 1), 0xff, 64);
	fake_begin(&scenario.kernel, no_fault, no_fault);
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
	assert_int_equal(count_calls(fake_calls, fake_call_count, "read_ambient"), 1);
	/* A kernel may have as many capabilities as there are bits (S12). */
	assert_true(read_creds(
		BOUNDING_READ, &scenario,
		(struct fake_fault){FAULT_CLAIMS_TRUE, "read_bounding", .goes_on = true}));
	assert_true(before.bounding == UINT64_MAX);
	/* Ids that the kernel does not write are those that no process has (S11). */
	assert_true(read_creds(BOUNDING_READ, &scenario,
	                       (struct fake_fault){FAULT_LIES, "getres", .goes_on = true}));
	assert_true((before.ruid & before.euid & before.suid) == UINT32_MAX);
	assert_true((before.rgid & before.egid & before.sgid) == UINT32_MAX);
	/* There is no room for one group, and then just that. */
	room = sizeof(gid_t) - 1;
	assert_false(read_creds(BOUNDING_READ, &scenarios[0], no_fault));
	assert_string_equal(error.message, READING "Cannot allocate memory");
	room++;
	assert_true(read_creds(BOUNDING_READ, &scenarios[0], no_fault));
	assert_false(read_creds(BOUNDING_READ, &scenario, no_fault));
	room = sizeof(memory);
}

TEST(S45_a_group_behind_the_list_is_not_compared)
{
	static const gid_t groups[] = {5, ID_OVERFLOW};
	const struct creds_target target = {.ids = &(const struct ids){5, 5, groups, 1}};

	before = (struct creds_state){.groups = groups, .group_count = 1};
	assert_true(creds_groups_within(&before, &target));
}
