/* usage: walk look|fix|set THREADS PATH UID GID [EVERY]
 *
 * The least that a walk over PATH can do, by name and with no care for anything that happens in
 * the tree meanwhile: what stepdown's walk is compared with, and what makes trees wrong again.
 *
 *   look  reads the directories and asks for each entry's owner
 *   fix   the same, and changes what does not belong to UID and GID
 *   set   reads the directories and changes all entries, or each EVERY-th one (always the same),
 *         without asking
 *
 * Prints how many entries there are and how many of them were wrong (were changed, for set). */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BUFFER_SIZE (256 * 1024)
#define THREADS_MAX 64

enum mode { MODE_LOOK, MODE_FIX, MODE_SET };

/* What getdents64() writes. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

struct directory {
	struct directory *next;
	char path[];
};

static enum mode mode;
static uid_t uid;
static gid_t gid;
static unsigned long every;
static atomic_ulong entries, wrong;

/* Directories that nobody has taken yet, and how many threads are in one: with none of either the
 * walk is over. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
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
	snprintf(directory->path, size, "%s%s%s", parent, *parent == '\0' ? "" : "/", name);
	pthread_mutex_lock(&lock);
	directory->next = waiting;
	waiting = directory;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

/* NULL when the walk is over. */
static struct directory *pop(void)
{
	struct directory *directory;

	pthread_mutex_lock(&lock);
	while (waiting == NULL && busy > 0)
		pthread_cond_wait(&changed, &lock);
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
	if (--busy == 0 && waiting == NULL)
		pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void handle(int directory, const char *name, uint64_t inode)
{
	bool change = inode % every == 0;

	atomic_fetch_add(&entries, 1);
	if (mode != MODE_SET) {
		struct statx status;

		if (statx(directory, name,
		          AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		          STATX_TYPE | STATX_UID | STATX_GID, &status) != 0)
			fail(name);
		change = status.stx_uid != uid || status.stx_gid != gid;
	}
	if (!change)
		return;
	atomic_fetch_add(&wrong, 1);
	if (mode != MODE_LOOK && fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
		fail(name);
}

static void walk_directory(const char *path, char *buffer)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	long length;

	if (fd < 0)
		fail(path);
	while ((length = syscall(SYS_getdents64, fd, buffer, BUFFER_SIZE)) > 0) {
		struct entry *entry;

		for (long at = 0; at < length; at += entry->length) {
			entry = (struct entry *)(void *)(buffer + at);
			if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
				continue;
			handle(fd, entry->name, entry->inode);
			if (entry->type == DT_DIR)
				push(path, entry->name);
		}
	}
	if (length < 0)
		fail(path);
	close(fd);
}

static void *work(void *unused)
{
	char *buffer = malloc(BUFFER_SIZE);
	struct directory *directory;

	if (buffer == NULL)
		fail("memory");
	while ((directory = pop()) != NULL) {
		walk_directory(directory->path, buffer);
		free(directory);
		leave();
	}
	free(buffer);
	return unused;
}

static bool read_mode(const char *word)
{
	static const char *const words[] = {"look", "fix", "set"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			mode = (enum mode)i;
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	unsigned long count = argc >= 6 ? strtoul(argv[2], NULL, 10) : 0;

	if (count == 0 || count > THREADS_MAX || !read_mode(argv[1])) {
		fputs("usage: walk look|fix|set THREADS PATH UID GID [EVERY]\n", stderr);
		return 2;
	}
	uid = (uid_t)strtoul(argv[4], NULL, 10);
	gid = (gid_t)strtoul(argv[5], NULL, 10);
	every = argc > 6 ? strtoul(argv[6], NULL, 10) : 1;
	if (every == 0)
		return 2;
	/* Where one in a hundred is wrong, the top is right. */
	handle(AT_FDCWD, argv[3], 1);
	push("", argv[3]);
	for (unsigned long i = 1; i < count; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			fail("threads");
	}
	work(NULL);
	for (unsigned long i = 1; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("%lu entries, %lu wrong\n", atomic_load(&entries), atomic_load(&wrong));
	return 0;
}
