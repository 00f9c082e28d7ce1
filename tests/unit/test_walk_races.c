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

static void S18_the_path_itself_is_last(void **state)
{
	make_dir(at("killed"), 0, 0755);
	for (unsigned i = 0; i < 20; i++) {
		make_dir(at("killed/%u", i), 0, 0755);
		for (unsigned j = 0; j < 50; j++)
			make_file(at("killed/%u/%u", i, j), 0, 0600);
	}
	for (unsigned round = 0; round < 60; round++) {
		const struct timespec pause = {.tv_nsec = (long)(rand() % 3000000)};
		struct stat status;
		pid_t pid;

		apply_as(at("killed"), DEPTH_TREE, 0, false);
		if (round % 4 == 0)
			settle(at("killed"));
		pid = fork();
		if (pid == 0) {
			own_in_child(at("killed"));
			_exit(0);
		}
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(stat(at("killed"), &status), 0);
		apply_as(at("killed"), DEPTH_TREE, APP, true);
		if (status.st_uid == APP)
			assert_int_equal(report.changed, 0);
		else
			assert_true(report.changed > 0);
	}
}

static atomic_bool attack_ends;
static atomic_ulong attacks;

static void exchange(const char *a, const char *b)
{
	syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2U /* RENAME_EXCHANGE */);
}

/* Paths in the volume that are exchanged or moved. */
static const char *file[2];
static const char *directory[2];
static const char *moved[2];
static const char *name[2];

/* Copies, because at() uses its buffers again. */
static void choose_paths(void)
{
	for (unsigned i = 0; i < 2; i++) {
		file[i] = strdup(at("war/volume/file%u", i));
		directory[i] = strdup(at("war/volume/dir%u", i));
		moved[i] = strdup(at("war/volume/%u/moved", i * 7));
		name[i] = strdup(at("war/volume/%u/name", i * 9));
	}
}

/* Another process that shares the volume: whatever is looked at means something else a moment
 * later, and what was met already is moved to where the walk has yet to come. */
static void *attack(void *unused)
{
	while (!attack_ends) {
		exchange(file[0], file[1]);
		exchange(directory[0], directory[1]);
		/* A link to a file outside, met in one directory, and again in another: it itself
		 * or the directory that it is in. */
		exchange(name[0], name[1]);
		rename(name[0], name[1]);
		rename(name[1], name[0]);
		rename(moved[0], moved[1]);
		rename(moved[1], moved[0]);
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

static void S16_S17_an_attacker_gets_nothing(void **state)
{
	unsigned long least = attacks_to_make();
	pthread_t attacker;

	make_dir(at("war"), 0, 0755);
	make_dir(at("war/outside"), 0, 0755);
	make_file(at("war/outside/sentinel"), 0, 0600);
	make_file(at("war/outside/linked"), 0, 0600);
	make_file(at("war/outside/carried"), 0, 0600);
	make_dir(at("war/volume"), APP, 0755);
	for (unsigned i = 0; i < 10; i++)
		make_dir(at("war/volume/%u", i), APP, 0755);
	make_file(at("war/volume/file0"), OTHER, 0600);
	make_link("../outside/sentinel", at("war/volume/file1"), OTHER);
	make_dir(at("war/volume/dir0"), OTHER, 0755);
	make_file(at("war/volume/dir0/sentinel"), OTHER, 0600);
	make_link("../outside", at("war/volume/dir1"), OTHER);
	assert_int_equal(link(at("war/outside/linked"), at("war/volume/0/name")), 0);
	make_dir(at("war/volume/0/moved"), APP, 0755);
	assert_int_equal(link(at("war/outside/carried"), at("war/volume/0/moved/name")), 0);
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
	assert_owner(at("war/outside"), 0);
	assert_owner(at("war/outside/sentinel"), 0);
	assert_owner(at("war/outside/linked"), 0);
	assert_owner(at("war/outside/carried"), 0);
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

static void a_directory_that_was_moved_is_not_taken_for_another(void **state)
{
	struct dir_stack tree = {.declared = at("moving")};
	struct mount_boundary boundary;
	struct dir top;
	struct dir child;
	struct inode inode;
	char path[OWNERSHIP_PATH_BYTES];
	int fd;

	make_chain(at("moving"), 30, "d", 0, 0755);
	make_dir(at("elsewhere"), 0, 0755);
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

/* Walks PATH, which is settled, as one worker. */
static void own_and(const char *path, void (*meanwhile)(void))
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};

	settle(path);
	before_first = meanwhile;
	changes_by_name = changes_by_handle = 0;
	watch_calls(watch_changes);
	CHILD_ASSERT(apply_alone(&(struct declared_path){path, DEPTH_TREE, false, false, NULL},
	                         &request, &report, &error));
	watch_calls(NULL);
	CHILD_ASSERT(changes_by_name > 0);
}

/* The other one does all but give away the directory that the first one is in. */
static void start_another(void)
{
	own_in_child(at("meet"));
	CHILD_ASSERT(report.skipped == 1 && report.first_reason == SKIP_LOCKED);
	CHILD_ASSERT(strcmp(report.first_skipped, at("meet/in")) == 0);
	CHILD_ASSERT(owned_by(at("meet/in/0"), APP) && owned_by(at("meet/in"), 0));
}

static void own_while_another_starts(void)
{
	pass_over_pauses();
	alarm(20);
	own_and(at("meet"), start_another);
	CHILD_ASSERT(report.skipped == 0);
}

static void S16_two_starts_meet_between_look_and_change(void **state)
{
	make_dir(at("meet"), APP, 0755);
	make_dir(at("meet/in"), 0, 0755);
	make_file(at("meet/in/0"), 0, 0600);
	in_child(own_while_another_starts);
	assert_owner(at("meet/in"), APP);
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
	CHILD_ASSERT(is_locked(at("locks/below")));
	CHILD_ASSERT(!is_locked(at("locks")));
}

static void own_below(void)
{
	own_and(at("locks"), look_at_locks);
}

static void skip_first(void)
{
	changes_by_name = 0;
	before_first = look_at_locks;
}

static void own_here_and_below(void)
{
	own_and(at("locks"), skip_first);
}

static void S16_only_the_directory_that_is_walked_is_locked(void **state)
{
	make_dir(at("locks"), 0, 0755);
	make_dir(at("locks/below"), 0, 0755);
	make_file(at("locks/below/file"), 0, 0600);
	in_child(own_below);
	apply_as(at("locks"), DEPTH_TREE, 0, false);
	make_file(at("locks/file"), 0, 0600);
	in_child(own_here_and_below);
}

static void change_mode(void)
{
	CHILD_ASSERT(chmod(at("touched"), 0700) == 0);
}

/* The change that is on its way is made; the others, and the directory itself, by a handle. */
static void S16_a_directory_that_changes_meanwhile_is_not_trusted(void **state)
{
	make_dir(at("touched"), 0, 0755);
	for (unsigned i = 0; i < 5; i++)
		make_file(at("touched/%u", i), 0, 0600);
	own_and(at("touched"), change_mode);
	assert_int_equal(changes_by_name, 1);
	assert_int_equal(changes_by_handle, 5);
	assert_left(0, 0);
}

static void ignore(void)
{
}

/* The file is changed by its descriptor alone if others may write to the directory, or may have written just now. */
static void S16_by_name_only_in_roots_old_directories(void **state)
{
	static const struct {
		uid_t owner;
		mode_t mode;
		bool is_young;
		unsigned by_name;
	} rows[] = {{0, 0755, false, 1},
	            {0, 0775, false, 0},
	            {0, 0757, false, 0},
	            {APP, 0755, false, 0},
	            {0, 0755, true, 0}};

	before_first = ignore;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_dir(at("whose%u", i), rows[i].owner, rows[i].mode);
		make_file(at("whose%u/file", i), 0, 0600);
		settle(at("whose%u", i));
		if (rows[i].is_young) {
			stop_clock(true);
			assert_int_equal(chmod(at("whose%u", i), rows[i].mode), 0);
		}
		changes_by_name = 0;
		jobs = 1;
		watch_calls(watch_changes);
		own(at("whose%u", i));
		watch_calls(NULL);
		stop_clock(false);
		jobs = 0;
		assert_owner(at("whose%u/file", i), APP);
		assert_int_equal(changes_by_name, rows[i].by_name);
	}
}

static const char *locked;

static void own_what_a_neighbour_locks(void)
{
	pass_over_pauses();
	alarm(20);
	own_in_child(at("locked"));
	CHILD_ASSERT(report.skipped == 1 && report.first_reason == SKIP_LOCKED);
	CHILD_ASSERT(strcmp(report.first_skipped, at("%s", locked)) == 0);
}

static void own_without_locks(void)
{
	fail_always(CALL_FLOCK, ENOLCK);
	own_in_child(at("locked"));
	CHILD_ASSERT(report.skipped == 2 && report.first_reason == ENOLCK);
	fail_always(CALL_FLOCK, EPERM);
	own_in_child(at("locked"));
	CHILD_ASSERT(report.skipped == 2 && report.first_reason == SKIP_NO_LOCKS);
}

/* Whoever may read a directory may lock it. */
static void S44_a_held_lock_does_not_stop_the_start(void **state)
{
	static const int operations[] = {LOCK_EX, LOCK_SH};
	static const char *const names[] = {"locked", "locked/in"};

	make_dir(at("locked"), 0, 0755);
	make_dir(at("locked/in"), 0, 0755);
	make_file(at("locked/in/file"), 0, 0600);
	for (unsigned i = 0; i < 4; i++) {
		int fd;

		locked = names[i / 2];
		fd = open(at("%s", locked), O_RDONLY | O_CLOEXEC);
		assert_int_equal(flock(fd, operations[i % 2]), 0);
		in_child(own_what_a_neighbour_locks);
		assert_owner(at("locked/in/file"), APP);
		assert_owner(at("%s", locked), 0);
		assert_owner(at("%s", names[1 - i / 2]), APP);
		close(fd);
		apply_as(at("locked"), DEPTH_TREE, 0, false);
	}
	in_child(own_without_locks);
	assert_owner(at("locked/in/file"), APP);
}

/* Another start gives a lock back when it has left the directory. */
static void S44_a_lock_that_is_given_back_is_waited_for(void **state)
{
	static const int errnums[] = {EWOULDBLOCK, EINTR};

	for (unsigned i = 0; i < 2; i++) {
		make_dir(at("waits%u", i), 0, 0755);
		make_file(at("waits%u/file", i), 0, 0600);
		jobs = 1;
		fail_call(CALL_FLOCK, 1, 5, errnums[i]);
		own(at("waits%u", i));
		assert_true(fail_no_call());
		jobs = 0;
		assert_left(0, 0);
		assert_owner(at("waits%u", i), APP);
		assert_owner(at("waits%u/file", i), APP);
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
	assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
}

static void watch_visits(enum call call, long word, const char *visited)
{
	if (call != CALL_SYSCALL || visited == NULL || strcmp(visited, "changeling") != 0)
		return;
	if (put != NULL && rmdir(at("changes/changeling")) == 0)
		put(at("changes/changeling"));
	put = NULL;
}

static void file_in_the_place_of_a_directory_is_changed(void **state)
{
	static void (*const all[])(const char *path) = {put_nothing, put_file, put_link, put_mount};

	make_dir(at("changes"), 0, 0755);
	for (unsigned i = 0; i < 4; i++) {
		(void)unlink(at("changes/changeling"));
		make_dir(at("changes/changeling"), 0, 0755);
		put = all[i];
		jobs = 1;
		watch_calls(watch_visits);
		own(at("changes"));
		watch_calls(NULL);
		jobs = 0;
		assert_null(put);
		assert_left(0, 0);
		if (access(at("changes/changeling"), F_OK) == 0)
			assert_owner(at("changes/changeling"), all[i] == put_mount ? 0 : APP);
	}
	assert_int_equal(umount(at("changes/changeling")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S18_the_path_itself_is_last),
		cmocka_unit_test(S16_S17_an_attacker_gets_nothing),
		cmocka_unit_test(a_directory_that_was_moved_is_not_taken_for_another),
		cmocka_unit_test(S16_two_starts_meet_between_look_and_change),
		cmocka_unit_test(S16_only_the_directory_that_is_walked_is_locked),
		cmocka_unit_test(S16_a_directory_that_changes_meanwhile_is_not_trusted),
		cmocka_unit_test(S16_by_name_only_in_roots_old_directories),
		FRESH_AND_SETTLED(S44_a_held_lock_does_not_stop_the_start),
		FRESH_AND_SETTLED(S44_a_lock_that_is_given_back_is_waited_for),
		FRESH_AND_SETTLED(file_in_the_place_of_a_directory_is_changed),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
