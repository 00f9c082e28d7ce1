/* usage: tree PATH FILES
 *
 * Makes the directory PATH and FILES empty files below it, as a volume has them: 100 to a directory
 * in the mean, in some 5 and in some 300, and directories in directories. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUBDIRECTORIES 16

static const unsigned sizes[] = {5, 300, 10, 200, 20, 150, 40, 125, 60, 90};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void fail(const char *path)
{
	fprintf(stderr, "tree: %s: %s\n", path, strerror(errno));
	exit(1);
}

/* Directory 0 is PATH itself, and number n lies in number (n - 1) / SUBDIRECTORIES. */
static size_t append_path(unsigned long number, char *path, size_t length, size_t size)
{
	if (number == 0)
		return length;
	length = append_path((number - 1) / SUBDIRECTORIES, path, length, size);
	length += (size_t)snprintf(path + length, size - length, "/directory-%lu", number);
	if (length >= size) {
		errno = ENAMETOOLONG;
		fail(path);
	}
	return length;
}

static void fill(const char *path, unsigned long count, unsigned long number)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		fail(path);
	for (unsigned long i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "file-%lu.dat", number + i);
		if (mknodat(directory, name, S_IFREG | 0644, 0) != 0)
			fail(path);
	}
	close(directory);
}

int main(int argc, char **argv)
{
	unsigned long files = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long made = 0;
	char path[4096];
	size_t top;

	if (files == 0) {
		fputs("usage: tree PATH FILES\n", stderr);
		return 2;
	}
	top = (size_t)snprintf(path, sizeof(path), "%s", argv[1]);
	for (unsigned long number = 0; made < files; number++) {
		unsigned long count = sizes[number % SIZES];

		if (count > files - made)
			count = files - made;
		append_path(number, path, top, sizeof(path));
		if (mkdir(path, 0755) != 0)
			fail(path);
		fill(path, count, made);
		made += count;
	}
	return 0;
}
