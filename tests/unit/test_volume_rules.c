#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/refused_paths.h"

static bool is_refused(const char *path)
{
	return path_is_refused(slice_of(path));
}

static void S20_directories_of_the_system_are_refused(void **state)
{
	static const char *const paths[] = {
		"/",
		"/bin",
		"/boot",
		"/etc",
		"/lib",
		"/lib32",
		"/lib64",
		"/libx32",
		"/sbin",
		"/usr",
		"/usr/bin",
		"/usr/sbin",
		"/usr/lib",
		"/usr/lib32",
		"/usr/lib64",
		"/usr/libx32",
		"/usr/libexec",
		"/usr/share",
		"/usr/include",
		"/var",
		"/root",
		"/usr/local",
		"/usr/local/bin",
		"/usr/local/sbin",
		"/usr/local/lib",
		"/usr/lib/x86_64-linux-gnu",
		"/usr/lib/aarch64-linux-musl",
		"/lib/arm-linux-gnueabihf",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char below[64];

		if (!is_refused(paths[i]))
			fail_msg("%s is accepted", paths[i]);
		snprintf(below, sizeof(below), "%s/of/an/app", paths[i]);
		if (is_refused(below))
			fail_msg("%s is refused", below);
	}
}

static void S20_directories_that_root_trusts_are_refused_with_all_below(void **state)
{
	static const char *const paths[] = {
		"/etc/profile.d",
		"/etc/cron.d",
		"/etc/cron.daily",
		"/etc/crontabs",
		"/etc/pam.d",
		"/etc/security",
		"/etc/sudoers.d",
		"/etc/ssh",
		"/etc/init.d",
		"/etc/systemd",
		"/etc/apt",
		"/etc/apk",
		"/etc/periodic",
		"/etc/ld.so.conf.d",
		"/root/.ssh",
		"/var/spool/cron",
		"/usr/lib/systemd",
		"/lib/security",
		"/proc",
		"/proc/1",
		"/proc/self/root",
		"/sys",
		"/sys/fs/cgroup",
		"/dev",
		"/dev/pts",
		"/dev/shmx",
		"/dev/mqueue",
		"/dev/sda",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char below[64];

		if (!is_refused(paths[i]))
			fail_msg("%s is accepted", paths[i]);
		snprintf(below, sizeof(below), "%s/below", paths[i]);
		if (!is_refused(below))
			fail_msg("%s is accepted", below);
	}
}

/* Whoever owns a directory can replace what lies in it. */
static void S20_all_above_a_refused_directory_is_refused(void **state)
{
	enum refused_below below;
	const char *path;

	(void)state;
	for (size_t i = 0; (path = refused_path(i, &below)) != NULL; i++) {
		char above[64];
		char *slash;

		snprintf(above, sizeof(above), "%s", path);
		while ((slash = strrchr(above, '/')) != above) {
			*slash = '\0';
			if (!is_refused(above))
				fail_msg("%s is refused, %s is accepted", path, above);
		}
	}
}

static void S20_directories_of_applications_are_accepted(void **state)
{
	static const char *const paths[] = {
		"/data",
		"/etc/app",
		"/usr/share/nginx/html",
		"/usr/src/app",
		"/var/lib/app",
		"/var/run",
		"/run",
		"/tmp",
		"/home",
		"/dev/shm",
		"/dev/shm/app",
		"/library",
		"/libraries/a",
		"/procedures",
		"/system",
		"/development",
		"/usr/library",
		"/bin/app",
		"/opt",
		"/srv",
		"/etcetera",
		"/usr/lib/app",
		"/boot/app",
		"/root/.cache",
		"/usr/local/app",
		"/usr/lib/x86_64-linux-gnu/app",
		"/etc/sshd",
		"/etc/apt-cacher",
		"/usr/lib/linux-tools",
		"/opt/lib/x86_64-linux-gnu",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (is_refused(paths[i]))
			fail_msg("%s is refused", paths[i]);
	}
}

static void S20_every_refused_path_can_be_compared_by_its_inode(void **state)
{
	enum refused_below below;
	size_t count = 0;

	(void)state;
	for (; refused_path(count, &below) != NULL; count++) {
		if (!is_refused(refused_path(count, &below)))
			fail_msg("%s is accepted", refused_path(count, &below));
	}
	assert_true(count > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S20_directories_of_the_system_are_refused),
		cmocka_unit_test(S20_directories_that_root_trusts_are_refused_with_all_below),
		cmocka_unit_test(S20_all_above_a_refused_directory_is_refused),
		cmocka_unit_test(S20_directories_of_applications_are_accepted),
		cmocka_unit_test(S20_every_refused_path_can_be_compared_by_its_inode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
