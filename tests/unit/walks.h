#ifndef STEPDOWN_TESTS_WALKS_H
#define STEPDOWN_TESTS_WALKS_H

/* Tests that are walks. A row is a tree, a walk over it, and what the walk leaves. To be included behind "scratch.h", by the
 * one file of a program. */

#include <sys/resource.h>

#include "hooked_calls.h"
#include "walked_volume.h"

/* Options, the first is --own-once; and that a user can exchange the path. */
enum { ONCE = 1, TOP_ONLY = 2, STRICT = 4, DRY_RUN = 8, EXCHANGED = 16, MAKE = 32 };
enum { OPENAT2 = 1, STATX = 2, HANDLES = 4, PROC = 8 }; /* what a kernel or a container lacks */

/* For example {"name_of_the_test", "v/ v/file:1001", "v", 2, 2, .apps = "*"}: root's directory v with a file of 1001's is
 * walked, two entries are visited and changed, and both are app's then. */
struct walk {
	const char *name; /* of the test; NULL: it goes on */
	const char *made; /* words of make() in a new tree; NULL: the tree of the row before */
	const char *path;
	uint64_t visited, changed, skipped;
	int reason; /* of the first that is skipped */
	/* Names that are theirs afterwards; "*": all below PATH. */
	const char *apps, *roots, *others;
	unsigned mounts;     /* that are counted */
	const char *first;   /* the end of the first path that is skipped */
	const char *message; /* of the error that ends the walk; NULL: it succeeds */
	unsigned options;
	bool is_unfinished;
	int dry_errnum; /* see struct ownership_request */
	const char *program;
	uid_t from[2];   /* the users whose entries are changed; 0: all */
	unsigned levels; /* of directories at PATH, which only LEVELS_OWNER may enter */
	uid_t levels_owner;
	const char *locked; /* a directory on which another process holds a shared lock */
	void (*prepare)(void);
	uint32_t capabilities; /* 0: all */
	unsigned lacks;
	rlim_t descriptors; /* 0: enough */
	bool (*hook)(struct call *call);
	/* For HOOK. Without one the calls about the name REFUSED fail. */
	int errnum;
	const char *refused;     /* NULL: "refused"; "*": any name, or none */
	long call;               /* 0: any */
	long flag;               /* that the calls have */
	unsigned nth, last;      /* of these calls; 0: each */
	unsigned offset;         /* in struct statx, for HOOK */
	const char *replacement; /* words of make(), for hooks that replace a name */
};

/* The program defines them. The last one is empty. */
extern const struct walk rows[];

static const struct walk *first; /* of the test */
static const struct walk *row;   /* the present one */

/* Walks PATH as one worker with a hook. */
static inline void own_hooked(const char *path, bool (*path_hook)(struct call *call))
{
	hook = path_hook;
	own(path, APP, 1);
	hook = NULL;
}

static bool refuse(struct call *call)
{
	static unsigned count;
	const char *name = row->refused != NULL ? row->refused : "refused";

	return (strcmp(name, "*") == 0 || strcmp(name_of(call), name) == 0) &&
	       (row->call == 0 || call->number == row->call) &&
	       (flags_of(call) & row->flag) == row->flag &&
	       (++count == row->nth || row->nth == 0) && fail_call(call, row->errnum);
}

/* Every change is reported as done, and none is. */
static inline bool ignore_changes(struct call *call)
{
	return call->number == SYS_fchownat;
}

static void lose_calls(void)
{
	if (row->lacks & OPENAT2)
		forbid(SYS_OPENAT2, EPERM);
	if (row->lacks & STATX)
		forbid(SYS_statx, ENOSYS);
	if (row->lacks & HANDLES)
		forbid(SYS_name_to_handle_at, ENOSYS);
	if (row->lacks & PROC)
		lose_proc();
	if (row->capabilities != 0)
		keep_capabilities(row->capabilities);
	if (row->descriptors != 0) {
		const struct rlimit limit = {row->descriptors, row->descriptors};

		closefrom(3);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
}

static void assert_walk_report(void)
{
	bool is_made = (row->options & MAKE) != 0 && row->changed > 0;

	assert_report(row->visited, row->changed, row->skipped, row->reason);
	assert_int_equal(report.mounts, row->mounts);
	assert_int_equal(report.made, is_made);
	if (is_made && (row->options & DRY_RUN) == 0)
		assert_int_equal(status_at(at("%s", row->path)).st_mode, S_IFDIR | 0755);
	assert_int_equal(report.unfinished, row->is_unfinished);
	assert_int_equal(report.can_be_exchanged, (row->options & EXCHANGED) != 0);
	assert_int_equal(report.former_count > 0, row->changed > 0 && !is_made);
	if (row->changed > 0)
		assert_below(report.first_wrong, at("%s", row->path));
	else
		assert_string_equal(report.first_wrong, "");
	if (row->first != NULL)
		assert_string_equal(strrchr(report.first_skipped, '\0') - strlen(row->first),
		                    row->first);
}

static void walk_row(void)
{
	struct declared_path volume = {at("%s", row->path), DEPTH_TREE,
	                               .make = row->options & MAKE};
	struct ownership_request request = {.owner = &ids_of(APP),
	                                    .strict = row->options & STRICT,
	                                    .dry_run = row->options & DRY_RUN,
	                                    .dry_errnum = row->dry_errnum,
	                                    .make_mode = 0755,
	                                    .from = row->from,
	                                    .from_count = row->from[0] != 0 ? 2 : 0};
	bool ok;

	if (row->options & ONCE)
		volume.depth = DEPTH_TREE_IF_TOP_WRONG;
	if (row->options & (TOP_ONLY | MAKE))
		volume.depth = DEPTH_TOP;
	if (row->program != NULL) {
		struct stat status = status_at(at("%s", row->program));

		request.program = (struct program_inodes){1, {{status.st_dev, status.st_ino}}};
	}
	lose_calls();
	hook = row->hook == NULL && row->errnum != 0 ? refuse : row->hook;
	request.jobs = hook != NULL;
	ok = apply_alone(&volume, &request);
	hook = NULL;
	if (ok != (row->message == NULL) || (!ok && strstr(error.message, row->message) == NULL))
		fail_msg("%s", error.message);
	if (ok)
		assert_walk_report();
	assert_int_equal(syscall(SYS_setfsuid, -1), 0);
	assert_int_equal(locks_held, 0);
	assert_true(bytes_mapped == 0 || bytes_mapped == 2 * PATH_MAX);
}

static void assert_names(uid_t owner, const char *names)
{
	if (names != NULL && strcmp(names, "*") == 0)
		assert_all_owned(at("%s", row->path));
	else if (names != NULL)
		assert_owned(owner, names);
}

static void run_rows(void)
{
	row = first;
	do {
		int lock = -1;

		print_message("# row %d%s\n", (int)(row - rows), is_settled ? ", settled" : "");
		if (row->made != NULL)
			make_new_tree();
		if (row->levels > 0)
			make_levels(row->path, row->levels, row->levels_owner);
		if (row->made != NULL && row->made[0] != '\0')
			make("%s", row->made);
		if (row->prepare != NULL)
			row->prepare();
		if (row->locked != NULL) {
			lock = open(at("%s", row->locked), O_RDONLY | O_CLOEXEC);
			assert_int_equal(flock(lock, LOCK_SH | LOCK_NB), 0);
		}
		in_child(walk_row);
		close(lock);
		assert_names(APP, row->apps);
		assert_names(0, row->roots);
		assert_names(OTHER, row->others);
	} while ((++row)->path != NULL && row->name == NULL);
}

static void run_walks(void **state)
{
	first = *state;
	run_fresh_and_settled(run_rows);
}

__attribute__((constructor)) static void add_walks(void)
{
	for (int i = 0; rows[i].path != NULL; i++) {
		if (rows[i].name != NULL)
			add_test(i, (struct CMUnitTest){rows[i].name, run_walks, NULL, NULL,
			                                (void *)(uintptr_t)&rows[i]});
	}
}

#endif
