/* Links that change while the walk looks at them. */
#include "scratch.h"

#include "walks.h"

/* The looks of hardlink_check.c at a name begin with a wait for the lock of its directory. */
static unsigned waits;

static bool is_about_linked(const struct call *call)
{
	const char *slash = strrchr(name_of(call), '/');

	return strcmp(slash == NULL ? name_of(call) : slash + 1, "linked") == 0;
}

/* Returns true for the fstat(2) that follows the open of the name "linked". */
static bool is_first_look(const struct call *call)
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

/* The link in the volume goes between the open and the first look at the number of links. */
static bool remove_before_look(struct call *call)
{
	if (is_first_look(call))
		remove_linked();
	return false;
}

/* As in the middle of unlink(2): the file has lost a link, and the name is there until the lock is free. */
static bool remove_during_look(struct call *call)
{
	static bool is_removed;

	if (is_first_look(call)) {
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
	if (is_first_look(call))
		assert_int_equal(rename(at("top/home"), at("top/moved")), 0);
	return false;
}

/* From the NTH look to the LAST the field at OFFSET of struct statx is another one each time. */
static bool change_looks(struct call *call)
{
	char *status = (char *)call->words[4];

	waits += call->number == SYS_renameat2;
	if (call->number != SYS_statx || waits < row->nth || waits > row->last)
		return false;
	let_through(call);
	status[row->offset] += (char)waits;
	return true;
}

/* The look fails, or the wait without renameat2(2). */
static bool fail_second_look(struct call *call)
{
	if (call->number == SYS_renameat2) {
		waits++;
		return row->call != SYS_statx && fail_call(call, EPERM);
	}
	return waits > 0 && call->number == row->call && fail_call(call, row->errnum);
}

#define PAIR "v/ v/pair v/twin=v/pair", "v", 3, 1, 2, SKIP_HARDLINK, .apps = "v", .roots = "v/pair"
#define OUTSIDE "outside v/ v/linked=outside", "v"
#define SINGLE "v/:0:775 v/linked", "v", 2
#define DECLARED "outside home/:1001:755:0 home/linked=outside", "home/linked", 1
#define LOOKS(offset_, nth_, last_)                                                                \
	.hook = change_looks, .offset = offset_, .nth = nth_, .last = last_
enum { STX_NLINK = 0x10, STX_INO = 0x20, STX_CTIME = 0x68, STX_DEV_MINOR = 0x8c };

const struct walk rows[] = {
	{"S17_a_name_must_stay_until_no_rename_is_in_progress", PAIR, LOOKS(STX_CTIME, 2, 2)},
	{NULL, PAIR, LOOKS(STX_NLINK, 2, 2)},
	{NULL, PAIR, LOOKS(STX_INO, 2, 2)},
	{NULL, PAIR, LOOKS(STX_DEV_MINOR, 2, 2)},
	{"S17_a_link_from_outside_that_goes_while_it_is_looked_at", OUTSIDE, 2, 1,
         .hook = remove_before_look, .apps = "v", .roots = "outside"},
	{NULL, OUTSIDE, 2, 1, .hook = remove_during_look, .apps = "v", .roots = "outside"},
	/* Without renameat2(2), getdents64(2) waits for the lock. */
	{NULL, OUTSIDE, 2, 1, .hook = remove_during_look, .errnum = EPERM, .roots = "outside"},
	{NULL, OUTSIDE, 2, 1, .hook = remove_during_look, .errnum = ENOSYS, .roots = "outside"},
	{NULL, OUTSIDE, 2, 1, 1, SKIP_MOVED, .hook = remove_during_look,
         .replacement = "v/linked:1001", .apps = "v", .roots = "outside", .others = "v/linked"},
	{NULL, SINGLE, 2, LOOKS(STX_CTIME, 1, 8), .apps = "*"},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_CTIME, 1, 9), .apps = "v", .roots = "v/linked"},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_NLINK, 1, 1)},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_INO, 1, 1)},
	{NULL, SINGLE, 1, 1, SKIP_MOVED, LOOKS(STX_DEV_MINOR, 1, 1)},
	{NULL, SINGLE, 1, 1, EIO, .hook = fail_second_look, .call = SYS_statx, .errnum = EIO},
	/* The path itself cannot be opened either. */
	{NULL, SINGLE, 0, 2, ENFILE, .hook = fail_second_look, .call = SYS_openat,
         .first = "linked", .errnum = ENFILE},
	/* The end of the list cannot be read either. */
	{NULL, SINGLE, 1, 2, EIO, .hook = fail_second_look, .call = SYS_getdents64, .errnum = EIO,
         .first = "linked"},
	{NULL, SINGLE, 1, 1, EIO, .call = SYS_renameat2, .refused = "*", .errnum = EIO},
	/* The mount of the directory is read-only, but the file may be a mount of its own. */
	{NULL, SINGLE, 2, .call = SYS_renameat2, .refused = "*", .errnum = EROFS, .apps = "*"},
	{"S17_S47_a_declared_file_whose_name_goes", DECLARED, 0, 1, SKIP_MOVED,
         .hook = remove_before_look, .options = EXCHANGED, .roots = "outside"},
	{NULL, DECLARED, 0, 1, SKIP_MOVED, .hook = remove_during_look, .options = EXCHANGED,
         .roots = "outside"},
	{NULL, DECLARED, 0, 1, SKIP_MOVED, .hook = remove_during_look, .options = EXCHANGED,
         .replacement = "home/linked", .roots = "outside home/linked"},
	{NULL, "top/:1001:755:0 top/home/ top/home/linked", "top/home/linked", 1, 0, 1, SKIP_MOVED,
         .hook = move_home, .options = EXCHANGED, .roots = "top/moved/linked"},
	{NULL, "home/:1001:755:0 home/linked", "home/linked", 1, 0, 1, EIO, .call = SYS_renameat2,
         .refused = "*", .errnum = EIO, .options = EXCHANGED, .roots = "home/linked"},
	/* No look is needed if the owner is right, or nobody but root may remove the name. */
	{NULL, "home/:1001:755:0 home/linked:1000", "home/linked", 1, 0, .call = SYS_renameat2,
         .refused = "*", .errnum = EIO, .options = EXCHANGED, .apps = "*"},
	{NULL, "home/ home/linked", "home/linked", 1, 1, .call = SYS_renameat2, .refused = "*",
         .errnum = EIO, .apps = "*"},
	{NULL},
};

/* --- when a look is needed, and how long it waits --------------------------------------------------- */

static bool count_waits(struct call *call)
{
	waits += call->number == SYS_renameat2;
	return stop_clock(call);
}

/* Walks v as MADE, AGE seconds after the last change. */
static void own_at_age(const char *made, int age)
{
	make_new_tree();
	make("%s", made);
	stopped_at = status_at(at("v/file")).st_ctim;
	stopped_at.tv_sec += age;
	pauses = waits = 0;
	hook = count_waits;
	own(at("v"), APP, 1);
	hook = NULL;
}

/* Removals that are in progress have changed the ctime since the walk began. */
TEST(S17_one_link_is_proven_if_the_ctime_is_younger_than_a_minute)
{
	static const struct {
		const char *made;
		int age;
		unsigned pauses, waits;
	} ages[] = {
		{"v/:0:775 v/file", 0, 21, 1},  {"v/:0:775 v/file", 59, 0, 1},
		{"v/:0:775 v/file", 61, 0, 0},  {"v/:0:775 v/file", -1, 0, 1},
		{"v/ v@ramfs v/file", 0, 0, 1}, {"v/ v@ramfs v/file", 61, 0, 0},
	};

	for (unsigned i = 0; i < COUNT(ages); i++) {
		own_at_age(ages[i].made, ages[i].age);
		assert_report(2, 2, 0, 0);
		assert_int_equal(pauses, ages[i].pauses);
		assert_int_equal(waits, ages[i].waits);
	}
}

/* Each of the two names waits from 0 to 20 ms, a millisecond at a time. */
TEST(S17_a_ctime_that_stays_young_is_not_waited_for_without_end)
{
	own_at_age("v/ v/file v/twin=v/file", 0);
	assert_report(3, 1, 2, SKIP_HARDLINK);
	assert_int_equal(pauses, 2 * 21);
	own_at_age("v/ v/file v/twin=v/file", -1);
	assert_report(3, 1, 2, SKIP_HARDLINK);
	assert_int_equal(pauses, 0);
}

TEST(S43_a_hard_link_of_a_remote_file_system_is_changed_after_a_minute)
{
	own_at_age("v/ v@ramfs v/file v/twin=v/file", 61);
	assert_report(3, 2, 0, 0);
}
