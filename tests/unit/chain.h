#ifndef STEPDOWN_TESTS_CHAIN_H
#define STEPDOWN_TESTS_CHAIN_H

/* Directories one below the other, too deep for a path. To be included behind "scratch.h". */

/* A chain of DEPTH directories that are named by turns, OWNER's, mode MODE; the last holds a
 * file of root's. */
__attribute__((unused)) static void make_chain(const char *path, unsigned depth, const char *name,
                                               uid_t owner, mode_t mode)
{
	int fd;

	make_dir(path, owner, mode);
	fd = open(path, O_PATH | O_CLOEXEC);
	for (unsigned i = 0; i < depth; i++) {
		int next;

		assert_int_equal(mkdirat(fd, name, mode), 0);
		next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		assert_true(next >= 0);
		assert_int_equal(fchownat(next, "", owner, group_of(owner), AT_EMPTY_PATH), 0);
		close(fd);
		fd = next;
	}
	assert_int_equal(mknodat(fd, "file", S_IFREG | 0600, 0), 0);
	close(fd);
}

/* How many levels of it, and the file at the end, are OWNER's; then it is gone. */
__attribute__((unused)) static unsigned count_and_remove_chain(const char *path, const char *name,
                                                               uid_t owner)
{
	unsigned count = 0;
	struct stat status;
	int fd = open(path, O_PATH | O_CLOEXEC);
	int next;

	while ((next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
		assert_int_equal(fstat(next, &status), 0);
		count += status.st_uid == owner && status.st_gid == group_of(owner);
		close(fd);
		fd = next;
	}
	assert_int_equal(fstatat(fd, "file", &status, 0), 0);
	count += status.st_uid == owner && status.st_gid == group_of(owner);
	assert_int_equal(unlinkat(fd, "file", 0), 0);
	for (;;) {
		next = openat(fd, "..", O_PATH | O_CLOEXEC);
		close(fd);
		fd = next;
		if (unlinkat(fd, name, AT_REMOVEDIR) != 0)
			break;
	}
	close(fd);
	assert_int_equal(rmdir(path), 0);
	return count;
}

#endif
