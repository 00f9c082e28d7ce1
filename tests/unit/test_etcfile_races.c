/* Runs that are killed, and runs at the same time, at moments that are left to chance. */
#include "scratch.h"

#include <signal.h>
#include <time.h>

#include "etc_directory.h"

static bool is_one_of(const char *name, const char *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(contents_of(name), all[i]) == 0)
			return true;
	}
	return false;
}

/* Updates without end, until it is killed. The first update is done when this function returns. */
static pid_t update_in_a_loop(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = start_child();
	if (pid != 0) {
		close(ends[1]);
		assert_int_equal(read(ends[0], &byte, 1), 1);
		close(ends[0]);
		return pid;
	}
	if (!make_account("app", 2000) || write(ends[1], "x", 1) != 1)
		_exit(1);
	for (uint32_t uid = 1000;; uid = 3000 - uid) {
		if (!make_account("app", uid) || result_of(&outcome) == REFUSED)
			_exit(1);
	}
}

TEST(S29_a_killed_run_leaves_the_old_or_the_new_file)
{
	static const char *const passwds[] = {ROOT "app:x:1000:1000::/:\nz:x:9:9::/:\n",
	                                      ROOT "app:x:2000:2000::/:\nz:x:9:9::/:\n"};
	static const char *const groups[] = {ROOT_GROUP "app:x:1000:\n",
	                                     ROOT_GROUP "app:x:2000:\n"};
	unsigned left_behind = 0;

	make_etc("killed", passwds[0], groups[0]);
	srand(4711);
	for (int round = 0; round < 400; round++) {
		struct timespec pause = {0, 1 + rand() % 1500000};
		pid_t pid = update_in_a_loop();
		int status;

		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_true(is_one_of("passwd", passwds, COUNT(passwds)));
		assert_true(is_one_of("group", groups, COUNT(groups)));
		left_behind += is_there(path_in(".passwd.stepdown")) ||
		               is_there(path_in(".group.stepdown"));
		if (!make_account("app", 1000))
			fail_msg("%s", error.message);
		assert_string_equal(contents_of("passwd"), passwds[0]);
		assert_no_temporary();
		write_file("group", groups[0]);
	}
	/* Else the moments were not random enough to tell anything. */
	assert_true(left_behind > 0);
}

static pid_t make_many(const char *etc, const char *prefix, uint32_t first, uint32_t count)
{
	pid_t pid = start_child();

	if (pid != 0)
		return pid;
	etc_fd = open(at("%s", etc), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (uint32_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%u", prefix, (unsigned)i);
		must_make(name, first + i, WRITTEN);
	}
	_exit(0);
}

/* Four processes at once, each with accounts of its own, every other one by ANOTHER directory. */
static void make_many_at_once(const char *another)
{
	static const char *const prefixes[] = {"a", "b", "c", "d"};
	enum { EACH = 40 };
	char *passwd;
	char *group;
	pid_t pids[COUNT(prefixes)];

	for (uint32_t i = 0; i < COUNT(prefixes); i++)
		pids[i] = make_many(i % 2 == 0 ? directory : another, prefixes[i], 1000 * (i + 1),
		                    EACH);
	for (size_t i = 0; i < COUNT(prefixes); i++)
		assert_int_equal(status_of(pids[i]), 0);
	passwd = strdup(contents_of("passwd"));
	group = strdup(contents_of("group"));
	for (uint32_t i = 0; i < COUNT(prefixes) * EACH; i++) {
		uint32_t uid = 1000 * (i / EACH + 1) + i % EACH;
		struct account account;
		struct account entry;

		assert_true(passwd_find_uid(slice_of(passwd), uid, &account));
		assert_true(group_find_gid(slice_of(group), uid, &entry));
		assert_true(slice_equal(account.name, entry.name));
	}
	assert_true(strncmp(passwd, ROOT, sizeof(ROOT) - 1) == 0);
	assert_no_temporary();
	free(passwd);
	free(group);
}

TEST(S29_two_at_once_lose_no_line)
{
	make_etc("at-once", ROOT, ROOT_GROUP);
	make_many_at_once("at-once");
}

TEST(S29_two_at_once_lose_no_line_of_a_bind_mounted_file)
{
	/* Two directories, so two locks, but the same files: as in two containers. */
	make_etc("at-once-a", ROOT, ROOT_GROUP);
	bind_file("passwd", 0);
	bind_file("group", 0);
	make_etc("at-once-b", "", "");
	mount_bind(at("at-once-a/passwd"), path_in("passwd"), 0);
	mount_bind(at("at-once-a/group"), path_in("group"), 0);
	make_many_at_once("at-once-a");
}

int main(void)
{
	return cmocka_run_group_tests_name("etcfile_races", tests, scratch_set_up,
	                                   scratch_tear_down);
}
