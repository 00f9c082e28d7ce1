/* A tree that changes while it is walked. e2e 86, 93 and 94 have attackers beside whole starts. */
#include "scratch.h"

#include "volume/chown_by_name.h"
#include "volume/chown_entry.h"
#include "walks.h"

/* Nobody waits for a lock here. */
static bool skip_pauses(struct call *call)
{
	static bool is_for_lock;

	if (call->number == SYS_nanosleep)
		return is_for_lock;
	is_for_lock = call->number == SYS_flock;
	return false;
}

/* An exclusive lock is asked for again only after a pause. */
static bool refuse_six_locks(struct call *call)
{
	static unsigned refused;
	static bool is_pause_due;

	is_pause_due &= call->number != SYS_nanosleep;
	if (call->number != SYS_flock || refused == 6)
		return skip_pauses(call);
	assert_false(is_pause_due);
	is_pause_due = (call->words[1] & LOCK_EX) != 0;
	refused++;
	return fail_call(call, row->errnum);
}

/* Moves it on the way back up, when the directories above are closed. */
static bool move_when_ascending(struct call *call)
{
	if (strcmp(name_of(call), "..") == 0 && !is_there(at("elsewhere/d")))
		assert_int_equal(rename(at("moving/d/d/d/d"), at("elsewhere/d")), 0);
	return false;
}

/* moving/d has a subdirectory on each side of moving/d/d. The walk visits one of them before moving/d/d. The walk cannot
 * come back to moving/d for the other one. */
static void make_siblings(void)
{
	assert_int_equal(rename(at("moving/d/d"), at("d")), 0);
	make("moving/d/first/");
	assert_int_equal(rename(at("d"), at("moving/d/d")), 0);
	make("moving/d/last/");
}

/* The entry v/changeling goes before the NTH call about its name. The first call reads the owner, and the second one
 * opens the entry. Afterwards no memory is left for the table of hard links, if the row has an errnum. */
static bool replace(struct call *call)
{
	static unsigned looks;

	if (strcmp(name_of(call), "changeling") == 0 && ++looks == row->nth) {
		assert_int_equal(remove(at("v/changeling")), 0);
		if (row->replacement != NULL)
			make("%s", row->replacement);
	}
	return looks >= row->nth && row->errnum != 0 && call->number == SYS_mmap &&
	       fail_call(call, row->errnum);
}

#define TWO "v/ v/in/ v/in/file", "v"
#define REPLACED .hook = replace, .nth = 1, .made = "v/ v/changeling/ other", .path = "v"
#define NO_LOCKS .call = SYS_flock, .refused = "*", .apps = "v/in/file"

const struct walk rows[] = {
	{"S16_a_directory_that_was_moved_is_not_taken_for_another", "elsewhere/ elsewhere/file",
         "moving", 33, 30, 3, SKIP_MOVED, .levels = 30, .hook = move_when_ascending,
         .prepare = make_siblings, .first = "moving/d/d/d",
         .apps = "elsewhere/d/d elsewhere/d moving",
         .roots = "elsewhere elsewhere/file moving/d/d/d moving/d/d moving/d"},
	/* The path itself is opened once more when all below it is done: no other mount can be in the way. */
	{"S19_the_kernel_keeps_the_walk_in_its_mount",
         "kept/ kept/1/ kept/2/ kept/3/ kept/4/ kept/5/", "kept", 6, 6, .call = SYS_openat,
         .refused = "*", .nth = 5, .errnum = EIO},
	/* Whoever may read a directory may lock it. */
	{"S44_a_held_lock_does_not_stop_the_start", TWO, 3, 2, 1, SKIP_LOCKED, .locked = "v",
         .hook = skip_pauses, .first = "/v", .apps = "v/in v/in/file"},
	{NULL, TWO, 3, 2, 1, SKIP_LOCKED, .locked = "v/in", .hook = skip_pauses, .first = "v/in",
         .apps = "v v/in/file"},
	{NULL, "v/ v@ramfs v/in/ v/in/file", "v", 3, 3, .locked = "v/in", .hook = skip_pauses,
         .apps = "*"},
	{NULL, TWO, 3, 3, .options = DRY_RUN, .locked = "v", .hook = skip_pauses,
         .roots = "v v/in v/in/file"},
	/* Another start gives a lock back when it has left the directory. */
	{"S44_a_lock_is_waited_for_unless_there_are_none", TWO, 3, 3, .hook = refuse_six_locks,
         .errnum = EWOULDBLOCK, .apps = "*"},
	{NULL, TWO, 3, 3, .hook = refuse_six_locks, .errnum = EINTR, .apps = "*"},
	{NULL, TWO, 3, 1, 2, ENOLCK, NO_LOCKS, .errnum = ENOLCK},
	{NULL, TWO, 3, 1, 2, SKIP_NO_LOCKS, NO_LOCKS, .errnum = EPERM},
	{NULL, TWO, 3, 1, 2, SKIP_NO_LOCKS, NO_LOCKS, .errnum = ENOSYS},
	{NULL, TWO, 3, 1, 2, SKIP_NO_LOCKS, NO_LOCKS, .errnum = EACCES},
	{"file_in_the_place_of_a_directory_is_changed", REPLACED, 2, 2,
         .replacement = "v/changeling", .apps = "*"},
	{NULL, REPLACED, 2, 2, .replacement = "v/changeling>..", .apps = "*"},
	{NULL, REPLACED, 1, 1, .replacement = "v/changeling/ v/changeling@tmpfs", .mounts = 1,
         .apps = "v", .roots = "v/changeling"},
	{NULL, REPLACED, 1, 1, .apps = "v"},
	{NULL, REPLACED, .message = "Cannot allocate memory", .errnum = ENOMEM,
         .replacement = "v/changeling=other"},
	{"directory_in_the_place_of_a_file_is_walked", "v/:0:775 v/changeling", "v", 3, 3,
         .hook = replace, .nth = 2, .replacement = "v/changeling/ v/changeling/file", .apps = "*"},
	{NULL, "v/:0:775 v/changeling", "v", 1, 1, .hook = replace, .nth = 2,
         .replacement = "v/changeling/ v/changeling@tmpfs", .mounts = 1, .lacks = OPENAT2,
         .apps = "v"},
	{NULL},
};

/* --- what happens before the first change by name ------------------------------------------------------ */

/* Called before the first change by name in a directory. */
static void (*before_first)(void);
static unsigned changes_by_name;

static bool watch_changes(struct call *call)
{
	bool by_name = call->number == SYS_fchownat && call->words[4] == AT_SYMLINK_NOFOLLOW;

	changes_by_name += by_name;
	if (by_name && changes_by_name == 1 && before_first != NULL)
		before_first();
	return skip_pauses(call);
}

static void own_settled_and(const char *path, void (*meanwhile)(void))
{
	before_first = meanwhile;
	changes_by_name = 0;
	settle();
	own_hooked(path, watch_changes);
	before_first = NULL;
	assert_true(changes_by_name > 0);
	assert_left(0, 0);
}

static bool is_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;

	close(fd);
	return !is_free;
}

static void look_at_locks(void)
{
	assert_true(is_locked(at("locks/below")) && !is_locked(at("locks")));
}

static void skip_first(void)
{
	changes_by_name = 0;
	before_first = look_at_locks;
}

TEST(S16_only_the_directory_that_is_walked_is_locked)
{
	/* The file beside the directory is changed ahead of the one in it. */
	make("locks/ locks/below/ locks/below/file locks/file");
	own_settled_and(at("locks"), skip_first);
}

static void change_mode(void)
{
	assert_int_equal(chmod(at("touched"), 0700), 0);
}

/* The change that is on its way is made; the others, and the directory itself, by a handle. */
TEST(S16_a_directory_that_changes_meanwhile_is_not_trusted)
{
	make("touched/ touched/0 touched/1 touched/2 touched/3 touched/4");
	own_settled_and(at("touched"), change_mode);
	assert_int_equal(changes_by_name, 1);
	assert_int_equal(report.changed, 6);
}

/* In 1970 every inode is young. */
static bool stop_and_watch(struct call *call)
{
	return stop_clock(call) || watch_changes(call);
}

static bool refuse_shared_lock(struct call *call)
{
	if (call->number == SYS_flock && (call->words[1] & LOCK_SH) != 0)
		return fail_call(call, EWOULDBLOCK);
	return watch_changes(call);
}

/* The file is changed by its descriptor alone if others may write to the directory, or may have written just now, or
 * have locked it, or on a file system that fd_is_local() does not know. */
TEST(S16_by_name_only_in_roots_old_local_directories)
{
	static const struct {
		const char *made;
		unsigned by_name;
		bool (*hook)(struct call *call);
	} directories[] = {
		{"v/", 1},
		{"v/:0:775", 0},
		{"v/:0:757", 0},
		{"v/:0:1777", 0},
		{"v/:1000", 0},
		{"v/:1001:700", 0},
		{"v/", 0, stop_and_watch},
		{"v/ v@ramfs", 0},
		{"v/ v@tmpfs", 1},
		{"v/", 0, refuse_shared_lock},
	};
	static const struct former_owner former_below[] = {{{5000, 6000}, 1}, {{7000, 8000}, 1}};

	for (unsigned i = 0; i < COUNT(directories); i++) {
		make_new_tree();
		make("%s v/file:5000:600:6000 v/sub/:7000:700:8000", directories[i].made);
		assert_int_equal(chown(at("v"), (uid_t)-1, APP), 0);
		settle();
		changes_by_name = 0;
		own_hooked(at("v"),
		           directories[i].hook != NULL ? directories[i].hook : watch_changes);
		assert_owned(APP, "v/file");
		assert_int_equal(changes_by_name, directories[i].by_name);
		assert_int_equal(report.former[0].owner.gid, APP);
		assert_memory_equal(&report.former[1], former_below, sizeof(former_below));
	}
}

/* Another worker may rely on the lock of a shared directory. A directory that was pinned once stays that. */
TEST(S16_the_lock_is_released_only_where_one_worker_changes_by_name)
{
	static struct shared_dir share;
	struct dir_level level = {.trust = TRUST_BY_NAME, .share = &share};
	struct chown_worker chowner = {.stack.current = &level};

	make_new_tree();
	make("v/");
	level.dir.fd = open(at("v"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(level.dir.fd, LOCK_SH | LOCK_NB), 0);
	chown_by_name_pause(&chowner);
	assert_int_equal(level.trust, TRUST_BY_NAME);
	assert_true(is_locked(at("v")));
	level.share = NULL;
	chown_by_name_pause(&chowner);
	assert_int_equal(level.trust, TRUST_NOT_ASKED);
	assert_false(is_locked(at("v")));
	level.trust = TRUST_PINNED;
	chown_by_name_pause(&chowner);
	assert_int_equal(level.trust, TRUST_PINNED);
	close(level.dir.fd);
}

TEST(S37_a_directory_that_cannot_be_read_may_hold_the_program)
{
	const struct ownership_request request = {.dry_run = true};
	struct chown_job job = {.request = &request, .has_holders = true};
	struct chown_worker chowner = {.job = &job, .stack.declared = "v"};

	errno = EIO;
	chown_directory(&chowner, -1, NULL);
	assert_int_equal(job.report.first_reason, SKIP_PROGRAM);
}

static unsigned moment; /* 0: before the first name is met; 1: meeting it; 2: afterwards */

/* As on XFS: when the first of the two names is met, it is exchanged with the other one, and the file keeps its ctime. */
static bool exchange_unseen(struct call *call)
{
	static struct stat before;
	struct stat *status = (struct stat *)call->words[1];
	char *statx = (char *)call->words[4];

	if (moment == 0)
		before = status_at(at("m/outside"));
	if (call->number == SYS_fstat && moment == 1) {
		moment++;
		assert_false(syscall(SYS_renameat2, AT_FDCWD, at("m/v/a/n"), AT_FDCWD,
		                     at("m/v/b/n"), RENAME_EXCHANGE));
	}
	moment += call->number == SYS_renameat2 && moment == 0;
	if (call->number != SYS_fstat && call->number != SYS_statx)
		return false;
	let_through(call);
	if (call->number == SYS_fstat && status->st_ino == before.st_ino)
		status->st_ctim = before.st_ctim;
	else if (call->number == SYS_statx && *(uint64_t *)(statx + STX_INO) == before.st_ino)
		*(uint32_t *)(statx + STX_CTIME) = (uint32_t)before.st_ctim.tv_nsec;
	return true;
}

/* The walk meets the exchanged names in one of the two orders. Then it counts once more. */
TEST(S17_a_name_that_wanders_with_its_ctime_is_not_counted_twice)
{
	for (char with[] = "a"; with[0] <= 'b'; with[0]++) {
		make_new_tree();
		make("lower/ upper/ work/ m/ m@overlay m/outside m/v/:1000 m/v/a/:1000 "
		     "m/v/b/:1000 m/v/%s/n=m/outside m/v/%s/n:1000",
		     with, with[0] == 'a' ? "b" : "a");
		moment = 0;
		own_hooked(at("m/v"), exchange_unseen);
		assert_owned(0, "m/outside");
		/* The other file is skipped too if the exchange comes between the two looks at it. */
		assert_in_range(report.skipped, 1, 2);
	}
}
