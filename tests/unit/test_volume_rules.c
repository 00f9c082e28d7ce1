#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "volume_rules.h"

static bool is_refused(const char *path)
{
	return volume_is_refused(path, strlen(path));
}

static void S20_directories_of_the_system_are_refused(void **state)
{
	static const char *const paths[] = {
		"/",           "/bin",         "/boot",      "/etc",         "/lib",
		"/lib32",      "/lib64",       "/libx32",    "/sbin",        "/usr",
		"/usr/bin",    "/usr/sbin",    "/usr/lib",   "/usr/lib32",   "/usr/lib64",
		"/usr/libx32", "/usr/libexec", "/usr/share", "/usr/include", "/var",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!is_refused(paths[i]))
			fail_msg("%s is accepted", paths[i]);
		if (volume_is_refused_below(paths[i]))
			fail_msg("%s is refused with all below", paths[i]);
	}
}

static void S20_kernel_interfaces_are_refused_with_all_below(void **state)
{
	static const char *const paths[] = {
		"/proc", "/proc/1",  "/proc/self/root", "/sys",        "/sys/fs/cgroup",
		"/dev",  "/dev/pts", "/dev/shmx",       "/dev/mqueue", "/dev/sda",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!is_refused(paths[i]) || !volume_is_refused_below(paths[i]))
			fail_msg("%s is accepted", paths[i]);
	}
}

static void S20_what_applications_own_is_accepted(void **state)
{
	static const char *const paths[] = {
		"/data",      "/etc/app",     "/usr/share/nginx/html",
		"/usr/local", "/usr/src/app", "/var/lib",
		"/var/run",   "/run",         "/tmp",
		"/home",      "/dev/shm",     "/dev/shm/app",
		"/library",   "/libraries/a", "/procedures",
		"/system",    "/development", "/usr/library",
		"/bin/app",   "/opt",         "/srv",
		"/etcetera",  "/usr/lib/app", "/boot/app",
		"/root",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (is_refused(paths[i]))
			fail_msg("%s is refused", paths[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S20_directories_of_the_system_are_refused),
		cmocka_unit_test(S20_kernel_interfaces_are_refused_with_all_below),
		cmocka_unit_test(S20_what_applications_own_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
