/* A tree that changes while it is walked. e2e 86, 93 and 94 have attackers beside whole starts. */
#include "scratch.h"

#include "hooked_calls.h"
#include "walked_volume.h"

/* Walks PATH as one worker with a hook. */
static void own_hooked(const char *path, bool (*path_hook)(struct call *call))
{
	jobs = 1;
	hook = path_hook;
	own(path);
	hook = NULL;
	jobs = 0;
}

/* On the way back up, when the directories above are closed. */
static bool move_when_ascending(struct call *call)
{
	if (strcmp(name_of(call), "..") == 0 && !is_there(at("elsewhere/d")))
		assert_int_equal(rename(at("moving/d/d/d/d"), at("elsewhere/d")), 0);
	return false;
}

TEST_FRESH_AND_SETTLED(S16_a_directory_that_was_moved_is_not_taken_for_another)
{
	make("elsewhere/ elsewhere/file");
	make_levels("moving", 30, 0, 0755);
	own_hooked(at("moving"), move_when_ascending);
	assert_left(3, SKIP_MOVED);
	assert_string_equal(report.first_skipped, at("moving/d/d/d"));
	assert_owned(0, "elsewhere elsewhere/file moving/d/d/d moving/d/d moving/d");
	assert_owned(APP, "elsewhere/d/d elsewhere/d moving");
}

/* Nobody waits for a lock here. */
static bool skip_pauses(struct call *call)
{
	return call->number == SYS_nanosleep;
}

/* Called before the first change by name in a directory; and the number of calls of each kind. */
static void (*before_first)(void);
static unsigned changes_by_name;
static unsigned changes_by_handle;
static unsigned opened;
static unsigned opened_below; /* by openat2 */

static bool watch_changes(struct call *call)
{
	bool by_name = call->number == SYS_fchownat && call->words[4] == AT_SYMLINK_NOFOLLOW;

	opened += call->number == SYS_openat;
	opened_below += call->number == SYS_OPENAT2;
	changes_by_name += by_name;
	changes_by_handle += call->number == SYS_fchownat && call->words[4] == AT_EMPTY_PATH;
	if (by_name && changes_by_name == 1 && before_first != NULL)
		before_first();
	return skip_pauses(call);
}

static void own_settled_and(const char *path, void (*meanwhile)(void))
{
	before_first = meanwhile;
	changes_by_name = changes_by_handle = 0;
	settle();
	own_hooked(path, watch_changes);
	before_first = NULL;
	assert_true(changes_by_name > 0);
	assert_left(0, 0);
}

/* The other one does all but give away the directory that the first one is in. */
static void start_another(void)
{
	hook = skip_pauses;
	own(at("meet"));
	assert_left(1, SKIP_LOCKED);
	assert_string_equal(report.first_skipped, at("meet/in"));
	assert_owned(APP, "meet/in/0");
	assert_owned(0, "meet/in");
}

TEST(S16_two_starts_meet_between_look_and_change)
{
	make("meet/:1000 meet/in/ meet/in/0");
	own_settled_and(at("meet"), start_another);
	assert_owned(APP, "meet/in");
}

/* A lock that nobody waits for is taken at once. */
static bool is_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;

	close(fd);
	return !is_free;
}

static void look_at_locks(void)
{
	assert_true(is_locked(at("locks/below")));
	assert_false(is_locked(at("locks")));
}

static void skip_first(void)
{
	changes_by_name = 0;
	before_first = look_at_locks;
}

TEST(S16_only_the_directory_that_is_walked_is_locked)
{
	make("locks/ locks/below/ locks/below/file");
	own_settled_and(at("locks"), look_at_locks);
	own_as(at("locks"), 0);
	/* A file beside the directory is changed ahead of those in it. */
	make("locks/file");
	own_settled_and(at("locks"), skip_first);
}

static void change_mode(void)
{
	assert_int_equal(chmod(at("touched"), 0700), 0);
}

/* The change that is on its way is made; the others, and the directory itself, by a handle. */
TEST(S16_a_directory_that_changes_meanwhile_is_not_trusted)
{
	make("touched/ touched/0 touched/1 touched/2 touched/3 touched/4");
	own_settled_and(at("touched"), change_mode);
	assert_int_equal(changes_by_name, 1);
	assert_int_equal(changes_by_handle, 5);
}

/* It is 1970 for the clock that inodes are stamped with, so every directory is young. */
static bool turn_back_clock(struct call *call)
{
	if (call->number != SYS_clock_gettime || call->words[0] != CLOCK_REALTIME_COARSE)
		return watch_changes(call);
	memset((void *)call->words[1], 0, sizeof(struct timespec));
	return true;
}

/* The file is changed by its descriptor alone if others may write to the directory, or may have written just now, or
 * on a file system that fd_is_local() does not know. */
TEST(S16_by_name_only_in_roots_old_local_directories)
{
	static const struct {
		const char *made;
		bool is_young;
		unsigned by_name;
	} rows[] = {
		{"v/", false, 1},          {"v/:0:700", false, 1},  {"v/:0:775", false, 0},
		{"v/:0:757", false, 0},    {"v/:0:1777", false, 0}, {"v/:1000", false, 0},
		{"v/:1001:700", false, 0}, {"v/", true, 0},         {"v/ v@ramfs", false, 0},
		{"v/ v@tmpfs", false, 1},
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		make_new_tree();
		make("%s v/file", rows[i].made);
		settle();
		changes_by_name = 0;
		own_hooked(at("v"), rows[i].is_young ? turn_back_clock : watch_changes);
		assert_owned(APP, "v/file");
		assert_int_equal(changes_by_name, rows[i].by_name);
	}
}

TEST_FRESH_AND_SETTLED(S19_the_kernel_keeps_the_walk_in_its_mount)
{
	make("kept/");
	for (unsigned i = 0; i < 10; i++)
		make("kept/%u/", i);
	opened = opened_below = 0;
	own_hooked(at("kept"), watch_changes);
	assert_report(11, 11, 0, 0);
	/* The path itself is opened once more when all below it is done: no other mount can be in the way. */
	assert_true(opened < 5);
	assert_in_range(opened_below, 11, 15);
}

/* Whoever may read a directory may lock it. */
TEST_FRESH_AND_SETTLED(S44_a_held_lock_does_not_stop_the_start)
{
	static const int operations[] = {LOCK_EX, LOCK_SH};
	static const char *const names[] = {"v", "v/in"};

	for (unsigned i = 0; i < 4; i++) {
		const char *locked = names[i / 2];
		int fd;

		make_new_tree();
		make("v/ v/in/ v/in/file");
		fd = open(at("%s", locked), O_RDONLY | O_CLOEXEC);
		assert_int_equal(flock(fd, operations[i % 2]), 0);
		own_hooked(at("v"), skip_pauses);
		assert_left(1, SKIP_LOCKED);
		assert_string_equal(report.first_skipped, at("%s", locked));
		assert_owned(APP, "v/in/file");
		assert_owned(APP, names[1 - i / 2]);
		assert_owned(0, locked);
		close(fd);
	}
}

static int flock_errnum;
static unsigned flocks_to_fail;

static bool fail_flock(struct call *call)
{
	if (call->number != SYS_flock || flocks_to_fail == 0)
		return skip_pauses(call);
	flocks_to_fail--;
	return fail_call(call, flock_errnum);
}

/* Another start gives a lock back when it has left the directory. */
TEST_FRESH_AND_SETTLED(S44_a_lock_is_waited_for_unless_there_are_none)
{
	static const struct {
		int errnum;
		unsigned failures;
		uint64_t skipped;
		int reason;
	} rows[] = {
		{EWOULDBLOCK, 6},
		{EINTR, 6},
		{ENOLCK, UINT_MAX, 2, ENOLCK},
		{EPERM, UINT_MAX, 2, SKIP_NO_LOCKS},
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		make_new_tree();
		make("v/ v/in/ v/in/file");
		flock_errnum = rows[i].errnum;
		flocks_to_fail = rows[i].failures;
		own_hooked(at("v"), fail_flock);
		assert_left(rows[i].skipped, rows[i].reason);
		assert_wrong(at("v"), rows[i].skipped);
	}
}

/* What stands in the place of a directory that has gone between the look at its name and the visit: these words of
 * make(). */
static const struct replacement {
	const char *made; /* NULL: nothing */
	bool is_mount;
	bool uses_up_memory; /* of the table of hard links */
} replacements[] = {
	{NULL},
	{"v/changeling"},
	{"v/changeling>.."},
	{"v/changeling/ v/changeling@tmpfs", .is_mount = true},
	{"v/changeling=other", .uses_up_memory = true},
};
static const struct replacement *replacement;
static bool is_replaced;

static bool replace_at_visit(struct call *call)
{
	if (is_replaced)
		return replacement->uses_up_memory && call->number == SYS_mmap &&
		       fail_call(call, ENOMEM);
	if (strcmp(name_of(call), "changeling") != 0)
		return false;
	is_replaced = true;
	assert_int_equal(rmdir(at("v/changeling")), 0);
	if (replacement->made != NULL)
		make("%s", replacement->made);
	return false;
}

TEST_FRESH_AND_SETTLED(file_in_the_place_of_a_directory_is_changed)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};

	for (replacement = replacements; replacement < replacements + COUNT(replacements);
	     replacement++) {
		make_new_tree();
		make("v/ v/changeling/ other");
		is_replaced = false;
		hook = replace_at_visit;
		assert_int_equal(
			apply_alone(&(struct declared_path){at("v"), DEPTH_TREE}, &request),
			!replacement->uses_up_memory);
		hook = NULL;
		assert_true(is_replaced);
		if (replacement->uses_up_memory)
			continue;
		assert_left(0, 0);
		if (replacement->made != NULL)
			assert_owned(replacement->is_mount ? 0 : APP, "v/changeling");
	}
}

static unsigned looks;

/* The first call about the name reads the owner, and the second one opens the file. */
static bool replace_at_second_look(struct call *call)
{
	if (strcmp(name_of(call), "changeling") != 0 || looks++ != 1)
		return false;
	assert_int_equal(unlink(at("v/changeling")), 0);
	make("v/changeling/ v/changeling/file");
	return false;
}

TEST(directory_in_the_place_of_a_file_is_walked)
{
	make_new_tree();
	make("v/ v/changeling");
	looks = 0;
	own_hooked(at("v"), replace_at_second_look);
	assert_true(looks > 1);
	assert_left(0, 0);
	assert_owned(APP, "v/changeling v/changeling/file");
}
