#ifndef STEPDOWN_TEST_SCRATCH_H
#define STEPDOWN_TEST_SCRATCH_H

/* A tmpfs of the test's own, in a mount namespace of its own: what a test leaves there is gone
 * when its program ends. It comes first, as "unit.h" does elsewhere. */

#include "unit.h"

#include <dlfcn.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define APP 1000
#define OTHER 1001 /* neither root nor APP */
#define SYS_OPENAT2 437

static char scratch_base[4096];

/* The function of the C library that a function of a test has the place of. dlsym(3) takes a lock, and the threads of
 * a walk would wait for it. */
#define NEXT(name)                                                                                 \
	__extension__({                                                                            \
		static __typeof__(name) *next;                                                     \
		if (next == NULL)                                                                  \
			next = (__typeof__(next))(uintptr_t)dlsym(RTLD_NEXT, #name);               \
		next;                                                                              \
	})

/* BASE and the formatted rest; good for some twenty calls. */
__attribute__((format(printf, 1, 2))) static inline const char *at(const char *format, ...)
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
static inline gid_t group_of(uid_t owner)
{
	return owner == 0 ? 0 : owner + 1;
}

/* The ids of a walk that gives to OWNER. */
#define ids_of(owner) ((const struct ids){(owner), group_of(owner), NULL, 0})

static inline void mount_type(const char *type, const char *path, const char *options)
{
	assert_int_equal(mount("none", path, type, 0, options), 0);
}

static inline void mount_bind(const char *source, const char *path, unsigned long flags)
{
	assert_int_equal(mount(source, path, NULL, MS_BIND, NULL), 0);
	if (flags != 0)
		assert_int_equal(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | flags, NULL), 0);
}

/* A file system of the type WHAT, or what is at the path WHAT, is mounted at PATH. */
static inline void mount_at(const char *what, const char *path)
{
	char options[3 * 8192];

	if (strcmp(what, "overlay") == 0) {
		snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
		         at("lower"), at("upper"), at("work"));
		mount_type(what, path, options);
	} else if (strcmp(what, "tmpfs") == 0 || strcmp(what, "ramfs") == 0) {
		mount_type(what, path, "mode=755");
	} else {
		mount_bind(at("%s", what), path, 0);
	}
}

static inline void make_word(char *word)
{
	char *numbers = strchr(word, ':');
	const char *target = strpbrk(word, ">=@");
	const char *path = at("%.*s", (int)strcspn(word, ">=:@"), word);
	char kind = target != NULL ? *target : path[strlen(path) - 1];
	unsigned owner = 0;
	unsigned mode = kind == '/' ? 0755 : 0600;
	gid_t group = 0;
	bool ok;

	if (numbers != NULL) {
		*numbers = '\0';
		if (sscanf(numbers + 1, "%u:%o:%u", &owner, &mode, &group) < 3)
			group = group_of(owner);
	}
	if (kind == '@') {
		mount_at(target + 1, path);
		return;
	}
	if (kind == '>')
		ok = symlink(target + 1, path) == 0;
	else if (kind == '=')
		ok = link(at("%s", target + 1), path) == 0;
	else
		ok = (kind == '/' ? mkdir(path, 0700) : mknod(path, S_IFREG | 0600, 0)) == 0;
	if (!ok || (kind != '=' && lchown(path, owner, group) != 0) ||
	    (target == NULL && chmod(path, mode) != 0))
		fail_msg("%s: %s", path, strerror(errno));
}

/* Makes what the words say, from left to right: "NAME/" a directory, "NAME" a file, "NAME>TARGET" a symbolic
 * link, "NAME=OTHER" another name of the file OTHER, "NAME@tmpfs" a mount of that type on NAME, "NAME@OTHER" one of
 * what is at OTHER. An overlay has its layers in lower, upper and work. ":OWNER:MODE:GROUP" follows, or a
 * part of it, where the three are not 0, 755 (600 for a file) and group_of(OWNER). */
__attribute__((format(printf, 1, 2))) static inline void make(const char *words, ...)
{
	char text[4096];
	char *rest = text;
	va_list arguments;

	va_start(arguments, words);
	vsnprintf(text, sizeof(text), words, arguments);
	va_end(arguments);
	while (rest != NULL)
		make_word(strsep(&rest, " "));
}

/* NAMES, with a blank between, are OWNER's. */
static inline void assert_owned(uid_t owner, const char *names)
{
	char text[4096];
	char *rest = text;
	struct stat status;

	snprintf(text, sizeof(text), "%s", names);
	while (rest != NULL) {
		const char *name = strsep(&rest, " ");

		if (lstat(at("%s", name), &status) != 0)
			fail_msg("%s: %s", name, strerror(errno));
		if (status.st_uid != owner || status.st_gid != group_of(owner))
			fail_msg("%s: %u:%u instead of %u:%u", name, status.st_uid, status.st_gid,
			         owner, group_of(owner));
	}
}

static inline void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline struct stat status_at(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		fail_msg("%s: %s", path, strerror(errno));
	return status;
}

static inline bool is_there(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- for a child alone --------------------------------------------------------------------------- */

/* This process keeps its uid and these capabilities (a bit each) and no others. */
static inline void keep_capabilities(uint32_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{.effective = kept, .permitted = kept}};

	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* From here on CALL fails with ERRNUM. */
static inline void forbid(unsigned call, unsigned errnum)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errnum),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {COUNT(filter), filter};

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static inline void lose_proc(void)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
}

/* The new /proc has what the test writes to it, and no more. */
static inline void replace_proc(void)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	mount_type("tmpfs", "/proc", NULL);
	assert_int_equal(mkdir("/proc/self", 0755), 0);
}

/* --- the program --------------------------------------------------------------------------------- */

static inline int mount_scratch(void)
{
	return mount("none", scratch_base, "tmpfs", 0, "mode=755,nr_inodes=0,size=2g");
}

/* Ends the program with the status that meson takes for a skipped test. */
__attribute__((noreturn)) static inline void skip_program(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(77);
}

/* Under CI=true root must be able to make every test. */
static inline int scratch_set_up(void **state)
{
	const char *directory = getenv("TMPDIR");
	const char *ci = getenv("CI");

	if (geteuid() != 0)
		skip_program("needs root");
	snprintf(scratch_base, sizeof(scratch_base), "%s/stepdown-XXXXXX",
	         directory == NULL ? "/tmp" : directory);
	umask(022);
	if (mkdtemp(scratch_base) == NULL || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount_scratch() != 0) {
		perror("scratch");
		rmdir(scratch_base);
		if (ci == NULL || strcmp(ci, "true") != 0)
			skip_program("needs a mount namespace");
		return -1;
	}
	return 0;
}

static inline int scratch_tear_down(void **state)
{
	return umount2(scratch_base, MNT_DETACH) != 0 ? -1 : rmdir(scratch_base);
}

__attribute__((constructor)) static void use_scratch(void)
{
	set_up_all = scratch_set_up;
	tear_down_all = scratch_tear_down;
}

/* Returns the number of open descriptors. A test compares it to find one that stays open. */
static inline int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

#endif
