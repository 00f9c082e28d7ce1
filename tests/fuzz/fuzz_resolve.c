/* Following a path that was declared: what resolve() makes of it is what the kernel makes of it, but for what it refuses on
 * purpose. An input: sections, one for each entry that is made in an empty directory, and at the end the path. An entry is
 * "KIND:PATH", where KIND is d (a directory), w (one that all may write to), s (such a one
 * with the sticky bit), u (one of the user's), f (a file), or l or t with
 * "PATH>TARGET" (a link of root's, or of the user's). A PATH is below the directory, and so is a TARGET that begins with '/'.
 * Needs root, and makes a mount namespace for itself. */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "volume/resolve_path.h"

enum { USER = 1000, ENTRIES = 24, LINKS = 40, STEPS = 4096 };

/* In a tmpfs that goes with this process. The corpus and the breaches are somewhere else. */
static const char place[] = "/mnt/p";

static void make_place(void)
{
	CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	              mount("fuzz", "/mnt", "tmpfs", 0, "mode=755") == 0,
	      "no mount namespace: %s", strerror(errno));
	umask(022);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static void clean_place(void)
{
	(void)nftw(place, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	CHECK(mkdir(place, 0755) == 0, "mkdir: %s", strerror(errno));
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

	if (strlen(word) < 3 || word[1] != ':' || strlen(word) > 512)
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

/* --- what is promised --------------------------------------------------------------------------- */

/* The outcome of a path by the rules of path_resolution(7), and by two of resolve()'s own: ".." follows the text, and
 * only root's links count (may_follow). */
enum outcome { REACHED, MISSING, REFUSED, FAILED };

struct walk {
	char text[PATH_MAX * 2]; /* reached, without links */
	char rest[PATH_MAX * 2];
	unsigned links;
	bool must_be_directory; /* the last name, as a slash is behind it */
};

/* A link counts if root alone may write to its directory, and if nobody else may rename a directory above it. */
static bool may_follow(const char *directory, const struct stat *link)
{
	char path[PATH_MAX * 2];
	struct stat status;
	bool is_nearest = true;

	strcpy(path, directory);
	for (;;) {
		char *slash = strrchr(path, '/');
		bool others_write;

		if (lstat(path[0] == '\0' ? "/" : path, &status) != 0)
			return false;
		others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
		               (is_nearest || (status.st_mode & S_ISVTX) == 0);
		if (status.st_uid != 0 || others_write)
			return false;
		if (slash == NULL)
			return link->st_uid == 0;
		*slash = '\0';
		is_nearest = false;
	}
}

/* Puts the target of the link, whose name is the last of TEXT, in its place. */
static enum outcome expand(struct walk *walk, const struct stat *link, size_t above)
{
	char target[PATH_MAX + 1];
	char rest[PATH_MAX * 2];
	ssize_t length = readlink(walk->text, target, PATH_MAX);

	walk->text[above] = '\0';
	if (!may_follow(walk->text, link))
		return REFUSED;
	if (length < 0 || ++walk->links > LINKS)
		return FAILED;
	target[length] = '\0';
	if (walk->rest[strspn(walk->rest, "/")] == '\0')
		walk->must_be_directory |= target[length - 1] == '/';
	snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest);
	if (strlen(rest) >= PATH_MAX)
		return FAILED;
	strcpy(walk->rest, rest);
	if (target[0] == '/')
		walk->text[0] = '\0';
	return REACHED;
}

static enum outcome take_step(struct walk *walk, const char *name)
{
	struct stat status;
	size_t above = strlen(walk->text);

	/* Also for "." and "..": only a directory has these. */
	if (stat(above == 0 ? "/" : walk->text, &status) != 0 || !S_ISDIR(status.st_mode))
		return FAILED;
	if (strcmp(name, ".") == 0)
		return REACHED;
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(walk->text, '/');

		if (slash != NULL)
			*slash = '\0';
		return REACHED;
	}
	if (strlen(name) > NAME_MAX || above + strlen(name) + 2 > PATH_MAX)
		return FAILED;
	sprintf(walk->text + above, "/%s", name);
	if (lstat(walk->text, &status) != 0)
		return errno == ENOENT ? MISSING : FAILED;
	return S_ISLNK(status.st_mode) ? expand(walk, &status, above) : REACHED;
}

static enum outcome promise(const char *path, struct walk *walk)
{
	enum outcome outcome = REACHED;
	struct stat status;

	*walk = (struct walk){.must_be_directory = path[strlen(path) - 1] == '/'};
	strcpy(walk->rest, path);
	for (int i = 0; outcome == REACHED && i < STEPS; i++) {
		char *at = walk->rest + strspn(walk->rest, "/");
		size_t length = strcspn(at, "/");
		char name[PATH_MAX * 2];

		if (length == 0)
			break;
		memcpy(name, at, length);
		name[length] = '\0';
		memmove(walk->rest, at + length, strlen(at + length) + 1);
		outcome = take_step(walk, name);
	}
	if (walk->text[0] == '\0')
		strcpy(walk->text, "/");
	if (outcome == REACHED && walk->must_be_directory &&
	    (stat(walk->text, &status) != 0 || !S_ISDIR(status.st_mode)))
		outcome = FAILED;
	return outcome;
}

/* --- what it does ------------------------------------------------------------------------------- */

/* The C library and the kernel agree on what was reached. */
static void check_reached(const char *path, const char *text, const struct resolved *resolved)
{
	struct stat wanted;
	struct stat found;
	char real[PATH_MAX];

	CHECK(resolved->exists && !resolved->made, "'%s': there: %d", path, resolved->exists);
	CHECK(stat(path, &wanted) == 0, "'%s': the kernel: %s", path, strerror(errno));
	CHECK(fstat(resolved->fd, &found) == 0, "'%s': no descriptor", path);
	CHECK(wanted.st_dev == found.st_dev && wanted.st_ino == found.st_ino, "'%s': another inode",
	      path);
	CHECK(resolved->inode.number == wanted.st_ino && resolved->inode.uid == wanted.st_uid &&
	              resolved->inode.mode == wanted.st_mode,
	      "'%s': inode", path);
	CHECK(realpath(path, real) != NULL && strcmp(resolved->text, real) == 0,
	      "'%s': '%s', not '%s'", path, resolved->text, real);
	CHECK(strcmp(text, real) == 0, "'%s': the judge says '%s', not '%s'", path, text, real);
	CHECK(fcntl(resolved->fd, F_GETFD) == FD_CLOEXEC, "'%s': left open", path);
}

static void check_path(const char *path, enum resolve_missing missing)
{
	static struct walk walk;
	enum outcome outcome = promise(path, &walk);
	struct resolved resolved;
	struct error error;
	struct stat status;
	bool is_good;

	fuzz_stain(&resolved, sizeof(resolved));
	is_good = resolve(path, missing, &resolved, &error);
	if (!is_good)
		fuzz_check_failure(&resolved, sizeof(resolved), &error);
	if (outcome == REACHED) {
		CHECK(is_good, "'%s': %s", path, error.message);
		check_reached(path, walk.text, &resolved);
	} else if (outcome == MISSING && missing == RESOLVE_MAY_MISS) {
		/* The names behind the missing one may still be wrong. */
		CHECK(!is_good || !resolved.exists, "'%s': it is not there", path);
		CHECK(!is_good || strncmp(resolved.text, walk.text, strlen(walk.text)) == 0,
		      "'%s': '%s'", path, resolved.text);
		CHECK(lstat(walk.text, &status) != 0, "'%s': made", walk.text);
	} else {
		CHECK(!is_good, "'%s': accepted, although it is %s", path,
		      outcome == REFUSED ? "not root's link" : "wrong or missing");
	}
	CHECK(outcome != REFUSED || strstr(error.message, "put this link there") != NULL,
	      "'%s': %s", path, error.message);
	if (is_good && resolved.fd >= 0)
		close(resolved.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static bool is_ready;
	struct slice rest = {(const char *)bytes, length};
	char path[PATH_MAX];

	if (length > 1024)
		return 0;
	if (!is_ready)
		make_place();
	is_ready = true;
	clean_place();
	for (int i = 0; i < ENTRIES && slice_find(rest, '\f') < rest.length; i++)
		make_entry(fuzz_string(fuzz_section(&rest)));
	snprintf(path, sizeof(path), "%s/%s", place, fuzz_string(rest));
	check_path(path, RESOLVE_MUST_EXIST);
	check_path(path, RESOLVE_MAY_MISS);
	fuzz_free();
	return 0;
}
