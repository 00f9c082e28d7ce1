/* Links that change while the walk looks at them. */
#include "scratch.h"

#include "volume/hardlink_check.h"
#include "walks.h"

static unsigned waits; /* for the lock of a directory, by renameat2(2) */

static bool is_about_linked(const struct call *call)
{
	const char *slash = strrchr(name_of(call), '/');

	return strcmp(slash == NULL ? name_of(call) : slash + 1, "linked") == 0;
}

/* Returns true for the fstat(2) that follows the open of "linked", the second look at it. */
static bool is_look_at_pin(const struct call *call)
{
	static bool is_pinned;
	bool was_pinned = is_pinned;

	is_pinned = call->number == SYS_OPENAT2 && is_about_linked(call);
	return was_pinned && call->number == SYS_fstat;
}

static void remove_linked(void)
{
	assert_int_equal(unlink(at("%s", strcmp(row->path, "v") == 0 ? "v/linked" : row->path)), 0);
	if (row->replacement != NULL)
		make("%s", row->replacement);
}

/* The link in the volume goes between the open and the second look. */
static bool remove_before_look(struct call *call)
{
	if (is_look_at_pin(call))
		remove_linked();
	return false;
}

/* The second look falls into unlink(2): the file has lost a link, and the name is there until the lock is free. */
static bool remove_during_look(struct call *call)
{
	static bool is_removed;

	if (is_look_at_pin(call)) {
		let_through(call);
		((struct stat *)call->words[1])->st_nlink--;
		return true;
	}
	waits += call->number == SYS_renameat2;
	if (call->number == (row->errnum == 0 ? SYS_renameat2 : SYS_getdents64) && waits == 1 &&
	    !is_removed) {
		remove_linked();
		is_removed = true;
	}
	return call->number == SYS_renameat2 && row->errnum != 0 && fail_call(call, row->errnum);
}

static bool move_home(struct call *call)
{
	if (is_look_at_pin(call))
		assert_int_equal(rename(at("top/home"), at("top/moved")), 0);
	return false;
}

/* At each second look at the file, from the NTH to the LAST one, the field of struct statx is another one, or the look
 * fails. */
static bool change_looks(struct call *call)
{
	static unsigned looks;

	if (call->number != SYS_statx || !is_about_linked(call) || ++looks < row->nth ||
	    looks > row->last || (looks - row->nth) % 2 != 0)
		return false;
	if (row->errnum != 0)
		return fail_call(call, row->errnum);
	let_through(call);
	((char *)call->words[4])[row->offset] += (char)looks;
	return true;
}

/* The directory changes when a name was met. */
static bool touch_directory(struct call *call)
{
	return call->number == SYS_renameat2 && chmod(at("v"), 0755) != 0;
}

/* As under a filter that forbids renameat2(2), and afterwards other calls fail. */
static bool fail_wait(struct call *call)
{
	waits += call->number == SYS_renameat2;
	if (call->number == SYS_renameat2)
		return fail_call(call, EPERM);
	return waits > 0 && call->number == row->call && fail_call(call, row->errnum);
}

/* The top stays root's, because the next start may change both. */
#define PAIR(left_, reason_)                                                                       \
	"v/ v/linked v/twin=v/linked", "v", 3, 0, left_, reason_,                                  \
		.roots = "v v/twin", .options = ONCE, .is_unfinished = true
#define OUTSIDE "outside v/ v/linked=outside", "v"
#define SINGLE "v/:0:775 v/linked", "v", 2
#define DECLARED "outside home/:1001:755:0 home/linked=outside", "home/linked", 1
#define LOOKS(offset_, nth_, last_)                                                                \
	.hook = change_looks, .offset = offset_, .nth = nth_, .last = last_

const struct walk rows[] = {
	{"S17_a_name_must_stay_until_no_rename_is_in_progress", PAIR(3, SKIP_YOUNG_HARDLINK),
         LOOKS(STX_CTIME, 2, 2)},
	{NULL, PAIR(3, SKIP_MOVED), LOOKS(STX_INO, 2, 2)},
	{NULL, PAIR(3, EIO), LOOKS(0, 2, 2), .errnum = EIO},
	{NULL, PAIR(2, SKIP_HARDLINK), LOOKS(0, 2, 2), .errnum = ENOENT},
	{NULL, PAIR(3, SKIP_YOUNG_HARDLINK), .hook = touch_directory},
	{NULL, NULL, "v", 3, 2, .prepare = settle, .options = ONCE, .apps = "*"},
	{"S17_a_link_from_outside_that_goes_while_it_is_looked_at", OUTSIDE, 2, 1,
         .hook = remove_before_look, .apps = "v", .roots = "outside"},
	{NULL, OUTSIDE, 2, 1, .hook = remove_during_look, .apps = "v", .roots = "outside"},
	/* Without renameat2(2) or the right to it, getdents64(2) waits for the lock. */
	{NULL, OUTSIDE, 2, 1, .hook = remove_during_look, .errnum = EPERM, .roots = "outside"},
	{NULL, OUTSIDE, 2, 1, .hook = remove_during_look, .errnum = ENOSYS, .roots = "outside"},
	{NULL, OUTSIDE, 2, 1, .hook = remove_during_look, .errnum = EACCES, .roots = "outside"},
	{NULL, OUTSIDE, 2, 1, 1, SKIP_MOVED, .hook = remove_during_look,
         .replacement = "v/linked:1001", .apps = "v", .roots = "outside", .others = "v/linked"},
	/* Ten times two looks follow the first one. */
	{NULL, SINGLE, 2, LOOKS(STX_CTIME, 3, 17), .apps = "*"},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_CTIME, 3, 19), .apps = "v", .roots = "v/linked"},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_CTIME, 2, 21)},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_NLINK, 3, 3)},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_INO, 3, 3)},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_DEV_MINOR, 3, 3)},
	{NULL, SINGLE, 1, 1, EIO, LOOKS(0, 2, 2), .errnum = EIO},
	{NULL, SINGLE, 1, 1, EIO, LOOKS(0, 3, 3), .errnum = EIO},
	/* The path itself cannot be opened either. */
	{NULL, SINGLE, 0, 2, ENFILE, .hook = fail_wait, .call = SYS_openat, .first = "linked",
         .errnum = ENFILE},
	/* The end of the list cannot be read either. */
	{NULL, SINGLE, 1, 2, EIO, .hook = fail_wait, .call = SYS_getdents64, .errnum = EIO,
         .first = "linked"},
	{NULL, SINGLE, 1, 1, EIO, .call = SYS_renameat2, .refused = "*", .errnum = EIO},
	/* The mount of the directory is read-only, but the file may be a mount of its own. */
	{NULL, SINGLE, 2, .call = SYS_renameat2, .refused = "*", .errnum = EROFS, .apps = "*"},
	{"S17_S47_a_declared_file_whose_name_goes", DECLARED, 0, 1, SKIP_MOVED,
         .hook = remove_before_look, .options = EXCHANGED, .roots = "outside"},
	{NULL, DECLARED, 0, 1, SKIP_MOVED, .hook = remove_during_look, .options = EXCHANGED,
         .replacement = "home/linked", .roots = "outside home/linked"},
	{NULL, "top/:1001:755:0 top/home/ top/home/linked", "top/home/linked", 1, 0, 1, SKIP_MOVED,
         .hook = move_home, .options = EXCHANGED, .roots = "top/moved/linked"},
	{NULL, "home/:1001:755:0 home/linked", "home/linked", 1, 0, 1, EIO, .call = SYS_renameat2,
         .refused = "*", .errnum = EIO, .options = EXCHANGED, .roots = "home/linked"},
	{NULL, "home/:1001:700:0 home/linked", "home/linked", 1, 1,
         .capabilities = 1U << CAP_CHOWN | 1U << CAP_SETUID, .options = EXCHANGED,
         .apps = "home/linked"},
	/* No look is needed if the owner is right, or nobody but root may remove the name. */
	{NULL, "home/:1001:755:0 home/linked:1000", "home/linked", 1, 0, .call = SYS_renameat2,
         .refused = "*", .errnum = EIO, .options = EXCHANGED, .apps = "*"},
	{NULL, "home/ home/linked", "home/linked", 1, 1, .call = SYS_renameat2, .refused = "*",
         .errnum = EIO, .apps = "*"},
	{NULL},
};

enum oddity {
	NOTHING,
	FIRST_DIFFERS, /* the ctime at the first look */
	FIRST_WAIT_FAILS,
	PAUSE_INTERRUPTED,
	PAUSE_FORBIDDEN,
	WHOLE_SECONDS,   /* the file system stores no more of a ctime */
	YOUNG_DIRECTORY, /* by 10 s */
	YOUNG_FILE,      /* in a directory that is older */
	OLD_ENOUGH,      /* a directory that changed when the walk began, by the exact clock */
	NEW_DIRECTORY,   /* of the present second, and the file system stores no more of a ctime */
};

static unsigned looks;
static enum oddity oddity;
static struct timespec began_at;

static bool count_calls(struct call *call)
{
	if (call->number == SYS_renameat2)
		return waits++ == 0 && oddity == FIRST_WAIT_FAILS && fail_call(call, EIO);
	if (call->number == SYS_nanosleep && oddity == PAUSE_INTERRUPTED)
		return stop_clock(call) && fail_call(call, EINTR);
	if (call->number == SYS_nanosleep && oddity == PAUSE_FORBIDDEN)
		return fail_call(call, EPERM);
	if (call->number != SYS_statx && call->number != SYS_fstat)
		return stop_clock(call);
	let_through(call);
	if (call->number == SYS_fstat) {
		struct stat *status = (struct stat *)call->words[1];

		if (oddity == WHOLE_SECONDS)
			status->st_ctim.tv_nsec = 0;
		if (oddity == (S_ISDIR(status->st_mode) ? YOUNG_DIRECTORY : YOUNG_FILE))
			status->st_ctim.tv_sec += 10;
		if (oddity == OLD_ENOUGH && S_ISDIR(status->st_mode))
			status->st_ctim =
				(struct timespec){began_at.tv_sec, began_at.tv_nsec + EXACT_NS};
		if (oddity == NEW_DIRECTORY && S_ISDIR(status->st_mode))
			status->st_ctim = (struct timespec){stopped_at.tv_sec, 0};
		return true;
	}
	if (oddity == WHOLE_SECONDS)
		*(uint32_t *)(call->words[4] + STX_CTIME) = 0;
	if (oddity == YOUNG_FILE)
		((uint64_t *)(call->words[4] + STX_CTIME))[-1] += 10; /* the seconds */
	looks += strcmp(name_of(call), "file") == 0;
	if (looks == 1 && oddity == FIRST_DIFFERS)
		((char *)call->words[4])[STX_CTIME]++;
	return true;
}

/* Walks v as MADE, AGE seconds after the last change. */
static void own_at_age(const char *made, int age, bool (*walk_hook)(struct call *call))
{
	make_new_tree();
	make("%s", made);
	stopped_at = status_at(at("v/file")).st_ctim;
	stopped_at.tv_sec += age;
	stopped_at.tv_nsec = age > 60 ? 500000000 : stopped_at.tv_nsec;
	began_at = stopped_at;
	pauses = waits = looks = 0;
	own_hooked(at("v"), walk_hook);
}

TEST(S17_two_looks_and_a_wait_are_enough_if_the_ctime_is_older_than_the_walk)
{
	static const struct {
		const char *made;
		int age;
		unsigned pauses, waits, looks;
		enum oddity oddity;
		long pause_ns;
	} walks[] = {
		{"v/:1001 v/1:1000 v/file v/2:1000", 2, 0, 1, 1},
		{"v/:1001 v/file", 1, 0, 2, 3},
		{"v/:1001 v/file", 0, 1, 2, 3, PAUSE_INTERRUPTED, 1000000},
		{"v/:1001 v/file", 2, 0, 2, 3, FIRST_WAIT_FAILS},
		{"v/:1001 v/file", -1, 0, 2, 3},
		{"v/:1001 v/file", 2, 0, 2, 3, FIRST_DIFFERS},
		/* The clock of a server may be wrong, and looks take time. */
		{"v/ v@ramfs v/file", 0, 0, 1, 1},
	};

	for (unsigned i = 0; i < COUNT(walks); i++) {
		print_message("# walk %u\n", i);
		oddity = walks[i].oddity;
		pause_ns = walks[i].pause_ns;
		own_at_age(walks[i].made, walks[i].age, count_calls);
		assert_left(0, 0);
		assert_owned(APP, "v v/file");
		assert_int_equal(pauses, walks[i].pauses);
		assert_int_equal(waits, walks[i].waits);
		assert_int_equal(looks, walks[i].looks);
	}
}

/* The file has one link at each look, and the end of unlink(2) is waited for. */
static bool remove_while_waiting(struct call *call)
{
	if (call->number == SYS_renameat2 && is_there(at("v/file")))
		assert_int_equal(unlink(at("v/file")), 0);
	if (call->number == SYS_fstat) {
		let_through(call);
		((struct stat *)call->words[1])->st_nlink = 1;
		return true;
	}
	if (call->number != SYS_statx)
		return stop_clock(call);
	let_through(call);
	*(uint32_t *)(call->words[4] + STX_NLINK) = 1;
	return true;
}

TEST(S17_a_removal_that_is_in_progress_at_the_first_look_has_ended_at_the_second)
{
	own_at_age("outside v/:1001 v/file=outside", 2, remove_while_waiting);
	assert_report(1, 1, 0, 0);
	assert_owned(0, "outside");
}

TEST(S17_one_wait_serves_sixteen_looks)
{
	own_at_age("v/:1001 v/1 v/2 v/3 v/4 v/5 v/6 v/7 v/8 v/9 v/10 v/11 v/12 v/13 v/14 v/15 v/16 "
	           "v/file",
	           2, count_calls);
	assert_report(18, 18, 0, 0);
	assert_int_equal(waits, 2);
}

/* A ctime of the present second is waited for. An attacker can make files young again and again. */
TEST(S17_a_file_of_whole_seconds_is_waited_for_with_patience)
{
	oddity = WHOLE_SECONDS;
	pause_ns = 50000000;
	own_at_age("v/:1001 v/file", 0, count_calls);
	assert_report(2, 2, 0, 0);
	assert_true(pauses > 0 && pauses <= 20);
	pause_ns = 0;
	own_at_age("v/:1001 v/file", 0, count_calls);
	assert_report(2, 1, 1, EAGAIN);
	assert_int_equal(pauses, 21 + 5000);
	oddity = NOTHING;
}

/* Each of the two names waits from 0 to 20 ms, a millisecond at a time, and the first of them uses up all patience. */
TEST(S17_a_ctime_that_stays_young_is_not_waited_for_without_end)
{
	own_at_age("v/ v/file v/twin=v/file", 0, count_calls);
	assert_report(3, 1, 2, SKIP_YOUNG_HARDLINK);
	assert_int_equal(pauses, 2 * 21 + 5000);
	own_at_age("v/ v/file v/twin=v/file", -1, count_calls);
	assert_report(3, 1, 2, SKIP_YOUNG_HARDLINK);
	assert_int_equal(pauses, 0);
	oddity = PAUSE_FORBIDDEN;
	own_at_age("v/ v/file", 0, count_calls);
	assert_left(1, EPERM);
	own_at_age("v/ v/file v/twin=v/file", 0, count_calls);
	assert_left(2, EPERM);
	oddity = NOTHING;
}

TEST(S17_a_recount_changes_no_file_with_one_link)
{
	struct chown_job job = {.again = true, .recounts = true};
	struct chown_worker chowner = {.job = &job};
	bool change = true;

	assert_true(hardlink_check(&chowner, NULL, &(struct inode){.links = 1}, NULL, &change));
	assert_false(change);
}

TEST(S43_a_hard_link_of_a_remote_file_system_is_changed_after_a_minute)
{
	pause_ns = 1000000;
	own_at_age("v/ v@ramfs v/file v/twin=v/file", 61, count_calls);
	assert_report(3, 2, 0, 0);
	for (oddity = YOUNG_DIRECTORY; oddity <= YOUNG_FILE; oddity++) {
		own_at_age("v/ v@ramfs v/file v/twin=v/file", 61, count_calls);
		assert_left(2, SKIP_YOUNG_HARDLINK);
		assert_in_range(looks, 1, 2); /* no further round, because a minute must pass */
	}
	oddity = OLD_ENOUGH;
	own_at_age("v/ v/file v/twin=v/file", 61, count_calls);
	assert_left(0, 0);
	oddity = NEW_DIRECTORY;
	own_at_age("v/ v/file v/twin=v/file", 61, count_calls);
	assert_left(2, SKIP_YOUNG_HARDLINK);
}
