#include "scratch.h"

#include <limits.h>
#include <sys/auxv.h>

#include "fail_calls.h"
#include "volume/program_inodes.h"
#include "volume/resolve_path.h"
#include "volume/volume.h"

#define APP 1000

static struct resolved resolved;
static struct error error;
static bool right;

/* PATH leads to EXPECTED, and to the inode that the kernel finds there. */
static void assert_resolves(const char *path, const char *expected)
{
	struct stat by_name;
	struct stat by_fd;

	if (!resolve(path, RESOLVE_MUST_EXIST, &resolved, &error))
		fail_msg("%s: %s", path, error.message);
	assert_string_equal(resolved.text, expected);
	assert_int_equal(fstat(resolved.fd, &by_fd), 0);
	assert_int_equal(lstat(expected, &by_name), 0);
	assert_int_equal(by_fd.st_ino, by_name.st_ino);
	assert_int_equal(by_fd.st_dev, by_name.st_dev);
	close(resolved.fd);
}

/* For assert_fails(): resolve_and_make(). */
#define MAKE ((enum resolve_missing)99)

static void assert_fails(const char *path, enum resolve_missing missing, const char *why)
{
	struct resolved untouched = {.fd = -77};

	memset(&error, 0, sizeof(error));
	if (missing == MAKE ? resolve_and_make(path, 0700, &untouched, &error)
	                    : resolve(path, missing, &untouched, &error))
		fail_msg("%s was resolved to %s", path, untouched.text);
	assert_int_equal(untouched.fd, -77);
	assert_int_equal(error.status, STATUS_FAILED);
	if (strstr(error.message, why) == NULL)
		fail_msg("%s: not \"%s\"", error.message, why);
}

static void S15_paths_without_links(void **state)
{
	make_dir(at("plain"), 0, 0755);
	make_dir(at("plain/sub"), APP, 0700);
	make_file(at("plain/file"), APP, 0600);
	assert_resolves("/", "/");
	assert_resolves("///", "/");
	assert_resolves("/..", "/");
	assert_resolves("/../../.", "/");
	assert_resolves(at("plain"), at("plain"));
	assert_resolves(at("plain//sub"), at("plain/sub"));
	assert_resolves(at("plain//.///sub/"), at("plain/sub"));
	make_dir(at("plain/.hidden"), APP, 0700);
	assert_resolves(at("plain/.hidden"), at("plain/.hidden"));
	assert_resolves(at("plain/sub/.."), at("plain"));
	assert_resolves(at("plain/sub/../../plain/./file"), at("plain/file"));
	assert_fails("plain", RESOLVE_MUST_EXIST, "start it with '/'");
	assert_fails("", RESOLVE_MUST_EXIST, "start it with '/'");
	assert_fails(at("plain/none"), RESOLVE_MUST_EXIST, "--mkdir");
	assert_fails(at("none/none"), RESOLVE_MUST_EXIST, "--mkdir");
	assert_fails(at("plain/file/below"), RESOLVE_MUST_EXIST, strerror(ENOTDIR));
	assert_fails(at("plain/file/.."), RESOLVE_MUST_EXIST, strerror(ENOTDIR));
}

static void S15_links_that_root_put_there_are_followed(void **state)
{
	make_dir(at("trusted"), 0, 0755);
	make_dir(at("trusted/target"), 0, 0755);
	make_dir(at("trusted/target/in"), APP, 0755);
	make_link("target", at("trusted/relative"), 0);
	make_link(at("trusted/target"), at("trusted/absolute"), 0);
	make_link("relative/../relative//./in", at("trusted/chain"), 0);
	make_link("../trusted/target/", at("trusted/upward"), 0);
	make_link("/", at("trusted/slash"), 0);
	make_file(at("trusted/file"), 0, 0644);
	make_link("file/", at("trusted/not-a-directory"), 0);
	assert_fails(at("trusted/not-a-directory"), RESOLVE_MUST_EXIST, strerror(ENOTDIR));
	assert_resolves(at("trusted/relative"), at("trusted/target"));
	assert_resolves(at("trusted/absolute/in"), at("trusted/target/in"));
	assert_resolves(at("trusted/chain"), at("trusted/target/in"));
	assert_resolves(at("trusted/upward/in/"), at("trusted/target/in"));
	assert_resolves(at("trusted/relative/.."), at("trusted"));
	assert_resolves(at("trusted/slash"), "/");
	assert_resolves(at("trusted/slash/..%s", at("trusted/absolute")), at("trusted/target"));
}

static void S15_links_of_other_users_are_not_followed(void **state)
{
	static const struct {
		const char *name;
		uid_t directory;
		mode_t mode;
		uid_t link;
	} cases[] = {
		{"link of the application", 0, 0755, APP},
		{"directory of the application", APP, 0755, 0},
		{"both", APP, 0755, APP},
		{"group may write", 0, 0775, 0},
		{"all may write", 0, 0757, 0},
		{"sticky", 0, 01777, 0},
	};

	make_dir(at("target"), 0, 0755);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_dir(at("%s", cases[i].name), cases[i].directory, 0700);
		make_link("../target", at("%s/link", cases[i].name), cases[i].link);
		assert_int_equal(chmod(at("%s", cases[i].name), cases[i].mode), 0);
		assert_fails(at("%s/link", cases[i].name), RESOLVE_MUST_EXIST, "other than root");
		assert_fails(at("%s/link/.", cases[i].name), RESOLVE_MUST_EXIST, "other than root");
		assert_fails(at("%s/link/below", cases[i].name), MAKE, "other than root");
	}
	assert_int_equal(access(at("target/below"), F_OK), -1);
	/* A link that is trusted does not make the next one so. */
	make_link("both/link", at("to the other"), 0);
	assert_fails(at("to the other"), RESOLVE_MUST_EXIST, "other than root");
}

/* Root's link in root's directory, below a directory in which the application can exchange directories. */
static void S15_links_below_movable_directories_are_not_followed(void **state)
{
	static const struct {
		const char *name;
		uid_t owner;
		mode_t mode;
		bool is_trusted;
	} cases[] = {
		{"moved by its owner", APP, 0755, false},
		{"moved by its group", 0, 0775, false},
		{"moved by all", 0, 0757, false},
		{"sticky, root's", 0, 01777, true},
		{"sticky, the application's", APP, 01777, false},
		{"not to be moved", 0, 0755, true},
	};

	make_dir(at("aim"), 0, 0755);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_dir(at("%s", cases[i].name), cases[i].owner, 0700);
		make_dir(at("%s/roots", cases[i].name), 0, 0755);
		make_link("../../aim", at("%s/roots/relative", cases[i].name), 0);
		make_link(at("aim"), at("%s/roots/absolute", cases[i].name), 0);
		make_link(at("%s/roots/relative", cases[i].name), at("to %s", cases[i].name), 0);
		assert_int_equal(chmod(at("%s", cases[i].name), cases[i].mode), 0);
		if (cases[i].is_trusted) {
			assert_resolves(at("%s/roots/relative", cases[i].name), at("aim"));
			assert_resolves(at("%s/roots/absolute", cases[i].name), at("aim"));
			assert_resolves(at("to %s", cases[i].name), at("aim"));
			continue;
		}
		assert_fails(at("%s/roots/relative", cases[i].name), RESOLVE_MUST_EXIST,
		             "other than root");
		assert_fails(at("%s/roots/absolute", cases[i].name), MAKE, "other than root");
		/* A link that counts leads to one that does not. */
		assert_fails(at("to %s", cases[i].name), RESOLVE_MUST_EXIST, "other than root");
	}
}

static void S15_at_most_forty_links_are_followed(void **state)
{
	make_dir(at("many"), 0, 0755);
	make_dir(at("many/0"), 0, 0755);
	for (unsigned i = 1; i <= 41; i++) {
		char target[16];

		snprintf(target, sizeof(target), "%u", i - 1);
		make_link(target, at("many/%u", i), 0);
	}
	assert_resolves(at("many/40"), at("many/0"));
	assert_fails(at("many/41"), RESOLVE_MUST_EXIST, strerror(ELOOP));
	make_link("round", at("many/round"), 0);
	assert_fails(at("many/round"), RESOLVE_MUST_EXIST, strerror(ELOOP));
}

static void S15_long_paths(void **state)
{
	char name[300];
	char path[PATH_MAX + 300];
	size_t length;

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	make_dir(at("%s", name), 0, 0755);
	assert_resolves(at("%s", name), at("%s", name));
	name[255] = 'n';
	name[256] = '\0';
	assert_fails(at("%s", name), RESOLVE_MUST_EXIST, strerror(ENAMETOOLONG));
	memset(path, '/', sizeof(path));
	path[PATH_MAX - 1] = '\0';
	assert_resolves(path, "/");
	path[PATH_MAX - 1] = '/';
	path[PATH_MAX] = '\0';
	assert_fails(path, RESOLVE_MUST_EXIST, strerror(ENAMETOOLONG));
	/* Short as a word, long once its link is filled in. */
	make_dir(at("grows"), 0, 0755);
	memset(path, '/', sizeof(path));
	snprintf(path, sizeof(path), "%s", at("grows"));
	length = strlen(path);
	path[length] = '/';
	path[PATH_MAX - 10] = '\0';
	assert_int_equal(symlink(path, at("grows/link")), 0);
	assert_resolves(at("grows/link"), at("grows"));
	assert_fails(at("grows/link/is-too-long-now"), RESOLVE_MUST_EXIST, strerror(ENAMETOOLONG));
}

static void S15_links_of_proc_are_texts(void **state)
{
	char cwd[PATH_MAX];

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(at(".")), 0);
	assert_resolves("/proc/self/root", "/");
	assert_resolves("/proc/self/cwd", scratch_base);
	assert_int_equal(chdir(cwd), 0);
}

static void make_first(enum call call, long word, const char *name)
{
	if (call == CALL_SYSCALL && word == SYS_mkdirat)
		make_dir(at("first/%s", name), APP, 0700);
}

/* It is judged like any directory that was there before. */
static void a_directory_that_somebody_else_makes_first_is_not_made(void **state)
{
	make_dir(at("first"), 0, 0755);
	watch_calls(make_first);
	assert_true(resolve_and_make(at("first/theirs"), 0700, &resolved, &error));
	watch_calls(NULL);
	assert_true(resolved.exists);
	assert_false(resolved.made);
	assert_int_equal(resolved.inode.uid, APP);
	close(resolved.fd);
}

static void missing_directories_are_reported_or_made(void **state)
{
	mode_t umask_before = umask(077);
	struct stat status;

	make_dir(at("new"), 0, 0755);
	assert_true(resolve(at("new/./a//b/"), RESOLVE_MAY_MISS, &resolved, &error));
	assert_false(resolved.exists);
	assert_int_equal(resolved.fd, -1);
	assert_string_equal(resolved.text, at("new/a/b"));
	assert_int_equal(access(at("new/a"), F_OK), -1);
	assert_fails(at("new/a/../b"), RESOLVE_MAY_MISS, "\"..\"");

	assert_true(resolve_and_make(at("new/./a//b/"), 0700, &resolved, &error));
	assert_true(resolved.exists);
	assert_true(resolved.made);
	assert_string_equal(resolved.text, at("new/a/b"));
	assert_int_equal(fstat(resolved.fd, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(at("new/a"), &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0755);
	assert_owner(at("new/a"), 0);
	close(resolved.fd);
	assert_int_equal(umask(umask_before), 077);

	assert_true(resolve_and_make(at("new/a/b"), 0700, &resolved, &error));
	assert_false(resolved.made);
	close(resolved.fd);
	/* /var/run, with no /run yet. */
	make_link("run", at("new/link"), 0);
	assert_true(resolve_and_make(at("new/link/app"), 0700, &resolved, &error));
	assert_string_equal(resolved.text, at("new/run/app"));
	close(resolved.fd);
	/* The link's target is not the last directory, and "." is none. */
	assert_int_equal(stat(at("new/run"), &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0755);
	assert_true(resolve_and_make(at("new/last/././/."), 01777, &resolved, &error));
	assert_int_equal(fstat(resolved.fd, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 01777);
	close(resolved.fd);
	/* A directory that is there keeps its mode. */
	assert_true(resolve_and_make(at("new/last"), 0700, &resolved, &error));
	assert_int_equal(fstat(resolved.fd, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 01777);
	close(resolved.fd);
	make_file(at("new/file"), 0, 0644);
	assert_fails(at("new/file/app"), MAKE, strerror(ENOTDIR));
}

static void resolve_without_capabilities(void)
{
	struct stat status;

	keep_capabilities(1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID);
	CHILD_ASSERT(open(at("closed/b"), O_PATH | O_CLOEXEC) < 0 && errno == EACCES);
	CHILD_ASSERT(resolve(at("closed/b/c"), RESOLVE_MUST_EXIST, &resolved, &error));
	CHILD_ASSERT(fstat(resolved.fd, &status) == 0 && status.st_uid == APP);
	CHILD_ASSERT(resolve(at("closed/b/c/../../b/c"), RESOLVE_MUST_EXIST, &resolved, &error));
	CHILD_ASSERT(strcmp(resolved.text, at("closed/b/c")) == 0);
	CHILD_ASSERT(!resolve(at("closed/b/none"), RESOLVE_MUST_EXIST, &resolved, &error));
	CHILD_ASSERT(strstr(error.message, "--mkdir") != NULL);
	CHILD_ASSERT(resolve_and_make(at("closed/b/x/y"), 0700, &resolved, &error));
	CHILD_ASSERT(resolved.made);
	CHILD_ASSERT(syscall(SYS_setfsuid, -1) == 0);
}

static void S35_private_directory_is_entered_as_its_owner(void **state)
{
	make_dir(at("closed"), APP, 0700);
	make_dir(at("closed/b"), APP + 1, 0755);
	make_dir(at("closed/b/c"), APP, 0700);
	assert_int_equal(chmod(at("closed/b"), 0700), 0);
	in_child(resolve_without_capabilities);
	assert_int_equal(access(at("closed/b/x/y"), F_OK), 0);
}

static const struct declared_path owns = {NULL, DEPTH_TREE, false, false, NULL};
static const struct declared_path makes = {NULL, DEPTH_TREE, true, false, NULL};

static const struct ids roots_ids;
static struct ownership_request request = {.owner = &roots_ids};
static struct declared_top top;
static struct volume_set set;

/* Calls volume_check() with the options of KIND. */
static bool check(const char *path, const struct declared_path *kind)
{
	struct declared_path volume = *kind;

	volume.path = path;
	memset(&error, 0, sizeof(error));
	volume_set_open(&set, &top);
	return volume_check(&volume, &request, &set, &right, &error);
}

static void assert_refused(const char *path, const struct declared_path *kind, const char *why)
{
	if (check(path, kind))
		fail_msg("%s is accepted", path);
	if (strstr(error.message, why) == NULL)
		fail_msg("%s: not \"%s\"", error.message, why);
	assert_int_equal(error.status, STATUS_FAILED);
}

static void S20_refused_whatever_the_spelling(void **state)
{
	static const char *const paths[] = {"/",      "/.",          "//",         "//etc/",
	                                    "/etc/.", "/usr/../etc", "/proc/1/..", "/sys/kernel",
	                                    "/dev",   "/dev/null",   "/usr/bin/",  "/var"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_refused(paths[i], &owns, "the system");
		assert_refused(paths[i], &makes, "the system");
	}
	assert_refused("/proc/none", &makes, "the system");
	assert_refused("/sys/none/at/all", &makes, "the system");
	make_dir(at("data"), 0, 0755);
	make_link("/etc", at("data/etc"), 0);
	make_link("/", at("data/root"), 0);
	assert_refused(at("data/etc"), &owns, "'/etc', which belongs to the system");
	assert_refused(at("data/etc"), &owns, "declare a directory of its own");
	assert_refused(at("data/root"), &owns, "'/', which");
	assert_refused(at("../../../../../../../../etc"), &owns, "'/etc', which");
	assert_true(check(at("data"), &owns));
}

static void S20_refused_wherever_it_is_mounted(void **state)
{
	make_dir(at("proc"), 0, 0755);
	assert_int_equal(mount("proc", at("proc"), "proc", 0, NULL), 0);
	assert_refused(at("proc"), &owns, "interface of the kernel");
	assert_refused(at("proc/sys"), &owns, "interface of the kernel");
	make_dir(at("slash"), 0, 0755);
	assert_int_equal(mount("/", at("slash"), NULL, MS_BIND, NULL), 0);
	assert_refused(at("slash"), &owns, "'/', which");
}

static void volume_check_refuses_missing_paths(void **state)
{
	make_dir(at("check"), 0, 0755);
	make_file(at("check/file"), 0, 0644);
	assert_refused(at("check/none"), &owns, "--mkdir");
	assert_refused("check", &makes, "start it with '/'");
	assert_refused(at("check/file"), &makes, "not a directory");
	assert_true(check(at("check/none/at/all"), &makes));
	assert_int_equal(access(at("check/none"), F_OK), -1);
	assert_true(check(at("check/file"), &owns));
}

static void nothing_is_made_on_a_read_only_mount(void **state)
{
	make_dir(at("read-only"), 0, 0755);
	make_dir(at("read-only/there"), 0, 0755);
	assert_int_equal(mount(at("read-only"), at("read-only"), NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, at("read-only"), NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL),
	                 0);
	assert_refused(at("read-only/none/at/all"), &makes, "Read-only file system");
	assert_true(check(at("read-only/there"), &makes));
}

static void volume_check_compares_the_owner(void **state)
{
	make_dir(at("mine"), APP, 0755);
	assert_true(check(at("mine"), &owns) && !right);
	request.owner = &(const struct ids){.uid = APP};
	assert_true(check(at("mine"), &owns) && !right);
	request.owner = &ids_of(APP);
	assert_true(check(at("mine"), &owns) && right);
	assert_true(check(at("mine/none"), &makes) && !right);
	request = (struct ownership_request){.owner = &roots_ids};
}

/* Whoever may replace the program is root at the next start. */
static void S37_what_holds_the_program_is_refused(void **state)
{
	char program[PATH_MAX];
	char hard_link[PATH_MAX + 16];
	char *slash;

	assert_true(program_inodes_find(&request.program, &error));
	assert_non_null(realpath("/proc/self/exe", program));
	snprintf(hard_link, sizeof(hard_link), "%s.hard-link", program);
	(void)unlink(hard_link);
	assert_int_equal(link(program, hard_link), 0);
	assert_refused(hard_link, &owns, "this program is in it");
	assert_int_equal(unlink(hard_link), 0);
	assert_refused(program, &owns, "this program is in it");
	while ((slash = strrchr(program, '/')) != program) {
		*slash = '\0';
		assert_refused(program, &makes, "");
		assert_refused(program, &owns, "");
		if (access(at("alias"), F_OK) != 0) {
			/* Another mount of the directory, and a path by the process's own root. */
			make_dir(at("alias"), 0, 0755);
			assert_int_equal(mount(program, at("alias"), NULL, MS_BIND, NULL), 0);
			assert_refused(at("alias"), &owns, "this program is in it");
			assert_int_equal(umount(at("alias")), 0);
		}
	}
	request = (struct ownership_request){.owner = &roots_ids};
}

/* By a bind mount the path says nothing: the inodes of the directories above do. */
static void S20_a_mounted_directory_of_the_system_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *covered_by; /* NULL: the applications' */
	} cases[] = {
		{"passwd", "'/etc', which belongs to the system"},
		{"apt", "'/etc/apt', which belongs to the system"},
		{"apt/apt.conf.d", "'/etc/apt', which belongs to the system"},
		{"skel", NULL},
	};

	make_dir(at("etc"), 0, 0755);
	assert_int_equal(mount("/etc", at("etc"), NULL, MS_BIND, NULL), 0);
	assert_refused(at("etc"), &owns, "'/etc', which belongs to the system");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = at("etc/%s", cases[i].name);

		if (access(path, F_OK) != 0)
			continue; /* another distribution */
		if (cases[i].covered_by != NULL)
			assert_refused(path, &owns, cases[i].covered_by);
		else if (!check(path, &owns))
			fail_msg("%s", error.message);
	}
	assert_int_equal(umount(at("etc")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S15_paths_without_links),
		cmocka_unit_test(S15_links_that_root_put_there_are_followed),
		cmocka_unit_test(S15_links_of_other_users_are_not_followed),
		cmocka_unit_test(S15_links_below_movable_directories_are_not_followed),
		cmocka_unit_test(S15_at_most_forty_links_are_followed),
		cmocka_unit_test(S15_long_paths),
		cmocka_unit_test(S15_links_of_proc_are_texts),
		cmocka_unit_test(missing_directories_are_reported_or_made),
		cmocka_unit_test(a_directory_that_somebody_else_makes_first_is_not_made),
		cmocka_unit_test(S35_private_directory_is_entered_as_its_owner),
		cmocka_unit_test(S20_refused_whatever_the_spelling),
		cmocka_unit_test(S20_refused_wherever_it_is_mounted),
		cmocka_unit_test(volume_check_refuses_missing_paths),
		cmocka_unit_test(volume_check_compares_the_owner),
		cmocka_unit_test(nothing_is_made_on_a_read_only_mount),
		cmocka_unit_test(S37_what_holds_the_program_is_refused),
		cmocka_unit_test(S20_a_mounted_directory_of_the_system_is_refused),
	};

	int failed = cmocka_run_group_tests_name("with openat2", tests, scratch_set_up,
	                                         scratch_tear_down);

	/* Each path step by step, as without links none is otherwise. */
	forbid(437, ENOSYS);
	return failed + cmocka_run_group_tests_name("without openat2", tests, scratch_set_up,
	                                            scratch_tear_down);
}
