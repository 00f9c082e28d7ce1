/* Every call that account editing makes, the first, the second and so on of each, fails with each of many errors. */
#include "scratch.h"

#include <sys/xattr.h>

#include "etc_directory.h"
#include "fail_calls.h"
#include "linux/pages.h"

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

static unsigned tried, succeeded;

static void make_file_of(const char *name, const char *contents)
{
	write_file(name, contents);
	assert_int_equal(chmod(path_in(name), 0640), 0);
	assert_int_equal(setxattr(path_in(name), "trusted.kept", "1", 1, 0), 0);
	assert_int_equal(setxattr(path_in(name), "security.kept", "1", 1, 0), 0);
}

static void make_files(const struct scenario *scenario)
{
	static const char *const names[] = {".passwd.stepdown", ".group.stepdown", "passwd",
	                                    "group"};

	for (unsigned i = 0; i < (scenario->has_files ? 2 : 4); i++)
		(void)unlink(path_in(names[i]));
	if (!scenario->has_files)
		return;
	make_file_of("passwd", PASSWD);
	make_file_of("group", GROUP);
}

static bool make_scenario(const struct scenario *scenario)
{
	return make_account(scenario->user, scenario->uid);
}

/* One file, whole: as it was or as it was to become; and whoever could read it can read it. */
static void assert_old_or_new(const char *name, const char *old, const char *new, bool must_be_new,
                              const char *what)
{
	const char *contents = is_there(path_in(name)) ? contents_of(name) : "";

	if (strcmp(contents, new) != 0 && (must_be_new || strcmp(contents, old) != 0))
		fail_msg("%s: %s is '%s'", what, name, contents);
	if (*old != '\0' && status_at(path_in(name)).st_mode != (S_IFREG | 0640))
		fail_msg("%s: the mode of %s", what, name);
}

/* Returns whether there was such a call at all. */
static bool try_fault(const struct scenario *scenario, enum call call, unsigned nth, unsigned again,
                      int errnum)
{
	bool made, met, whole;
	char what[128];

	make_files(scenario);
	fail_call(call, nth, again, errnum);
	made = make_scenario(scenario);
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
	if (call != CALL_UNLINKAT &&
	    (is_there(path_in(".passwd.stepdown")) || is_there(path_in(".group.stepdown"))))
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

TEST(S29_whatever_call_fails_files_are_old_or_new)
{
	make_etc("etc", NULL, NULL);
	for (size_t i = 0; i < COUNT(scenarios); i++) {
		make_files(&scenarios[i]);
		if (scenarios[i].is_bound) {
			bind_file("passwd", 0);
			bind_file("group", 0);
		}
		must_make(scenarios[i].user, scenarios[i].uid, WRITTEN);
		assert_files(scenarios[i].passwd, scenarios[i].group);
		try_all(&scenarios[i]);
		if (scenarios[i].is_bound) {
			assert_int_equal(umount(path_in("passwd")), 0);
			assert_int_equal(umount(path_in("group")), 0);
		}
	}
	print_message("# %u calls failed; the account was made all the same %u times\n", tried,
	              succeeded);
	assert_true(tried > 1000);
}

/* Labels are the host's to give. Without any other attribute the new file does not take the old one's place. */
TEST(S29_attributes_that_cannot_be_copied)
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

	for (size_t i = 0; i < COUNT(rows); i++) {
		ino_t before;

		make_files(&scenarios[0]);
		before = status_at(path_in("passwd")).st_ino;
		if (rows[i].also == NULL) {
			assert_int_equal(removexattr(path_in("passwd"), "trusted.kept"), 0);
			assert_int_equal(removexattr(path_in("group"), "trusted.kept"), 0);
		}
		fail_always(CALL_FSETXATTR, rows[i].errnum);
		(void)make_scenario(&scenarios[0]);
		fail_no_call();
		if ((status_at(path_in("passwd")).st_ino != before) != rows[i].is_replaced)
			fail_msg("row %zu: %s", i, error.message);
		if (rows[i].is_replaced)
			assert_string_equal(contents_of("passwd"), scenarios[0].passwd);
	}
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

TEST(S29_files_are_synced_before_the_end)
{
	make_files(&scenarios[0]);
	memset(order, 0, sizeof(order));
	watch_calls(note_order);
	assert_true(make_scenario(&scenarios[0]));
	watch_calls(NULL);
	assert_string_equal(order, "frdfrd");
}

/* Half a line, and no way to take it back: an error that says so, whatever is in the file then. */
TEST(S29_half_a_line_that_stays_is_an_error)
{
	make_etc("half", PASSWD, GROUP);
	bind_file("group", 0);
	/* The first write is to the new file that cannot take the old one's place. */
	fail_call(CALL_WRITEV, 2, 0, 0);
	fail_always(CALL_FTRUNCATE, EPERM);
	must_fail("new", 60, "'/etc/group': Input/output error");
	assert_true(fail_no_call());
}

/* The lock of the directory, and that of a file that is a mount: somebody else has it at the first tries. */
TEST(S29_a_lock_is_waited_for)
{
	static const int errnums[] = {EAGAIN, EACCES};

	make_etc("locked", PASSWD, GROUP);
	bind_file("passwd", 0);
	for (unsigned i = 0; i < 4; i++) {
		char name[] = {(char)('a' + i), '\0'};

		fail_call(CALL_FCNTL, 1 + i / 2, 9, errnums[i % 2]);
		must_make(name, 1000 + i, WRITTEN);
		assert_true(fail_no_call());
	}
}

TEST(S28_a_large_file_for_which_there_is_no_memory)
{
	char large[10000];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct slice bytes;

	memset(large, '#', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	make_etc("large", large, NULL);
	fail_call(CALL_MMAP, 1, 0, ENOMEM);
	assert_false(passwd_files_read(etc_fd, "/etc/passwd", &arena, &bytes, &error));
	assert_true(fail_no_call());
	assert_non_null(strstr(error.message, "Cannot allocate memory"));
	assert_true(passwd_files_read(etc_fd, "/etc/passwd", &arena, &bytes, &error));
	assert_int_equal(bytes.length, sizeof(large) - 1);
}

TEST(S29_invalid_account_name_is_refused_before_writing)
{
	make_etc("bad", PASSWD, GROUP);
	must_fail("x\nroot2", 60, "");
	assert_files(PASSWD, GROUP);
}

TEST(allocation_with_overflow_returns_null)
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
	pass_over_pauses();
	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
