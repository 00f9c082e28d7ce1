#include "unit.h"

#include "volume/hardlinks.h"

/* One name as it is met, and what is known then. */
struct step {
	uint64_t inode;
	uint32_t links;
	uint64_t directory;
	const char *name;
	enum hardlinks_verdict verdict;
	uint64_t unfinished;          /* names */
	uint64_t device;              /* beside 7 */
	int64_t seconds, nanoseconds; /* of the last change, beside 1000 and 5 */
};

static struct inode inode_of(const struct step *step)
{
	return (struct inode){
		.device = 7 + step->device,
		.number = step->inode,
		.links = step->links,
		.changed = inode_time(1000 + step->seconds, 5 + step->nanoseconds),
	};
}

static void meet(struct hardlinks *links, struct step step)
{
	struct inode inode = inode_of(&step);
	enum hardlinks_verdict verdict;

	assert_true(hardlinks_record_name(links, &inode, step.directory, step.name, &verdict));
	if (verdict != step.verdict)
		fail_msg("file %u, '%s': verdict %d", (unsigned)step.inode, step.name, verdict);
}

static void assert_unfinished(const struct hardlinks *links, uint64_t names, const char *path)
{
	const char *found;

	assert_int_equal(hardlinks_count_unfinished(links, 0, &found), names);
	if (path == NULL)
		assert_null(found);
	else
		assert_string_equal(found, path);
}

/* Ends at the step without a name. */
static void play(const struct step steps[static 5])
{
	struct hardlinks links = {.seed = 1};

	for (; steps->name != NULL; steps++) {
		meet(&links, *steps);
		assert_unfinished(&links, steps->unfinished, NULL);
		assert_int_equal(links.complete, steps->verdict == HARDLINKS_ALL);
	}
	hardlinks_free(&links);
}

TEST(S17_a_file_is_complete_when_all_its_names_were_met)
{
	static const struct step histories[][5] = {
		{{5, 2, 1, "a", HARDLINKS_FIRST, 1}, {5, 2, 1, "b", HARDLINKS_ALL, 0}},
		/* Its directory was moved to where the walk had yet to come: the same directory,
	         * the same name, and the ctime of the file tells nothing. */
		{{5, 2, 1, "a", HARDLINKS_FIRST, 1},
	         {5, 2, 1, "a", HARDLINKS_MORE, 1},
	         {5, 2, 1, "a", HARDLINKS_MORE, 1},
	         {5, 2, 2, "a", HARDLINKS_ALL, 0}},
		/* Files are told apart by device and inode. */
		{{5, 2, 1, "a", HARDLINKS_FIRST, 1},
	         {5, 2, 1, "b", HARDLINKS_FIRST, 2, .device = 1},
	         {6, 2, 1, "c", HARDLINKS_FIRST, 3}},
	};

	for (size_t i = 0; i < COUNT(histories); i++)
		play(histories[i]);
}

TEST(S17_a_changed_file_is_never_complete)
{
	static const struct step changes[] = {
		{5, 3, 1, "b", HARDLINKS_MORE, 2, .seconds = 1},
		{5, 3, 1, "b", HARDLINKS_MORE, 2, .nanoseconds = 1},
		{5, 4, 1, "b", HARDLINKS_MORE, 2},
		{5, 2, 1, "b", HARDLINKS_MORE, 2},
	};

	for (size_t i = 0; i < COUNT(changes); i++)
		play((const struct step[5]){{5, 3, 1, "a", HARDLINKS_FIRST, 1},
		                            changes[i],
		                            {5, 3, 1, "c", HARDLINKS_MORE, 3},
		                            {5, 3, 1, "d", HARDLINKS_MORE, 4}});
}

/* Meets the FIRST to the LAST file, each of two names, in DIRECTORY. */
static void meet_many(struct hardlinks *links, uint64_t first, uint64_t last, uint64_t directory)
{
	char name[32];

	for (uint64_t i = first; i <= last; i++) {
		snprintf(name, sizeof(name), "%u", (unsigned)i);
		meet(links, (struct step){i, 2, directory, name,
		                          directory == 1 ? HARDLINKS_FIRST : HARDLINKS_ALL});
	}
}

TEST(S17_memory_is_bounded)
{
	struct hardlinks links = {.seed = 1, .maximum = 10};

	meet_many(&links, 1, 10, 1);
	meet(&links, (struct step){100, 2, 1, "one too many", HARDLINKS_FULL});
	meet(&links, (struct step){1, 2, 1, "second", HARDLINKS_FULL});
	assert_int_equal(links.files.used, 10);
	assert_unfinished(&links, 10, NULL);
	hardlinks_free(&links);
}

/* Notes PATH for the file that STEP has met. Returns false if there is no room for it. */
static bool note(struct hardlinks *links, uint64_t number, const char *path)
{
	struct inode inode = inode_of(&(const struct step){number, 2});
	char *example = hardlinks_take_example(links, &inode);

	if (example != NULL)
		strcpy(example, path);
	return example != NULL;
}

TEST(S17_an_unfinished_file_has_its_path_noted)
{
	struct hardlinks links = {.seed = 1};

	/* Complete ones give their place back. */
	for (uint64_t i = 1; i <= 100; i++) {
		meet_many(&links, i, i, 1);
		assert_true(note(&links, i, "given back"));
		meet_many(&links, i, i, 2);
	}
	assert_unfinished(&links, 0, NULL);
	meet_many(&links, 500, 500, 1);
	assert_true(note(&links, 500, "/data/left"));
	assert_unfinished(&links, 1, "/data/left");
	meet_many(&links, 1000, 1019, 1);
	for (uint64_t i = 1; i < HARDLINKS_EXAMPLES; i++)
		assert_true(note(&links, 1000 + i, "more"));
	assert_false(note(&links, 1019, "more"));
	hardlinks_free(&links);
}

TEST(overlay_the_other_names_of_a_complete_file_are_known)
{
	const struct inode file = inode_of(&(struct step){5, 2});
	const struct inode changed = inode_of(&(struct step){5, 2, .seconds = 1});
	const struct inode other = inode_of(&(struct step){6, 2});
	struct hardlinks links = {.seed = 1};

	assert_false(hardlinks_is_complete(&links, &file));
	meet(&links, (struct step){5, 2, 1, "a", HARDLINKS_FIRST});
	assert_false(hardlinks_is_complete(&links, &file));
	meet(&links, (struct step){5, 2, 1, "b", HARDLINKS_ALL});
	assert_true(hardlinks_is_complete(&links, &file));
	assert_false(hardlinks_is_complete(&links, &changed));
	assert_false(hardlinks_is_complete(&links, &other));
	/* The search for a file that is not there ends at a free slot, however full the table is. */
	for (uint64_t i = 100; i < 200; i++) {
		assert_false(hardlinks_is_complete(&links, &other));
		meet_many(&links, i, i, 1);
	}
	hardlinks_free(&links);
}
