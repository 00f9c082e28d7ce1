/*
 * trees: trees that a shell would be too slow to make. DIRECTORY exists, and what is below it is made.
 *
 *   trees files DIRECTORY COUNT         COUNT empty files
 *   trees directories DIRECTORY COUNT   COUNT empty directories
 *   trees levels DIRECTORY COUNT        a directory in a directory, COUNT of them, and a file in the lowest
 *   trees names DIRECTORY COUNT         COUNT files with names of 255 bytes, newlines and other nasty ones among them
 *   trees random DIRECTORY COUNT SEED   COUNT entries of all kinds, owned by root and others, 1000 among them: the same for the
 *                                       same SEED
 *
 * All is root's, but for the last.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_LENGTH 255
#define PATH_SIZE 4096

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void make_file(int directory, const char *name)
{
	if (mknodat(directory, name, S_IFREG | 0644, 0) != 0)
		fail(name);
}

static void make_directory(int directory, const char *name, mode_t mode)
{
	if (mkdirat(directory, name, mode) != 0)
		fail(name);
}

static int open_directory(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		fail(name);
	return fd;
}

static void make_files(int directory, long count)
{
	char name[32];

	for (long i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "f%ld", i);
		make_file(directory, name);
	}
}

static void make_directories(int directory, long count)
{
	char name[32];

	for (long i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "d%ld", i);
		make_directory(directory, name, 0755);
	}
}

static void make_levels(int directory, long count)
{
	int below;

	directory = dup(directory);
	for (long i = 0; i < count; i++) {
		make_directory(directory, "d", 0755);
		below = open_directory(directory, "d");
		close(directory);
		directory = below;
	}
	make_file(directory, "bottom");
	close(directory);
}

static void make_names(int directory, long count)
{
	static const char nasty[] = "\n\r\t\033[2J'\"\\$`* \177\377\n";
	char name[NAME_LENGTH + 1];
	char number[32];
	int length;

	for (long i = 0; i < count; i++) {
		memset(name, 'x', NAME_LENGTH);
		length = snprintf(number, sizeof(number), "%ld", i);
		memcpy(name, number, (size_t)length);
		memcpy(name + 32, nasty, sizeof(nasty) - 1);
		name[NAME_LENGTH - 1] = '\n';
		name[NAME_LENGTH] = '\0';
		make_file(directory, name);
	}
}

/* --- random ones --------------------------------------------------------------------------------- */

struct forest {
	int top;
	uint64_t state;
	char (*directories)[PATH_SIZE];
	size_t directory_count;
	char file[PATH_SIZE]; /* one made before, "" when there is none: links are made to it */
};

/* Below LIMIT (splitmix64: the same everywhere). */
static unsigned draw(struct forest *forest, unsigned limit)
{
	uint64_t value = forest->state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((value ^ value >> 31) % limit);
}

static void give_away(struct forest *forest, const char *path)
{
	static const uid_t owners[][2] = {{0, 0},       {0, 0},    {0, 0},    {1000, 1000},
	                                  {1000, 1000}, {1000, 0}, {0, 1000}, {1001, 1001}};
	const uid_t *owner = owners[draw(forest, sizeof(owners) / sizeof(owners[0]))];

	if (fchownat(forest->top, path, owner[0], owner[1], AT_SYMLINK_NOFOLLOW) != 0)
		fail(path);
}

static void add_directory(struct forest *forest, const char *path)
{
	static const mode_t modes[] = {0755, 0700, 0777, 0555, 02775};
	/* Not by mkdir, which obeys the umask. */
	mode_t mode = modes[draw(forest, sizeof(modes) / sizeof(modes[0]))];

	make_directory(forest->top, path, 0700);
	give_away(forest, path);
	if (fchmodat(forest->top, path, mode, 0) != 0)
		fail(path);
	strcpy(forest->directories[forest->directory_count++], path);
}

static void add_file(struct forest *forest, const char *path)
{
	make_file(forest->top, path);
	give_away(forest, path);
	strcpy(forest->file, path);
}

static void add_entry(struct forest *forest, long number)
{
	const char *parent = forest->directories[draw(forest, (unsigned)forest->directory_count)];
	unsigned kind = draw(forest, 100);
	char path[PATH_SIZE];

	if (strlen(parent) > PATH_SIZE - 64)
		parent = ".";
	if (snprintf(path, sizeof(path), "%s/%ld", parent, number) >= (int)sizeof(path))
		return;
	if (kind < 25) {
		add_directory(forest, path);
	} else if (kind < 33) {
		if (symlinkat(kind < 29 ? "/outside" : "nowhere", forest->top, path) != 0)
			fail(path);
		give_away(forest, path);
	} else if (kind < 36) {
		if (mkfifoat(forest->top, path, 0600) != 0)
			fail(path);
		give_away(forest, path);
	} else if (kind < 43 && forest->file[0] != '\0') {
		if (linkat(forest->top, forest->file, forest->top, path, 0) != 0)
			fail(path);
	} else {
		add_file(forest, path);
	}
}

static void make_random(int directory, long count, uint64_t seed)
{
	struct forest forest = {.top = directory, .state = seed};

	forest.directories = calloc((size_t)count + 1, sizeof(*forest.directories));
	if (forest.directories == NULL)
		fail("calloc");
	strcpy(forest.directories[forest.directory_count++], ".");
	for (long i = 0; i < count; i++)
		add_entry(&forest, i);
	free(forest.directories);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(int directory, long count);
	} shapes[] = {
		{"files", make_files},
		{"directories", make_directories},
		{"levels", make_levels},
		{"names", make_names},
	};
	int directory;
	long count;

	umask(0);
	if (argc < 4) {
		fputs("usage: trees SHAPE DIRECTORY COUNT [SEED]\n", stderr);
		return 2;
	}
	directory = open_directory(AT_FDCWD, argv[2]);
	count = strtol(argv[3], NULL, 10);
	if (strcmp(argv[1], "random") == 0 && argc == 5) {
		make_random(directory, count, strtoull(argv[4], NULL, 10));
		return 0;
	}
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (strcmp(argv[1], shapes[i].name) == 0) {
			shapes[i].make(directory, count);
			return 0;
		}
	}
	fprintf(stderr, "trees: no such shape: %s\n", argv[1]);
	return 2;
}
