#include "scratch.h"

#include <limits.h>
#include <sys/resource.h>

#include "hooked_calls.h"
#include "volume/program_inodes.h"
#include "volume/resolve_path.h"
#include "volume/volume.h"

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

/* A path and what it leads to, or "!" and the reason why it leads nowhere. Both are in the scratch directory if
 * they do not begin with a slash. */
struct way {
	const char *path, *end;
};

static void assert_ways(const struct way *ways, size_t number)
{
	for (const struct way *way = ways; way < ways + number; way++) {
		const char *path = *way->path == '/' ? way->path : at("%s", way->path);

		if (*way->end == '!')
			assert_fails(path, RESOLVE_MUST_EXIST, way->end + 1);
		else
			assert_resolves(path, *way->end == '/' ? way->end : at("%s", way->end));
	}
}

TEST(S15_paths_without_links)
{
	static const struct way ways[] = {
		{"/", "/"},
		{"///", "/"},
		{"/..", "/"},
		{"/../../.", "/"},
		{"plain", "plain"},
		{"plain//sub", "plain/sub"},
		{"plain//.///sub/", "plain/sub"},
		{"plain/.hidden", "plain/.hidden"},
		{"plain/sub/..", "plain"},
		{"plain/sub/../../plain/./file", "plain/file"},
		{"plain/none", "!--mkdir"},
		{"none/none", "!--mkdir"},
		{"plain/file/below", "!Not a directory"},
		{"plain/file/..", "!Not a directory"},
	};

	make("plain/ plain/sub/:1000:700 plain/file:1000 plain/.hidden/:1000:700");
	assert_ways(ways, COUNT(ways));
	assert_fails("plain", RESOLVE_MUST_EXIST, "start it with '/'");
	assert_fails("", RESOLVE_MUST_EXIST, "start it with '/'");
}

TEST(S15_links_that_root_put_there_are_followed)
{
	static const struct way ways[] = {
		{"trusted/not-a-directory", "!Not a directory"},
		{"trusted/relative", "trusted/target"},
		{"trusted/absolute/in", "trusted/target/in"},
		{"trusted/chain", "trusted/target/in"},
		{"trusted/upward/in/", "trusted/target/in"},
		{"trusted/relative/..", "trusted"},
		{"trusted/slash", "/"},
	};

	make("trusted/ trusted/target/ trusted/target/in/:1000 trusted/file "
	     "trusted/relative>target "
	     "trusted/chain>relative/../relative//./in trusted/upward>../trusted/target/ "
	     "trusted/slash>/ trusted/not-a-directory>file/");
	make("trusted/absolute>%s", at("trusted/target"));
	assert_ways(ways, COUNT(ways));
	assert_resolves(at("trusted/slash/..%s", at("trusted/absolute")), at("trusted/target"));
}

/* A link in a directory of OWNER's; and root's link in root's directory below it, where somebody else may be able to
 * exchange that directory. */
TEST(S15_links_that_another_user_could_make_are_not_followed)
{
	static const struct {
		const char *name;
		uid_t owner;
		mode_t mode;
		uid_t link;
		bool is_trusted_below;
	} rows[] = {
		{"applications-link", 0, 0755, APP, true},
		{"applications-directory", APP, 0755, 0, false},
		{"both", APP, 0755, APP, false},
		{"group-may-write", 0, 0775, 0, false},
		{"all-may-write", 0, 0757, 0, false},
		{"sticky", 0, 01777, 0, true},
		{"applications-sticky", APP, 01777, 0, false},
	};

	make("aim/");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;

		make("%s/:%u:%o %s/roots/ %s/roots/relative>../../aim %s/link>../aim:%u", name,
		     rows[i].owner, rows[i].mode, name, name, name, rows[i].link);
		make("%s/roots/absolute>%s", name, at("aim"));
		/* A link that counts leads to one that may not. */
		make("to-%s>%s", name, at("%s/roots/relative", name));
		make("again-%s>%s/link", name, name);
		assert_fails(at("%s/link", name), RESOLVE_MUST_EXIST, "other than root");
		assert_fails(at("%s/link/.", name), RESOLVE_MUST_EXIST, "other than root");
		assert_fails(at("%s/link/below", name), MAKE, "other than root");
		assert_fails(at("again-%s", name), RESOLVE_MUST_EXIST, "other than root");
		if (rows[i].is_trusted_below) {
			assert_resolves(at("%s/roots/relative", name), at("aim"));
			assert_resolves(at("%s/roots/absolute", name), at("aim"));
			assert_resolves(at("to-%s", name), at("aim"));
			continue;
		}
		assert_fails(at("%s/roots/relative", name), RESOLVE_MUST_EXIST, "other than root");
		assert_fails(at("%s/roots/absolute", name), MAKE, "other than root");
		assert_fails(at("to-%s", name), RESOLVE_MUST_EXIST, "other than root");
	}
	assert_false(is_there(at("aim/below")));
}

TEST(S15_at_most_forty_links_are_followed)
{
	make("many/ many/0/ many/round>round");
	for (unsigned i = 1; i <= 41; i++)
		make("many/%u>%u", i, i - 1);
	assert_resolves(at("many/40"), at("many/0"));
	assert_fails(at("many/41"), RESOLVE_MUST_EXIST, strerror(ELOOP));
	assert_fails(at("many/round"), RESOLVE_MUST_EXIST, strerror(ELOOP));
}

static void resolve_without_descriptors(void)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0}), 0);
	assert_fails("/", RESOLVE_MUST_EXIST, strerror(EMFILE));
}

TEST(S15_a_root_that_cannot_be_opened_is_an_error)
{
	in_child(resolve_without_descriptors);
}

TEST(S15_long_paths)
{
	char name[300];
	char path[PATH_MAX + 300];

	memset(name, 'n', sizeof(name));
	memset(path, '/', sizeof(path));
	name[255] = '\0';
	make("%s/", name);
	assert_resolves(at("%s", name), at("%s", name));
	name[255] = 'n';
	name[256] = '\0';
	assert_fails(at("%s", name), RESOLVE_MUST_EXIST, strerror(ENAMETOOLONG));
	path[PATH_MAX - 1] = '\0';
	assert_resolves(path, "/");
	/* Short as a word, long once its link is filled in. */
	make("grows/");
	memcpy(path, at("grows"), strlen(at("grows")));
	path[PATH_MAX - 10] = '\0';
	assert_int_equal(symlink(path, at("grows/link")), 0);
	assert_resolves(at("grows/link"), at("grows"));
	assert_fails(at("grows/link/is-too-long-now"), RESOLVE_MUST_EXIST, strerror(ENAMETOOLONG));
	memset(path, '/', sizeof(path));
	path[PATH_MAX] = '\0';
	assert_fails(path, RESOLVE_MUST_EXIST, strerror(ENAMETOOLONG));
}

TEST(S15_links_of_proc_are_texts)
{
	char cwd[PATH_MAX];

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(at(".")), 0);
	assert_resolves("/proc/self/root", "/");
	assert_resolves("/proc/self/cwd", scratch_base);
	assert_int_equal(chdir(cwd), 0);
}

static bool make_first(struct call *call)
{
	if (call->number == SYS_mkdirat)
		make("first/%s/:1000:700", name_of(call));
	return false;
}

/* PATH is made with MODE, or was there; it is called TEXT and has WANTED then. */
static void assert_makes(const char *path, mode_t mode, bool made, const char *text, mode_t wanted)
{
	struct stat status;

	if (!resolve_and_make(path, mode, &resolved, &error))
		fail_msg("%s: %s", path, error.message);
	assert_true(resolved.exists);
	assert_int_equal(resolved.made, made);
	assert_string_equal(resolved.text, text);
	assert_int_equal(fstat(resolved.fd, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | wanted);
	assert_int_equal(status.st_uid, resolved.inode.uid);
	close(resolved.fd);
}

/* It is judged like any directory that was there before. */
TEST(a_directory_that_somebody_else_makes_first_is_not_made)
{
	make("first/");
	hook = make_first;
	assert_makes(at("first/theirs"), 0755, false, at("first/theirs"), 0700);
	hook = NULL;
	assert_int_equal(resolved.inode.uid, APP);
}

TEST(missing_directories_are_reported_or_made)
{
	mode_t umask_before = umask(077);

	make("new/");
	assert_true(resolve(at("new/./a//b/"), RESOLVE_MAY_MISS, &resolved, &error));
	assert_false(resolved.exists);
	assert_int_equal(resolved.fd, -1);
	assert_string_equal(resolved.text, at("new/a/b"));
	assert_false(is_there(at("new/a")));
	assert_fails(at("new/a/../b"), RESOLVE_MAY_MISS, "\"..\"");

	assert_makes(at("new/./a//b/"), 0700, true, at("new/a/b"), 0700);
	assert_int_equal(status_at(at("new/a")).st_mode, S_IFDIR | 0755);
	assert_owned(0, "new/a");
	assert_int_equal(umask(umask_before), 077);
	assert_makes(at("new/a/b"), 0755, false, at("new/a/b"), 0700);
	/* /var/run, with no /run yet. */
	make("new/link>run");
	assert_makes(at("new/link/app"), 0700, true, at("new/run/app"), 0700);
	/* The link's target is not the last directory, and "." is none. */
	assert_int_equal(status_at(at("new/run")).st_mode, S_IFDIR | 0755);
	assert_makes(at("new/last/././/."), 01777, true, at("new/last"), 01777);
	/* A directory that is there keeps its mode. */
	assert_makes(at("new/last"), 0700, false, at("new/last"), 01777);
	make("new/file");
	assert_fails(at("new/file/app"), MAKE, strerror(ENOTDIR));
}

static void resolve_without_capabilities(void)
{
	keep_capabilities(1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID);
	assert_true(open(at("closed/b"), O_PATH | O_CLOEXEC) < 0 && errno == EACCES);
	assert_true(resolve(at("closed/b/c"), RESOLVE_MUST_EXIST, &resolved, &error));
	assert_int_equal(resolved.inode.uid, APP);
	assert_true(resolve(at("closed/b/c/../../b/c"), RESOLVE_MUST_EXIST, &resolved, &error));
	assert_string_equal(resolved.text, at("closed/b/c"));
	assert_fails(at("closed/b/none"), RESOLVE_MUST_EXIST, "--mkdir");
	assert_makes(at("closed/b/x/y"), 0700, true, at("closed/b/x/y"), 0700);
	assert_int_equal(syscall(SYS_setfsuid, -1), 0);
}

TEST(S35_private_directory_is_entered_as_its_owner)
{
	make("closed/:1000:700 closed/b/:1001:700 closed/b/c/:1000:700");
	in_child(resolve_without_capabilities);
	assert_true(is_there(at("closed/b/x/y")));
}

static const struct declared_path owns = {NULL, DEPTH_TREE};
static const struct declared_path makes = {NULL, DEPTH_TREE, .make = true};

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

/* Paths, and why they are refused; NULL: they are not. Without a kind they are refused with both. */
static const struct refusal {
	char paths[128];
	const char *why;
	const struct declared_path *kind;
} refusals[] = {
	{"/ /. // //etc/ /etc/. /usr/../etc /proc/1/.. /sys/kernel /dev /dev/null /usr/bin/ /var",
         "the system"},
	{"/proc/none /sys/none/at/all", "the system", &makes},
	{"/etc/passwd", "it is a file of the system"},
	{"data/etc", "'/etc', which belongs to the system (declare a directory of its own"},
	{"../../../../../../../../etc", "'/etc', which"},
	{"data/root slash", "'/', which"},
	{"proc proc/sys", "interface of the kernel"},
	{"data data/file", NULL, &owns},
	{"data/none", "--mkdir", &owns},
	{"data/file", "not a directory", &makes},
	{"data/none/at/all read-only/there", NULL, &makes},
	{"read-only/none/at/all", "Read-only file system", &makes},
};

TEST(S20_refused_whatever_the_spelling_and_wherever_it_is_mounted)
{
	make("data/ data/etc>/etc data/root>/ data/file proc/ slash/ read-only/ read-only/there/");
	mount_type("proc", at("proc"), NULL);
	mount_bind("/", at("slash"), 0);
	mount_bind(at("read-only"), at("read-only"), MS_RDONLY);
	for (const struct refusal *row = refusals; row < refusals + COUNT(refusals); row++) {
		char words[sizeof(row->paths)];
		char *rest = strcpy(words, row->paths);

		while (rest != NULL) {
			const char *word = strsep(&rest, " ");
			const char *path = *word == '/' ? word : at("%s", word);

			if (row->why == NULL && !check(path, row->kind))
				fail_msg("%s: %s", path, error.message);
			if (row->why != NULL && row->kind != &makes)
				assert_refused(path, &owns, row->why);
			if (row->why != NULL && row->kind != &owns)
				assert_refused(path, &makes, row->why);
		}
	}
	assert_refused("data", &makes, "start it with '/'");
	assert_false(is_there(at("data/none")));
}

TEST(volume_check_compares_the_owner)
{
	make("mine/:1000");
	assert_true(check(at("mine"), &owns) && !right);
	request.owner = &(const struct ids){.uid = APP};
	assert_true(check(at("mine"), &owns) && !right);
	request.owner = &ids_of(APP);
	assert_true(check(at("mine"), &owns) && right);
	assert_true(check(at("mine/none"), &makes) && !right);
	request = (struct ownership_request){.owner = &roots_ids};
}

/* Whoever may replace the program is root at the next start. */
TEST(S37_what_holds_the_program_is_refused)
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
		if (!is_there(at("alias"))) {
			/* Another mount of the directory, and a path by the process's own root. */
			make("alias/");
			mount_bind(program, at("alias"), 0);
			assert_refused(at("alias"), &owns, "this program is in it");
			assert_int_equal(umount(at("alias")), 0);
		}
	}
	request = (struct ownership_request){.owner = &roots_ids};
}

/* By a bind mount the path says nothing: the inodes of the directories above do. */
TEST(S20_a_mounted_directory_of_the_system_is_refused)
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

	make("etc/");
	mount_bind("/etc", at("etc"), 0);
	assert_refused(at("etc"), &owns, "'/etc', which belongs to the system");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *path = at("etc/%s", cases[i].name);

		if (!is_there(path))
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
	int failed = cmocka_run_group_tests_name("with openat2", tests, scratch_set_up,
	                                         scratch_tear_down);

	/* Each path step by step, as without links none is otherwise. */
	forbid(SYS_OPENAT2, ENOSYS);
	return failed + cmocka_run_group_tests_name("without openat2", tests, scratch_set_up,
	                                            scratch_tear_down);
}
