/* SPDX-License-Identifier: MIT */
#include "volume/resolve_path.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "linux/dirfd.h"
#include "linux/openat2_statx.h"
#include "linux/pages.h"

#define LINKS_FOLLOWED_MAX 40
#define PARENT_MODE 0755
#define SHOWN_PATH_BYTES 512 /* of a path in a message */

/* Two buffers of PATH_MAX bytes, allocated for the first path that is followed name by name. The
 * example follows "/data/www/html", where "/data/www" is a link to "../srv/web". The resolver is in
 * "/data" and has just read the link:
 *
 *   reached                                      the resolved path, without links
 *   |
 *   +-------+-------------------------------+
 *   | /data |            free               |
 *   +-------+-------------------------------+
 *           |
 *           end                                  the next name is added here
 *
 *   pending                         rest         the names that are still to be followed
 *   |                               |
 *   +------------+------------------+-------+
 *   | ../srv/web |       free       | html  |    rest ends at the end of the buffer
 *   +------------+------------------+-------+
 *   |
 *   readlinkat(2) writes the target of a link here
 *
 * take_name() cuts the next name off the start of rest, so rest moves to the right.
 * prepend_to_rest() moves the target and a slash to the place before rest, so rest moves to the
 * left. An absolute target empties reached. ".." cuts the last name off reached, prepends reached
 * to rest, and starts at "/" again. ENAMETOOLONG: the target does not fit before rest, or a name
 * does not fit behind end. */
static char *reached;
static char *pending;

struct resolver {
	struct error *error;
	const char *path;
	enum resolve_missing missing;
	bool makes;  /* missing directories are made; MISSING is then RESOLVE_MUST_EXIST */
	mode_t mode; /* of the last directory, if it is made */
	unsigned links;
	bool can_be_moved;      /* a user other than root may rename a name on the way */
	bool must_be_directory; /* the path, or the last link, ends in a slash */
	struct dir dir;         /* the file at reached; owned; fd is -1 if it does not exist */
	char *end;              /* the NUL of reached; "/" is the empty text here */
	char *rest;             /* the names still to be followed, up to the end of pending */
	struct resolved result; /* its inode is dir's, or that of the last directory above */
};

static bool set_resolve_error(struct resolver *resolver, const char *path, const char *reason,
                              const char *hint)
{
	/* The path is cut, so that the message has room for REASON. */
	struct slice shown = slice_of(path);

	if (shown.length > SHOWN_PATH_BYTES)
		shown.length = SHOWN_PATH_BYTES;
	return error_set_slice(resolver->error,
	                       resolver->makes ? "making the volume" : "finding the path", shown,
	                       reason, hint);
}

static bool set_resolve_errno(struct resolver *resolver, int errnum)
{
	return set_resolve_error(resolver, resolver->path, error_text(errnum), NULL);
}

static bool append_to_text(struct resolver *resolver, const char *name)
{
	char *end = resolver->end;
	size_t size = strlen(name) + 1;

	if (size >= PATH_MAX - (size_t)(end - reached))
		return set_resolve_errno(resolver, ENAMETOOLONG);
	*end++ = '/';
	memcpy(end, name, size);
	resolver->end = end + size - 1;
	return true;
}

static void cut_last_name(struct resolver *resolver)
{
	char *slash = strrchr(reached, '/');

	if (slash == NULL)
		return;
	*slash = '\0';
	resolver->end = slash;
}

static bool start_at_root(struct resolver *resolver)
{
	int errnum;

	resolver->end = reached;
	*resolver->end = '\0';
	resolver->result.made = false;
	/* All links up to here were trusted, so no user can move a name above them. */
	resolver->can_be_moved = false;
	fd_close(resolver->dir.fd);
	resolver->dir.fd = openat(AT_FDCWD, "/", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	errnum = dir_from_fd(resolver->dir.fd, &resolver->dir, &resolver->result.inode);
	return errnum == 0 || set_resolve_errno(resolver, errnum);
}

/* Cuts the next name off rest and returns it. Returns an empty name if rest is empty. The name is
 * valid until prepend_to_rest(). */
static const char *take_name(struct resolver *resolver)
{
	char *name = resolver->rest;
	char *end;

	while (*name == '/')
		name++;
	end = strchrnul(name, '/');
	if (*end == '/')
		*end++ = '\0';
	resolver->rest = end;
	return name;
}

/* Moves the LENGTH bytes of TEXT and a slash to the place before rest. TEXT may be the start of
 * pending. If TEXT is absolute, the resolver starts at "/" again. The slash always has room,
 * because a name was taken before. */
static bool prepend_to_rest(struct resolver *resolver, const char *text, size_t length)
{
	char *rest = resolver->rest;

	if (length >= (size_t)(rest - pending))
		return set_resolve_errno(resolver, ENAMETOOLONG);
	*--rest = '/';
	rest -= length;
	memmove(rest, text, length);
	resolver->rest = rest;
	return *rest != '/' || start_at_root(resolver);
}

/* Follows ".." by the text, from "/" again. The kernel's ".." is not used, because a user who moves
 * the directory chooses where it leads. */
static bool go_to_parent(struct resolver *resolver)
{
	if (resolver->dir.fd < 0)
		return set_resolve_error(resolver, resolver->path,
		                         "\"..\" behind what does not exist", NULL);
	if (!S_ISDIR(resolver->result.inode.mode))
		return set_resolve_errno(resolver, ENOTDIR);
	cut_last_name(resolver);
	return prepend_to_rest(resolver, reached, (size_t)(resolver->end - reached));
}

/* Prepends the target of the link FD to rest if the link counts (a, b and c of the header). The
 * last name in reached is the link, and resolver->dir is its directory. */
static bool follow_link(struct resolver *resolver, int fd, const struct inode *link)
{
	const struct inode *above = &resolver->result.inode;
	ssize_t length;

	if (resolver->can_be_moved || link->uid != 0 || above->uid != 0 ||
	    (above->mode & (S_IWGRP | S_IWOTH)) != 0)
		return set_resolve_error(resolver, reached,
		                         "somebody other than root could have put this link there",
		                         "declare its target");
	if (++resolver->links > LINKS_FOLLOWED_MAX)
		return set_resolve_errno(resolver, ELOOP);
	/* The target is read through the descriptor that was checked. It is followed as a text, so
	 * the magic links of /proc have no special meaning (proc_pid_fd(5)). */
	length = readlinkat(fd, "", pending, (size_t)(resolver->rest - pending));
	if (length <= 0)
		return set_resolve_errno(resolver, length < 0 ? errno : ENOENT);
	if (pending[length - 1] == '/' && resolver->rest[strspn(resolver->rest, "/")] == '\0')
		resolver->must_be_directory = true;
	cut_last_name(resolver);
	return prepend_to_rest(resolver, pending, (size_t)length);
}

/* Goes on to NAME, which DIR pins, or follows it if it is a link. Takes over the descriptor of
 * DIR. */
static bool step_into(struct resolver *resolver, const struct dir *dir, const struct inode *inode,
                      const char *name)
{
	bool ok;

	if (!append_to_text(resolver, name)) {
		fd_close(dir->fd);
		return false;
	}
	if (S_ISLNK(inode->mode)) {
		ok = follow_link(resolver, dir->fd, inode);
		fd_close(dir->fd);
		return ok;
	}
	/* The owner of NAME in a sticky directory is checked with the next name. */
	resolver->can_be_moved |=
		inode_lets_others_rename(resolver->result.inode.uid, resolver->result.inode.mode);
	fd_close(resolver->dir.fd);
	resolver->dir = *dir;
	resolver->result.inode = *inode;
	return true;
}

/* Returns true if rest holds no further name, but at most slashes and "." components. */
static bool is_last_name(const struct resolver *resolver)
{
	const char *rest = resolver->rest + strspn(resolver->rest, "/");

	while (rest[0] == '.' && (rest[1] == '/' || rest[1] == '\0'))
		rest += 1 + strspn(rest + 1, "/");
	return rest[0] == '\0';
}

static bool resolve_name(struct resolver *resolver, const char *name)
{
	struct dir found;
	struct inode inode;
	int errnum = ENOENT;

	resolver->result.made = false;
	if (resolver->dir.fd >= 0)
		errnum = dir_pin(&resolver->dir, NULL, name, &found, &inode);
	if (errnum == ENOENT && resolver->missing == RESOLVE_MAY_MISS) {
		resolver->result.read_only |= fd_is_read_only(resolver->dir.fd);
		fd_close(resolver->dir.fd);
		resolver->dir.fd = -1;
		return append_to_text(resolver, name);
	}
	if (errnum == ENOENT && resolver->makes) {
		errnum = dir_mkdir(&resolver->dir, name,
		                   is_last_name(resolver) ? resolver->mode : PARENT_MODE);
		resolver->result.made = errnum == 0;
		/* The new directory is checked like any other, because a user may have replaced
		 * it. */
		if (errnum == 0 || errnum == EEXIST)
			errnum = dir_pin(&resolver->dir, NULL, name, &found, &inode);
	}
	if (errnum == ENOENT)
		return set_resolve_error(resolver, resolver->path, "it does not exist",
		                         "--mkdir makes it; ':' stands between paths");
	return errnum == 0 ? step_into(resolver, &found, &inode, name)
	                   : set_resolve_errno(resolver, errnum);
}

/* Opens a path without links, ".", ".." and doubled slashes by one openat2(2). Returns false if the
 * path must be followed name by name; resolver->dir may then be open. */
static bool resolve_at_once(struct resolver *resolver)
{
	struct inode *inode = &resolver->result.inode;

	for (const char *at = resolver->path; *at != '\0'; at++) {
		if (*at == '/' && (at[1] == '/' || at[1] == '.' || at[1] == '\0'))
			return false;
	}
	/* openat2_path() opens a link at the end itself. */
	resolver->dir.fd = openat2_path(resolver->path);
	return dir_from_fd(resolver->dir.fd, &resolver->dir, inode) == 0 && !S_ISLNK(inode->mode);
}

/* Fails with ENOTDIR if reached is a file, as the kernel does for "FILE/" and "FILE/.". If nothing
 * is there, the inode is that of the last directory above. */
static bool is_directory_so_far(struct resolver *resolver)
{
	return S_ISDIR(resolver->result.inode.mode) || set_resolve_errno(resolver, ENOTDIR);
}

static bool allocate_buffers(void)
{
	char *memory = pages_allocate(2, PATH_MAX);

	reached = memory;
	pending = memory == NULL ? NULL : memory + PATH_MAX;
	return memory != NULL;
}

/* Follows the path name by name. SIZE is the bytes of the path, its NUL included. */
static bool resolve_by_steps(struct resolver *resolver, size_t size)
{
	const char *name;
	bool ok;

	if (reached == NULL && !allocate_buffers())
		return set_resolve_errno(resolver, ENOMEM);
	resolver->result.text = reached;
	resolver->rest = pending + PATH_MAX - size;
	memcpy(resolver->rest, resolver->path, size);
	ok = start_at_root(resolver);
	while (ok && *(name = take_name(resolver)) != '\0') {
		if (strcmp(name, "..") == 0)
			ok = go_to_parent(resolver);
		else if (strcmp(name, ".") == 0)
			ok = is_directory_so_far(resolver);
		else
			ok = resolve_name(resolver, name);
	}
	if (ok && resolver->must_be_directory)
		ok = is_directory_so_far(resolver);
	if (resolver->end == reached)
		memcpy(reached, "/", sizeof("/"));
	return ok;
}

/* Follows resolver->path, and fills *RET_RESOLVED. */
static bool resolve_path(struct resolver *resolver, struct resolved *ret_resolved)
{
	const char *path = resolver->path;
	size_t size = strlen(path) + 1;

	if (path[0] != '/')
		return set_resolve_error(resolver, path, "it is not absolute", "start it with '/'");
	if (size > PATH_MAX)
		return set_resolve_errno(resolver, ENAMETOOLONG);
	resolver->dir.fd = -1;
	resolver->must_be_directory = path[size - 2] == '/';
	resolver->result.text = path;
	if (!resolve_at_once(resolver)) {
		if (!resolve_by_steps(resolver, size)) {
			fd_close(resolver->dir.fd);
			return false;
		}
	}
	resolver->result.fd = resolver->dir.fd;
	resolver->result.exists = resolver->dir.fd >= 0;
	*ret_resolved = resolver->result;
	return true;
}

bool resolve(const char *path, enum resolve_missing missing, struct resolved *ret_resolved,
             struct error *error)
{
	struct resolver resolver = {.error = error, .path = path, .missing = missing};

	return resolve_path(&resolver, ret_resolved);
}

bool resolve_and_make(const char *path, mode_t mode, struct resolved *ret_resolved,
                      struct error *error)
{
	struct resolver resolver = {.error = error, .path = path, .makes = true, .mode = mode};

	return resolve_path(&resolver, ret_resolved);
}
