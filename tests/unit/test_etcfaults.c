/* Every call that account editing makes, the first, the second and so on of each, fails with each of many errors. */
#include "scratch.h"

#include <dirent.h>
#include <stdalign.h>
#include <sys/xattr.h>

#include "accounts/passwd_files.h"
#include "accounts/passwd_write.h"
#include "fail_calls.h"
#include "linux/pages.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define PASSWD "root:x:0:0:root:/root:/bin/sh\napp:x:50:50::/:/bin/sh\n"
#define GROUP "root:x:0:\napp:x:50:\n"

static const int errors[] = {
	EACCES, EAGAIN,  EBUSY, EIO,   ELOOP,     ENODATA, ENOENT,
	ENOSPC, ENOTSUP, EPERM, EROFS, ETIMEDOUT, 0,
};

/* What is wished for, and what then stands in the files. */
static const struct scenario {
	const char *name;
	const char *user;
	uint32_t uid;
	bool has_files;
	bool is_bound; /* the files are mounts: they are appended to */
	const char *passwd, *group;
} scenarios[] = {
	{"added", "new", 60, true, false, PASSWD "new:*:60:60::/:/sbin/nologin\n",
         GROUP "new:*:60:\n"},
	{"renumbered", "app", 70, true, false,
         "root:x:0:0:root:/root:/bin/sh\napp:x:70:70::/:/bin/sh\n", "root:x:0:\napp:x:70:\n"},
	{"made", "new", 60, false, false, "new:*:60:60::/:/sbin/nologin\n", "new:*:60:\n"},
	{"appended", "new", 60, true, true, PASSWD "new:*:60:60::/:/sbin/nologin\n",
         GROUP "new:*:60:\n"},
};

static alignas(max_align_t) char memory[1 << 18];
static struct error error;
static int etc_fd = -1;
static unsigned tried, succeeded;

static void write_file(const char *name, const char *contents)
{
	int fd = open(at("etc/%s", name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, contents, strlen(contents)), strlen(contents));
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(fsetxattr(fd, "trusted.kept", "1", 1, 0), 0);
	assert_int_equal(fsetxattr(fd, "security.kept", "1", 1, 0), 0);
	close(fd);
}

static const char *contents_of(const char *name)
{
	static char contents[4096];
	int fd = open(at("etc/%s", name), O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, contents, sizeof(contents) - 1);

	assert_true(length >= 0);
	if (fd >= 0)
		close(fd);
	contents[length] = '\0';
	return contents;
}

static void make_files(const struct scenario *scenario)
{
	(void)unlink(at("etc/.passwd.stepdown"));
	(void)unlink(at("etc/.group.stepdown"));
	if (!scenario->has_files) {
		(void)unlink(at("etc/passwd"));
		(void)unlink(at("etc/group"));
		return;
	}
	write_file("passwd", PASSWD);
	write_file("group", GROUP);
}

static bool make_account(const struct scenario *scenario, struct passwd_files_outcome *outcome)
{
	struct account_request request = {.name = slice_of(scenario->user),
	                                  .uid = scenario->uid,
	                                  .gid_given = true,
	                                  .gid = scenario->uid};
	struct arena arena = arena_in(memory, sizeof(memory));

	memset(&error, 0, sizeof(error));
	memset(outcome, 0, sizeof(*outcome));
	return passwd_files_make_account(etc_fd, &request, &arena, outcome, &error);
}

static bool is_there(const char *name)
{
	return access(at("etc/%s", name), F_OK) == 0;
}

/* One file, whole: as it was or as it was to become; and whoever could read it can read it. */
static void assert_old_or_new(const char *name, const char *old, const char *new, bool must_be_new,
                              const char *what)
{
	const char *contents = contents_of(name);
	struct stat status;

	if (strcmp(contents, new) != 0 && (must_be_new || strcmp(contents, old) != 0))
		fail_msg("%s: %s is '%s'", what, name, contents);
	if (*old != '\0' &&
	    (stat(at("etc/%s", name), &status) != 0 || status.st_mode != (S_IFREG | 0640)))
		fail_msg("%s: the mode of %s is %o", what, name, status.st_mode);
}

/* Returns whether there was such a call at all. */
static bool try_fault(const struct scenario *scenario, enum call call, unsigned nth, unsigned again,
                      int errnum)
{
	struct passwd_files_outcome outcome;
	bool made, met, whole;
	char what[128];

	make_files(scenario);
	fail_call(call, nth, again, errnum);
	made = make_account(scenario, &outcome);
	met = fail_no_call();
	snprintf(what, sizeof(what), "%s: %s %u fails with %d", scenario->name, name_of_call(call),
	         nth, errnum);
	whole = made && outcome.refused == 0;
	/* Only where taking back half a line fails can half a line be left; that is an error. */
	if (call != CALL_FTRUNCATE || made) {
		assert_old_or_new("passwd", scenario->has_files ? PASSWD : "", scenario->passwd,
		                  whole, what);
		assert_old_or_new("group", scenario->has_files ? GROUP : "", scenario->group, whole,
		                  what);
	}
	if (call == CALL_PREAD && errnum == 0 && !whole)
		fail_msg("%s: a file that is read in parts is not whole", what);
	if (!made && (error.status != 125 || error.message[0] == '\0'))
		fail_msg("%s: no error", what);
	if (call != CALL_UNLINKAT && (is_there(".passwd.stepdown") || is_there(".group.stepdown")))
		fail_msg("%s: a temporary file is left", what);
	tried += met;
	succeeded += met && whole;
	return met;
}

static void try_all(const struct scenario *scenario)
{
	for (enum call call = 0; call < CALLS; call++) {
		for (size_t i = 0; i < COUNT(errors); i++) {
			/* Half done, and said so, is a thing of reading and writing alone. */
			if (errors[i] == 0 && call != CALL_WRITEV && call != CALL_PREAD)
				continue;
			/* No fault: there is no such file yet. */
			if (errors[i] == ENOENT && call == CALL_OPENAT)
				continue;
			for (unsigned nth = 1; try_fault(scenario, call, nth, 0, errors[i]); nth++)
				;
			/* From there on always: as a right that is missing or a disk that is full. */
			for (unsigned nth = 1; try_fault(scenario, call, nth, 100000, errors[i]);
			     nth++)
				;
		}
	}
}

static void S29_whatever_call_fails_files_are_old_or_new(void **state)
{
	make_dir(at("etc"), 0, 0755);
	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(etc_fd >= 0);
	for (size_t i = 0; i < COUNT(scenarios); i++) {
		struct passwd_files_outcome outcome;

		make_files(&scenarios[i]);
		if (scenarios[i].is_bound) {
			assert_int_equal(
				mount(at("etc/passwd"), at("etc/passwd"), NULL, MS_BIND, NULL), 0);
			assert_int_equal(
				mount(at("etc/group"), at("etc/group"), NULL, MS_BIND, NULL), 0);
		}
		assert_true(make_account(&scenarios[i], &outcome));
		assert_int_equal(outcome.refused, 0);
		assert_string_equal(contents_of("passwd"), scenarios[i].passwd);
		assert_string_equal(contents_of("group"), scenarios[i].group);
		try_all(&scenarios[i]);
		if (scenarios[i].is_bound) {
			assert_int_equal(umount(at("etc/passwd")), 0);
			assert_int_equal(umount(at("etc/group")), 0);
		}
	}
	close(etc_fd);
	print_message("# %u calls failed; the account was made all the same %u times\n", tried,
	              succeeded);
	assert_true(tried > 1000);
}

static ino_t inode_of(const char *name)
{
	struct stat status;

	assert_int_equal(stat(at("etc/%s", name), &status), 0);
	return status.st_ino;
}

/* Labels are the host's to give. Without any other attribute the new file does not take the old one's place. */
static void S29_attributes_that_cannot_be_copied(void **state)
{
	static const struct {
		const char *also; /* beside security.kept */
		int errnum;
		bool is_replaced;
	} rows[] = {
		{"trusted.kept", ENOTSUP, true},
		{"trusted.kept", ENODATA, true},
		{NULL, EPERM, true},
		{NULL, EACCES, true},
		{"trusted.kept", EPERM, false},
		{"trusted.kept", EACCES, false},
		{NULL, ENOSPC, false},
	};

	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct passwd_files_outcome outcome;
		ino_t before;

		make_files(&scenarios[0]);
		before = inode_of("passwd");
		if (rows[i].also == NULL) {
			assert_int_equal(removexattr(at("etc/passwd"), "trusted.kept"), 0);
			assert_int_equal(removexattr(at("etc/group"), "trusted.kept"), 0);
		}
		fail_always(CALL_FSETXATTR, rows[i].errnum);
		(void)make_account(&scenarios[0], &outcome);
		fail_no_call();
		if ((inode_of("passwd") != before) != rows[i].is_replaced)
			fail_msg("row %zu: %s", i, error.message);
		if (rows[i].is_replaced)
			assert_string_equal(contents_of("passwd"), scenarios[0].passwd);
	}
	close(etc_fd);
}

/* For each file that is put in place: 'f' its contents reach the disk, 'r' it gets its name, 'd' the directory
 * with the name reaches the disk. */
static char order[32];

static void note_order(enum call call, long fd, const char *name)
{
	size_t length = strlen(order);

	if (length + 1 < sizeof(order) && (call == CALL_FSYNC || call == CALL_RENAMEAT))
		order[length] = call == CALL_RENAMEAT ? 'r' : fd == etc_fd ? 'd' : 'f';
}

static void S29_files_are_synced_before_the_end(void **state)
{
	struct passwd_files_outcome outcome;

	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_files(&scenarios[0]);
	memset(order, 0, sizeof(order));
	watch_calls(note_order);
	assert_true(make_account(&scenarios[0], &outcome));
	watch_calls(NULL);
	assert_string_equal(order, "frdfrd");
	close(etc_fd);
}

/* Half a line, and no way to take it back: an error that says so, whatever is in the file then. */
static void S29_half_a_line_that_stays_is_an_error(void **state)
{
	struct passwd_files_outcome outcome;

	make_dir(at("half"), 0, 0755);
	assert_int_equal(rename(at("etc"), at("half/etc")), 0);
	make_dir(at("etc"), 0, 0755);
	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(etc_fd >= 0);
	make_files(&scenarios[0]);
	assert_int_equal(mount(at("etc/group"), at("etc/group"), NULL, MS_BIND, NULL), 0);
	/* The first write is to the new file that cannot take the old one's place. */
	fail_call(CALL_WRITEV, 2, 0, 0);
	fail_always(CALL_FTRUNCATE, EPERM);
	assert_false(make_account(&scenarios[0], &outcome));
	assert_true(fail_no_call());
	assert_int_equal(error.status, 125);
	assert_non_null(strstr(error.message, "'/etc/group': Input/output error"));
	assert_int_equal(umount(at("etc/group")), 0);
	close(etc_fd);
}

static void S28_a_large_file_for_which_there_is_no_memory(void **state)
{
	char large[10000];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct slice bytes;

	memset(large, '#', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	write_file("passwd", large);
	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(etc_fd >= 0);
	fail_call(CALL_MMAP, 1, 0, ENOMEM);
	assert_false(passwd_files_read(etc_fd, "/etc/passwd", &arena, &bytes, &error));
	assert_true(fail_no_call());
	assert_non_null(strstr(error.message, "Cannot allocate memory"));
	assert_true(passwd_files_read(etc_fd, "/etc/passwd", &arena, &bytes, &error));
	assert_int_equal(bytes.length, sizeof(large) - 1);
	close(etc_fd);
}

static void S29_invalid_account_name_is_refused_before_writing(void **state)
{
	const struct scenario bad = {.user = "x\nroot2", .uid = 60, .has_files = true};
	struct passwd_files_outcome outcome;

	make_files(&bad);
	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(etc_fd >= 0);
	assert_false(make_account(&bad, &outcome));
	assert_string_equal(contents_of("passwd"), PASSWD);
	assert_string_equal(contents_of("group"), GROUP);
	close(etc_fd);
}

static void allocation_with_overflow_returns_null(void **state)
{
	size_t capacity = 0;
	char *bytes;

	assert_null(pages_allocate(SIZE_MAX / 2, 3));
	fail_call(CALL_MMAP, 1, 0, ENOMEM);
	assert_null(pages_grow(NULL, &capacity, 10, 1));
	assert_true(fail_no_call());
	assert_int_equal(capacity, 0);
	bytes = pages_grow(NULL, &capacity, 10, 1);
	assert_non_null(bytes);
	fail_call(CALL_MMAP, 1, 0, ENOMEM);
	assert_null(pages_grow(bytes, &capacity, capacity + 1, 1));
	assert_true(fail_no_call());
	pages_free(bytes, capacity, 1);
	pages_free(NULL, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S29_whatever_call_fails_files_are_old_or_new),
		cmocka_unit_test(S29_attributes_that_cannot_be_copied),
		cmocka_unit_test(S29_files_are_synced_before_the_end),
		cmocka_unit_test(S29_half_a_line_that_stays_is_an_error),
		cmocka_unit_test(S28_a_large_file_for_which_there_is_no_memory),
		cmocka_unit_test(S29_invalid_account_name_is_refused_before_writing),
		cmocka_unit_test(allocation_with_overflow_returns_null),
	};

	pass_over_pauses();
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
