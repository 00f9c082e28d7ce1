/* usage: walk THREADS PATH UID GID
 *
 * The floor that stepdown's walk is compared with: looks at every entry below PATH and changes what
 * does not belong to UID and GID, by name and with no care for what happens in the tree meanwhile.
 * Prints how many entries it changed. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS_MAX 64

struct directory {
	struct directory *next;
	char path[];
};

static uid_t uid;
static gid_t gid;
static atomic_ulong changed;

/* Directories that no thread has taken yet, and how many threads are in one. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static struct directory *waiting;
static unsigned busy;

static void fail(const char *path)
{
	fprintf(stderr, "walk: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void push(const char *parent, const char *name)
{
	size_t size = strlen(parent) + strlen(name) + 2;
	struct directory *directory = malloc(sizeof(*directory) + size);

	if (directory == NULL)
		fail(parent);
	snprintf(directory->path, size, "%s/%s", parent, name);
	pthread_mutex_lock(&lock);
	directory->next = waiting;
	waiting = directory;
	pthread_cond_signal(&news);
	pthread_mutex_unlock(&lock);
}

/* Returns NULL if the walk is over, because nothing waits and no thread can find more. */
static struct directory *pop(void)
{
	struct directory *directory;

	pthread_mutex_lock(&lock);
	while (waiting == NULL && busy > 0)
		pthread_cond_wait(&news, &lock);
	directory = waiting;
	if (directory != NULL) {
		waiting = directory->next;
		busy++;
	}
	pthread_mutex_unlock(&lock);
	return directory;
}

static void leave(void)
{
	pthread_mutex_lock(&lock);
	if (--busy == 0)
		pthread_cond_broadcast(&news);
	pthread_mutex_unlock(&lock);
}

static void put_right(int directory, const char *name)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		fail(name);
	if (status.st_uid == uid && status.st_gid == gid)
		return;
	if (fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
		fail(name);
	atomic_fetch_add(&changed, 1);
}

static void walk_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (directory == NULL)
		fail(path);
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		put_right(dirfd(directory), entry->d_name);
		if (entry->d_type == DT_DIR)
			push(path, entry->d_name);
	}
	closedir(directory);
}

static void *work(void *unused)
{
	struct directory *directory;

	while ((directory = pop()) != NULL) {
		walk_directory(directory->path);
		free(directory);
		leave();
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	unsigned long count = argc == 5 ? strtoul(argv[1], NULL, 10) : 0;

	if (count == 0 || count > THREADS_MAX) {
		fputs("usage: walk THREADS PATH UID GID\n", stderr);
		return 2;
	}
	uid = (uid_t)strtoul(argv[3], NULL, 10);
	gid = (gid_t)strtoul(argv[4], NULL, 10);
	put_right(AT_FDCWD, argv[2]);
	push(argv[2], ".");
	for (unsigned long i = 1; i < count; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			fail("threads");
	}
	work(NULL);
	for (unsigned long i = 1; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("%lu\n", atomic_load(&changed));
	return 0;
}
