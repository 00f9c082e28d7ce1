/* Following a path that was declared. An input: sections, one for each entry that is made in an empty
 * directory, and at the end the path. An entry is "KIND:PATH", where KIND is d (a directory), w (one
 * that all may write to), s (such a one with the sticky bit), u (one of the user's), f (a file), or l
 * or t with "PATH>TARGET" (a link of root's, or of the user's). A PATH is below the directory, and so
 * is a TARGET that begins with '/'. Needs root, and makes a mount namespace for itself.
 *
 * The kernel is the oracle: it finds what resolve() finds, if each link that resolve() must not follow
 * is a loop. */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "volume/resolve_path.h"

enum { USER = 1000 };

/* The corpus and the breaches are somewhere else. */
static const char place[] = "/mnt/p";

/* Makes an empty directory in a file system of its own. */
static void make_place(void)
{
	static bool is_mounted;

	CHECK(is_mounted ? umount2("/mnt", MNT_DETACH) == 0
	                 : unshare(CLONE_NEWNS) == 0 &&
	                           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
	      "no mount namespace: %s", strerror(errno));
	is_mounted = true;
	umask(022);
	CHECK(mount("fuzz", "/mnt", "tmpfs", 0, "mode=755") == 0 && mkdir(place, 0755) == 0,
	      "no file system: %s", strerror(errno));
}

/* Makes an entry; what cannot be made is left out. */
static void make_entry(const char *word)
{
	static const struct {
		char kind;
		mode_t mode;
		uid_t owner;
	} directories[] = {{'d', 0755, 0}, {'w', 0777, 0}, {'s', 01777, 0}, {'u', 0755, USER}};
	char path[PATH_MAX];
	char target[PATH_MAX] = "";
	const char *mark = strchr(word, '>');
	int length = mark == NULL ? (int)strlen(word) : (int)(mark - word);

	if (length < 3 || word[1] != ':' || strlen(word) > 512)
		return;
	snprintf(path, sizeof(path), "%s/%.*s", place, length - 2, word + 2);
	if (mark != NULL)
		snprintf(target, sizeof(target), "%s%s", mark[1] == '/' ? place : "", mark + 1);
	for (size_t i = 0; i < COUNT(directories); i++) {
		if (word[0] == directories[i].kind && mkdir(path, 0755) == 0)
			(void)(chmod(path, directories[i].mode) +
			       lchown(path, directories[i].owner, directories[i].owner));
	}
	if (word[0] == 'f')
		close(open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
	else if ((word[0] == 'l' || word[0] == 't') && symlink(target, path) == 0 && word[0] == 't')
		(void)lchown(path, USER, USER);
}

/* A link counts if it is root's, if root alone may write to its directory, and if nobody else may
 * rename a directory above it. Makes a loop of a LINK that does not count. */
static int close_link(const char *link, const struct stat *status, int kind, struct FTW *where)
{
	const char *name = link + where->base;
	char path[PATH_MAX];
	bool counts = status->st_uid == 0;
	struct stat above;

	if (kind != FTW_SL)
		return 0;
	snprintf(path, sizeof(path), "%s", link);
	for (mode_t sticky = 0; path[0] != '\0'; sticky = S_ISVTX) {
		*strrchr(path, '/') = '\0';
		CHECK(lstat(path[0] == '\0' ? "/" : path, &above) == 0, "'%s'", path);
		counts &= above.st_uid == 0 && ((above.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
		                                (above.st_mode & sticky) != 0);
	}
	CHECK(counts || (unlink(link) == 0 && symlink(name, link) == 0), "'%s'", link);
	return 0;
}

struct outcome {
	struct resolved resolved;
	struct error error;
	bool is_good;
	char text[PATH_MAX];
};

static void try(const char *path, enum resolve_missing missing, struct outcome *ret_outcome)
{
	struct resolved *resolved = &ret_outcome->resolved;

	fuzz_stain(resolved, sizeof(*resolved));
	ret_outcome->is_good = resolve(path, missing, resolved, &ret_outcome->error);
	if (ret_outcome->is_good)
		snprintf(ret_outcome->text, PATH_MAX, "%s", resolved->text);
	else
		fuzz_check_failure(resolved, sizeof(*resolved), &ret_outcome->error);
}

static void check_reached(const char *path, const struct outcome *outcome)
{
	const struct resolved *resolved = &outcome->resolved;
	struct stat wanted;
	struct stat found;
	char real[PATH_MAX];

	CHECK(outcome->is_good, "'%s': %s", path, outcome->error.message);
	CHECK(resolved->exists && !resolved->made, "'%s': there: %d", path, resolved->exists);
	CHECK(stat(path, &wanted) == 0 && fstat(resolved->fd, &found) == 0, "'%s'", path);
	CHECK(wanted.st_dev == found.st_dev && wanted.st_ino == found.st_ino, "'%s': another inode",
	      path);
	CHECK(resolved->inode.number == wanted.st_ino && resolved->inode.uid == wanted.st_uid &&
	              resolved->inode.mode == wanted.st_mode,
	      "'%s': inode", path);
	CHECK(realpath(path, real) != NULL && strcmp(outcome->text, real) == 0,
	      "'%s': '%s', not '%s'", path, outcome->text, real);
	CHECK(fcntl(resolved->fd, F_GETFD) == FD_CLOEXEC, "'%s': left open", path);
}

/* If the directories of TEXT are made, the kernel finds TEXT by PATH. */
static void check_missing(const char *path, const char *text)
{
	char copy[PATH_MAX];
	char real[PATH_MAX];
	struct stat status;

	CHECK(lstat(text, &status) != 0, "'%s': made", text);
	if (strncmp(text, place, strlen(place)) != 0)
		return;
	strcpy(copy, text);
	for (char *slash = copy + strlen(place); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(copy, 0755);
		*slash = '/';
	}
	(void)mkdir(text, 0755);
	if (realpath(path, real) == NULL)
		CHECK(errno == ENAMETOOLONG, "'%s' is not '%s': %s", path, text, strerror(errno));
	else
		CHECK(strcmp(text, real) == 0, "'%s': '%s', not '%s'", path, text, real);
}

void fuzz_one(struct slice input)
{
	static struct outcome must_exist;
	static struct outcome may_miss;
	bool has_parent = memmem(input.bytes, input.length, "..", 2) != NULL;
	char path[PATH_MAX];
	struct stat status;
	int before;
	int errnum;

	make_place();
	while (slice_find(input, '\f') < input.length)
		make_entry(fuzz_string(fuzz_section(&input)));
	snprintf(path, sizeof(path), "%s/%s", place, fuzz_string(input));
	try(path, RESOLVE_MUST_EXIST, &must_exist);
	try(path, RESOLVE_MAY_MISS, &may_miss);
	before = stat(path, &status) == 0 ? 0 : errno;
	(void)nftw(place, close_link, 16, FTW_PHYS);
	errnum = stat(path, &status) == 0 ? 0 : errno;
	if (errnum == 0) {
		check_reached(path, &must_exist);
		check_reached(path, &may_miss);
	} else {
		CHECK(!must_exist.is_good, "'%s': accepted: %s", path, strerror(errnum));
		CHECK(may_miss.is_good ? errnum == ENOENT && !may_miss.resolved.exists
		                       : errnum != ENOENT || has_parent,
		      "'%s': accepted: %d: %s", path, may_miss.is_good, strerror(errnum));
	}
	if (errnum == ELOOP && before != ELOOP)
		CHECK(strstr(must_exist.error.message, "put this link there") != NULL &&
		              strstr(may_miss.error.message, "put this link there") != NULL,
		      "'%s': %s", path, must_exist.error.message);
	if (errnum != 0 && may_miss.is_good)
		check_missing(path, may_miss.text);
	if (errnum == 0) {
		close(must_exist.resolved.fd);
		close(may_miss.resolved.fd);
	}
}
