#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cap-ng.h>
#include <cmocka.h>
#include <linux/capability.h>

#include "core/capability_names.h"

#define ALL_NAMES                                                                                  \
	"chown,dac_override,dac_read_search,fowner,fsetid,kill,setgid,setuid,setpcap,"             \
	"linux_immutable,net_bind_service,net_broadcast,net_admin,net_raw,ipc_lock,ipc_owner,"     \
	"sys_module,sys_rawio,sys_chroot,sys_ptrace,sys_pacct,sys_admin,sys_boot,sys_nice,"        \
	"sys_resource,sys_time,sys_tty_config,mknod,lease,audit_write,audit_control,setfcap,"      \
	"mac_override,mac_admin,syslog,wake_alarm,block_suspend,audit_read,perfmon,bpf,"           \
	"checkpoint_restore"

static void capability_names_ignore_case_and_prefix(void **state)
{
	const struct {
		const char *list;
		uint64_t mask;
	} rows[] = {
		{"", 0},
		{"chown", CAPABILITY_BIT(CAP_CHOWN)},
		{"cap_chown", CAPABILITY_BIT(CAP_CHOWN)},
		{"CAP_NET_BIND_SERVICE", CAPABILITY_BIT(CAP_NET_BIND_SERVICE)},
		{"Net_Raw", CAPABILITY_BIT(CAP_NET_RAW)},
		{"kill,kill", CAPABILITY_BIT(CAP_KILL)},
		{"setuid,Cap_SetGid", CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID)},
		{"sys_admin", CAPABILITY_BIT(CAP_SYS_ADMIN)},
		{"syslog", CAPABILITY_BIT(CAP_SYSLOG)},
		{"bpf", CAPABILITY_BIT(CAP_BPF)},
		{"checkpoint_restore", CAPABILITY_BIT(CAP_CHECKPOINT_RESTORE)},
		{ALL_NAMES, CAPABILITY_BIT(41) - 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error error = {0};
		uint64_t mask = UINT64_MAX;

		if (!capability_parse_list("--cap", rows[i].list, &mask, &error))
			fail_msg("'%s': %s", rows[i].list, error.message);
		if (mask != rows[i].mask)
			fail_msg("'%s': %llx", rows[i].list, (unsigned long long)mask);
	}
}

static void unknown_capability_is_an_error_and_changes_nothing(void **state)
{
	const struct {
		const char *list;
		const char *says;
	} rows[] = {
		{"all", "'all': there is no such capability (name them one by one, see "
	                "capabilities(7))"},
		{"cap_all", "no such capability"},
		{"ALL", "no such capability"},
		{"none", "no such capability"},
		{"kil", "'kil': there"},
		{"kill_", "'kill_': there"},
		{"cap_", "'cap_': there"},
		{"cap_cap_kill", "'cap_cap_kill': there"},
		{"21", "'21': there"},
		{"+kill", "'+kill': there"},
		{" kill", "' kill': there"},
		{"chown kill", "'chown kill': there"},
		{"kill\n", "'kill\\n': there"},
		{"chown:kill", "'chown:kill': there"},
		{"chown,bogus", "'bogus': there"},
		{",", "'': there"},
		{"kill,", "'': there"},
		{",kill", "'': there"},
		{"chown,,kill", "'': there"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error error = {0};
		uint64_t mask = 7;

		if (capability_parse_list("--cap", rows[i].list, &mask, &error))
			fail_msg("'%s' was taken", rows[i].list);
		assert_true(mask == 7);
		assert_int_equal(error.status, STATUS_FAILED);
		if (strstr(error.message, rows[i].says) == NULL)
			fail_msg("'%s': %s", rows[i].list, error.message);
	}
}

static void capability_sets_are_written_by_name(void **state)
{
	const struct {
		uint64_t mask;
		const char *names;
	} rows[] = {
		{0, "none"},
		{CAPABILITY_BIT(CAP_CHOWN), "cap_chown"},
		{CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_KILL), "cap_chown,cap_kill"},
		{CAPABILITY_BIT(40), "cap_checkpoint_restore"},
		{CAPABILITY_BIT(41) | CAPABILITY_BIT(63), "cap_41,cap_63"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buffer[100];
		struct text text = text_in(buffer, sizeof(buffer));

		capability_add_names(&text, rows[i].mask);
		assert_string_equal(buffer, rows[i].names);
	}
}

static void every_written_capability_name_can_be_parsed(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= CAP_CHECKPOINT_RESTORE; i++) {
		char buffer[100];
		struct text text = text_in(buffer, sizeof(buffer));
		struct error error;
		uint64_t mask = 0;

		capability_add_names(&text, CAPABILITY_BIT(i));
		assert_true(capability_parse_list("--cap", buffer, &mask, &error));
		assert_true(mask == CAPABILITY_BIT(i));
		/* By an exchanged name another capability would be kept. */
		assert_int_equal(capng_name_to_capability(buffer + strlen("cap_")), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capability_names_ignore_case_and_prefix),
		cmocka_unit_test(unknown_capability_is_an_error_and_changes_nothing),
		cmocka_unit_test(capability_sets_are_written_by_name),
		cmocka_unit_test(every_written_capability_name_can_be_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
