/* src/accounts reads from /etc, and writes to no file that has changed since. */
#include "scratch.h"

#include "accounts/passwd_files.h"
#include "accounts/passwd_write.h"
#include "cases.h"

static char memory[1 << 18];
static struct error error;
static int etc_fd;
static bool second_read_fails;
static off_t grows_to; /* the size of passwd from its first read on; 0: it stays */

/* A read may end early, as over a network. All reads of a file end where the buffer does. */
ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
	static const char *end;
	size_t most = offset == 0 ? 1 : 4000;

	if (second_read_fails && offset > 0) {
		errno = EIO;
		return -1;
	}
	if (offset > 0)
		assert_ptr_equal((char *)bytes + size, end);
	end = (char *)bytes + size;
	if (grows_to != 0)
		assert_int_equal(truncate(at("passwd"), grows_to), 0);
	return syscall(SYS_pread64, fd, bytes, size < most ? size : most, offset);
}

static void make_passwd(void)
{
	write_text(at("passwd"), "root:x:0:0:root:/root:/bin/sh\n");
	etc_fd = open(scratch_base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* LINE is the size of passwd, or the path of another file. WANTED is the size with the first bytes, or as for
 * assert_refused(). */
static void is_read(const char *line, const char *wanted)
{
	const char *path = line[0] == '/' ? line : "/etc/passwd";
	struct arena arena = arena_in(memory, sizeof(memory));
	struct slice bytes = {NULL, 77};
	char found[FOUND_BYTES] = "";
	int descriptors = count_descriptors();

	if (line[0] != '/')
		assert_int_equal(truncate(at("passwd"), strtoll(line, NULL, 10)), 0);
	if (passwd_files_read(etc_fd, path, &arena, &bytes, &error)) {
		append(found, "%zu %.*s", bytes.length, bytes.length < 4 ? (int)bytes.length : 4,
		       bytes.bytes);
		assert_non_null(bytes.bytes);
		assert_found(line, found, wanted);
	} else {
		assert_true(bytes.bytes == NULL && bytes.length == 77);
		assert_refused(line, &error, wanted);
	}
	assert_int_equal(count_descriptors(), descriptors);
}

static void read_without_memory(void)
{
	forbid(SYS_mmap, ENOMEM);
	is_read("8192", "!Cannot allocate memory");
	/* Only a large file needs more memory. */
	is_read("8191", "8191 root");
	second_read_fails = true;
	is_read("8191", "!Input/output error");
}

TEST(S28_only_regular_files_of_up_to_16_MiB_are_read)
{
	static const struct pattern files[] = {
		{"/etc/group", "0 "},
		{"/etc/%", "!Invalid argument (only regular files", "zero fifo"},
		{"/etc/loop", "!Too many levels of symbolic links"},
		/* Says that it is empty. */
		{"/etc/proc", "6 Linu"},
		{"%", "!File too large (only regular files of at most 16 MiB)",
	         "21474836480 16777217"},
		{"%", "% root", "16777216 100000 8193 8192 8191 30"},
		{"/etc/link", "30 root"},
		{"1", "1 r"},
		{"0", "0 "},
		{0},
	};

	make_passwd();
	make("zero>/dev/zero loop>loop link>passwd proc>/proc/sys/kernel/ostype");
	assert_int_equal(mkfifo(at("fifo"), 0644), 0);
	in_child(read_without_memory);
	run_patterns(files, is_read);
	grows_to = 100000;
	is_read("8", "100000 ");
}

TEST_IN_CHILD(S29_a_file_that_has_changed_is_not_written)
{
	const struct line_change change = {.action = ACCOUNT_ADD, .new_line = "app:*:1:1::/:/"};
	const struct slice read = slice_of("");
	int fd;

	make_passwd();
	fd = passwd_write_open_locked(etc_fd, "passwd", O_WRONLY | O_APPEND, F_OFD_SETLK);
	assert_int_equal(passwd_write_append(fd, &read, &change), EAGAIN);
	assert_int_equal(passwd_write_append(-1, &read, &change), EBADF);
	/* Descriptor 0 is one like the others. */
	close(0);
	errno = EPERM;
	assert_int_equal(passwd_write_replace(etc_fd, "passwd", ".new", &read, &change), EAGAIN);
	assert_int_equal(status_at(at("passwd")).st_size, 30);
}
