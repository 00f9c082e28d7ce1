/* A worker gives work to an idle one. There are no threads. */
#include "scratch.h"

#include "cases.h"
#include "volume/share_work.h"

static struct workers workers;

/* Enters the last subdirectory of the level above. NAMES are the subdirectories of the new level behind its flags: '-'
 * closed, '!' not read to its end, '*' shared with another worker, '+' shared with one who has read it to its end. */
static void enter_level(struct dir_stack *stack, char *names)
{
	size_t flags = strspn(names, "-!+*");
	bool is_ended = memchr(names, '+', flags) != NULL;
	bool is_shared = is_ended || memchr(names, '*', flags) != NULL;
	const struct dir_level level = {.dir.fd = memchr(names, '-', flags) == NULL ? STDERR_FILENO
	                                                                            : -1,
	                                .unread = memchr(names, '!', flags) != NULL,
	                                .share = is_shared ? &workers.slots[0].share : NULL};

	if (is_shared)
		*level.share = (struct shared_dir){2, is_ended};
	assert_non_null(dir_stack_join(stack, &level));
	names += flags;
	while (names != NULL && *names != '\0')
		assert_true(dir_stack_push_name(stack, strsep(&names, ",")));
}

/* Appends the names and the entries that WORKER is still to visit. */
static void append_pending(char *found, const struct worker *worker)
{
	const struct dir_stack *stack = &worker->chowner.stack;

	for (size_t level = 0; level < stack->depth; level++) {
		const char *name = stack->names + stack->levels[level].children;
		const char *end = name + dir_stack_pending(stack, level);

		for (; name < end; name = strchr(name, '\0') + 1)
			append(found, " %s", name);
	}
	if (worker->length > worker->at)
		append(found, " %zu entries", (worker->length - worker->at) / 24);
}

/* The donor has LEVELS, ENTRIES that are read but not visited, and the memory or the workers are as STATE says. */
static void share(char *levels, size_t entries, const char *state, char *found)
{
	struct chown_job job = {.request = &(const struct ownership_request){.jobs = 2}};
	struct worker *donor, *receiver;

	assert_true(workers_open(&workers, &job, "/v", NULL));
	donor = &workers.slots[0];
	receiver = &workers.slots[1];
	receiver->workers = &workers;
	receiver->idle = true;
	receiver->at = 7;
	donor->share.ended = true;
	workers.started = workers.scaling.wanted = 2;
	workers.busy = strcmp(state, "busy") == 0 ? 2 : 1;
	while (levels != NULL)
		enter_level(&donor->chowner.stack, strsep(&levels, "/"));
	donor->at = 24;
	donor->length = 24 + 24 * entries;
	for (size_t at = 0; at < donor->length; at += 24)
		donor->entries[at + ENTRY_SIZE_AT] = 24;
	if (strcmp(state, "lent") == 0)
		donor->share.workers = 1;
	if (strstr(state, "lent") != NULL)
		receiver->share.workers = 1;
	if (strcmp(state, "names-full") == 0) {
		dir_stack_join(&receiver->chowner.stack, &(struct dir_level){.dir.fd = -1});
		dir_stack_leave(&receiver->chowner.stack);
	}
	if (strstr(state, "full") != NULL)
		forbid(SYS_mmap, ENOMEM);
	share_work(donor);
	if (!receiver->idle) {
		const struct dir_level *level = receiver->chowner.stack.levels;

		assert_true(workers.busy == 2 && receiver->chowner.stack.depth == 1);
		assert_true(receiver->at == 0 && level->share->workers >= 2);
		append(found, "%s%s%s", receiver->chowner.stack.declared,
		       level->unread ? " unread" : "", level->share->ended ? " ended" : "");
		append_pending(found, receiver);
	}
	append(found, " |");
	append_pending(found, donor);
	append(found, "%s", workers.failed ? ", failed" : "");
}

/* LINE is the levels of the donor, its entries, and a state. WANTED is what the receiver gets, and the donor keeps. */
static void shares(const char *line, const char *wanted)
{
	char levels[20], state[20], found[FOUND_BYTES] = "";
	size_t entries;
	pid_t child;

	child = start_child();
	if (child == 0) {
		assert_int_equal(sscanf(line, "%19s %zu %19s", levels, &entries, state), 3);
		share(levels, entries, state, found);
		assert_found(line, found, wanted);
		_exit(CHILD_PASSED);
	}
	assert_int_equal(status_of(child), CHILD_PASSED);
}

PATTERNS(a_donor_gives_about_half_from_its_first_level, shares) = {
	{"a,b,c,d,e,f/ 0 -", "/v a b | c d e"},
	{"longer,b,c/ 0 -", "/v longer | b"},
	{"a,a,bb,c/ 0 -", "/v a a | bb"},
	{"-a,b/c,d/e,f 0 -", "/v/b c | a e f"},
	{"!b/c,d/e,f 0 -", "/v unread | c e f"},
	{"+!b/c,d/e,f 0 -", "/v/b c | e f"},
	{"*!b/c,d/e,f 0 -", "/v unread | c e f"},
	{"+a,b/c,d/e,f 0 -", "/v ended a | c e f"},
	/* The donor keeps a part of the current level. */
	{"b/c,d 0 -", "/v/b c | d"},
	{"b/d 0 -", " | d"},
	{"b/ 0 -", " |"},
	{"!b 0 -", " | b"},
	{"!b 16 -", "/v unread 8 entries | b 8 entries"},
	{"b 15 -", "/v 7 entries | b 8 entries"},
	{"b 14 -", " | b 14 entries"},
	{"a,b 14 -", "/v a | b 14 entries"},
	{"a,b 16 -", "/v 8 entries | a b 8 entries"},
	{"a,b/c,d 16 -", "/v a | c d 16 entries"},
	{"a,b/c,d 0 busy", " | a c d"},
	{"a,b/c,d 0 lent", " | a c d"},
	{"a,b/c,d 0 one-lent", "/v a | c d"},
	{"a,b/c,d 0 full", " | a c d, failed"},
	{"a,b/c,d 0 names-full", "/v | a c d, failed"},
};
