/* What is read from /etc and written there. The parts kills, rooms and together of tests/faults stop and crowd whole
 * starts. */
#include "scratch.h"

#include <stdalign.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <time.h>

#include "accounts/passwd_files.h"
#include "accounts/passwd_write.h"
#include "cases.h"

#define ROOT "root:x:0:0:root:/root:/bin/sh\n"
#define ROOT_GROUP "root:x:0:\n"
#define ADDED "app:*:1000:1000::/:/sbin/nologin\n"
#define ADDED_GROUP "app:*:1000:\n"
#define TAKEN "other:x:1000:50:::\n"

static alignas(max_align_t) char memory[1 << 18];
static struct error error;
static int etc_fd = -1;

/* --- in place of the C library's ----------------------------------------------------------------- */

static void (*meanwhile)(void);
static unsigned slept_ms;

/* A wait takes no time. */
int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	slept_ms += (unsigned)(duration->tv_nsec / 1000000);
	assert_true(slept_ms <= 15000);
	if (meanwhile != NULL)
		meanwhile();
	return 0;
}

/* For each file that is put in place: 'f' its contents reach the disk, 'r' it gets its name, 'd' the directory with the
 * name reaches the disk. */
static char order[32];

int fsync(int fd)
{
	strcat(order, fd == etc_fd ? "d" : "f");
	return 0;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	strcat(order, "r");
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

static bool second_read_fails;

/* A read may end early, as over a network. */
ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
	if (second_read_fails && offset > 0) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, fd, bytes, size < 4000 ? size : 4000, offset);
}

/* --- an /etc of the test's own ------------------------------------------------------------------- */

/* An empty file system, with these OPTIONS of its mount, the files of WORDS (see make()), and passwd and group where they
 * are not NULL. */
static void make_etc(const char *options, const char *words, const char *passwd, const char *group)
{
	if (etc_fd < 0) {
		make("etc/");
	} else {
		close(etc_fd);
		assert_int_equal(umount2(at("etc"), MNT_DETACH), 0);
	}
	mount_type("tmpfs", at("etc"), options == NULL ? "mode=755" : options);
	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(etc_fd >= 0);
	if (words != NULL)
		make("%s", words);
	if (passwd != NULL)
		write_text(at("etc/passwd"), passwd);
	if (group != NULL)
		write_text(at("etc/group"), group);
	order[0] = '\0';
}

/* WANTED is NULL if there is no such file. */
static void assert_contents(const char *name, const char *wanted)
{
	static char contents[4 << 20];
	int fd = open(at("etc/%s", name), O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (wanted == NULL) {
		assert_true(fd < 0 && errno == ENOENT);
		return;
	}
	length = read(fd, contents, sizeof(contents) - 1);
	assert_true(length >= 0);
	contents[length] = '\0';
	close(fd);
	if (strcmp(contents, wanted) != 0)
		fail_msg("%s: %.200s", name, contents);
}

/* A file that is not there is zero bytes. */
static struct stat look_at(const char *name)
{
	struct stat status;

	if (stat(at("etc/%s", name), &status) != 0)
		memset(&status, 0, sizeof(status));
	return status;
}

/* Appends what was done to the file NAME. A file that was there keeps its owner and mode. */
static void append_change(char *found, const char *name, enum account_action action,
                          const struct stat *before)
{
	static const char *const actions[] = {"keep", "add", "renumber"};
	struct stat after = look_at(name);
	bool is_replaced = before->st_ino != after.st_ino;

	append(found, "%s", actions[action]);
	if (is_replaced != (action != ACCOUNT_KEEP))
		append(found, is_replaced ? " in another file" : " in place");
	if (before->st_ino == 0)
		return;
	assert_true(after.st_uid == before->st_uid && after.st_gid == before->st_gid);
	assert_int_equal(after.st_mode, before->st_mode);
}

/* Asks for the account "app" with the uid and gid ID. WANTED is what is done to passwd and to group, and why something
 * is refused, or as for assert_refused(). */
static void comes_to(uint32_t id, const char *wanted)
{
	struct account_request request = {
		.name = slice_of("app"), .uid = id, .gid_given = true, .gid = id};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct passwd_files_outcome outcome;
	struct stat passwd = look_at("passwd");
	struct stat group = look_at("group");
	struct stat victim = look_at("victim");
	char found[FOUND_BYTES] = "";

	memset(&error, 0, sizeof(error));
	slept_ms = 0;
	if (passwd_files_make_account(etc_fd, &request, &arena, &outcome, &error)) {
		append_change(found, "passwd", outcome.change.passwd.action, &passwd);
		append(found, " ");
		append_change(found, "group", outcome.change.group.action, &group);
		append(found, "%s", outcome.change.by_number ? " by number" : "");
		if (outcome.refused != 0)
			append(found, ", %s", strerror(outcome.refused));
		assert_found("the account", found, wanted);
	} else {
		assert_refused("the account", &error, wanted);
	}
	assert_false(is_there(at("etc/.passwd.stepdown")));
	assert_false(is_there(at("etc/.group.stepdown")));
	/* The target of a link that somebody has put there. */
	assert_int_equal(look_at("victim").st_ino, victim.st_ino);
	assert_int_equal(look_at("victim").st_size, victim.st_size);
}

static void make_read_only(void)
{
	unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY;

	assert_int_equal(mount(NULL, at("etc"), NULL, flags, NULL), 0);
}

static int locked_fd;

/* This lock conflicts with those of src in the same process, too. */
static void hold_lock(const char *name, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	locked_fd = openat(etc_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(fcntl(locked_fd, F_OFD_SETLK, &lock), 0);
}

static void release(void)
{
	close(locked_fd);
}

static void add_line_and_release(void)
{
	write_text(at("etc/passwd"), ROOT TAKEN);
	release();
}

struct etc_row {
	const char *passwd, *group;
	uint32_t id;
	const char *wanted; /* see comes_to() */
	const char *passwd_after, *group_after;
	const char *options, *words; /* see make_etc() */
	bool read_only;              /* the directory */
	const char *attribute;       /* of passwd */
	const char *locked;          /* a file that another process has a lock on */
	short lock;                  /* its type */
	void (*meanwhile)(void);     /* is called during the wait for it */
	unsigned slept_ms;           /* by waiting for a lock */
	uint32_t kept;               /* capabilities; 0: all */
	rlim_t size_limit;           /* of a file, in bytes; 0: none */
	unsigned forbidden;          /* a system call that fails with ERRNUM */
	unsigned errnum;
};

static const struct etc_row *row;

static void run_row(void)
{
	if (row->attribute != NULL)
		assert_int_equal(setxattr(at("etc/passwd"), row->attribute, "1", 1, 0), 0);
	if (row->read_only)
		make_read_only();
	if (row->locked != NULL)
		hold_lock(row->locked, row->lock);
	meanwhile = row->meanwhile;
	if (row->size_limit != 0)
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){row->size_limit, row->size_limit});
	if (row->kept != 0)
		keep_capabilities(row->kept);
	if (row->forbidden != 0)
		forbid(row->forbidden, row->errnum);
#ifdef SYS_fstat
	/* fstat(3) is either of these calls. */
	if (row->forbidden == SYS_newfstatat)
		forbid(SYS_fstat, row->errnum);
#endif
	comes_to(row->id, row->wanted);
	assert_int_equal(slept_ms, row->slept_ms);
}

static void are_written(void **state)
{
	for (row = *state; row->wanted != NULL; row++) {
		make_etc(row->options, row->words, row->passwd, row->group);
		in_child(run_row);
		assert_contents("passwd", row->passwd_after);
		assert_contents("group", row->group_after);
	}
}

/* The two files, without the account and with it. */
#define NEITHER ROOT, ROOT_GROUP
#define BOTH ROOT ADDED, ROOT_GROUP ADDED_GROUP
#define MOUNTED(name) "etc/" name " etc/" name "@etc/" name
#define BOTH_MOUNTED .words = MOUNTED("passwd") " " MOUNTED("group")
#define ONLY(capability) .kept = UINT32_C(1) << (capability)

static struct etc_row S29_nothing_but_the_account_is_written[] = {
	{BOTH, 1000, "keep keep", BOTH},
	{ROOT TAKEN, ROOT_GROUP, 1000, "keep keep by number", ROOT TAKEN, ROOT_GROUP},
	/* What a killed run has left goes, also if there is nothing to write. A link is not followed. */
	{NEITHER, 1000, "add add", BOTH,
         .words = "etc/victim etc/.passwd.stepdown>victim etc/.group.stepdown etc/passwd:41:645"},
	{BOTH, 1000, "keep keep", BOTH, .words = "etc/.passwd.stepdown etc/.group.stepdown"},
	/* A mount cannot be replaced. A line is appended, but none is changed in place, which could tear it. */
	{ROOT "half:x:5", ROOT_GROUP, 1000, "add in place add in place", ROOT "half:x:5\n" ADDED,
         ROOT_GROUP ADDED_GROUP, BOTH_MOUNTED},
	{BOTH, 7, "keep keep, Device or resource busy", BOTH, BOTH_MOUNTED},
	{NEITHER, 1000, "add in place keep, Read-only file system", ROOT ADDED, ROOT_GROUP,
         .words = MOUNTED("passwd"), .read_only = true},
	{ROOT ADDED, ROOT_GROUP, 7, "keep keep, Read-only file system", ROOT ADDED, ROOT_GROUP,
         .words = MOUNTED("passwd"), .read_only = true},
	/* Root may not write to the directory, or not give a file to its owner. */
	{NEITHER, 1000, "add in place add in place", BOTH, .options = "mode=755,uid=1000",
         ONLY(CAP_CHOWN)},
	{BOTH, 7, "keep keep, Permission denied", BOTH, .options = "mode=755,uid=1000",
         ONLY(CAP_CHOWN)},
	{NEITHER, 1000, "add in place add", BOTH, .words = "etc/passwd:41:666", ONLY(CAP_KILL)},
	/* Links and devices are not replaced. */
	{ROOT, NULL, 1000, "keep add, Too many levels of symbolic links", ROOT, ADDED_GROUP,
         .words = "etc/real etc/passwd>real"},
	{ROOT, NULL, 1000, "add keep, Too many levels of symbolic links", ROOT ADDED, NULL,
         .words = "etc/group>victim"},
	{NEITHER, 1000, "!'/etc/.pwd.lock'", NEITHER, .words = "etc/.pwd.lock>victim"},
	{ROOT, NULL, 1000, "!Invalid argument (only regular files", ROOT, "",
         .words = "etc/group>/dev/zero"},
	{NEITHER, 1000, "!'/etc/group': No space left on device", NEITHER,
         .options = "mode=755,nr_inodes=4"},
	{NEITHER, 1000, "!'/etc/passwd': File too large", ROOT, ROOT_GROUP ADDED_GROUP,
         .size_limit = 62},
	{NEITHER, 1000, "add add", BOTH, .size_limit = 63},
	{NEITHER, 1000, "!'/etc/.pwd.lock': Stale file handle", NEITHER,
         .forbidden = SYS_newfstatat, .errnum = ENOENT},
	{NEITHER, 7, "keep keep, Read-only file system", NEITHER, .read_only = true},
	{BOTH, 7, "keep keep, Read-only file system", BOTH, .read_only = true},
	{NULL, NULL, 7, "keep keep, Read-only file system", NULL, NULL, .read_only = true},
	{0},
};
TABLE(S29_nothing_but_the_account_is_written, are_written);

/* Labels are the host's to give. Without any other attribute the new file does not take the old one's place. */
#define FAILS(name, error) .attribute = name, .forbidden = SYS_fsetxattr, .errnum = error
static struct etc_row S29_attributes_that_cannot_be_copied[] = {
	{NEITHER, 1000, "add add", BOTH, FAILS("trusted.kept", ENOTSUP)},
	{NEITHER, 1000, "add add", BOTH, FAILS("trusted.kept", ENODATA)},
	{NEITHER, 1000, "add in place add", BOTH, FAILS("trusted.kept", EPERM)},
	{NEITHER, 1000, "add in place add", BOTH, FAILS("trusted.kept", EACCES)},
	{NEITHER, 1000, "add add", BOTH, FAILS("security.kept", EPERM)},
	{NEITHER, 1000, "add add", BOTH, FAILS("security.kept", EACCES)},
	{NEITHER, 1000, "!'/etc/passwd': No space left on device", ROOT, ROOT_GROUP ADDED_GROUP,
         FAILS("security.kept", ENOSPC)},
	{0},
};
TABLE(S29_attributes_that_cannot_be_copied, are_written);

#define TIMED_OUT                                                                                  \
	ROOT, ROOT_GROUP ADDED_GROUP, 1000, "keep keep, Connection timed out", ROOT,               \
		ROOT_GROUP ADDED_GROUP

static struct etc_row S29_S48_a_lock_is_waited_for_and_held_too_long_a_refusal[] = {
	{TIMED_OUT, .locked = ".pwd.lock", .lock = F_WRLCK, .slept_ms = 15000},
	{TIMED_OUT, .locked = "passwd", .lock = F_WRLCK, .words = MOUNTED("passwd"),
         .slept_ms = 5000},
	/* For this one it is enough to be able to read the file. */
	{TIMED_OUT, .locked = "passwd", .lock = F_RDLCK, .words = MOUNTED("passwd"),
         .slept_ms = 5000},
	/* The wait, short as it may be, is where another writer gets in. */
	{NEITHER, 1000, "add add", BOTH, .locked = ".pwd.lock", .lock = F_WRLCK,
         .meanwhile = release, .slept_ms = 10},
	{ROOT, ROOT_GROUP, 1000, "keep add by number", ROOT TAKEN, ROOT_GROUP ADDED_GROUP,
         .locked = "passwd", .lock = F_WRLCK, .words = MOUNTED("passwd"),
         .meanwhile = add_line_and_release, .slept_ms = 10},
	/* fcntl(2) may say EACCES instead of EAGAIN. */
	{TIMED_OUT, .forbidden = SYS_fcntl, .errnum = EACCES, .slept_ms = 15000},
	{0},
};
TABLE(S29_S48_a_lock_is_waited_for_and_held_too_long_a_refusal, are_written);

TEST(S29_a_file_that_has_changed_is_not_written)
{
	struct line_change change = {.action = ACCOUNT_ADD, .new_line = "app:*:1:1::/:/"};
	struct slice read = slice_of(ROOT);
	int fd;

	make_etc(NULL, NULL, ROOT ADDED, NULL);
	fd = passwd_write_open_locked(etc_fd, "passwd", O_WRONLY | O_APPEND, F_OFD_SETLK);
	assert_true(fd >= 0);
	assert_int_equal(passwd_write_append(fd, &read, &change), EAGAIN);
	close(fd);
	read = slice_of("");
	/* Descriptor 0 is one like the others. */
	close(0);
	errno = EPERM;
	assert_int_equal(passwd_write_replace(etc_fd, "passwd", ".new", &read, &change), EAGAIN);
	assert_contents("passwd", ROOT ADDED);
	assert_false(is_there(at("etc/.new")));
}

TEST(S29_missing_files_are_made_and_synced)
{
	make_etc(NULL, NULL, NULL, NULL);
	umask(0077);
	comes_to(1000, "add add");
	umask(022);
	assert_string_equal(order, "frdfrd");
	assert_contents("passwd", ADDED);
	assert_contents("group", ADDED_GROUP);
	assert_owned(0, "etc/passwd");
	assert_int_equal(look_at("passwd").st_mode, S_IFREG | 0644);
	assert_int_equal(look_at(".pwd.lock").st_mode, S_IFREG | 0600);
}

TEST(S29_a_large_file_is_written_whole)
{
	enum { SIZE = 3 << 20 };
	static char contents[SIZE + 128];

	for (size_t i = 0; i < SIZE; i++)
		contents[i] = i % 64 == 63 ? '\n' : '.';
	make_etc(NULL, NULL, contents, ROOT_GROUP);
	comes_to(1000, "add add");
	assert_contents("passwd", strcat(contents, ADDED));
	/* What would be too large to read is not written. */
	make_etc(NULL, NULL, ROOT, ROOT_GROUP ADDED_GROUP);
	assert_int_equal(truncate(at("etc/passwd"), ETC_FILE_MAX_BYTES - 3), 0);
	comes_to(1000, "!File too large");
}

/* As posix_acl_xattr.h has it; little-endian, as the machines are that test this. */
TEST(S29_the_access_list_is_the_old_files)
{
	static const unsigned char list[] = {
		2,  0, 0, 0,                         /* version */
		1,  0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* owner rw */
		2,  0, 7, 0, 0x39, 0x05, 0,    0,    /* user 1337 rwx */
		4,  0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* group r */
		16, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, /* mask rwx */
		32, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* others r */
	};
	const char *name = "system.posix_acl_access";
	char value[128];

	make_etc(NULL, NULL, ROOT, ROOT_GROUP);
	if (setxattr(at("etc"), "system.posix_acl_default", list, sizeof(list), 0) != 0) {
		assert_int_equal(errno, ENOTSUP);
		skip();
	}
	assert_int_equal(setxattr(at("etc/group"), name, list, sizeof(list), 0), 0);
	comes_to(1000, "add add");
	assert_int_equal(getxattr(at("etc/passwd"), name, value, sizeof(value)), -1);
	assert_int_equal(getxattr(at("etc/group"), name, value, sizeof(value)), sizeof(list));
}

static void append_without_ftruncate(void)
{
	forbid(SYS_ftruncate, EPERM);
	comes_to(1000, "!'/etc/passwd': Input/output error");
}

TEST(S29_an_append_that_does_not_fit_is_taken_back)
{
	char contents[4097];

	memset(contents, 'x', sizeof(contents));
	contents[4096] = '\0';
	make_etc("size=12k,mode=755", NULL, NULL, ROOT_GROUP ADDED_GROUP);
	write_text(at("etc/filler"), contents);
	/* Ten bytes are left in the page of passwd, so much will be written. The other two pages are full. */
	contents[4086] = '\0';
	write_text(at("etc/passwd"), contents);
	make("etc/passwd@etc/passwd");
	make_read_only();
	comes_to(1000, "!'/etc/passwd': No space left on device");
	assert_contents("passwd", contents);
	/* Half a line stays, and the error says so. */
	in_child(append_without_ftruncate);
}

/* --- reading ------------------------------------------------------------------------------------- */

#define TOO_LARGE                                                                                  \
	"!reading the accounts: '/etc/passwd': File too large (only regular files of at most "     \
	"16 MiB)"

/* LINE is the size of passwd, or the path of another file. WANTED is the size with the first bytes, or as for
 * assert_refused(). */
static void is_read(const char *line, const char *wanted)
{
	static const struct slice untouched = {NULL, 77};
	const char *path = line[0] == '/' ? line : "/etc/passwd";
	struct arena arena = arena_in(memory, sizeof(memory));
	struct slice bytes = untouched;
	char found[FOUND_BYTES] = "";

	if (line[0] != '/')
		assert_int_equal(truncate(at("etc/passwd"), strtoll(line, NULL, 10)), 0);
	memset(&error, 0, sizeof(error));
	if (passwd_files_read(etc_fd, path, &arena, &bytes, &error)) {
		append(found, "%zu %.*s", bytes.length, bytes.length < 4 ? (int)bytes.length : 4,
		       bytes.bytes);
		assert_non_null(bytes.bytes);
		assert_found(line, found, wanted);
	} else {
		assert_memory_equal(&bytes, &untouched, sizeof(bytes));
		assert_refused(line, &error, wanted);
	}
}

static const struct pattern files_to_read[] = {
	{"/etc/group", "0 "},
	{"/etc/%", "!Invalid argument (only regular files", "zero fifo"},
	{"/etc/loop", "!Too many levels of symbolic links"},
	/* Says that it is empty. */
	{"/etc/proc", "6 Linu"},
	{"%", TOO_LARGE, "21474836480 16777217"},
	{"%", "% root", "16777216 100000 8193 8192 8191 30"},
	{"/etc/link", "30 root"},
	{"1", "1 r"},
	{"0", "0 "},
	{0},
};

static void read_without_memory(void)
{
	forbid(SYS_mmap, ENOMEM);
	is_read("8192", "!Cannot allocate memory");
	is_read("8191", "8191 root");
}

TEST(S28_only_regular_files_of_up_to_16_MiB_are_read)
{
	make_etc(NULL,
	         "etc/zero>/dev/zero etc/loop>loop etc/link>passwd "
	         "etc/proc>/proc/sys/kernel/ostype",
	         ROOT, NULL);
	assert_int_equal(mkfifo(at("etc/fifo"), 0644), 0);
	/* Only a large file needs more memory. */
	in_child(read_without_memory);
	run_patterns(files_to_read, is_read);
	second_read_fails = true;
	is_read("8000", "!Input/output error");
	second_read_fails = false;
}
