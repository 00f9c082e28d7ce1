/* A tree that changes while it is walked, and a walk that is cut off. */
#include "scratch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "chain.h"
#include "own.h"
#include "walked_volume.h"

static void S18_the_path_itself_is_last(void **state)
{
	(void)state;
	make_dir(at("killed"), 0, 0755);
	for (unsigned i = 0; i < 20; i++) {
		make_dir(at("killed/%u", i), 0, 0755);
		for (unsigned j = 0; j < 50; j++)
			make_file(at("killed/%u/%u", i, j), 0, 0600);
	}
	for (unsigned round = 0; round < (is_settled ? 15 : 60); round++) {
		const struct timespec pause = {.tv_nsec = (long)(rand() % 3000000)};
		struct stat status;
		pid_t pid;

		apply_as(at("killed"), VOLUME_OWN, 0, false);
		pid = fork();
		if (pid == 0) {
			own_in_child(at("killed"));
			_exit(0);
		}
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(stat(at("killed"), &status), 0);
		apply_as(at("killed"), VOLUME_OWN, APP, true);
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
	(void)unused;
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

/* How many rounds of attack() at least: STEPDOWN_EXCHANGES, 15000 if it is not set. */
static unsigned long attacks_to_make(void)
{
	const char *text = getenv("STEPDOWN_EXCHANGES");

	return text == NULL ? 15000 : strtoul(text, NULL, 10);
}

static void S16_S17_an_attacker_gets_nothing(void **state)
{
	unsigned long least = attacks_to_make();
	pthread_t attacker;

	(void)state;
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
		apply_as(at("war/volume"), VOLUME_OWN, round % 2 == 0 ? APP : OTHER, false);
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
static void enter(struct tree *tree, const struct fence *fence, const char *child_name)
{
	struct door child;
	struct inode inode;

	assert_true(tree_push_name(tree, child_name));
	assert_int_equal(pin_enter(&tree_current(tree)->door, fence, child_name, &child, &inode),
	                 0);
	assert_non_null(tree_enter(tree, &child, &inode));
	tree_end(tree);
}

static void a_directory_that_was_moved_is_not_taken_for_another(void **state)
{
	struct tree tree = {.declared = at("moving")};
	struct fence fence;
	struct door top;
	struct door child;
	struct inode inode;
	char path[TREE_PATH];
	int fd;

	(void)state;
	make_chain(at("moving"), 30, "d", 0, 0755);
	make_dir(at("elsewhere"), 0, 0755);
	fd = open(at("moving"), O_PATH | O_CLOEXEC);
	assert_int_equal(pin_fence(fd, &fence), 0);
	assert_int_equal(pin_door(fd, &top, &inode), 0);
	assert_int_equal(pin_enter(&top, &fence, ".", &child, &inode), 0);
	assert_non_null(tree_enter(&tree, &child, &inode));
	for (unsigned i = 0; i < 30; i++)
		enter(&tree, &fence, "d");
	assert_int_equal(tree.depth, 31);
	/* Levels 0 and 23 to 30 are open; level 8 is taken away from under level 7. */
	assert_int_equal(rename(at("moving/d/d/d/d/d/d/d/d"), at("elsewhere/d")), 0);
	for (; tree.depth > 9; tree_leave(&tree))
		assert_int_equal(tree_open_above(&tree, &fence), 0);
	tree_write_path(&tree, tree.depth - 1, "x", path);
	assert_string_equal(path, at("moving/d/d/d/d/d/d/d/d/x"));
	assert_int_equal(tree_open_above(&tree, &fence), ESTALE);
	tree_free(&tree);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH_AND_SETTLED(S18_the_path_itself_is_last),
		cmocka_unit_test(S16_S17_an_attacker_gets_nothing),
		cmocka_unit_test(a_directory_that_was_moved_is_not_taken_for_another),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
