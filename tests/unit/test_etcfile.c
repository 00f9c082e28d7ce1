/* src/accounts writes to /etc. The parts kills and together of tests/faults stop and crowd whole
 * starts. */
#include "scratch.h"

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
/* passwd and group: without the account, with its group, and with the account as uid 7. */
#define NEITHER ROOT, ROOT_GROUP
#define GROUP_ONLY ROOT, ROOT_GROUP ADDED_GROUP
#define AS_7 ROOT "app:*:7:7::/:/sbin/nologin\n", ROOT_GROUP "app:*:7:\n"

struct etc_row {
	const char *passwd, *group; /* NULL: it is not there */
	const char *wanted;    /* what is done to passwd and to group, or as for assert_refused() */
	int refused;           /* why a file cannot be changed; 0: all are right */
	const char *options;   /* of the mount of /etc */
	const char *words;     /* the files there, see make() */
	off_t passwd_size;     /* with zeros at the end; 0: it has none */
	const char *torn;      /* the part of a line that stays; NULL: all or nothing is written */
	bool read_only;        /* the directory */
	bool leftover_stays;   /* the new file of a killed run */
	const char *attribute; /* of passwd */
	const char *locked;    /* a file that another process has a lock on */
	/* The other process makes this of passwd when src waits for the lock, which it releases then, or without a
	 * lock when src writes the new group; NULL: nothing. */
	const char *changed_with;
	unsigned slept_ms;  /* by waiting for a lock */
	uint32_t kept;      /* capabilities; 0: all */
	rlim_t size_limit;  /* of a file, in bytes; 0: none */
	unsigned forbidden; /* a system call that fails with ERRNUM */
	unsigned errnum;
};

/* A file at one moment. One that is not there is zero bytes. */
struct snapshot {
	struct stat status;
	size_t length;
	char bytes[17 << 20];
};

static const struct etc_row *row;
static _Alignas(16) char memory[1 << 18];
static struct error error;
static int etc_fd = -1;
static int locked_fd = -1;
static struct snapshot passwd, group, after;

static void look_at(const char *name, struct snapshot *ret_snapshot)
{
	const char *path = at("etc/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, ret_snapshot->bytes, sizeof(ret_snapshot->bytes) - 1);

	close(fd);
	ret_snapshot->length = length < 0 ? 0 : (size_t)length;
	ret_snapshot->bytes[ret_snapshot->length] = '\0';
	if (stat(path, &ret_snapshot->status) != 0)
		memset(&ret_snapshot->status, 0, sizeof(ret_snapshot->status));
}

static void let_another_write(void)
{
	static bool is_done;

	if (is_done || row->changed_with == NULL)
		return;
	is_done = true;
	write_text(at("etc/passwd"), row->changed_with);
	look_at("passwd", &passwd);
	fcntl(locked_fd, F_OFD_SETLK, &(struct flock){.l_type = F_UNLCK});
}

static int64_t slept_ns;

/* Takes the place of the C library's, as fsync() and renameat() do. A wait takes no time. */
int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	slept_ns += duration->tv_sec * INT64_C(1000000000) + duration->tv_nsec;
	assert_in_range(slept_ns, 1, INT64_C(15000000000));
	let_another_write();
	return 0;
}

/* The disk has the contents of the last file, and the directory with its name. */
static bool is_file_synced, is_name_synced = true;

int fsync(int fd)
{
	if (row->locked == NULL)
		let_another_write();
	is_file_synced = fd != etc_fd;
	is_name_synced = is_name_synced || fd == etc_fd;
	return 0;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	int result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);

	assert_true(is_file_synced);
	is_name_synced = result != 0;
	return result;
}

/* Makes the /etc of NEW_ROW, which is ROW from now on. It hides the /etc before. */
static void make_etc(const struct etc_row *new_row)
{
	row = new_row;
	(void)mkdir(at("etc"), 0755);
	mount_type("tmpfs", at("etc"), row->options == NULL ? "mode=755" : row->options);
	close(etc_fd);
	etc_fd = open(at("etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (row->words != NULL)
		make("%s", row->words);
	if (row->passwd != NULL)
		write_text(at("etc/passwd"), row->passwd);
	if (row->group != NULL)
		write_text(at("etc/group"), row->group);
	if (row->passwd_size != 0)
		assert_int_equal(truncate(at("etc/passwd"), row->passwd_size), 0);
	if (row->attribute != NULL)
		assert_int_equal(setxattr(at("etc/passwd"), row->attribute, "", 0, 0), 0);
	if (row->read_only)
		assert_int_equal(
			mount(NULL, at("etc"), NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
}

/* Appends what was done to the file NAME. It holds what it held BEFORE, whose last line has its newline now, and the
 * line ADDED unless that is NULL. It keeps its owner and mode. */
static void append_change(char *found, const char *name, const struct snapshot *before,
                          const char *added)
{
	static const char *const actions[][2] = {{"keep", "keep in another file"},
	                                         {"add in place", "add"}};
	struct stat old = before->status;
	const char *rest = after.bytes + before->length;

	look_at(name, &after);
	append(found, " %s", actions[added != NULL][old.st_ino != after.status.st_ino]);
	if (added != NULL && rest[0] == '\n')
		rest++;
	if (memcmp(after.bytes, before->bytes, before->length) != 0 ||
	    strcmp(rest, added == NULL ? "" : added) != 0 ||
	    rest + strlen(rest) != after.bytes + after.length)
		fail_msg("%s: %.200s", name, after.bytes);
	if (added != NULL && old.st_ino == 0)
		old.st_mode = S_IFREG | 0644;
	assert_int_equal(after.status.st_mode, old.st_mode);
	assert_true(after.status.st_uid == old.st_uid && after.status.st_gid == old.st_gid);
}

/* Takes from this process what ROW says, and looks at the files. */
static void begin_row(void)
{
	/* The mask neither gives nor takes a bit. */
	umask(0);
	/* To be able to read the file is enough for a lock (S48). This one conflicts with those of src in the same
	 * process, too. */
	if (row->locked != NULL) {
		locked_fd = openat(etc_fd, row->locked, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_int_equal(fcntl(locked_fd, F_OFD_SETLK, &(struct flock){.l_type = F_RDLCK}),
		                 0);
	}
	if (row->size_limit != 0)
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){row->size_limit, row->size_limit});
	if (row->kept != 0)
		keep_capabilities(row->kept);
	if (row->forbidden != 0)
		forbid(row->forbidden, row->errnum);
	if (row->forbidden == SYS_fstat)
		forbid(SYS_newfstatat, row->errnum); /* the fstat(3) of a newer C library */
	look_at("passwd", &passwd);
	look_at("group", &group);
}

/* Asks for the account "app" with the uid and gid 1000, in a child. */
static void run_row(void)
{
	struct account_request request = {
		.name = slice_of("app"), .uid = 1000, .gid_given = true, .gid = 1000};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct passwd_files_outcome outcome = {0};
	const struct account_change *change = &outcome.change;
	char found[FOUND_BYTES] = "";
	int descriptors;
	bool ok;

	begin_row();
	descriptors = count_descriptors();
	ok = passwd_files_make_account(etc_fd, &request, &arena, &outcome, &error);
	append_change(found, "passwd", &passwd,
	              change->passwd.action == ACCOUNT_ADD ? ADDED : row->torn);
	append_change(found, "group", &group,
	              change->group.action == ACCOUNT_ADD ? ADDED_GROUP : NULL);
	append(found, "%s", change->by_number ? " by number" : "");
	if (ok)
		assert_found("the account", found + 1, row->wanted);
	else
		assert_refused("the account", &error, row->wanted);
	assert_int_equal(outcome.refused, row->refused);
	assert_int_equal(slept_ns, row->slept_ms * INT64_C(1000000));
	assert_true(is_name_synced);
	assert_int_equal(count_descriptors(), descriptors);
	assert_int_equal(is_there(at("etc/.passwd.stepdown")) ||
	                         is_there(at("etc/.group.stepdown")),
	                 row->leftover_stays);
	look_at(".pwd.lock", &after);
	assert_true(after.status.st_ino == 0 || after.status.st_mode == (S_IFREG | 0600));
}

static void are_written(void **state)
{
	for (const struct etc_row *next = *state; next->wanted != NULL; next++) {
		make_etc(next);
		in_child(run_row);
	}
}

#define MOUNTED(name) "etc/" name " etc/" name "@etc/" name
#define PASSWD_MOUNTED .words = MOUNTED("passwd")
#define READ_ONLY .read_only = true
/* Each file has one page of the file system. That of passwd has zeros up to its last ten bytes, which are left. */
#define TEN_BYTES_LEFT .options = "mode=755,size=8k", PASSWD_MOUNTED, READ_ONLY, .passwd_size = 4086
#define ONLY(capability) .kept = UINT32_C(1) << (capability)
#define FORBIDDEN(call, error) .forbidden = (call), .errnum = (error)

TABLE(struct etc_row, S29_nothing_but_the_account_is_written, are_written) = {
	/* The remains of a killed run go, also if there is nothing to write. A link is not followed. */
	{NEITHER, "add add",
         .words = "etc/victim etc/.passwd.stepdown>victim etc/.group.stepdown etc/passwd:41:645"},
	{ROOT ADDED, ROOT_GROUP ADDED_GROUP, "keep keep",
         .words = "etc/.passwd.stepdown etc/.group.stepdown"},
	/* A mount cannot be replaced. A line is appended, but none is changed in place, which could tear it. */
	{AS_7, "keep keep", EBUSY, .words = MOUNTED("passwd") " " MOUNTED("group")},
	/* Root may not write to the directory, or not give a file to its owner. */
	{NEITHER, "add in place add in place", .options = "mode=755,uid=1000", ONLY(CAP_CHOWN)},
	{NEITHER, "add in place add", .words = "etc/passwd:41:666", ONLY(CAP_KILL)},
	/* Links and devices are not replaced. */
	{ROOT, NULL, "add keep", ELOOP, .words = "etc/group>victim"},
	{NEITHER, "!'/etc/.pwd.lock'", .words = "etc/.pwd.lock>victim"},
	{ROOT, "", "!Invalid argument (only regular files", .words = "etc/group>/dev/zero"},
	/* A line that does not fit is taken back, or the error says that a part of it stays. */
	{GROUP_ONLY, "!'/etc/passwd': No space left on device", TEN_BYTES_LEFT},
	{GROUP_ONLY, "!'/etc/passwd': Input/output error", TEN_BYTES_LEFT,
         FORBIDDEN(SYS_ftruncate, EPERM), .torn = "app:*:100"},
	/* A file that would be too large to read is not written. */
	{GROUP_ONLY, "add keep", .passwd_size = ETC_FILE_MAX_BYTES - sizeof(ADDED)},
	{GROUP_ONLY, "!File too large", .passwd_size = ETC_FILE_MAX_BYTES - sizeof(ADDED) + 1},
	{GROUP_ONLY, "!'/etc/passwd': File too large", .size_limit = 62},
	{GROUP_ONLY, "add keep", .size_limit = 63},
	{NEITHER, "!'/etc/.pwd.lock': Stale file handle", FORBIDDEN(SYS_fstat, ENOENT)},
	{NEITHER, "!'/etc/.pwd.lock': Input/output error", FORBIDDEN(SYS_fstat, EIO)},
	{NEITHER, "!'/etc/group': Input/output error", FORBIDDEN(SYS_writev, EIO)},
	/* The new file may belong to its creator only if there is no old one. */
	{NULL, NULL, "add add", FORBIDDEN(SYS_fchown, EPERM)},
	{NULL, NULL, "!'/etc/group': Input/output error", FORBIDDEN(SYS_fchown, EIO)},
	/* The leftover of a killed run is not written to. */
	{NEITHER, "!'/etc/group': File exists", FORBIDDEN(SYS_unlinkat, EROFS),
         .words = "etc/.group.stepdown", .leftover_stays = true},
	/* Another process changes the file without the lock. */
	{NEITHER, "add in place add", .changed_with = ROOT ROOT},
	{NULL, NULL, "keep keep", EROFS, READ_ONLY},
};

/* Labels are the host's to give. Without any other attribute the new file does not take the old one's place. */
#define FAILS(name, error) .attribute = name, FORBIDDEN(SYS_fsetxattr, error)
TABLE(struct etc_row, S29_attributes_that_cannot_be_copied, are_written) = {
	{NEITHER, "add add", FAILS("trusted.kept", ENOTSUP)},
	{NEITHER, "add in place add", FAILS("trusted.kept", EPERM)},
	{NEITHER, "add add", FAILS("security.kept", EPERM)},
	{NEITHER, "add add", FAILS("security.kept", EACCES)},
	{GROUP_ONLY, "!'/etc/passwd': No space left on device", FAILS("security.kept", ENOSPC)},
	{NEITHER, "add add", .attribute = "trusted.kept", FORBIDDEN(SYS_fgetxattr, ENODATA)},
	{NEITHER, "add add", FORBIDDEN(SYS_flistxattr, ENOTSUP)},
	{NEITHER, "add in place add in place", FORBIDDEN(SYS_flistxattr, EPERM)},
	{NEITHER, "!'/etc/group': Cannot allocate memory", FORBIDDEN(SYS_mmap, ENOMEM)},
};

#define LOCKED(file, ms) .locked = (file), .slept_ms = (ms)
TABLE(struct etc_row, S29_S48_a_lock_is_waited_for_and_held_too_long_a_refusal, are_written) = {
	{GROUP_ONLY, "keep keep", ETIMEDOUT, LOCKED(".pwd.lock", 15000),
         .words = "etc/.passwd.stepdown", .leftover_stays = true},
	{GROUP_ONLY, "keep keep", ETIMEDOUT, LOCKED("passwd", 5000), PASSWD_MOUNTED},
	/* The wait, short as it may be, is where another writer gets in. */
	{NEITHER, "keep add by number", LOCKED("passwd", 10), PASSWD_MOUNTED,
         .changed_with = ROOT "other:x:1000:50:::\n"},
	{GROUP_ONLY, "!'app': it is uid 0", LOCKED("passwd", 10), PASSWD_MOUNTED,
         .changed_with = ROOT "app:x:0:0:::\n"},
	/* fcntl(2) may say EACCES instead of EAGAIN. */
	{GROUP_ONLY, "keep keep", ETIMEDOUT, FORBIDDEN(SYS_fcntl, EACCES), .slept_ms = 15000},
};

/* One attribute is as large as the kernel takes it, and one has no bytes. */
TEST(S29_the_attributes_and_the_access_list_are_the_old_files)
{
	/* As posix_acl_xattr.h has it; little-endian, as the machines are that test this. */
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

	make_etc(&(const struct etc_row){NEITHER, "add add"});
	if (setxattr(at("etc"), "system.posix_acl_default", list, sizeof(list), 0) != 0) {
		assert_int_equal(errno, ENOTSUP);
		skip();
	}
	assert_int_equal(setxattr(at("etc/group"), name, list, sizeof(list), 0), 0);
	assert_int_equal(setxattr(at("etc/passwd"), "trusted.kept", memory, 65536, 0), 0);
	assert_int_equal(setxattr(at("etc/passwd"), "trusted.empty", "", 0, 0), 0);
	in_child(run_row);
	assert_int_equal(getxattr(at("etc/passwd"), name, value, sizeof(value)), -1);
	assert_int_equal(getxattr(at("etc/group"), name, value, sizeof(value)), sizeof(list));
	assert_int_equal(getxattr(at("etc/passwd"), "trusted.kept", NULL, 0), 65536);
	assert_int_equal(getxattr(at("etc/passwd"), "trusted.empty", NULL, 0), 0);
}
