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

/* Numbers that mix_hash() of hardlinks.c takes to 0 with the seed 1: that of a file, and that of the directory in which
 * the file 5 has the name "a". Then numbers that it takes to 1, to 1 on another device, and to the largest number. On the
 * next device the last one has the hash of the file 5. */
#define HASH_0 UINT64_C(0xb54cda5d51d83ab9)
#define HASH_0_OF_NAME UINT64_C(0x265fa0b3a7078d14)
#define HASH_1 UINT64_C(0x449259bcc8ef4984)
#define HASH_1_OF_DEVICE UINT64_C(0xac5e3bedec1d385f) /* of HASH_0 on that device */
#define HASH_MAX UINT64_C(0x94a00c1e57d66ba)
#define HASH_OF_5 UINT64_C(0x3abf9ddc57dc5a2a)

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

	assert_true(hardlinks_record_name(
		links, &inode, &(struct hardlink_name){step.directory, step.name, 8, 9}, &verdict));
	if (verdict != step.verdict)
		fail_msg("file %u, '%s': verdict %d", (unsigned)step.inode, step.name, verdict);
}

static void assert_unfinished(const struct hardlinks *links, uint64_t names, const char *path)
{
	const char *found = "untouched";
	bool is_uncertain = true;

	assert_int_equal(hardlinks_has_unfinished(links), names > 0);
	assert_int_equal(hardlinks_count_unfinished(links, 0, &found, &is_uncertain), names);
	assert_true(names > 0 || !is_uncertain);
	if (path == NULL)
		assert_null(found);
	else
		assert_string_equal(found, path);
}

/* Ends at the step without a name. Only a file that is complete is known as such, until it changes. */
static void play(const struct step steps[static 5])
{
	struct hardlinks links = {.seed = 1};
	size_t complete = 0;

	for (; steps->name != NULL; steps++) {
		struct inode inode = inode_of(steps);
		bool is_complete = steps->verdict == HARDLINKS_ALL;

		assert_false(hardlinks_is_complete(&links, &inode));
		meet(&links, *steps);
		assert_unfinished(&links, steps->unfinished, NULL);
		complete += is_complete;
		assert_int_equal(links.complete, complete);
		assert_int_equal(hardlinks_is_complete(&links, &inode), is_complete);
		inode.changed++;
		assert_false(hardlinks_is_complete(&links, &inode));
	}
	hardlinks_free(&links);
}

TEST(S17_a_file_is_complete_when_all_its_names_were_met)
{
	static const struct step histories[][5] = {
		{{5, 2, 1, "a", HARDLINKS_FIRST, 1}, {5, 2, 1, "ab", HARDLINKS_ALL, 0}},
		/* Its directory was moved to where the walk had yet to come: the same directory,
	         * the same name, and the ctime of the file tells nothing. */
		{{5, 2, 1, "a", HARDLINKS_FIRST, 1},
	         {5, 2, 1, "a", HARDLINKS_MORE, 1},
	         {5, 2, 1, "a", HARDLINKS_MORE, 1},
	         {5, 2, 2, "a", HARDLINKS_ALL, 0}},
		/* No hash is 0, which is a free slot. */
		{{HASH_0, 2, 1, "a", HARDLINKS_FIRST, 1}, {HASH_0, 2, 1, "b", HARDLINKS_ALL, 0}},
		{{5, 2, HASH_0_OF_NAME, "a", HARDLINKS_FIRST, 1},
	         {5, 2, HASH_0_OF_NAME, "a", HARDLINKS_MORE, 1}},
		/* Files are told apart by device and inode. */
		{{5, 2, 1, "a", HARDLINKS_FIRST, 1},
	         {5, 2, 1, "b", HARDLINKS_FIRST, 2, .device = 1},
	         {6, 2, 1, "c", HARDLINKS_FIRST, 3}},
		/* One that has the hash of another one is skipped. */
		{{5, 2, 1, "a", HARDLINKS_FIRST, 1},
	         {5, 2, 1, "b", HARDLINKS_ALL, 0},
	         {6, 2, 1, "c", HARDLINKS_FIRST, 1},
	         {HASH_OF_5, 2, 1, "c", HARDLINKS_FULL, 1, .device = 1}},
		{{HASH_0, 2, 1, "a", HARDLINKS_FIRST, 1}, {HASH_1, 2, 1, "b", HARDLINKS_FULL, 1}},
		{{HASH_0, 2, 1, "a", HARDLINKS_FIRST, 1},
	         {HASH_0, 2, 1, "b", HARDLINKS_FULL, 1, .device = HASH_1_OF_DEVICE}},
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
static void meet_many(struct hardlinks *links, uint64_t first, uint64_t last, uint64_t directory,
                      enum hardlinks_verdict verdict)
{
	char name[32];

	for (uint64_t i = first; i <= last; i++) {
		snprintf(name, sizeof(name), "%u", (unsigned)i);
		meet(links, (struct step){i, 2, directory, name, verdict});
	}
}

TEST(S17_memory_is_bounded)
{
	struct hardlinks links = {.seed = 1, .maximum = 10};

	meet_many(&links, 1, 10, 1, HARDLINKS_FIRST);
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
		meet_many(&links, i, i, 1, HARDLINKS_FIRST);
		assert_true(note(&links, i, "given back"));
		meet_many(&links, i, i, 2, HARDLINKS_ALL);
	}
	assert_unfinished(&links, 0, NULL);
	meet_many(&links, 500, 500, 1, HARDLINKS_FIRST);
	assert_true(note(&links, 500, "/data/left"));
	assert_unfinished(&links, 1, "/data/left");
	meet_many(&links, 1000, 1019, 1, HARDLINKS_FIRST);
	for (uint64_t i = 1; i < HARDLINKS_EXAMPLES; i++)
		assert_true(note(&links, 1000 + i, "more"));
	assert_false(note(&links, 1019, "more"));
	hardlinks_free(&links);
}

TEST(S17_the_walk_that_meets_a_file_first_reports_it)
{
	struct hardlinks links = {.seed = 1};
	const char *path;
	bool is_uncertain;

	meet(&links, (struct step){5, 2, 1, "a", HARDLINKS_FIRST});
	meet(&links, (struct step){6, 3, 1, "a", HARDLINKS_FIRST});
	assert_true(note(&links, 5, "/complete") && note(&links, 6, "/first"));
	links.walk = 1;
	meet(&links, (struct step){5, 2, 1, "b", HARDLINKS_ALL});
	meet(&links, (struct step){6, 3, 1, "b", HARDLINKS_MORE});
	meet(&links, (struct step){7, 3, 1, "b", HARDLINKS_FIRST});
	assert_true(note(&links, 7, "/second"));
	meet(&links, (struct step){8, 3, 1, "a", HARDLINKS_FIRST});
	meet(&links, (struct step){8, 3, 1, "b", HARDLINKS_MORE, .seconds = 1});
	assert_int_equal(links.crossed, 1);
	assert_unfinished(&links, 1, "/first");
	assert_int_equal(hardlinks_count_unfinished(&links, 1, &path, &is_uncertain), 3);
	assert_false(is_uncertain); /* the file of the path */
	assert_string_equal(path, "/second");
	links.walk = 2;
	meet_many(&links, 9, 20, 1, HARDLINKS_FIRST);
	meet(&links, (struct step){9, 2, 2, "b", HARDLINKS_MORE, .seconds = 1});
	assert_int_equal(hardlinks_count_unfinished(&links, 2, &path, &is_uncertain), 13);
	assert_true(is_uncertain); /* one of them */
	hardlinks_free(&links);
}

TEST(S17_a_further_round_counts_the_names_of_incomplete_files_anew)
{
	struct hardlinks links = {.seed = 1};

	meet_many(&links, 5, 6, 1, HARDLINKS_FIRST);
	meet_many(&links, 6, 6, 2, HARDLINKS_ALL);
	assert_false(hardlinks_has_uncertain(&links));
	meet(&links, (struct step){HASH_MAX, 3, 1, "a", HARDLINKS_FIRST});
	meet(&links, (struct step){HASH_MAX, 3, 1, "b", HARDLINKS_MORE, .seconds = 1});
	assert_true(hardlinks_has_uncertain(&links));
	links.round = 1;
	meet_many(&links, 5, 6, 1, HARDLINKS_MORE);
	meet_many(&links, 5, 6, 1, HARDLINKS_MORE);
	meet_many(&links, 6, 6, 2, HARDLINKS_MORE);
	meet_many(&links, 5, 5, 2, HARDLINKS_ALL);
	assert_int_equal(links.complete, 2);
	assert_unfinished(&links, 2, NULL);
	assert_true(hardlinks_has_uncertain(&links));
	meet(&links, (struct step){HASH_MAX, 3, 1, "a", HARDLINKS_MORE, .seconds = 1});
	assert_false(hardlinks_has_uncertain(&links));
	hardlinks_free(&links);
}

TEST(a_table_that_grows_loses_nothing)
{
	const struct inode other = inode_of(&(struct step){6, 2});
	struct hardlinks links = {.seed = 1};

	assert_unfinished(&links, 0, NULL);
	meet_many(&links, HASH_0, HASH_0, 1, HARDLINKS_FIRST);
	meet_many(&links, HASH_MAX, HASH_MAX, 1, HARDLINKS_FIRST);
	/* The search for a file that is not there ends at a free slot, however full the table is. */
	for (uint64_t i = 101; i <= 500; i++) {
		assert_false(hardlinks_is_complete(&links, &other));
		meet_many(&links, i, i, 1, HARDLINKS_FIRST);
	}
	assert_unfinished(&links, 402, NULL);
	meet_many(&links, 101, 500, 1, HARDLINKS_MORE);
	meet_many(&links, HASH_0, HASH_0, 2, HARDLINKS_ALL);
	meet_many(&links, HASH_MAX, HASH_MAX, 2, HARDLINKS_ALL);
	hardlinks_free(&links);
}

/* The first name existed from 5 to 8 at least. */
TEST(S17_a_file_is_complete_only_if_all_its_names_existed_at_one_moment)
{
	static const struct {
		uint64_t stays_from, met;
		enum hardlinks_verdict verdict;
	} seconds[] = {
		{7, 9, HARDLINKS_ALL}, {8, 9, HARDLINKS_MORE}, {UINT64_MAX, 6, HARDLINKS_ALL},
		{4, 6, HARDLINKS_ALL}, {4, 5, HARDLINKS_MORE},
	};

	for (unsigned i = 0; i < COUNT(seconds); i++) {
		const struct inode inode = {.number = 5, .links = 2};
		struct hardlinks links = {.seed = 1};
		struct hardlink_name name = {1, "a", 5, 8};
		enum hardlinks_verdict verdict;

		assert_true(hardlinks_record_name(&links, &inode, &name, &verdict));
		assert_int_equal(verdict, HARDLINKS_FIRST);
		name = (struct hardlink_name){2, "b", seconds[i].stays_from, seconds[i].met};
		assert_true(hardlinks_record_name(&links, &inode, &name, &verdict));
		assert_int_equal(verdict, seconds[i].verdict);
		hardlinks_free(&links);
	}
}
