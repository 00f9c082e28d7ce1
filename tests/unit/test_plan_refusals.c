#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan_world.h"

static void S26_uid_0_is_refused_however_it_is_written(void **state)
{
	static const char *const lines[] = {
		"stepdown -u ${PUID} cmd PUID=0",
		"stepdown -u ${PUID} cmd PUID=00",
		"stepdown -u ${PUID} cmd PUID=root",
		"stepdown -u app=${PUID} cmd PUID=0",
		"stepdown -u app=${PUID}:1 cmd PUID=000",
		"stepdown -u ${PUID}:${PGID} cmd PUID=0 PGID=1",
		"stepdown -u ${PUID-0} cmd X=1",
		"stepdown -u new=0 cmd X=1",
		"stepdown -u root:app cmd X=1",
		"stepdown -u root=0 cmd X=1",
		"stepdown -u toor cmd X=1",
		"stepdown --dry-run -u 0 cmd X=1",
		"stepdown --setup-only -u 0 X=1",
		"stepdown --cap chown -u 0 cmd X=1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct facts root = world_of_container();
		struct facts user = world_of_user(1000, 1000);
		struct command_line environment;
		struct planned planned;
		char line[256];
		char *variables;

		/* The command line, then the environment, from its first upper case on. */
		strcpy(line, lines[i]);
		variables = strstr(line, " PUID=");
		variables = variables == NULL ? strstr(line, " X=") : variables;
		*variables = '\0';
		set_environment(&root, &environment, variables + 1);
		user.environment = root.environment;
		root.passwd = user.passwd = slice_of("toor:x:0:0:::\n" PASSWD);
		must_not_plan(&planned, &root, line, "stepping down: '");
		assert_non_null(strstr(planned.error.message,
		                       "': it is uid 0 (name another user, or see --allow-root"));
		/* Who is not root cannot ask for it either. */
		must_not_plan(&planned, &user, line, "stepping down: '");
	}
}

static void S26_a_variable_cannot_allow_root(void **state)
{
	struct facts world = world_of_container();
	struct command_line environment;
	struct planned planned;

	(void)state;
	set_environment(&world, &environment,
	                "PUID=0 ALLOW_ROOT=1 STEPDOWN_ALLOW_ROOT=1 STEPDOWN_OPTIONS=--allow-root");
	must_not_plan(&planned, &world, "stepdown -u ${PUID} cmd",
	              "stepping down: '0': it is uid 0");
	must_not_plan(&planned, &world, "stepdown -u ${PUID} cmd --allow-root",
	              "stepping down: '0': it is uid 0");
	must_not_plan(&planned, &world, "stepdown -u ${PUID} -- --allow-root",
	              "stepping down: '0': it is uid 0");
}

static void S5_S6_user_without_entry_is_an_error(void **state)
{
	static const struct {
		const char *line;
		const char *beginning;
	} rows[] = {
		{"stepdown -u bogus cmd", "looking up the user: 'bogus': no such user"},
		{"stepdown -u 0day cmd", "looking up the user: '0day': no such user"},
		{"stepdown -u damaged cmd", "looking up the user: 'damaged': no such user"},
		{"stepdown -u huge --allow-root cmd", "looking up the user: 'huge': no such user"},
		{"stepdown -u short cmd", "looking up the user: 'short': no such user"},
		{"stepdown -u app:bogus cmd", "looking up the group: 'bogus': no such group"},
		{"stepdown -u app:nogid cmd", "looking up the group: 'nogid': no such group"},
		{"stepdown -u app -g zero cmd", "looking up the group: 'zero': no such group"},
	};
	struct facts root = world_of_container();
	struct facts user = world_of_user(1000, 1000);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct planned planned;

		must_not_plan(&planned, &root, rows[i].line, rows[i].beginning);
		/* --group is not looked at there: the groups stay as they are. */
		if (strstr(rows[i].line, " -g ") == NULL)
			must_not_plan(&planned, &user, rows[i].line, rows[i].beginning);
	}
}

/* What the plan finds out about a value names the variables as well. */
static void an_error_names_the_variable(void **state)
{
	static const struct {
		const char *line;
		const char *end;
	} rows[] = {
		{"stepdown -u ${PUSER} cmd", "a numeric uid needs no entry; PUSER is 'bogus')"},
		{"stepdown -u ${PUSER:-x}:app cmd",
	         "a numeric uid needs no entry; PUSER is 'bogus')"},
		{"stepdown -u app:${PUSER} cmd", "a numeric gid needs no entry; PUSER is 'bogus')"},
		{"stepdown -u app -g 1 -g ${PUSER} cmd",
	         "a numeric gid needs no entry; PUSER is 'bogus')"},
		{"stepdown -u app --own-from app,${PUSER} cmd",
	         "a numeric uid needs no entry; PUSER is 'bogus')"},
		{"stepdown -u @/${PUSER} cmd", "or give the number; PUSER is 'bogus')"},
		{"stepdown -u app -g @/${PUSER} cmd", "or give the number; PUSER is 'bogus')"},
		{"stepdown -u app=${ZERO} cmd",
	         "see --allow-root; ZERO is '00': it is decimal, although a zero stands at its "
	         "beginning)"},
		{"stepdown -u app:${ZERO} cmd",
	         "or name another group; ZERO is '00': it is "
	         "decimal, although a zero stands at its beginning)"},
		{"stepdown -u app -g ${ZERO} cmd",
	         "or name another group; ZERO is '00': it is "
	         "decimal, although a zero stands at its beginning)"},
		{"stepdown -u new=5 --home /${ODD} cmd", "control bytes; ODD is 'a:b')"},
		/* Another alternative is no reason. */
		{"stepdown -u ${ZERO},bogus cmd",
	         "(NAME=UID makes one, a numeric uid needs no entry)"},
	};
	struct facts world = world_of_container();
	struct command_line environment;

	(void)state;
	set_environment(&world, &environment, "PUSER=bogus ZERO=00 ODD=a:b");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct planned planned;
		const char *message = planned.error.message;
		size_t length = strlen(rows[i].end);

		must_not_plan(&planned, &world, rows[i].line, "");
		if (strlen(message) < length ||
		    strcmp(message + strlen(message) - length, rows[i].end) != 0)
			fail_msg("%s: %s", rows[i].line, message);
	}
}

static void S30_missing_capabilities_are_an_error_of_the_plan(void **state)
{
	static const struct {
		const char *line;
		uint64_t missing;
		const char *message; /* NULL: none is needed */
	} rows[] = {
		{"stepdown -u app cmd", CAPABILITY_BIT(CAP_SETUID),
	         "stepping down: 'cap_setuid': missing in the container (start it as root with "
	         "--cap-add of these, or do without)"},
		{"stepdown -u app cmd", CAPABILITY_BIT(CAP_SETGID),
	         "stepping down: 'cap_setgid': missing in the container (start it as root with "
	         "--cap-add of these, or do without)"},
		{"stepdown -u app cmd", CAPABILITY_BIT(CAP_SETGID) | CAPABILITY_BIT(CAP_SETUID),
	         "stepping down: 'cap_setgid,cap_setuid': missing in the container (start it as "
	         "root with "
	         "--cap-add of these, or do without)"},
		/* The gid is the right one, the group list is not. */
		{"stepdown -u app:0 --clear-groups cmd", CAPABILITY_BIT(CAP_SETGID),
	         "stepping down: 'cap_setgid': missing in the container (start it as root with "
	         "--cap-add of these, or do without)"},
		/* As many groups as at the start, but others. */
		{"stepdown -u 0 --allow-root --clear-groups -g 4 -g 7 cmd",
	         CAPABILITY_BIT(CAP_SETGID),
	         "stepping down: 'cap_setgid': missing in the container (start it as root with "
	         "--cap-add of these, or do without)"},
		{"stepdown -u 0 --allow-root --clear-groups cmd", CAPABILITY_BIT(CAP_SETGID),
	         "stepping down: 'cap_setgid': missing in the container (start it as root with "
	         "--cap-add of these, or do without)"},
		{"stepdown -u 0 --allow-root cmd", ~UINT64_C(0), NULL},
		{"stepdown -u 0:app -g 6 --allow-root cmd", CAPABILITY_BIT(CAP_SETUID), NULL},
		{"stepdown -u app --setup-only", ~UINT64_C(0), NULL},
		{"stepdown -u app -o /a cmd", CAPABILITY_BIT(CAP_CHOWN), NULL},
		/* Without it the bounding set stays, and no_new_privs makes it harmless. */
		{"stepdown -u app cmd", CAPABILITY_BIT(CAP_SETPCAP), NULL},
		{"stepdown -u app --allow-new-privs cmd", CAPABILITY_BIT(CAP_SETPCAP), NULL},
		/* execve(2) would give uid 0 the whole bounding set. */
		{"stepdown -u 0 --allow-root --allow-new-privs cmd", CAPABILITY_BIT(CAP_SETPCAP),
	         "allowing new privileges: 'cap_setpcap': missing in the container (start it as "
	         "root with "
	         "--cap-add of these, or do without)"},
		{"stepdown -u 0 --allow-root --allow-new-privs --setup-only",
	         CAPABILITY_BIT(CAP_SETPCAP), NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts world = world_of_container();
		struct planned planned;

		world.creds.effective &= ~rows[i].missing;
		if (rows[i].message == NULL) {
			must_plan(&planned, &world, rows[i].line);
		} else {
			must_not_plan(&planned, &world, rows[i].line, rows[i].message);
			assert_string_equal(planned.error.message, rows[i].message);
		}
	}
}

static void S12_an_empty_bounding_set_needs_no_setpcap(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	world.creds.effective = CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID);
	world.creds.bounding = 0;
	must_plan(&planned, &world, "stepdown -u 0 --allow-root --allow-new-privs cmd");
	assert_false(planned.plan.creds.no_new_privs);
	/* All that is left in it is to be kept. */
	world.creds.bounding = world.creds.permitted = CAPABILITY_BIT(CAP_CHOWN);
	must_plan(&planned, &world, "stepdown -u 0 --allow-root --allow-new-privs --cap chown cmd");
	must_not_plan(&planned, &world, "stepdown -u 0 --allow-root --allow-new-privs cmd",
	              "allowing new privileges: 'cap_setpcap': ");
}

static void a_capability_to_keep_must_be_permitted(void **state)
{
	struct facts world = world_of_container();
	struct planned planned;

	(void)state;
	must_not_plan(
		&planned, &world, "stepdown -u app --cap sys_admin,chown,bpf cmd",
		"keeping capabilities: 'cap_sys_admin,cap_bpf': missing in the container (start "
		"it as root with --cap-add of these, or do without)");
	/* Permitted, but not in the bounding set; and the other way round. */
	world.creds.bounding &= ~CAPABILITY_BIT(CAP_CHOWN);
	must_not_plan(&planned, &world, "stepdown -u app --cap chown cmd",
	              "keeping capabilities: 'cap_chown': ");
	world = world_of_container();
	world.creds.permitted &= ~CAPABILITY_BIT(CAP_CHOWN);
	must_not_plan(&planned, &world, "stepdown -u app --cap chown cmd",
	              "keeping capabilities: 'cap_chown': ");
	/* It is the command that would miss them. */
	must_plan(&planned, &world, "stepdown -u app --cap chown --setup-only");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S26_uid_0_is_refused_however_it_is_written),
		cmocka_unit_test(S26_a_variable_cannot_allow_root),
		cmocka_unit_test(S5_S6_user_without_entry_is_an_error),
		cmocka_unit_test(an_error_names_the_variable),
		cmocka_unit_test(S30_missing_capabilities_are_an_error_of_the_plan),
		cmocka_unit_test(S12_an_empty_bounding_set_needs_no_setpcap),
		cmocka_unit_test(a_capability_to_keep_must_be_permitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
