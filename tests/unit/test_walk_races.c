/* A tree that changes while it is walked, and a walk that is cut off. */
#include "scratch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <time.h>

#include "chain.h"
#include "fail_calls.h"
#include "volume/chown_entry.h"
#include "walked_volume.h"

TEST(S18_the_path_itself_is_last)
{
	make("killed/");
	for (unsigned i = 0; i < 20; i++) {
		make("killed/%u/", i);
		for (unsigned j = 0; j < 50; j++)
			make("killed/%u/%u", i, j);
	}
	for (unsigned round = 0; round < 60; round++) {
		const struct timespec pause = {.tv_nsec = (long)(rand() % 3000000)};
		bool is_apps;
		pid_t pid;

		apply_as(at("killed"), DEPTH_TREE, 0, false);
		if (round % 4 == 0)
			settle(at("killed"));
		pid = fork();
		if (pid == 0) {
			own(at("killed"));
			_exit(0);
		}
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		is_apps = owned_by(at("killed"), APP);
		apply_as(at("killed"), DEPTH_TREE, APP, true);
		assert_int_equal(report.changed == 0, is_apps);
	}
}

static atomic_bool attack_ends;
static atomic_ulong attacks;

/* Pairs of paths in the volume that are exchanged, or of which one is moved to and fro, or both. */
static struct {
	const char *paths[2];
	bool is_exchanged, is_moved;
} pairs[] = {
	{{"file0", "file1"}, true},
	{{"dir0", "dir1"}, true},
	/* A link to a file outside, met in one directory, and again in another: it itself or the directory that it
         * is in. */
	{{"0/name", "9/name"}, true, true},
	{{"0/moved", "7/moved"}, .is_moved = true},
};

/* Copies, because at() uses its buffers again. */
static void choose_paths(void)
{
	for (unsigned i = 0; i < 2 * COUNT(pairs); i++)
		pairs[i / 2].paths[i % 2] = strdup(at("war/volume/%s", pairs[i / 2].paths[i % 2]));
}

/* Another process that shares the volume: whatever is looked at means something else a moment
 * later, and what was met already is moved to where the walk has yet to come. */
static void *attack(void *unused)
{
	while (!attack_ends) {
		for (unsigned i = 0; i < COUNT(pairs); i++) {
			const char *const *paths = pairs[i].paths;

			if (pairs[i].is_exchanged)
				syscall(SYS_renameat2, AT_FDCWD, paths[0], AT_FDCWD, paths[1],
				        2U /* RENAME_EXCHANGE */);
			for (unsigned k = 0; pairs[i].is_moved && k < 2; k++)
				rename(paths[k], paths[1 - k]);
		}
		attacks++;
	}
	return NULL;
}

/* How many rounds of attack() at least: 15000, or so many percent of that as STEPDOWN_SAMPLE says. */
static unsigned long attacks_to_make(void)
{
	const char *percent = getenv("STEPDOWN_SAMPLE");

	if (percent == NULL)
		return 15000;
	return strcmp(percent, "all") == 0 ? 500000 : 150 * strtoul(percent, NULL, 10);
}

TEST(S16_S17_an_attacker_gets_nothing)
{
	unsigned long least = attacks_to_make();
	pthread_t attacker;

	make("war/ war/outside/ war/outside/sentinel war/outside/linked war/outside/carried");
	make("war/volume/:1000");
	for (unsigned i = 0; i < 10; i++)
		make("war/volume/%u/:1000", i);
	make("war/volume/file0:1001 war/volume/file1>../outside/sentinel:1001");
	make("war/volume/dir0/:1001 war/volume/dir0/sentinel:1001 war/volume/dir1>../outside:1001");
	make("war/volume/0/name=war/outside/linked war/volume/0/moved/:1000 "
	     "war/volume/0/moved/name=war/outside/carried");
	choose_paths();
	attack_ends = false;
	attacks = 0;
	assert_int_equal(pthread_create(&attacker, NULL, attack, NULL), 0);
	for (unsigned round = 0; round < 500 || attacks < least; round++) {
		apply_as(at("war/volume"), DEPTH_TREE, round % 2 == 0 ? APP : OTHER, false);
		if (!owned_by(at("war/outside/linked"), 0) ||
		    !owned_by(at("war/outside/carried"), 0))
			break;
	}
	attack_ends = true;
	pthread_join(attacker, NULL);
	assert_owned(0, "war/outside war/outside/sentinel war/outside/linked war/outside/carried");
}

/* Walks down into NAME the way that the walk does. */
static void enter(struct dir_stack *tree, const struct mount_boundary *boundary,
                  const char *child_name)
{
	struct dir child;
	struct inode inode;

	assert_true(dir_stack_push_name(tree, child_name));
	assert_int_equal(
		dir_open(&dir_stack_current(tree)->dir, boundary, child_name, &child, &inode), 0);
	assert_non_null(dir_stack_enter(tree, &child, &inode));
	dir_stack_end(tree);
}

TEST(a_directory_that_was_moved_is_not_taken_for_another)
{
	struct dir_stack tree = {.declared = at("moving")};
	struct mount_boundary boundary;
	struct dir top;
	struct dir child;
	struct inode inode;
	char path[OWNERSHIP_PATH_BYTES];
	int fd;

	make_chain(at("moving"), 30, "d", 0, 0755);
	make("elsewhere/");
	fd = open(at("moving"), O_PATH | O_CLOEXEC);
	assert_int_equal(dir_find_mount_boundary(fd, &boundary), 0);
	assert_int_equal(dir_from_fd(fd, &top, &inode), 0);
	assert_int_equal(dir_open(&top, &boundary, ".", &child, &inode), 0);
	assert_non_null(dir_stack_enter(&tree, &child, &inode));
	for (unsigned i = 0; i < 30; i++)
		enter(&tree, &boundary, "d");
	assert_int_equal(tree.depth, 31);
	/* Levels 0 and 23 to 30 are open; level 8 is taken away from under level 7. */
	assert_int_equal(rename(at("moving/d/d/d/d/d/d/d/d"), at("elsewhere/d")), 0);
	for (; tree.depth > 9; dir_stack_leave(&tree))
		assert_int_equal(dir_stack_open_above(&tree, &boundary), 0);
	dir_stack_write_path(&tree, tree.depth - 1, "x", path);
	assert_string_equal(path, at("moving/d/d/d/d/d/d/d/d/x"));
	assert_int_equal(dir_stack_open_above(&tree, &boundary), ESTALE);
	dir_stack_free(&tree);
	close(fd);
}

/* Called before the first change by name in a directory; and the number of changes of each kind. */
static void (*before_first)(void);
static unsigned changes_by_name;
static unsigned changes_by_handle;

static void watch_changes(enum call call, long word, const char *path)
{
	if (call != CALL_FCHOWNAT)
		return;
	changes_by_handle += word == AT_EMPTY_PATH;
	changes_by_name += word == AT_SYMLINK_NOFOLLOW;
	if (changes_by_name == 1 && word == AT_SYMLINK_NOFOLLOW)
		before_first();
}

static void ignore(void)
{
}

/* Walks PATH as one worker. */
static void own_and(const char *path, void (*meanwhile)(void))
{
	before_first = meanwhile;
	changes_by_name = changes_by_handle = 0;
	jobs = 1;
	watch_calls(watch_changes);
	own(path);
	watch_calls(NULL);
	jobs = 0;
}

static void own_settled_and(const char *path, void (*meanwhile)(void))
{
	settle(path);
	own_and(path, meanwhile);
	assert_true(changes_by_name > 0);
}

/* The other one does all but give away the directory that the first one is in. */
static void start_another(void)
{
	own(at("meet"));
	assert_left(1, SKIP_LOCKED);
	assert_string_equal(report.first_skipped, at("meet/in"));
	assert_owned(APP, "meet/in/0");
	assert_owned(0, "meet/in");
}

static void own_while_another_starts(void)
{
	pass_over_pauses();
	alarm(20);
	own_settled_and(at("meet"), start_another);
	assert_left(0, 0);
}

TEST(S16_two_starts_meet_between_look_and_change)
{
	make("meet/:1000 meet/in/ meet/in/0");
	in_child(own_while_another_starts);
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

static void own_what_is_locked(void)
{
	/* A file beside the directory is changed ahead of those in it. */
	own_settled_and(at("locks"), is_there(at("locks/file")) ? skip_first : look_at_locks);
}

TEST(S16_only_the_directory_that_is_walked_is_locked)
{
	make("locks/ locks/below/ locks/below/file");
	in_child(own_what_is_locked);
	apply_as(at("locks"), DEPTH_TREE, 0, false);
	make("locks/file");
	in_child(own_what_is_locked);
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
	assert_left(0, 0);
}

/* The file is changed by its descriptor alone if others may write to the directory, or may have written just now. */
TEST(S16_by_name_only_in_roots_old_directories)
{
	static const struct {
		uid_t owner;
		mode_t mode;
		bool is_young;
		unsigned by_name;
	} rows[] = {
		{0, 0755, false, 1},     {0, 0700, false, 1},  {0, 0775, false, 0},
		{0, 0757, false, 0},     {0, 01777, false, 0}, {APP, 0755, false, 0},
		{OTHER, 0700, false, 0}, {0, 0755, true, 0},
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		make("whose%u/:%u:%o whose%u/file", i, rows[i].owner, rows[i].mode, i);
		settle(at("whose%u", i));
		if (rows[i].is_young) {
			stop_clock(true);
			assert_int_equal(chmod(at("whose%u", i), rows[i].mode), 0);
		}
		own_and(at("whose%u", i), ignore);
		stop_clock(false);
		assert_owned(APP, "whose%u/file", i);
		assert_int_equal(changes_by_name, rows[i].by_name);
	}
}

static const char *locked;

static void own_what_a_neighbour_locks(void)
{
	pass_over_pauses();
	alarm(20);
	own(at("locked"));
	assert_left(1, SKIP_LOCKED);
	assert_string_equal(report.first_skipped, at("%s", locked));
}

static void own_without_locks(void)
{
	fail_always(CALL_FLOCK, ENOLCK);
	own(at("locked"));
	assert_left(2, ENOLCK);
	fail_always(CALL_FLOCK, EPERM);
	own(at("locked"));
	assert_left(2, SKIP_NO_LOCKS);
}

/* Whoever may read a directory may lock it. */
TEST_FRESH_AND_SETTLED(S44_a_held_lock_does_not_stop_the_start)
{
	static const int operations[] = {LOCK_EX, LOCK_SH};
	static const char *const names[] = {"locked", "locked/in"};

	make("locked/ locked/in/ locked/in/file");
	for (unsigned i = 0; i < 4; i++) {
		int fd;

		locked = names[i / 2];
		fd = open(at("%s", locked), O_RDONLY | O_CLOEXEC);
		assert_int_equal(flock(fd, operations[i % 2]), 0);
		in_child(own_what_a_neighbour_locks);
		assert_owned(APP, "locked/in/file %s", names[1 - i / 2]);
		assert_owned(0, "%s", locked);
		close(fd);
		apply_as(at("locked"), DEPTH_TREE, 0, false);
	}
	in_child(own_without_locks);
	assert_owned(APP, "locked/in/file");
}

/* Another start gives a lock back when it has left the directory. */
TEST_FRESH_AND_SETTLED(S44_a_lock_that_is_given_back_is_waited_for)
{
	static const int errnums[] = {EWOULDBLOCK, EINTR};

	for (unsigned i = 0; i < 2; i++) {
		make("waits%u/ waits%u/file", i, i);
		jobs = 1;
		fail_call(CALL_FLOCK, 1, 5, errnums[i]);
		own(at("waits%u", i));
		assert_true(fail_no_call());
		jobs = 0;
		assert_left(0, 0);
		assert_owned(APP, "waits%u waits%u/file", i, i);
	}
}

/* Puts something in the place of a directory, between the look at its name and the visit. */
static void (*put)(const char *path);

static void put_nothing(const char *path)
{
}

static void put_file(const char *path)
{
	make_file(path, 0, 0600);
}

static void put_link(const char *path)
{
	make_link("..", path, 0);
}

static void put_mount(const char *path)
{
	make_dir(path, 0, 0755);
	mount_type("tmpfs", path, NULL);
}

static void watch_visits(enum call call, long word, const char *visited)
{
	if (call != CALL_SYSCALL || visited == NULL || strcmp(visited, "changeling") != 0)
		return;
	if (put != NULL && rmdir(at("changes/changeling")) == 0)
		put(at("changes/changeling"));
	put = NULL;
}

TEST_FRESH_AND_SETTLED(file_in_the_place_of_a_directory_is_changed)
{
	static void (*const all[])(const char *path) = {put_nothing, put_file, put_link, put_mount};

	make("changes/");
	for (unsigned i = 0; i < 4; i++) {
		(void)unlink(at("changes/changeling"));
		make("changes/changeling/");
		put = all[i];
		jobs = 1;
		watch_calls(watch_visits);
		own(at("changes"));
		watch_calls(NULL);
		jobs = 0;
		assert_null(put);
		assert_left(0, 0);
		if (all[i] != put_nothing)
			assert_owned(all[i] == put_mount ? 0 : APP, "changes/changeling");
	}
	assert_int_equal(umount(at("changes/changeling")), 0);
}

int main(void)
{
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
