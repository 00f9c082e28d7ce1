/* How the mount of a descriptor is told where statx(2) tells none (S19, S40). */
#include "scratch.h"

#include "linux/mount_id.h"
#include "volume/program_inodes.h"

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHILD_ASSERT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* From here on this process and its children have a /proc that only these tests write to. */
static void replace_proc(void)
{
	CHILD_ASSERT(unshare(CLONE_NEWNS) == 0);
	CHILD_ASSERT(mount("none", "/proc", "tmpfs", 0, NULL) == 0);
	CHILD_ASSERT(mkdir("/proc/self", 0755) == 0 && mkdir("/proc/self/fdinfo", 0755) == 0);
}

static uint64_t id_of(enum mount_source source, const char *path)
{
	uint64_t id = UINT64_MAX;
	int fd = open(path, O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(mount_read_id(source, fd, &id), 0);
	close(fd);
	return id;
}

static void S40_handle_and_fdinfo_give_the_same_mount_id(void **state)
{
	make_dir(at("same"), 0, 0755);
	make_dir(at("same/bound"), 0, 0755);
	make_file(at("same/file"), 0, 0600);
	assert_int_equal(mount(at("same"), at("same/bound"), NULL, MS_BIND, NULL), 0);
	for (enum mount_source source = MOUNT_BY_HANDLE; source <= MOUNT_BY_FDINFO; source++) {
		assert_int_equal(id_of(source, at("same")), id_of(source, at("same/file")));
		assert_int_not_equal(id_of(source, at("same")), id_of(source, at("same/bound")));
	}
	assert_int_equal(id_of(MOUNT_BY_HANDLE, at("same/bound")),
	                 id_of(MOUNT_BY_FDINFO, at("same/bound")));
}

static const struct {
	const char *text;
	uint64_t id; /* 0: none */
} fdinfos[] = {
	{"pos:\t0\nflags:\t012200000\nmnt_id:\t31\nino:\t7\n", 31},
	{"mnt_id: \t18446744073709551614\n", UINT64_MAX - 1},
	{"mnt_id:\t5", 5},
	{"", 0},
	{"pos:\t0\nflags:\t0\n", 0}, /* gVisor, and Linux before 3.15 */
	{"mnt_id:\n", 0},
	{"mnt_id:\tx\n", 0},
	{"pos:\t0\nold_mnt_id:\t31\n", 0},
};

static void read_fdinfos(void)
{
	uint64_t id = 77;

	replace_proc();
	CHILD_ASSERT(mount_read_id(MOUNT_BY_FDINFO, 9, &id) == ENOENT && id == 77);
	for (size_t i = 0; i < sizeof(fdinfos) / sizeof(fdinfos[0]); i++) {
		id = 77;
		write_text("/proc/self/fdinfo/9", fdinfos[i].text);
		CHILD_ASSERT(mount_read_id(MOUNT_BY_FDINFO, 9, &id) ==
		             (fdinfos[i].id == 0 ? ENODATA : 0));
		CHILD_ASSERT(id == (fdinfos[i].id == 0 ? 77 : fdinfos[i].id));
	}
}

static void S40_fdinfo_without_an_id_gives_no_mount_id(void **state)
{
	in_child(read_fdinfos);
}

static void read_handles(void)
{
	uint64_t id = 77;

	CHILD_ASSERT(mount_read_id(MOUNT_BY_HANDLE, -1, &id) == EBADF && id == 77);
	forbid(SYS_name_to_handle_at, ENOSYS);
	CHILD_ASSERT(mount_read_id(MOUNT_BY_HANDLE, 0, &id) == ENOSYS && id == 77);
}

static void S40_an_error_of_name_to_handle_at_gives_no_mount_id(void **state)
{
	in_child(read_handles);
}

/* A line longer than the buffer of whoever reads it. */
static const char *long_line(void)
{
	static char line[4096];

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "22 1 0:5 / /", strlen("22 1 0:5 / /"));
	line[sizeof(line) - 2] = '\n';
	return line;
}

static void read_mountinfos(void)
{
	const struct {
		const char *text;
		bool is_alone;
	} table[] = {
		{"21 1 0:5 / / rw\n", true},
		{"21 1 0:4 / / rw\n22 21 0:5 / /v rw\n23 21 5:0 / /w rw\n", true},
		{"21 1 0:5 / / rw\n22 21 0:5 / /v rw\n", false}, /* two mounts */
		{"21 1 0:4 / / rw\n", false},
		{"", false},
		{"21 1 0:5", false}, /* cut off */
		{long_line(), true},
	};

	replace_proc();
	CHILD_ASSERT(!mount_has_own_device(5));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		write_text("/proc/self/mountinfo", table[i].text);
		CHILD_ASSERT(mount_has_own_device(5) == table[i].is_alone);
	}
}

static void S40_a_device_counts_if_one_mount_has_it(void **state)
{
	in_child(read_mountinfos);
}

/* --- which program this is, without /proc ---------------------------------------------------------------- */

static struct program_inodes with_proc;

static void assert_same_program(void)
{
	struct program_inodes found;
	struct error error;

	CHILD_ASSERT(program_inodes_find(&found, &error));
	CHILD_ASSERT(found.count == with_proc.count);
	for (size_t i = 0; i < found.count; i++) {
		CHILD_ASSERT(found.inodes[i].number == with_proc.inodes[i].number &&
		             found.inodes[i].device == with_proc.inodes[i].device);
	}
}

static void find_program_without_proc(void)
{
	CHILD_ASSERT(unshare(CLONE_NEWNS) == 0 && umount2("/proc", MNT_DETACH) == 0);
	assert_same_program();
}

static void find_program_nowhere(void)
{
	struct program_inodes found = {.count = 99};
	struct error error;

	CHILD_ASSERT(chroot(scratch_base) == 0 && chdir("/") == 0);
	CHILD_ASSERT(!program_inodes_find(&found, &error) && found.count == 99);
	CHILD_ASSERT(strstr(error.message, "mount /proc") != NULL);
}

static void S37_the_program_is_found_without_proc(void **state)
{
	struct error error;

	assert_true(program_inodes_find(&with_proc, &error));
	assert_true(with_proc.count >= 2);
	in_child(find_program_without_proc);
	in_child(find_program_nowhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S40_handle_and_fdinfo_give_the_same_mount_id),
		cmocka_unit_test(S40_fdinfo_without_an_id_gives_no_mount_id),
		cmocka_unit_test(S40_an_error_of_name_to_handle_at_gives_no_mount_id),
		cmocka_unit_test(S40_a_device_counts_if_one_mount_has_it),
		cmocka_unit_test(S37_the_program_is_found_without_proc),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
