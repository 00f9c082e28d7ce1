/* Which files are read, however large they are and whatever they are. */
#include "scratch.h"

#include "etc_directory.h"

#define TOO_LARGE                                                                                  \
	"reading the accounts: '/etc/passwd': File too large (only regular files of at "           \
	"most 16 MiB)"

/* In place of the C library's: a read may end early, as over a network. */
ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
	return syscall(SYS_pread64, fd, bytes, size < 4000 ? size : 4000, offset);
}

static bool read_file(const char *name, struct slice *ret_bytes)
{
	struct arena arena = arena_in(memory, sizeof(memory));
	char path[64];

	snprintf(path, sizeof(path), "/etc/%s", name);
	memset(&error, 0, sizeof(error));
	return passwd_files_read(etc_fd, path, &arena, ret_bytes, &error);
}

static void assert_unreadable(const char *name, const char *why)
{
	struct slice bytes = {NULL, 77};

	if (read_file(name, &bytes))
		fail_msg("%s was read", name);
	assert_int_equal(error.status, 125);
	if (strstr(error.message, why) == NULL)
		fail_msg("%s: not \"%s\"", error.message, why);
	assert_int_equal(bytes.length, 77);
}

TEST(S28_files_up_to_16_MiB_are_read)
{
	static const off_t sizes[] = {0, 1, 30, 8191, 8192, 8193, 100000, ETC_FILE_MAX_BYTES};
	struct slice bytes = {NULL, 77};

	make_etc("read", NULL, NULL);
	assert_true(read_file("passwd", &bytes));
	assert_int_equal(bytes.length, 0);
	assert_non_null(bytes.bytes);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		write_text(path_in("passwd"), ROOT);
		assert_int_equal(truncate(path_in("passwd"), sizes[i]), 0);
		if (!read_file("passwd", &bytes))
			fail_msg("%s", error.message);
		assert_true((off_t)bytes.length == sizes[i]);
		assert_true(sizes[i] == 0 || bytes.bytes[0] == 'r');
	}
	assert_int_equal(truncate(path_in("passwd"), ETC_FILE_MAX_BYTES + 1), 0);
	assert_unreadable("passwd", TOO_LARGE);
	assert_int_equal(truncate(path_in("passwd"), (off_t)5 << 32), 0);
	assert_unreadable("passwd", TOO_LARGE);
}

static void read_without_memory(void)
{
	forbid(SYS_mmap, ENOMEM);
	assert_unreadable("passwd", "Cannot allocate memory");
}

TEST(S28_a_large_file_for_which_there_is_no_memory)
{
	make_etc("large-read", "", NULL);
	assert_int_equal(truncate(path_in("passwd"), 10000), 0);
	in_child(read_without_memory);
}

TEST(S28_only_regular_files_are_read)
{
	struct slice bytes;

	make_etc("irregular", ROOT, NULL);
	make("irregular/zero>/dev/zero irregular/loop>loop irregular/link>passwd "
	     "irregular/proc>/proc/self/status");
	assert_unreadable("zero", NOT_REGULAR);
	assert_unreadable("loop", strerror(ELOOP));
	assert_true(read_file("link", &bytes));
	assert_true(slice_is(bytes, ROOT));
	/* Says that it is empty. */
	assert_true(read_file("proc", &bytes));
	assert_true(bytes.length > 100);
}

int main(void)
{
	return cmocka_run_group_tests_name("etcfile", tests, scratch_set_up, scratch_tear_down);
}
