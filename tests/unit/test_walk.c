/* One row for each walk: what it changes and counts, and what it leaves. */
#include "scratch.h"

#include <dirent.h>
#include <sys/sysmacros.h>

#include "volume/dir_stack.h"
#include "walks.h"

#define FEW (1U << CAP_CHOWN | 1U << CAP_SETUID | 1U << CAP_SETGID)

/* --- what rows need ------------------------------------------------------------------------------ */

static void make_read_only(void)
{
	mount_bind(at("%s", row->path), at("%s", row->path), MS_RDONLY);
}

/* In each directory of a long way down are two branches, as long as the walk keeps levels open. So it often ascends to
 * a level that it has closed before it descends again. */
static void make_branches(void)
{
	char path[PATH_MAX] = "v";

	for (unsigned i = 0; i < 40; i++) {
		char *end = strchr(path, '\0');

		strcpy(end, "/a");
		make_levels(path, 7, 0);
		strcpy(end, "/d");
		make("%s/", path);
		strcpy(end, "/z");
		make_levels(path, 7, 0);
		strcpy(end, "/d");
	}
}

/* The declared path stays open, so no ".." leads to it. Few other levels do. */
static bool watch_ascents(struct call *call)
{
	struct stat status;

	assert_true(call->number != SYS_OPENAT2 || (int)call->words[0] < 4 + DIR_STACK_DESCRIPTORS);
	if (strcmp(name_of(call), "..") == 0)
		assert_true(fstat((int)call->words[0], &status) == 0 &&
		            status.st_ino != status_at(at("v/d")).st_ino);
	return false;
}

/* A level has more names than DIR_STACK_NAMES_BYTES, so the walk descends before it has read them all. A file system lists
 * the first or the last subdirectory last, so one branch goes down through each of them. */
static void make_large_levels(void)
{
	char path[PATH_MAX];

	for (unsigned next = 0; next < 170; next += 169) {
		snprintf(path, sizeof(path), "v/%u", next);
		make("%s/", path);
		for (unsigned level = 0; level < 10; level++) {
			for (unsigned i = 0; i < 170; i++)
				make("%s/%0200u/", path, i);
			sprintf(strchr(path, '\0'), "/%0200u", next);
		}
	}
}

static void make_long_names(void)
{
	make_levels("v/in/first", 12, 0);
	for (unsigned i = 0; i < 1500; i++)
		make("v/in/%0200u/", i);
	make_levels("v/in/last", 12, 0);
}

static bool refuse_large_maps(struct call *call)
{
	return call->number == SYS_mmap && call->words[1] > 256 << 10 && fail_call(call, ENOMEM);
}

static void make_device(void)
{
	assert_int_equal(mknod(at("v/null"), S_IFCHR | 0666, makedev(1, 3)), 0);
}

static void read_from_x(void)
{
	int fd = open(at("v/x"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
}

static bool fail_look_after_change(struct call *call)
{
	static bool is_next;
	bool fails = is_next;

	is_next = call->number == SYS_fchownat;
	return fails && fail_call(call, EIO);
}

/* A change of the path's ctime would keep the walk from changing names in it (S16). */
static bool give_nothing_to_root(struct call *call)
{
	assert_false(call->number == SYS_fchownat && call->words[2] == 0);
	return false;
}

/* As some file systems do: each entry of a directory is of an unknown type (d_type of getdents(2)). A hostile one
 * returns a name with a slash: "~" becomes "/". */
static bool hide_types(struct call *call)
{
	char *list = (char *)call->words[1];
	uint16_t size;

	if (call->number != SYS_getdents64)
		return false;
	let_through(call);
	for (long at = 0; at < call->answer; at += size) {
		memcpy(&size, list + at + 16, sizeof(size));
		list[at + 18] = DT_UNKNOWN;
		if (list[at + 19] == '~')
			list[at + 19] = '/';
	}
	return true;
}

/* As a subvolume of btrfs, v/in has the inode number of v on another device. */
static bool number_as_subvolume(struct call *call)
{
	struct stat *status = (struct stat *)call->words[1];

	if (call->number != SYS_fstat)
		return false;
	let_through(call);
	if (status->st_ino == status_at(at("v/in")).st_ino) {
		status->st_ino = status_at(at("v")).st_ino;
		status->st_dev++;
	}
	return true;
}

/* As if ".." led to a directory with the same inode number on another device. */
static bool change_device_above(struct call *call)
{
	static bool is_above;
	bool is_changed = is_above && call->number == SYS_fstat;

	is_above = strcmp(name_of(call), "..") == 0;
	if (is_changed) {
		let_through(call);
		((struct stat *)call->words[1])->st_dev++;
	}
	return is_changed;
}

/* --- the rows ------------------------------------------------------------------------------------ */

#define LINKS                                                                                      \
	"beside/ beside/file v/:0:775 v/directory>../beside v/file>../beside/file "                \
	"v/dangling>/nowhere v/up>.. v/plain",                                                     \
		"v"

const struct walk rows[] = {
	{"only_entries_with_a_wrong_owner_are_changed",
         "v/:1000:755:0 v/sub/:0:700 v/right/:1000:700 v/right/root's v/sub/file:1001 "
         "v/sub/new\nline v/file:1000",
         "v", 7, 5, .apps = "*"},
	{"a_dry_run_counts_and_changes_nothing",
         "v/ v/sub/ v/sub/file v/sub/right:1000 v/pair v/sub/pair=v/pair", "v", 6, 4,
         .options = DRY_RUN, .roots = "v v/sub v/sub/file v/pair"},
	{NULL, NULL, "v", 6, 4, .apps = "*"},
	{"dry_run_counts_entries_that_would_be_skipped", "v/ v/wrong:0:644 v/right:1000:644", "v",
         3, 0, 2, EPERM, .options = DRY_RUN, .dry_errnum = EPERM},
	{NULL, NULL, "v", 3, 0, 2, EROFS, .prepare = make_read_only, .options = DRY_RUN,
         .roots = "v/wrong"},
	/* Another name of the program, and the directories that hold it: whoever owns one can replace it. */
	{"S37_the_program_itself_is_skipped",
         "other/ v/ v/a/ v/in/ v/in/bin/ v/z/ v/in/bin/stepdown v/in/bin/other", "v", 7, 3, 4,
         SKIP_PROGRAM, .program = "v/in/bin/stepdown", .roots = "v/in/bin/stepdown v/in/bin v/in v",
         .apps = "v/in/bin/other v/a v/z"},
	{NULL, "v/ v/in/ v/in/bin/ v/in/bin/stepdown", "v", 4, 0, 4, SKIP_PROGRAM,
         .program = "v/in/bin/stepdown", .errnum = EMFILE, .refused = "..", .roots = "v/in v"},
	{NULL, "v/ v/in/ v/in/bin/ v/in/bin/stepdown", "v", 4, 0, 4, SKIP_PROGRAM,
         .program = "v/in/bin/stepdown", .hook = number_as_subvolume},
	/* Standard input is v/x. */
	{NULL, "v/ v/x/:1000 v/in/ v/in/bin/ v/in/bin/stepdown", "v", 5, 0, 4, SKIP_PROGRAM,
         .program = "v/in/bin/stepdown", .prepare = read_from_x, .errnum = EMFILE, .refused = "..",
         .nth = 1},
	{NULL, "v/ v/in/ v/in/file", "v", 3, 2, 1, SKIP_PROGRAM, .first = "v/in", .program = "v/in",
         .apps = "v v/in/file", .roots = "v/in"},
	{NULL, "", "v", 22, 0, 22, SKIP_PROGRAM, .levels = 20,
         .program = "v/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d", .roots = "v v/d"},
	/* Entered as the owner, changed as root. All may read the list, but not search it. */
	{"S35_a_directory_is_entered_as_its_owner",
         "v/:1000:700 v/root's v/other's/:1001:700 v/other's/file:0:0 v/other's/root's/:0:700 "
         "v/other's/root's/file:1001 v/other's/root's/link>x v/list/:1000:744",
         "v", 8, 6, .capabilities = FEW, .apps = "*"},
	{NULL, "", "chain", 102, 102, .levels = 100, .levels_owner = OTHER, .capabilities = FEW,
         .apps = "*"},
	{NULL, "", "chain", 102, 102, .levels = 100, .levels_owner = OTHER, .capabilities = FEW,
         .lacks = OPENAT2, .apps = "*"},
	/* An entry that is closed to root and to the owner says nothing of the next one. */
	{NULL, "v/:1000:0 v/1 v/refused v/2", "v", 4, 2, 1, EACCES, .errnum = EACCES,
         .apps = "v v/1 v/2"},
	{"S22_a_device_keeps_its_owner", "v/ v/file", "v", 3, 2, 1, SKIP_DEVICE,
         .prepare = make_device, .apps = "v v/file", .roots = "v/null"},
	{"S35_without_CAP_SETUID_a_closed_directory_is_skipped",
         "v/ v/sub/:1001:700 v/sub/file v/file", "v", 3, 2, 1, EACCES, .first = "sub",
         .capabilities = 1U << CAP_CHOWN, .apps = "v/file v", .roots = "v/sub/file"},
	{"S44_a_directory_that_cannot_be_opened_cannot_be_locked", "v/:1001:700", "v", 1, 0, 1,
         EACCES, .first = "v", .options = TOP_ONLY, .capabilities = 1U << CAP_CHOWN, .others = "v"},
	{NULL, NULL, "v", 1, 1, .options = TOP_ONLY, .apps = "v"},
	/* A directory is locked on a local file system, but not on a remote one or in a dry run. */
	{NULL, "v/ v/file", "v", 1, 0, 1, EACCES, .errnum = EACCES, .refused = ".", .roots = "v"},
	{NULL, "v/ v/file", "v", 1, 0, 1, EACCES, .options = ONCE, .is_unfinished = true,
         .errnum = EACCES, .refused = ".", .roots = "v"},
	{NULL, "v/ v@ramfs", "v", 1, 1, .options = TOP_ONLY, .errnum = EACCES, .refused = ".",
         .apps = "v"},
	{NULL, "v/", "v", 1, 1, .options = TOP_ONLY | DRY_RUN, .errnum = EACCES, .refused = "."},
	{"S36_a_failure_is_counted_and_the_walk_goes_on", "v/ v/sub/ v/sub/file v/right:1000", "v",
         4, 0, 3, EPERM, .first = "file", .capabilities = FEW & ~(1U << CAP_CHOWN), .lacks = PROC},
	/* The deepest directories are found by their descriptors, the path itself too. */
	{"S36_a_parent_that_cannot_be_opened_is_reported", "parents/beside/ parents/beside/file",
         "parents", 24, 12, 12, EACCES, .levels = 20, .errnum = EACCES, .refused = "..",
         .apps = "parents parents/beside parents/beside/file"},
	{NULL, "", "parents", 22, 10, 12, EMFILE, .levels = 20, .errnum = EMFILE, .refused = ".."},
	{NULL, "", "parents", 22, 10, 12, SKIP_MOVED, .levels = 20, .errnum = EXDEV,
         .refused = ".."},
	{NULL, "", "parents", 22, 10, 12, SKIP_MOVED, .levels = 20, .hook = change_device_above},
	{"a_directory_is_not_asked_for_its_owner_by_name", "v/ v/refused/", "v", 2, 2,
         .call = SYS_statx, .errnum = EIO, .apps = "*"},
	/* O_PATH is no way around an error, but the way into a directory that is closed to root. */
	{"an_error_of_open_is_no_reason_for_another_call", "v/ v/refused/", "v", 2, 1, 1, EIO,
         .first = "v/refused", .call = SYS_OPENAT2, .flag = O_DIRECTORY, .errnum = EIO,
         .roots = "v/refused"},
	{NULL, "v/ v/refused/", "v", 1, 1, 1, ENOTDIR, .first = "v/refused", .call = SYS_OPENAT2,
         .flag = O_DIRECTORY, .errnum = ELOOP, .roots = "v/refused"},
	{"a_directory_that_cannot_be_listed_is_skipped_unless_it_is_gone", "v/ v/file", "v", 1, 1,
         1, EIO, .first = "/v", .call = SYS_getdents64, .refused = "*", .errnum = EIO,
         .roots = "v/file"},
	{NULL, "v/ v/file", "v", 1, 1, .call = SYS_getdents64, .refused = "*", .errnum = ENOENT,
         .roots = "v/file"},
	{"a_missing_path_is_an_error", "", "none", .message = "it does not exist"},
	{"mkdir_makes_parents_that_stay_roots", "", "m/n/o", 1, 1, .options = MAKE | DRY_RUN},
	{NULL, NULL, "m/n/o", 1, 1, .options = MAKE, .roots = "m m/n", .apps = "m/n/o"},
	{NULL, NULL, "m/n/o", 1, 0, .options = MAKE},
	{"S36_changes_that_are_ignored_are_skipped",
         "v/:1001 v/sub/ v/sub/1:0:600:1001 v/sub/2:1000:600:0 v/sub/3", "v", 5, 0, 5, SKIP_IGNORED,
         .hook = ignore_changes},
	{NULL, NULL, "v", 1, 0, 1, SKIP_IGNORED, .options = TOP_ONLY, .hook = ignore_changes},
	{NULL, NULL, "v", 5, 0, 5, SKIP_IGNORED, .options = ONCE, .hook = ignore_changes},
	{NULL, "v/ v/a v/b=v/a", "v", 3, 0, 2, SKIP_IGNORED, .hook = ignore_changes},
	/* The look at the owner after the change, if that is made by name. */
	{"a_change_counts_if_nothing_is_known_of_its_effect", "v/ v/refused", "v", 2, 2,
         .hook = fail_look_after_change, .apps = "*"},
	{"a_name_that_is_gone_does_not_count", "v/ v/refused", "v", 1, 1, .errnum = ENOENT},
	{NULL, "v/:0:775 v/refused", "v", 1, 1, .call = SYS_OPENAT2, .errnum = ENOENT},
	{"S36_a_name_that_cannot_be_pinned_is_skipped", "v/:0:775 v/refused", "v", 2, 1, 1, EIO,
         .call = SYS_OPENAT2, .errnum = EIO, .roots = "v/refused"},
	{"entries_of_other_users_than_those_of_from_stay", "v/:1002 v/a:1001 v/b:1002 v/c", "v", 4,
         3, .from = {OTHER, OTHER + 1}, .apps = "v/a v/b", .roots = "v/c"},
	{"a_thousand_levels_with_seven_descriptors", "v/link>x:1000", "v", 1003, 1002,
         .levels = 1000, .descriptors = 7, .apps = "*"},
	{NULL, "v/", "v", 761, 761, .prepare = make_branches, .descriptors = 7,
         .hook = watch_ascents, .apps = "*"},
	{NULL, "v/", "v", 761, 761, .prepare = make_branches, .descriptors = 99,
         .hook = watch_ascents, .apps = "*"},
	{NULL, "v/ v/in/ v/in/in/", "v", 3, 2, 1, EMFILE, .descriptors = 6, .apps = "v v/in"},
	{NULL, "v/", "v", 3403, 3403, .prepare = make_large_levels, .descriptors = 12, .apps = "*"},
	{"the_names_of_directories_take_little_memory", "v/ v/in/", "v", 1530, 1530,
         .prepare = make_long_names, .hook = refuse_large_maps, .apps = "*"},
	{"entries_of_unknown_type_are_visited",
         "v/ v/wrong/ v/wrong/file v/right/:1000 v/right/file v/link>.", "v", 6, 5,
         .hook = hide_types, .apps = "*"},
	{"a_name_with_a_slash_is_skipped", "v/ v/~ v/file", "v", 2, 2, 1, EINVAL, .first = "v//",
         .hook = hide_types, .roots = "v/~", .apps = "v v/file"},
	{"S14_links_are_owned_themselves", LINKS, 6, 6, .roots = "beside beside/file .",
         .apps = "*"},
	/* gVisor refuses a descriptor that was opened with O_PATH, and takes its name in /proc. */
	{NULL, LINKS, 6, 6, .call = SYS_fchownat, .refused = "*", .flag = AT_EMPTY_PATH,
         .errnum = EBADF, .roots = "beside beside/file .", .apps = "*"},
	{"gVisor_knows_no_AT_NO_AUTOMOUNT", "v/ v/link>. v/file", "v", 3, 3, .call = SYS_statx,
         .refused = "*", .flag = AT_NO_AUTOMOUNT, .errnum = EINVAL, .apps = "*"},
	/* Nothing is known of the clock of ramfs. */
	{"S43_on_remote_file_systems_a_hard_link_must_be_a_minute_old",
         "v/ v@ramfs v/file v/pair v/twin=v/pair", "v", 4, 2, 2, SKIP_YOUNG_HARDLINK,
         .roots = "v/pair", .apps = "v/file"},
	{"S17_hard_links_from_outside_are_skipped",
         "v/ v/a/ v/b/ v/a/pair v/b/pair=v/a/pair shadow v/b/shadow=shadow v/a/shadow=shadow "
         "target:1000 v/a/right=target",
         "v", 8, 4, 2, SKIP_HARDLINK, .first = "shadow", .apps = "v/a/pair"},
	{NULL, NULL, "v/a/shadow", 1, 0, 1, SKIP_HARDLINK, .options = TOP_ONLY | EXCHANGED,
         .roots = "shadow"},
	{NULL, "v/ v/pair v/twin=v/pair shadow v/shadow=shadow", "v", 4, 2, 1, SKIP_HARDLINK,
         .first = "v/shadow"},
	{NULL, "v/ v/pair v/twin=v/pair", "v", 3, 0, 3, EROFS, .prepare = make_read_only},
	{"S47_a_user_who_owns_the_directory_above_can_exchange_the_path",
         "home/:1001:755:0 home/v/", "home/v", 1, 1, .options = EXCHANGED, .apps = "home/v"},
	/* A top that is right says, with --own-once, that all below it is done. */
	{"S42_the_top_stays_roots_while_the_next_start_may_do_more", "v/ v/refused", "v", 2, 2,
         .options = ONCE, .apps = "v", .hook = give_nothing_to_root},
	{NULL, "v/:1001 v/refused", "v", 2, 2, .options = ONCE | STRICT, .apps = "v"},
	{NULL, "v/ v/refused", "v", 2, 1, 1, EPERM, .options = ONCE, .errnum = EPERM, .apps = "v"},
	{NULL, "v/ v/refused", "v", 2, 0, 2, EPERM, .options = ONCE | STRICT, .errnum = EPERM,
         .is_unfinished = true, .roots = "v"},
	{NULL, "v/:1:755:0 v/refused", "v", 2, 0, 2, EIO, .options = ONCE, .errnum = EIO,
         .is_unfinished = true, .roots = "v"},
	{NULL, "v/ v/refused linked v/linked=linked", "v", 3, 2, 1, SKIP_HARDLINK, .options = ONCE,
         .apps = "v"},
	{NULL, "v/:1001:755:0 v/refused linked v/linked=linked", "v", 3, 1, 2, SKIP_HARDLINK,
         .options = ONCE | STRICT, .is_unfinished = true, .roots = "v"},
	/* A top that keeps its owner waits for no other name, and for no other start. */
	{NULL, "outside v/:1001 v/linked=outside v/refused", "v", 3, 0, 2, EIO, .options = ONCE,
         .errnum = EIO, .from = {OTHER + 1, 0}, .others = "v"},
	{NULL, "v/:1000 v/refused", "v", 1, 0, .options = ONCE, .apps = "v", .roots = "v/refused"},
	{NULL, "v/:1001 v/refused", "v", 2, 0, 2, EIO, .options = ONCE | DRY_RUN,
         .is_unfinished = true, .errnum = EIO, .others = "v"},
	{NULL},
};
