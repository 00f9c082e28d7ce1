/* How the mount of a descriptor is told where statx(2) tells none (S19, S40). */
#include "scratch.h"

#include <sys/sysmacros.h>

#include "hooked_calls.h"
#include "linux/dirfd.h"

/* ID is untouched on failure. */
static void assert_id(enum mount_source source, int fd, int errnum, uint64_t wanted)
{
	uint64_t id = 77;

	assert_int_equal(mount_read_id(source, fd, &id), errnum);
	assert_true(id == (errnum == 0 ? wanted : 77));
}

TEST_IN_CHILD(S40_fdinfo_or_a_handle_without_an_id_gives_no_mount_id)
{
	static const struct {
		const char *text;
		uint64_t id; /* 0: none */
	} rows[] = {
		{"pos:\t0\nflags:\t012200000\nmnt_id:\t31\nino:\t7\n", 31},
		{"mnt_id: \t18446744073709551614\n", UINT64_MAX - 1},
		{"mnt_id:\t5", 5},
		{""},
		{"pos:\t0\nflags:\t0\n"}, /* gVisor, and Linux before 3.15 */
		{"mnt_id:\n"},
		{"mnt_id:\tx\n"},
		{"pos:\t0\nold_mnt_id:\t31\n"},
	};

	replace_proc();
	assert_int_equal(mkdir("/proc/self/fdinfo", 0755), 0);
	assert_id(MOUNT_BY_FDINFO, 9, ENOENT, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_text("/proc/self/fdinfo/9", rows[i].text);
		assert_id(MOUNT_BY_FDINFO, 9, rows[i].id == 0 ? ENODATA : 0, rows[i].id);
	}
	assert_id(MOUNT_BY_HANDLE, -1, EBADF, 0);
	forbid(SYS_name_to_handle_at, ENOSYS);
	assert_id(MOUNT_BY_HANDLE, 0, ENOSYS, 0);
	forbid(SYS_name_to_handle_at, EOVERFLOW);
	assert_id(MOUNT_BY_HANDLE, 0, EOVERFLOW, 0);
}

#define DEVICE makedev(12, 345)

TEST_IN_CHILD(S40_a_device_counts_if_one_mount_has_it)
{
	static const struct {
		const char *text;
		bool is_alone;
	} table[] = {
		{"39 19 12:345 / / rw\n", true},
		{"21 1 0:4 / / rw\n22 21 12:345 / /v rw\n23 21 345:12 / /w rw\n", true},
		{"21 1 12:345 / / rw\n22 21 12:345 / /v rw\n", false}, /* two mounts */
		{"21 1 0:4 / / rw\n", false},
		{"", false},
		{"21 1 12:345", false}, /* cut off */
	};

	int lowest = count_descriptors();

	replace_proc();
	assert_false(mount_has_own_device(DEVICE));
	for (size_t i = 0; i < COUNT(table); i++) {
		char text[4096];

		/* Two buffers of the reader end in a number. */
		snprintf(text, sizeof(text), "20 1 0:4 / /%02005d rw\n%s", 0, table[i].text);
		write_text("/proc/self/mountinfo", text);
		if (mount_has_own_device(DEVICE) != table[i].is_alone)
			fail_msg("%s", table[i].text);
	}
	assert_int_equal(count_descriptors(), lowest);
}

/* Without an id of mounts, as in gVisor, a name on another device is on another mount. */
TEST_IN_CHILD(S40_a_device_of_its_own_is_the_boundary)
{
	struct mount_boundary boundary;
	struct inode inode;
	struct dir dir = {.fd = -1, .owner = APP}, found;
	dev_t device;
	char text[128];

	make("device/:0:700 device/file device/other/ device/other@tmpfs");
	dir.fd = open(at("device"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* APP may not search the directory. What root was told is not asked again as APP. */
	errno = EACCES;
	assert_int_equal(dir_mkdir(&dir, "in", 0755), 0);
	assert_int_equal(dir_wait_for_rename(&dir, "file"), 0);
	replace_proc();
	device = status_at(at("device")).st_dev;
	snprintf(text, sizeof(text), "20 1 0:%u / / rw\n", minor(device));
	write_text("/proc/self/mountinfo", text);
	forbid(SYS_OPENAT2, ENOSYS);
	forbid(SYS_statx, ENOSYS);
	forbid(SYS_name_to_handle_at, ENOSYS);
	dir_find_mount_boundary(dir.fd, device, &boundary);
	assert_int_equal(boundary.source, MOUNT_BY_DEVICE);
	assert_int_equal(dir_pin(&dir, &boundary, "in", &found, &inode), 0);
	assert_int_equal(dir_open(&dir, &boundary, "in", &found, &inode), 0);
	assert_int_equal(dir_pin(&dir, &boundary, "other", &found, &inode), EXDEV);
	assert_int_equal(dir_open(&dir, &boundary, "other", &found, &inode), EXDEV);
	/* A look-up that fails is no answer. */
	boundary = (struct mount_boundary){.source = MOUNT_BY_FDINFO, .mount = 1};
	assert_int_equal(dir_pin(&dir, &boundary, "in", &found, &inode), ESTALE);
	/* A second mount of the device. */
	snprintf(text, sizeof(text), "20 1 0:%u / / rw\n21 20 0:%u / /v rw\n", minor(device),
	         minor(device));
	write_text("/proc/self/mountinfo", text);
	dir_find_mount_boundary(dir.fd, device, &boundary);
	assert_int_equal(boundary.source, MOUNT_UNKNOWN);
	assert_int_equal(dir_pin(&dir, &boundary, "in", &found, &inode), EXDEV);
	found.fd = 77;
	assert_int_not_equal(dir_from_fd(-1, &found, &inode), 0);
	assert_int_equal(found.fd, 77);
	assert_false(fd_is_read_only(-1));
	assert_int_equal(fd_file_system(-1), 0);
	/* No thread can take this id. */
	dir.owner = (uid_t)-1;
	dir.as_owner = true;
	errno = 0;
	assert_int_equal(dir_mkdir(&dir, "never", 0755), EACCES);
	assert_int_equal(close(dir.fd), 0);
	errno = EXDEV;
	fd_close(dir.fd);
	assert_int_equal(errno, EXDEV);
}

/* It is 1970. */
static bool answer_clock(struct call *call)
{
	if (call->number != SYS_clock_gettime)
		return false;
	*(struct timespec *)call->words[1] = (struct timespec){100, 0};
	return true;
}

TEST(S43_a_time_of_whole_seconds_may_be_a_second_old)
{
	struct inode inode = {.changed = inode_time(100, 7)};

	hook = answer_clock;
	assert_int_equal(inode_ns_until_older(&inode, 5), 7 + 5);
	inode.changed = inode_time(98, 0);
	assert_int_equal(inode_ns_until_older(&inode, 5), -NS_PER_SECOND);
	hook = NULL;
}
