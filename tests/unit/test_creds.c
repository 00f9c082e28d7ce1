#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/securebits.h>

#include "creds/verify.h"
#include "creds_scenarios.h"

#define SCENARIO_COUNT (sizeof(scenarios) / sizeof(scenarios[0]))

static const struct fake_fault no_fault = {.kind = FAKE_NO_FAULT};
static _Alignas(16) char memory[1 << 20];
/* How the bounding set is come by before the step down, where it is looked at. */
static enum creds_bounding bounding;

static bool run(const struct scenario *scenario, const struct fake_fault *fault,
                struct creds_outcome *ret_outcome, struct error *error)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_state before;

	fake_begin(&scenario->kernel, fault);
	return creds_read(scenario->target.semantics == SEMANTICS_GOSU ? BOUNDING_UNREAD
	                  : scenario->target.keep_bounding             ? BOUNDING_READ
	                                                               : bounding,
	                  &arena, &before, error) &&
	       creds_step_down(&before, &scenario->target, &arena, ret_outcome, error);
}

static bool groups_are(const struct scenario *scenario, bool left)
{
	const struct creds_target *target = &scenario->target;
	size_t found = 0;

	for (size_t i = 0; i < fake.group_count; i++) {
		bool wished = false;

		for (size_t k = 0; k < target->ids->group_count; k++)
			wished = wished || target->ids->groups[k] == fake.groups[i];
		if (!wished)
			return false;
		found++;
	}
	return left || found == target->ids->group_count;
}

static bool ids_are_as_wished(const struct scenario *scenario, const struct creds_outcome *outcome)
{
	const struct creds_target *target = &scenario->target;
	const struct fake_kernel *was = &scenario->kernel;

	if (target->ids == NULL)
		return fake.ruid == was->ruid && fake.euid == was->euid && fake.suid == was->suid &&
		       fake.rgid == was->rgid && fake.egid == was->egid && fake.sgid == was->sgid &&
		       fake.group_count == was->group_count && fake.ruid != 0 && fake.euid != 0 &&
		       fake.suid != 0;
	return fake.ruid == target->ids->uid && fake.euid == target->ids->uid &&
	       fake.suid == target->ids->uid && fake.rgid == target->ids->gid &&
	       fake.egid == target->ids->gid && fake.sgid == target->ids->gid &&
	       groups_are(scenario, outcome->groups_left);
}

/* That a kernel without ambient capabilities claims to have one that is kept, and then leaves the
 * command with less than was asked for, cannot be found out. */
static bool sets_are(uint64_t caps)
{
	return fake.effective == caps && fake.permitted == caps && fake.inheritable == caps &&
	       fake.ambient == (fake.has_no_ambient ? 0 : caps);
}

static bool privileges_are_as_wished(const struct scenario *scenario,
                                     const struct creds_outcome *outcome)
{
	const struct creds_target *target = &scenario->target;
	const struct fake_kernel *was = &scenario->kernel;

	if (target->semantics == SEMANTICS_GOSU) {
		if (fake.bounding != was->bounding || fake.no_new_privs != was->no_new_privs)
			return false;
		return target->ids->uid != 0 ? sets_are(0)
		                             : fake.effective == was->effective &&
		                                       fake.permitted == was->permitted &&
		                                       fake.inheritable == was->inheritable &&
		                                       fake.ambient == was->ambient;
	}
	if (outcome->bounding_left
	            ? !fake.no_new_privs || fake.bounding != was->bounding ||
	                      (was->bounding & ~target->keep) == 0
	            : fake.bounding != (target->keep_bounding ? was->bounding : target->keep))
		return false;
	return sets_are(target->keep) &&
	       fake.no_new_privs == (was->no_new_privs || target->no_new_privs);
}

/* Root's keyring is the command's only where the command may not call keyctl(2) either. */
static bool keyring_is_as_wished(const struct scenario *scenario,
                                 const struct creds_outcome *outcome)
{
	bool leaves_it = scenario->target.ids != NULL &&
	                 scenario->target.semantics == SEMANTICS_STRICT &&
	                 scenario->kernel.keyctl_errnum == 0;

	return fake.joined_session == leaves_it &&
	       (outcome->keyring_left == (scenario->kernel.keyctl_errnum != 0));
}

static bool is_as_wished(const struct scenario *scenario, const struct creds_outcome *outcome)
{
	return ids_are_as_wished(scenario, outcome) &&
	       privileges_are_as_wished(scenario, outcome) &&
	       keyring_is_as_wished(scenario, outcome);
}

static void expect_end(const struct scenario *scenario, const char *fails)
{
	struct creds_outcome outcome = {0};
	struct error error = {0};
	bool ok = run(scenario, &no_fault, &outcome, &error);

	if (ok != (fails == NULL))
		fail_msg("%s: %s", scenario->name, ok ? "succeeded" : error.message);
	if (ok && !is_as_wished(scenario, &outcome))
		fail_msg("%s: not as wished", scenario->name);
	if (ok && outcome.groups_left != scenario->kernel.denies_setgroups)
		fail_msg("%s: groups left: %d", scenario->name, outcome.groups_left);
	if (!ok && strstr(error.message, fails) == NULL)
		fail_msg("%s: %s", scenario->name, error.message);
	if (!ok)
		assert_int_equal(error.status, STATUS_FAILED);
}

static void S30_every_scenario_reaches_its_target_or_its_message(void **state)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++)
		expect_end(&scenarios[i], scenarios[i].fails);
}

/* Without a look at the bounding set, that is: none but one that execve(2) cannot have left to root,
 * and then the proof finds it. */
static void
S12_every_scenario_ends_so_when_the_permitted_set_stands_for_the_bounding_one(void **state)
{
	size_t unexpected = 0;

	bounding = BOUNDING_AS_EXECUTED;
	for (size_t i = 0; i < SCENARIO_COUNT; i++) {
		bool impossible = strcmp(scenarios[i].name,
		                         "S12 bounding set larger than the permitted one") == 0;

		unexpected += impossible;
		expect_end(&scenarios[i],
		           impossible ? "'bounding set': it is cap_chown," : scenarios[i].fails);
	}
	bounding = BOUNDING_READ;
	assert_int_equal(unexpected, 1);
}

static void S12_bounding_set_is_read_once_if_the_permitted_set_stands_for_it(void **state)
{
	const struct scenario scenario = {.kernel = {ROOT(OTHER_IDS | SETPCAP), GROUPS(0)},
	                                  .target = {TO(1000, 1000, own), SAFELY}};
	struct creds_outcome outcome;
	struct error error;
	unsigned twice;

	assert_true(run(&scenario, &no_fault, &outcome, &error));
	twice = fake_invocations(FAKE_READ_BOUNDING);
	bounding = BOUNDING_AS_EXECUTED;
	assert_true(run(&scenario, &no_fault, &outcome, &error));
	bounding = BOUNDING_READ;
	assert_int_equal(fake_invocations(FAKE_READ_BOUNDING) * 2, twice);
	assert_true(is_as_wished(&scenario, &outcome));
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
	struct creds_outcome outcome = {0};
	struct error error = {0};
	bool ok = run(scenario, fault, &outcome, &error);

	if (ok && !is_as_wished(scenario, &outcome) && !hides_a_group(scenario, fault))
		fail_msg("%s: call %d, invocation %u, fault %d, errno %d, goes on %d: success, but "
		         "not as wished",
		         scenario->name, fault->call, fault->first, fault->kind, fault->errnum,
		         fault->goes_on);
	if (!ok && (error.status != STATUS_FAILED || error.message[0] == '\0'))
		fail_msg("%s: call %d: failure without a message", scenario->name, fault->call);
	return ok;
}

static bool changes_something(enum fake_call call)
{
	return call != FAKE_GETRESUID && call != FAKE_GETRESGID && call != FAKE_GETGROUPS &&
	       call != FAKE_CAPGET && call != FAKE_READ_BOUNDING && call != FAKE_READ_AMBIENT &&
	       call != FAKE_GET_SECUREBITS && call != FAKE_GET_SESSION &&
	       call != FAKE_GET_NO_NEW_PRIVS;
}

/* Each call of each scenario at each of its invocations, once and from then on. That a kernel which
 * goes on lying about its state cannot be found out is no news. */
static size_t provoke_reading(enum fake_fault_kind kind, int errnum, unsigned forgotten)
{
	size_t failed = 0;

	for (size_t i = 0; i < SCENARIO_COUNT; i++) {
		struct fake_fault fault = {.kind = kind, .errnum = errnum, .forgotten = forgotten};
		unsigned counts[FAKE_CALL_COUNT];
		struct creds_outcome outcome;
		struct error error;

		run(&scenarios[i], &no_fault, &outcome, &error);
		for (unsigned call = 0; call < FAKE_CALL_COUNT; call++)
			counts[call] = fake_invocations((enum fake_call)call);
		for (unsigned call = 0; call < FAKE_CALL_COUNT; call++) {
			fault.call = (enum fake_call)call;
			for (fault.first = 0; fault.first < counts[call]; fault.first++) {
				fault.goes_on = false;
				failed += !survives(&scenarios[i], &fault);
				fault.goes_on = true;
				if (kind == FAKE_FAILS || changes_something(fault.call))
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

static void S11_a_call_that_fails_never_ends_in_success_with_privileges(void **state)
{
	assert_true(provoke(FAKE_FAILS, EPERM, 0) > 0);
	assert_true(provoke(FAKE_FAILS, EINVAL, 0) > 0);
	assert_true(provoke(FAKE_FAILS, EAGAIN, 0) > 0);
	assert_true(provoke(FAKE_FAILS, ENOSYS, 0) > 0);
}

static void S11_a_call_that_lies_never_ends_in_success_with_privileges(void **state)
{
	assert_true(provoke(FAKE_LIES, 0, 0) > 0);
	assert_true(provoke(FAKE_CLAIMS_TRUE, 0, 0) > 0);
}

static void S12_half_changed_ids_and_sets_are_detected(void **state)
{
	assert_true(provoke(FAKE_DOES_HALF, 0, 0) > 0);
	for (unsigned forgotten = 0; forgotten < 5; forgotten++)
		assert_true(provoke(FAKE_FORGETS, 0, forgotten) > 0);
}

static void S11_a_missing_answer_of_the_kernel_proves_nothing(void **state)
{
	const enum fake_call calls[] = {FAKE_GETRESUID, FAKE_GETRESGID, FAKE_GETGROUPS, FAKE_CAPGET,
	                                FAKE_GET_NO_NEW_PRIVS};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct fake_fault fault = {
			.kind = FAKE_LIES, .call = calls[i], .goes_on = true};

		if (survives(&scenarios[0], &fault))
			fail_msg("call %d", calls[i]);
	}
}

/* The ids are read into numbers that no process has. */
static void S11_an_id_that_is_not_written_is_nobodys(void **state)
{
	const struct fake_fault faults[] = {{.kind = FAKE_LIES, .call = FAKE_GETRESUID},
	                                    {.kind = FAKE_LIES, .call = FAKE_GETRESGID}};
	struct creds_state now[2];
	struct error error;

	for (size_t i = 0; i < 2; i++) {
		struct arena arena = arena_in(memory, sizeof(memory));

		fake_begin(&scenarios[0].kernel, &faults[i]);
		assert_true(creds_read(BOUNDING_READ, &arena, &now[i], &error));
	}
	assert_true(now[0].ruid == UINT32_MAX && now[0].euid == UINT32_MAX &&
	            now[0].suid == UINT32_MAX);
	assert_true(now[1].rgid == UINT32_MAX && now[1].egid == UINT32_MAX &&
	            now[1].sgid == UINT32_MAX);
}

static void S30_a_call_that_fails_ends_as_its_errno_says(void **state)
{
	const struct scenario root = {.kernel = {ROOT(FULL), GROUPS(0)},
	                              .target = {TO(1000, 1000, own), SAFELY}};
	const struct scenario keeps = {
		.kernel = {ROOT(FULL), GROUPS(0)},
		.target = {TO(1000, 1000, own), .keep = BIND | HIGHEST, SAFELY}};
	const struct scenario user = {.kernel = {USER_1000}, .target = {SAFELY}};
	const struct scenario ambient = {
		.kernel = {USER_1000, ROOT(BIND), .inheritable = BIND, .ambient = BIND},
		.target = {SAFELY}};
	const struct {
		const struct scenario *scenario;
		enum fake_call call;
		unsigned first;
		int errnum;
		const char *message; /* its beginning; NULL: the step down succeeds */
	} cases[] = {
		{&root, FAKE_SETRESUID, 0, EPERM,
	         "changing the uid: '1000': Operation not permitted (seccomp or a security module "
	         "forbids it)"},
		{&root, FAKE_SETRESUID, 0, EAGAIN,
	         "changing the uid: '1000': Resource temporarily unavailable"},
		{&root, FAKE_SETRESGID, 0, EPERM,
	         "changing the gid: '1000': Operation not permitted (seccomp or a security module "
	         "forbids it)"},
		{&keeps, FAKE_CAPNG_UPDATE, 0, EINVAL,
	         "giving up privileges: 'capabilities': Invalid argument (a securebit may be "
	         "locked)"},
		{&user, FAKE_SETRESUID, 0, EPERM, NULL},
		{&user, FAKE_SETRESGID, 0, EPERM, NULL},
		{&user, FAKE_SETRESUID, 0, EINVAL, "checking the uid: '1000': not mapped"},
		{&user, FAKE_SETRESGID, 0, EINVAL, "checking the gid: '1000': not mapped"},
		{&ambient, FAKE_READ_AMBIENT, 0, EPERM, "reading the credentials: Operation not"},
		{&ambient, FAKE_READ_AMBIENT, 0, EINVAL, NULL},
		{&root, FAKE_GET_SECUREBITS, 0, EPERM, "reading the credentials: Operation not"},
		{&root, FAKE_GET_SECUREBITS, 0, EINVAL, NULL},
		{&root, FAKE_GET_NO_NEW_PRIVS, 0, EINVAL, "reading the credentials: Invalid"},
		{&root, FAKE_READ_BOUNDING, CAP_BLOCK_SUSPEND, EINVAL,
	         "reading the credentials: Invalid argument"},
		{&user, FAKE_READ_BOUNDING, CAP_BLOCK_SUSPEND + 1, EINVAL, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wanted = cases[i].message;
		const struct fake_fault fault = {.kind = FAKE_FAILS,
		                                 .call = cases[i].call,
		                                 .first = cases[i].first,
		                                 .errnum = cases[i].errnum};
		struct creds_outcome outcome;
		struct error error = {.message = ""};
		bool ok = run(cases[i].scenario, &fault, &outcome, &error);

		if (ok != (wanted == NULL) ||
		    (!ok && strncmp(error.message, wanted, strlen(wanted)) != 0) ||
		    (!ok && strchr(wanted, '(') == NULL &&
		     strstr(error.message, "(seccomp") != NULL))
			fail_msg("case %zu: %d, %s", i, ok, error.message);
	}
}

static void S33_a_bounding_set_that_stays_is_reported(void **state)
{
	const struct scenario scenario = {
		.kernel = {ROOT(OTHER_IDS), GROUPS(0), .pretends_to_drop = true},
		.target = {TO(1000, 1000, own), SAFELY},
	};
	struct creds_outcome outcome = {0};
	struct error error;

	assert_true(run(&scenario, &no_fault, &outcome, &error));
	assert_true(outcome.bounding_left);
	assert_false(outcome.groups_left);
	assert_true(fake.no_new_privs);
}

/* A capability less or more than before the step down, with new privileges allowed. */
static void S13_a_kept_bounding_set_that_has_changed_ends_the_start(void **state)
{
	const struct scenario scenario = {
		.kernel = {ROOT(OTHER_IDS), GROUPS(0)},
		.target = {TO(1000, 1000, own), .keep_bounding = true},
	};
	const uint64_t changed[] = {OTHER_IDS & ~BIND, OTHER_IDS | ADMIN};
	struct creds_outcome outcome = {0};
	struct creds_state before;
	struct error error;

	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		struct arena arena = arena_in(memory, sizeof(memory));

		fake_begin(&scenario.kernel, &no_fault);
		assert_true(creds_read(BOUNDING_READ, &arena, &before, &error));
		fake.bounding = changed[i];
		assert_false(creds_step_down(&before, &scenario.target, &arena, &outcome, &error));
		assert_non_null(strstr(error.message,
		                       "checking the step down: 'bounding set': it is cap_"));
	}
}

static void S10_groups_that_stay_are_reported(void **state)
{
	const struct scenario scenario = {
		.kernel = {ROOT(FULL), GROUPS(27), .denies_setgroups = true},
		.target = {TO(1000, 1000, more), SAFELY},
	};
	struct creds_outcome outcome = {0};
	struct error error;
	char list[64] = "";
	struct text text = text_in(list, sizeof(list));

	assert_true(run(&scenario, &no_fault, &outcome, &error));
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

static bool check(const struct scenario *scenario, const struct fake_fault *fault,
                  struct error *error)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_state before;

	fake_begin(&scenario->kernel, fault);
	assert_true(creds_read(BOUNDING_READ, &arena, &before, error));
	return creds_check(&before, &scenario->target, error);
}

static void S10_a_refusal_of_the_user_namespace_is_reported_before_any_change(void **state)
{
	size_t refused = 0;

	for (size_t i = 0; i < SCENARIO_COUNT; i++) {
		const struct scenario *scenario = &scenarios[i];
		bool is_refused = scenario->fails != NULL &&
		                  (strstr(scenario->fails, "user namespace") != NULL ||
		                   strstr(scenario->fails, "id: '65534'") != NULL ||
		                   strstr(scenario->fails, "setting the groups") != NULL);
		struct error error = {0};

		if (scenario->target.semantics == SEMANTICS_GOSU)
			continue;
		if (check(scenario, &no_fault, &error) == is_refused)
			fail_msg("%s: %s", scenario->name,
			         is_refused ? "not refused" : error.message);
		assert_memory_equal(&fake, &scenario->kernel, sizeof(fake));
		refused += is_refused;
	}
	assert_true(refused >= 4);
}

/* The first invocation sets a saved id, the second takes it back. */
static void S30_a_saved_id_that_cannot_be_taken_back_is_an_error(void **state)
{
	static const enum fake_call calls[] = {FAKE_SETRESUID, FAKE_SETRESGID};

	for (size_t i = 0; i < 2; i++) {
		const struct fake_fault fault = {
			.kind = FAKE_FAILS, .call = calls[i], .first = 1, .errnum = EAGAIN};
		struct error error = {0};

		assert_false(check(&scenarios[0], &fault, &error));
		assert_int_equal(error.status, STATUS_FAILED);
	}
}

/* Whoever says that a list of that length was set has said nothing. */
static void S10_a_check_that_the_kernel_lies_to_refuses_nothing(void **state)
{
	const struct fake_fault fault = {.kind = FAKE_LIES, .call = FAKE_SETGROUPS};
	struct error error = {0};

	assert_true(check(&scenarios[0], &fault, &error));
}

static void full_arena_is_an_error(void **state)
{
	struct arena arena = arena_in(memory, 1);
	struct creds_state now;
	struct error error = {0};

	fake_begin(&scenarios[0].kernel, &no_fault);
	assert_false(creds_read(BOUNDING_READ, &arena, &now, &error));
	assert_string_equal(error.message, "reading the credentials: Cannot allocate memory");
	arena = arena_in(memory, sizeof(gid_t));
	fake_begin(&scenarios[0].kernel, &no_fault);
	assert_true(creds_read(BOUNDING_READ, &arena, &now, &error));
}

static void S12_a_kernel_may_have_as_many_capabilities_as_there_are_bits(void **state)
{
	const struct fake_fault fault = {
		.kind = FAKE_CLAIMS_TRUE, .call = FAKE_READ_BOUNDING, .goes_on = true};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_state now;
	struct error error = {0};

	fake_begin(&scenarios[0].kernel, &fault);
	assert_true(creds_read(BOUNDING_READ, &arena, &now, &error));
	assert_true(now.bounding == UINT64_MAX);
}

static void creds_read_returns_the_state_of_the_kernel(void **state)
{
	const struct fake_kernel kernel = {.ruid = 1,
	                                   .euid = 2,
	                                   .suid = 3,
	                                   .rgid = 4,
	                                   .egid = 5,
	                                   .sgid = 6,
	                                   GROUPS(9, 7, 8),
	                                   .effective = ADMIN,
	                                   .permitted = ADMIN | IDS | HIGHEST,
	                                   .inheritable = BIND | HIGHEST,
	                                   .bounding = FULL,
	                                   .ambient = HIGHEST,
	                                   .securebits = SECBIT_NOROOT,
	                                   .no_new_privs = true};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct creds_state now;
	struct error error;

	/* The bytes in front of the groups are larger than each group. */
	memset(arena_allocate(&arena, 64, 1), 0xff, 64);
	fake_begin(&kernel, &no_fault);
	assert_true(creds_read(BOUNDING_READ, &arena, &now, &error));
	assert_true(now.ruid == 1 && now.euid == 2 && now.suid == 3);
	assert_true(now.rgid == 4 && now.egid == 5 && now.sgid == 6);
	assert_int_equal(now.group_count, 3);
	assert_true(now.groups[0] == 7 && now.groups[1] == 8 && now.groups[2] == 9);
	assert_true((const gid_t *)arena_allocate(&arena, 1, 1) >= now.groups + 3);
	assert_true(now.effective == ADMIN && now.permitted == (ADMIN | IDS | HIGHEST));
	assert_true(now.inheritable == (BIND | HIGHEST) && now.bounding == FULL);
	assert_true(now.ambient == HIGHEST);
	assert_true(now.securebits == SECBIT_NOROOT && now.no_new_privs);
	assert_int_equal(fake_invocations(FAKE_READ_AMBIENT), 1);
}

static void long_group_lists_are_cut_to_fit_a_message(void **state)
{
	char line[1024];
	struct text text = text_in(line, sizeof(line));
	gid_t groups[100];

	for (gid_t i = 0; i < 100; i++)
		groups[i] = i;
	creds_add_groups(&text, groups, 0);
	assert_string_equal(line, "none");
	text = text_in(line, sizeof(line));
	creds_add_groups(&text, groups, 24);
	assert_string_equal(line, "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23");
	text = text_in(line, sizeof(line));
	creds_add_groups(&text, groups, 100);
	assert_string_equal(line,
	                    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creds_read_returns_the_state_of_the_kernel),
		cmocka_unit_test(S30_every_scenario_reaches_its_target_or_its_message),
		cmocka_unit_test(
			S12_every_scenario_ends_so_when_the_permitted_set_stands_for_the_bounding_one),
		cmocka_unit_test(S12_bounding_set_is_read_once_if_the_permitted_set_stands_for_it),
		cmocka_unit_test(S11_a_call_that_fails_never_ends_in_success_with_privileges),
		cmocka_unit_test(S11_a_call_that_lies_never_ends_in_success_with_privileges),
		cmocka_unit_test(S12_half_changed_ids_and_sets_are_detected),
		cmocka_unit_test(S11_a_missing_answer_of_the_kernel_proves_nothing),
		cmocka_unit_test(S11_an_id_that_is_not_written_is_nobodys),
		cmocka_unit_test(S30_a_call_that_fails_ends_as_its_errno_says),
		cmocka_unit_test(S33_a_bounding_set_that_stays_is_reported),
		cmocka_unit_test(S13_a_kept_bounding_set_that_has_changed_ends_the_start),
		cmocka_unit_test(S10_groups_that_stay_are_reported),
		cmocka_unit_test(S10_a_refusal_of_the_user_namespace_is_reported_before_any_change),
		cmocka_unit_test(S10_a_check_that_the_kernel_lies_to_refuses_nothing),
		cmocka_unit_test(full_arena_is_an_error),
		cmocka_unit_test(S12_a_kernel_may_have_as_many_capabilities_as_there_are_bits),
		cmocka_unit_test(S30_a_saved_id_that_cannot_be_taken_back_is_an_error),
		cmocka_unit_test(long_group_lists_are_cut_to_fit_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
