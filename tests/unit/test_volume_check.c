/* Which declared paths are refused, and which inodes are the program's. */
#include "scratch.h"

#include <libgen.h>
#include <limits.h>
#include <sys/auxv.h>

#include "cases.h"
#include "hooked_calls.h"
#include "volume/program_inodes.h"
#include "volume/system_directories.h"
#include "volume/volume.h"

static struct error error;
static const struct ids roots_ids;
static struct ownership_request request = {.owner = &roots_ids};
static enum ownership_depth depth = DEPTH_TREE;

/* PATH is accepted by --own or --mkdir, and has the right owner or the wrong one; or see assert_refused(). */
static void check(const char *path, bool is_made, const char *wanted)
{
	size_t length = strlen(path);
	bool has_slash = length > 1 && path[length - 1] == '/';
	struct declared_path volume = {path, depth, .make = is_made,
	                               .must_be_directory = has_slash};
	char without_slash[PATH_MAX];
	struct declared_top top;
	struct volume_set set;
	int opened = count_descriptors();
	bool right;

	if (has_slash) {
		snprintf(without_slash, sizeof(without_slash), "%.*s", (int)length - 1, path);
		volume.path = without_slash;
	}
	memset(&error, 0, sizeof(error));
	volume_set_open(&set, &top);
	if (volume_check(&volume, &request, &set, &right, &error))
		assert_found(path, right ? "right" : "wrong", wanted);
	else
		assert_refused(path, &error, wanted);
	assert_int_equal(count_descriptors(), opened);
}

/* LINE is a path, behind the option if it is not the same for both. */
static void is_judged(const char *line, const char *wanted)
{
	char path[FOUND_BYTES];

	put_word(path, line + strcspn(line, "/~"), '~', scratch_base);
	if (strncmp(line, "--mkdir ", 8) != 0)
		check(path, false, wanted);
	if (strncmp(line, "--own ", 6) != 0)
		check(path, true, wanted);
}

static const struct pattern refusals[] = {
	{"%", "!the system",
         "/ /. // //etc/ /etc/. /usr/../etc /proc/1/.. /sys/kernel /dev /dev/null /usr/bin/ /var"},
	{"--mkdir %", "!the system", "/proc/none /sys/none/at/all"},
	{"/etc/passwd", "!it is a file of the system"},
	{"~/%", "!'/etc', which belongs to the system (declare a directory of its own",
         "data/etc ../../../../../../../../etc"},
	{"~/%", "!'/', which", "data/root slash"},
	{"~/%", "!interface of the kernel", "proc proc/sys"},
	{"--own ~/%", "right", "data data/ data/file"},
	{"--own ~/data/file/", "!Not a directory (leave out the slash"},
	{"--own ~/data/none", "!--mkdir"},
	{"--mkdir ~/data/file", "!not a directory (use --own-top"},
	{"--mkdir ~/data/none/at/all", "wrong"},
	{"--mkdir ~/read-only/there", "right"},
	{"--mkdir ~/read-only/none/at/all", "!Read-only file system"},
	/* The path says nothing behind a bind mount: the inodes of the directories above do. */
	{"--own ~/etc", "!'/etc', which belongs to the system"},
	{"--own ~/etc/passwd", "!'/etc', which belongs to the system"},
	{"--own ~/etc/%", "!'/etc/apt', which belongs to the system", "apt apt/sub apt/sub/file"},
	{"--own ~/etc/skel", "right"},
	{"--own /etc/skel", "right"},
	{"--mkdir ~/etc/none", "wrong"},
	{0},
};

static void check_file_in_root(void)
{
	assert_int_equal(chroot(scratch_base), 0);
	check("/file", false, "!it is a file of the system");
}

TEST(S20_refused_whatever_the_spelling_and_wherever_it_is_mounted)
{
	make("file data/ data/etc>/etc data/root>/ data/file proc/ slash/ read-only/ "
	     "read-only/there/ etc/");
	mount_type("proc", at("proc"), NULL);
	mount_bind("/", at("slash"), 0);
	mount_type("tmpfs", "/etc", "mode=755");
	mount_bind("/etc", at("etc"), 0);
	make("etc/passwd etc/skel/ etc/apt/ etc/apt/sub/ etc/apt/sub/file");
	mount_bind(at("read-only"), at("read-only"), MS_RDONLY);
	run_patterns(refusals, is_judged);
	assert_false(is_there(at("data/none")));
	in_child(check_file_in_root);
	depth = DEPTH_TOP;
	check(at("etc"), false, "right");
	request.owner = &ids_of(APP);
	check(at("etc"), false, "!'/etc', which belongs to the system");
	request.owner = &roots_ids;
	depth = DEPTH_TREE;
}

TEST(volume_check_compares_the_owner)
{
	struct stat status;

	make("mine/:1000");
	check(at("mine"), false, "wrong");
	request.owner = &(const struct ids){.uid = APP};
	check(at("mine"), false, "wrong");
	request.owner = &(const struct ids){.uid = OTHER, .gid = group_of(APP)};
	check(at("mine"), false, "wrong");
	request.owner = &ids_of(APP);
	check(at("mine"), false, "right");
	/* A path that does not exist does not hold the program. */
	status = status_at(at("mine"));
	request.program = (struct program_inodes){1, {{status.st_dev, status.st_ino}}};
	check(at("mine/none"), true, "wrong");
	request = (struct ownership_request){.owner = &roots_ids};
}

/* Whoever may replace the program is root at the next start. */
TEST(S37_what_holds_the_program_is_refused)
{
	char program[PATH_MAX];
	char hard_link[PATH_MAX + 16];

	assert_true(program_inodes_find(&request.program, &error));
	assert_non_null(realpath("/proc/self/exe", program));
	snprintf(hard_link, sizeof(hard_link), "%s.hard-link", program);
	(void)unlink(hard_link);
	assert_int_equal(link(program, hard_link), 0);
	check(hard_link, false, "!this program is in it");
	assert_int_equal(unlink(hard_link), 0);
	check(program, false, "!this program is in it");
	/* Another mount of the directory. */
	make("alias/");
	mount_bind(dirname(program), at("alias"), 0);
	check(at("alias"), false, "!this program is in it");
	do {
		check(program, true, "!");
		check(program, false, "!");
	} while (strcmp(dirname(program), "/") != 0);
	request = (struct ownership_request){.owner = &roots_ids};
}

static long exe_length;

/* /proc/self/exe is "x" or as many bytes of "/././". The kernel puts no NUL behind them. */
static bool answer_exe(struct call *call)
{
	if (call->number != SYS_readlinkat)
		return false;
	for (long i = 0; i < call->words[3]; i++)
		((char *)call->words[2])[i] = exe_length == 1 ? 'x' : "/."[i % 2];
	call->answer = exe_length;
	return true;
}

static void assert_same_program(const struct program_inodes *program)
{
	struct program_inodes same = {0};

	assert_true(program_inodes_find(&same, &error));
	assert_memory_equal(&same, program, sizeof(same));
}

TEST_IN_CHILD(S37_the_program_is_found_without_proc)
{
	const struct stat status = status_at("/proc/self/exe");
	struct program_inodes program = {0};
	struct inode inode = {.device = status.st_dev, .number = status.st_ino};
	char path[PATH_MAX];

	assert_non_null(realpath("/proc/self/exe", path));
	assert_true(program_inodes_find(&program, &error));
	assert_int_equal(program.inodes[0].number, inode.number);
	assert_true(program_inodes_have(&(struct program_inodes){1, {{inode.device, inode.number}}},
	                                &inode));
	assert_false(program_inodes_have(
		&(struct program_inodes){0, {{inode.device, inode.number}}}, &inode));
	inode.device = UINT64_MAX;
	assert_false(program_inodes_have(&program, &inode));
	hook = answer_exe;
	for (exe_length = 0; exe_length < 2; exe_length++)
		assert_same_program(&program);
	exe_length = PATH_MAX;
	assert_same_program(&program);
	exe_length = 2 * PROGRAM_INODES;
	assert_true(program_inodes_find(&(struct program_inodes){0}, &error));
	exe_length += 2;
	assert_false(program_inodes_find(&(struct program_inodes){0}, &error));
	assert_refused("/.", &error, "!too many directories");
	hook = NULL;
	lose_proc();
	assert_same_program(&program);
	*strrchr(path, '/') = '\0';
	mount_type("tmpfs", path, NULL);
	program.count = 99;
	assert_false(program_inodes_find(&program, &error));
	assert_refused(path, &error, "!mount /proc");
	assert_int_equal(program.count, 99);
}

static bool count_directory(const struct stat *status, void *count)
{
	*(unsigned *)count += S_ISDIR(status->st_mode);
	return false;
}

TEST(each_directory_above_a_path_is_judged)
{
	char path[PATH_MAX + 1] = "/proc/self";
	unsigned count = 0;

	assert_false(directories_any_above("/", count_directory, &count));
	assert_int_equal(count, 0);
	assert_false(directories_any_above("/-/-", count_directory, &count));
	assert_int_equal(count, 1);
	assert_false(directories_any_above(path, count_directory, &count));
	assert_int_equal(count, 3); /* two more */
	memset(path, '/', PATH_MAX);
	assert_true(directories_any_above(path, count_directory, &count));
}

TEST_IN_CHILD(S37_a_directory_of_the_program_may_be_gone_but_not_unknown)
{
	struct program_inodes program;
	char path[PATH_MAX];

	assert_non_null(realpath("/proc/self/exe", path));
	*strrchr(path, '/') = '\0';
	*strrchr(path, '/') = '\0';
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	mount_type("tmpfs", path, "mode=0");
	assert_true(program_inodes_find(&program, &error));
	keep_capabilities(0);
	assert_false(program_inodes_find(&program, &error));
	assert_refused(path, &error, "!Permission denied");
}

TEST(a_set_has_the_paths_that_were_added_and_a_random_seed)
{
	struct declared_top tops[1];
	struct volume_set set;
	uint64_t random;

	memcpy(&random, (const void *)(uintptr_t)getauxval(AT_RANDOM), sizeof(random));
	volume_set_open(&set, tops);
	assert_int_equal(set.links.seed, random);
	volume_set_add_top(&set, &(struct inode){.device = 1, .number = 2});
	assert_true(volume_set_has_top(&set, &(struct inode){.device = 1, .number = 2}));
	assert_false(volume_set_has_top(&set, &(struct inode){.device = 2, .number = 2}));
	assert_false(volume_set_has_top(&set, &(struct inode){.device = 1, .number = 3}));
}
