#ifndef STEPDOWN_TEST_SCRATCH_H
#define STEPDOWN_TEST_SCRATCH_H

/* A tmpfs of the test's own, in a mount namespace of its own: what a test leaves there is gone
 * when its program ends. Includes what cmocka needs, so it comes first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "need_root.h"

static char scratch_base[4096];

/* BASE and the formatted rest; good for some twenty calls. */
__attribute__((format(printf, 1, 2), unused)) static const char *at(const char *format, ...)
{
	static char paths[24][8192];
	static unsigned next;
	char *path = paths[next++ % 24];
	size_t length = (size_t)snprintf(path, sizeof(paths[0]), "%s/", scratch_base);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path + length, sizeof(paths[0]) - length, format, arguments);
	va_end(arguments);
	return path;
}

/* The group of OWNER's files and of its requests: another number, so that no test passes if the two are
 * exchanged. */
__attribute__((unused)) static gid_t group_of(uid_t owner)
{
	return owner == 0 ? 0 : owner + 1;
}

/* The ids of a walk that gives to OWNER. */
#define ids_of(owner) ((const struct ids){(owner), group_of(owner), NULL, 0})

__attribute__((unused)) static void make_dir(const char *path, uid_t owner, mode_t mode)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(lchown(path, owner, group_of(owner)), 0);
	assert_int_equal(chmod(path, mode), 0);
}

__attribute__((unused)) static void make_file(const char *path, uid_t owner, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(lchown(path, owner, group_of(owner)), 0);
	assert_int_equal(chmod(path, mode), 0);
}

__attribute__((unused)) static void make_link(const char *target, const char *path, uid_t owner)
{
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(lchown(path, owner, group_of(owner)), 0);
}

__attribute__((unused)) static void assert_owner(const char *path, uid_t owner)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		fail_msg("%s: %s", path, strerror(errno));
	if (status.st_uid != owner || status.st_gid != group_of(owner))
		fail_msg("%s: %u:%u instead of %u:%u", path, (unsigned)status.st_uid,
		         (unsigned)status.st_gid, (unsigned)owner, (unsigned)group_of(owner));
}

/* This process keeps uid 0 and these capabilities (a bit each) and no others. */
__attribute__((unused)) static void keep_capabilities(uint32_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{.effective = kept, .permitted = kept}};

	if (syscall(SYS_capset, &header, data) != 0)
		_exit(90);
}

/* 0 in the child. What is still to be printed is printed once. */
__attribute__((unused)) static pid_t start_child(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	return pid;
}

/* Runs TEST in a child, where an assertion that fails is the child's end. */
__attribute__((unused)) static void in_child(void (*test)(void))
{
	int status;
	pid_t pid = start_child();

	if (pid == 0) {
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* For use in such a child: says what is wrong and ends it. */
#define CHILD_ASSERT(condition)                                                                    \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                    \
			_exit(91);                                                                 \
		}                                                                                  \
	} while (0)

/* From here on CALL fails with ERRNUM when its argument INDEX has VALUE. */
__attribute__((unused)) static void forbid_when(unsigned call, unsigned index, unsigned value,
                                                unsigned errnum)
{
	unsigned argument = (unsigned)(offsetof(struct seccomp_data, args) + index * 8);
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errnum),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	CHILD_ASSERT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHILD_ASSERT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* From here on CALL fails with ERRNUM. */
__attribute__((unused)) static void forbid(unsigned call, unsigned errnum)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errnum),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	CHILD_ASSERT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHILD_ASSERT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

__attribute__((unused)) static bool owned_by(const char *path, uid_t owner)
{
	struct stat status;

	return lstat(path, &status) == 0 && status.st_uid == owner &&
	       status.st_gid == group_of(owner);
}

__attribute__((unused)) static int scratch_set_up(void **state)
{
	const char *directory = getenv("TMPDIR");

	need_root(state);
	snprintf(scratch_base, sizeof(scratch_base), "%s/stepdown-XXXXXX",
	         directory == NULL ? "/tmp" : directory);
	umask(022);
	if (mkdtemp(scratch_base) == NULL || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", scratch_base, "tmpfs", 0, "mode=755,nr_inodes=0,size=2g") != 0) {
		perror("scratch");
		rmdir(scratch_base);
		if (may_skip())
			skip_program("needs a mount namespace");
		return -1;
	}
	return 0;
}

__attribute__((unused)) static int scratch_tear_down(void **state)
{
	if (umount2(scratch_base, MNT_DETACH) != 0)
		return -1;
	return rmdir(scratch_base);
}

#endif
