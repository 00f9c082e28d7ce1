/* How a declared path is found, and made, name by name. */
#include "scratch.h"

#include <limits.h>
#include <sys/resource.h>

#include "cases.h"
#include "hooked_calls.h"
#include "volume/resolve_path.h"

static bool has_openat2 = true;
static struct resolved resolved;

/* A hook and assert_flags() see the openat(2) of "/", too. */
int openat(int fd, const char *path, int flags, ...)
{
	return (int)syscall(SYS_openat, fd, path, flags);
}

static struct error error;

/* Appends where RESOLVED is, and if IS_MADE its mode, its owner if that is not root, and whether it is new. It is what
 * the kernel finds there, if this process may look. */
static void append_end(char *found, bool is_made)
{
	size_t base = strlen(scratch_base);
	struct stat by_name, by_fd;

	assert_true(resolved.exists);
	assert_int_equal(fstat(resolved.fd, &by_fd), 0);
	close(resolved.fd);
	if (lstat(resolved.text, &by_name) != 0)
		assert_int_equal(errno, EACCES);
	else
		assert_true(by_fd.st_ino == by_name.st_ino && by_fd.st_dev == by_name.st_dev);
	assert_int_equal(by_fd.st_uid, resolved.inode.uid);
	append(found, "%s", strncmp(resolved.text, scratch_base, base) == 0 ? "~" : "");
	append(found, "%s", resolved.text + (found[0] == '~' ? base : 0));
	if (!is_made)
		return;
	append(found, " %o", by_fd.st_mode & 07777);
	if (by_fd.st_uid != 0)
		append(found, " of %u", by_fd.st_uid);
	append(found, "%s", resolved.made ? ", made" : "");
}

/* LINE is a path, behind the octal mode with which it is to be made if it is not there; or "make" and the words for
 * make(). '~' is the scratch directory. For WANTED see append_end() and assert_refused(). */
static void leads_to(const char *line, const char *wanted)
{
	char path[FOUND_BYTES], found[FOUND_BYTES] = "";
	char *rest;
	mode_t mode = (mode_t)strtoul(line, &rest, 8);
	mode_t before;
	int opened = count_descriptors();
	bool is_found;

	put_word(path, rest + (mode == 0 ? 0 : 1), '~', scratch_base);
	memset(&error, 0, sizeof(error));
	resolved = (struct resolved){.fd = -77};
	if (strncmp(path, "make ", 5) == 0) {
		make("%s", path + 5);
		return;
	}
	before = umask(077);
	is_found = mode == 0 ? resolve(path, RESOLVE_MUST_EXIST, &resolved, &error)
	                     : resolve_and_make(path, mode, &resolved, &error);
	assert_int_equal(umask(before), 077);
	if (is_found) {
		append_end(found, mode != 0);
		assert_found(line, found, wanted);
	} else {
		assert_refused(line, &error, wanted);
		assert_int_equal(resolved.fd, -77);
		assert_non_null(strstr(error.message,
		                       mode == 0 ? "finding the path" : "making the volume"));
	}
	assert_int_equal(count_descriptors(), opened);
}

PATTERNS(S15_paths_without_links, leads_to) = {
	{"make plain/ plain/sub/:1000:700 plain/file:1000 plain/.hidden/:1000:700", ""},
	{"%", "/", "/ /// /.. /../../."},
	{"%", "~/plain", "~/plain ~/plain/sub/.."},
	{"%", "~/plain/sub", "~/plain//sub ~/plain/./sub ~/plain/sub/ ~/plain//.///sub/"},
	{"~/plain/.hidden", "~/plain/.hidden"},
	{"~/plain/sub/../../plain/./file", "~/plain/file"},
	{"~/%", "!--mkdir", "plain/none none/none"},
	{"~/plain/file/%", "!Not a directory", "below .. . ''"},
	{"%", "!start it with '/'", "plain ''"},
};

TEST(a_path_without_links_is_opened_at_once)
{
	const char *path = at("plain/x");

	make("plain/x");
	assert_true(resolve(path, RESOLVE_MUST_EXIST, &resolved, &error));
	close(resolved.fd);
	assert_int_equal(resolved.text == path, has_openat2);
}

PATTERNS(S15_links_that_root_put_there_are_followed, leads_to) = {
	{"make trusted/ trusted/target/ trusted/target/in/:1000 trusted/file "
         "trusted/relative>target "
         "trusted/chain>relative/../relative//./in trusted/upward>../trusted/target/ "
         "trusted/slash>/ trusted/not-a-directory>file/ trusted/to-file>file trusted/here>./ "
         "trusted/absolute>~/trusted/target",
         ""},
	{"~/trusted/not-a-directory", "!Not a directory"},
	{"~/trusted/%", "~/trusted/file", "to-file here/file"},
	{"~/trusted/relative", "~/trusted/target"},
	{"~/trusted/%", "~/trusted/target/in", "absolute/in chain upward/in/"},
	{"~/trusted/relative/..", "~/trusted"},
	{"~/trusted/slash", "/"},
	{"~/trusted/slash/..~/trusted/absolute", "~/trusted/target"},
};

#define TRUSTED "applications-link link-of-group-0 sticky"
#define DISTRUSTED                                                                                 \
	"applications-directory both group-may-write all-may-write applications-sticky "           \
	"directory-of-group-0"
#define FOREIGN "!other than root"

/* A link in a directory that another user may write to; and root's link in root's directory below it, where somebody
 * else may be able to exchange that directory. */
PATTERNS(S15_links_that_another_user_could_make_are_not_followed, leads_to) = {
	{"make aim/ applications-link/ applications-link/link>../aim:1000", ""},
	{"make applications-directory/:1000:755 applications-directory/link>../aim", ""},
	{"make both/:1000:755 both/link>../aim:1000", ""},
	{"make group-may-write/:0:775 group-may-write/link>../aim", ""},
	{"make all-may-write/:0:757 all-may-write/link>../aim", ""},
	{"make sticky/:0:1777 sticky/link>../aim", ""},
	{"make link-of-group-0/ link-of-group-0/link>../aim:1000:777:0", ""},
	{"make directory-of-group-0/:1000:755:0 directory-of-group-0/link>../aim", ""},
	{"make applications-sticky/:1000:1777 applications-sticky/link>../aim", ""},
	/* A link that counts leads to one that may not. */
	{"make %/roots/ %/roots/relative>../../aim %/roots/absolute>~/aim to-%>%/roots/relative "
         "again-%>%/link",
         "", TRUSTED " " DISTRUSTED},
	{"~/%/link", FOREIGN, TRUSTED " " DISTRUSTED},
	{"~/%/link/.", FOREIGN, TRUSTED " " DISTRUSTED},
	{"0700 ~/%/link/below", FOREIGN, TRUSTED " " DISTRUSTED},
	{"~/again-%", FOREIGN, TRUSTED " " DISTRUSTED},
	{"~/%/roots/relative", "~/aim", TRUSTED},
	{"~/%/roots/absolute", "~/aim", TRUSTED},
	{"~/to-%", "~/aim", TRUSTED},
	{"~/%/roots/relative", FOREIGN, DISTRUSTED},
	{"0700 ~/%/roots/absolute", FOREIGN, DISTRUSTED},
	{"~/to-%", FOREIGN, DISTRUSTED},
	{"~/%/roots/../../trusted/relative", "~/trusted/target", DISTRUSTED},
	{"~/aim/below", "!--mkdir"},
};

TEST(S15_at_most_forty_links_are_followed)
{
	make("many/ many/0/ many/round>round");
	for (unsigned i = 1; i <= 41; i++)
		make("many/%u>%u", i, i - 1);
	leads_to("~/many/40", "~/many/0");
	leads_to("~/many/41", "!Too many levels of symbolic links");
	leads_to("~/many/round", "!Too many levels of symbolic links");
}

TEST_IN_CHILD(S15_a_root_that_cannot_be_opened_is_an_error)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0}), 0);
	leads_to("/", "!Too many open files");
}

TEST(S15_long_paths)
{
	char end[300], path[PATH_MAX + 300] = "deep/";

	/* The target of the link has 3844 bytes. The target fits before the rest of the path. The resolved path with one
	 * more name is too long. */
	make("%s", path);
	while (strlen(path) < 15 * 256) {
		sprintf(strchr(path, '\0'), "%0255u/", 0);
		make("%s", path);
	}
	make("short>%.*s", (int)strlen(path) - 1, path);
	make("short/%0240u/", 0);
	leads_to(at("short/%0240u", 0), "!File name too long");
	make("grows/ %0255u/", 0);
	snprintf(end, sizeof(end), "~/%0255u", 0);
	leads_to(end, end);
	leads_to(at("%0256u", 0), "!File name too long");
	memset(path, '/', sizeof(path));
	path[PATH_MAX] = '\0';
	leads_to(path, "!File name too long");
	path[PATH_MAX - 1] = '\0';
	leads_to(path, "/");
	/* Short as a word, long once its link is filled in. */
	memcpy(path, at("grows"), strlen(at("grows")));
	path[PATH_MAX - 10] = '\0';
	assert_int_equal(symlink(path, at("grows/link")), 0);
	leads_to("~/grows/link", "~/grows");
	leads_to("~/grows/link/is-too-long-now", "!File name too long");
	make("target/ to>target");
	for (int over = 0; over < 2; over++) {
		int rest = PATH_MAX - 1 + over - (int)strlen(at("target/-/"));

		snprintf(path, sizeof(path), "%s%0*d", at("to/-/"), rest, 0);
		memset(&error, 0, sizeof(error));
		assert_int_equal(resolve(path, RESOLVE_MAY_MISS, &resolved, &error), over == 0);
		assert_int_equal(strstr(error.message, "name too long") != NULL, over == 1);
	}
}

TEST_IN_CHILD(S15_links_of_proc_are_texts)
{
	assert_int_equal(chdir(at(".")), 0);
	leads_to("/proc/self/root", "/");
	leads_to("/proc/self/cwd", "~");
}

static long target_length;

static bool answer_readlinkat(struct call *call)
{
	if (call->number != SYS_readlinkat)
		return false;
	fail_call(call, EIO);
	call->answer = target_length;
	return true;
}

TEST(S15_a_link_without_a_target_is_an_error)
{
	hook = answer_readlinkat;
	target_length = -1;
	leads_to("~/trusted/relative", "!Input/output error");
	target_length = 0;
	leads_to("~/trusted/relative", "!No such file");
	hook = NULL;
}

/* Somebody else is quicker than mkdirat(2). It makes "made", and in it somebody makes "theirs". It returns 0 for "link",
 * which is a link then. It fails for "none". */
static bool make_first(struct call *call)
{
	const char *name = name_of(call);

	if (call->number != SYS_mkdirat)
		return false;
	if (strcmp(name, "none") == 0)
		return fail_call(call, ENOSPC);
	if (strcmp(name, "theirs") == 0) {
		make("first/theirs/:1000:700");
		return false;
	}
	if (strcmp(name, "made") == 0)
		let_through(call);
	make(strcmp(name, "made") == 0 ? "first/made/theirs/:1000:700" : "first/link>/");
	return true;
}

/* Another entry in the place of a new directory is judged like any entry that was there before. */
TEST(a_directory_that_somebody_else_makes_first_is_not_made)
{
	make("first/");
	hook = make_first;
	leads_to("0755 ~/first/theirs", "~/first/theirs 700 of 1000");
	leads_to("0755 ~/first/made/theirs", "~/first/made/theirs 700 of 1000");
	leads_to("0755 ~/first/link", "/ 755");
	leads_to("0755 ~/first/none", "!No space left on device");
	hook = NULL;
}

PATTERNS(missing_directories_are_made, leads_to) = {
	{"make new/ new/link>run new/file", ""},
	{"0700 ~/new/./a//b/", "~/new/a/b 700, made"},
	/* A directory that is there keeps its mode. */
	{"0700 ~/new/a", "~/new/a 755"},
	{"0755 ~/new/a/b", "~/new/a/b 700"},
	/* /var/run, with no /run yet. The link's target is not the last directory, and "." is none. */
	{"0700 ~/new/link/app", "~/new/run/app 700, made"},
	{"0700 ~/new/run", "~/new/run 755"},
	{"01777 ~/new/last/././/.", "~/new/last 1777, made"},
	{"0700 ~/new/parent/...", "~/new/parent/... 700, made"},
	{"0700 ~/new/parent", "~/new/parent 755"},
	{"0700 ~/new/file/app", "!Not a directory"},
};

TEST(missing_directories_are_reported)
{
	make("missing/");
	assert_true(resolve(at("missing/./a//b/"), RESOLVE_MAY_MISS, &resolved, &error));
	assert_false(resolved.exists);
	assert_int_equal(resolved.fd, -1);
	assert_string_equal(resolved.text, at("missing/a/b"));
	assert_false(is_there(at("missing/a")));
	assert_false(resolve(at("missing/a/../b"), RESOLVE_MAY_MISS, &resolved, &error));
	assert_refused("missing/a/../b", &error, "!\"..\"");
}

static void resolve_without_capabilities(void)
{
	keep_capabilities(1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID);
	assert_true(open(at("closed/b"), O_PATH | O_CLOEXEC) < 0 && errno == EACCES);
	leads_to("~/closed/b/c", "~/closed/b/c");
	assert_int_equal(resolved.inode.uid, APP);
	leads_to("~/closed/b/c/../../b/c", "~/closed/b/c");
	leads_to("~/closed/b/none", "!--mkdir");
	leads_to("0700 ~/closed/b/x/y", "~/closed/b/x/y 700 of 1001, made");
	assert_int_equal(syscall(SYS_setfsuid, -1), 0);
}

TEST(S35_private_directory_is_entered_as_its_owner)
{
	make("closed/:1000:700 closed/b/:1001:700 closed/b/c/:1000:700");
	in_child(resolve_without_capabilities);
	assert_true(is_there(at("closed/b/x/y")));
}

int main(void)
{
	int failed = cmocka_run_group_tests_name("with openat2", tests, scratch_set_up,
	                                         scratch_tear_down);

	has_openat2 = false;
	/* Each path step by step, as without links none is otherwise. */
	forbid(SYS_OPENAT2, ENOSYS);
	return failed + cmocka_run_group_tests_name("without openat2", tests, scratch_set_up,
	                                            scratch_tear_down);
}
