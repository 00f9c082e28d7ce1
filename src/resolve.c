#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "pin.h"

#define LINKS_FOLLOWED_MAX 40
#define SHOWN_MAX 512 /* bytes of a path in a message */

struct resolver {
	struct error *error;
	const char *path;
	enum resolve_missing missing;
	unsigned links;
	struct door door; /* where the text so far leads to; owned; none where nothing exists */
	char *end;        /* of result.text; "/" is the empty text here */
	char *rest;       /* what is still to be followed, up to the end of pending */
	struct stat status;
	struct resolved result;
	char pending[PATH_MAX];
};

static bool refuse(struct resolver *resolver, const char *path, const char *reason,
                   const char *hint)
{
	/* Cut, so that there is room left to say what is wrong with it. */
	struct slice shown = {path, strnlen(path, SHOWN_MAX)};

	return error_set_slice(resolver->error,
	                       resolver->missing == RESOLVE_MAKE       ? "making the volume"
	                       : resolver->missing == RESOLVE_MAY_MISS ? "finding the path"
	                                                               : "finding the volume",
	                       shown, reason, hint);
}

static bool fail(struct resolver *resolver, int errnum)
{
	return refuse(resolver, resolver->path, error_text(errnum), NULL);
}

static bool append_to_text(struct resolver *resolver, const char *name)
{
	char *end = resolver->end;
	size_t size = strlen(name) + 1;

	if (size >= sizeof(resolver->result.text) - (size_t)(end - resolver->result.text))
		return fail(resolver, ENAMETOOLONG);
	*end++ = '/';
	memcpy(end, name, size);
	resolver->end = end + size - 1;
	return true;
}

static void cut_last_name(struct resolver *resolver)
{
	char *slash = strrchr(resolver->result.text, '/');

	if (slash == NULL)
		return;
	*slash = '\0';
	resolver->end = slash;
}

static bool start_at_root(struct resolver *resolver)
{
	int errnum;

	resolver->end = resolver->result.text;
	*resolver->end = '\0';
	resolver->result.made = false;
	pin_close(resolver->door.fd);
	resolver->door.fd = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	errnum = resolver->door.fd < 0
	                 ? errno
	                 : pin_door(resolver->door.fd, &resolver->door, &resolver->status);
	return errnum == 0 || fail(resolver, errnum);
}

/* Cuts the next name off the rest; empty when nothing is left. Valid until something is put before
 * the rest. */
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

/* Puts the LENGTH bytes of TEXT, which may be the begin of pending itself, before the rest. A name
 * has been taken from there, so there is room for the slash in between. */
static bool put_before(struct resolver *resolver, const char *text, size_t length)
{
	char *rest = resolver->rest;

	if (length >= (size_t)(rest - resolver->pending))
		return fail(resolver, ENAMETOOLONG);
	*--rest = '/';
	rest -= length;
	memmove(rest, text, length);
	resolver->rest = rest;
	return *rest != '/' || start_at_root(resolver);
}

/* Upwards by the text, from "/" again: what a directory's ".." is depends on who moves it. */
static bool climb(struct resolver *resolver)
{
	if (resolver->door.fd < 0)
		return refuse(resolver, resolver->path, "\"..\" behind what does not exist", NULL);
	if (!S_ISDIR(resolver->status.st_mode))
		return fail(resolver, ENOTDIR);
	cut_last_name(resolver);
	return put_before(resolver, resolver->result.text,
	                  (size_t)(resolver->end - resolver->result.text));
}

/* Puts the target of the link FD, which is in the place that was reached and at the end of the text,
 * before what is still to be followed. */
static bool follow(struct resolver *resolver, int fd, const struct stat *link)
{
	const struct stat *above = &resolver->status;
	ssize_t length;

	if (link->st_uid != 0 || above->st_uid != 0 || (above->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return refuse(resolver, resolver->result.text,
		              "somebody other than root could have put this symbolic link there",
		              "declare the path that it stands for");
	if (++resolver->links > LINKS_FOLLOWED_MAX)
		return fail(resolver, ELOOP);
	/* Read through the descriptor that was judged. As a text, so the links of /proc that lead
	 * past the tree of names do not. */
	length =
		readlinkat(fd, "", resolver->pending, (size_t)(resolver->rest - resolver->pending));
	if (length < 0)
		return fail(resolver, errno);
	cut_last_name(resolver);
	return put_before(resolver, resolver->pending, (size_t)length);
}

/* Takes over FD, which is what NAME is in the place that was reached. */
static bool step_into(struct resolver *resolver, int fd, const char *name)
{
	struct door door;
	struct stat status;
	int errnum = pin_door(fd, &door, &status);
	bool ok = errnum == 0 ? append_to_text(resolver, name) : fail(resolver, errnum);

	if (ok && S_ISLNK(status.st_mode)) {
		ok = follow(resolver, fd, &status);
	} else if (ok) {
		/* Closed below is what was left. */
		fd = resolver->door.fd;
		resolver->door = door;
		resolver->status = status;
	}
	pin_close(fd);
	return ok;
}

static bool step(struct resolver *resolver, const char *name)
{
	int errnum = ENOENT;
	int fd;

	resolver->result.made = false;
	if (resolver->door.fd >= 0)
		errnum = pin_open(&resolver->door, NULL, name, &fd);
	if (errnum == ENOENT && resolver->missing == RESOLVE_MAY_MISS) {
		pin_close(resolver->door.fd);
		resolver->door.fd = -1;
		return append_to_text(resolver, name);
	}
	if (errnum == ENOENT && resolver->missing == RESOLVE_MAKE) {
		errnum = pin_mkdir(&resolver->door, name);
		resolver->result.made = errnum == 0;
		/* Judged like any other: it may be somebody else's by now. */
		if (errnum == 0 || errnum == EEXIST)
			errnum = pin_open(&resolver->door, NULL, name, &fd);
	}
	if (errnum == ENOENT)
		return refuse(resolver, resolver->path, "it does not exist", "--mkdir makes it");
	return errnum == 0 ? step_into(resolver, fd, name) : fail(resolver, errnum);
}

static bool run(struct resolver *resolver)
{
	const char *name;
	bool ok = start_at_root(resolver);

	while (ok && *(name = take_name(resolver)) != '\0') {
		if (strcmp(name, "..") == 0)
			ok = climb(resolver);
		else if (strcmp(name, ".") != 0)
			ok = step(resolver, name);
	}
	if (resolver->end == resolver->result.text)
		memcpy(resolver->result.text, "/", 2);
	return ok;
}

bool resolve(const char *path, enum resolve_missing missing, struct resolved *ret_resolved,
             struct error *error)
{
	struct resolver resolver = {
		.error = error, .path = path, .missing = missing, .door = {.fd = -1}};
	size_t size = strlen(path) + 1;

	if (path[0] != '/')
		return refuse(&resolver, path, "it is not absolute", "start it with '/'");
	if (size > sizeof(resolver.pending))
		return fail(&resolver, ENAMETOOLONG);
	resolver.rest = resolver.pending + sizeof(resolver.pending) - size;
	memcpy(resolver.rest, path, size);
	if (!run(&resolver)) {
		pin_close(resolver.door.fd);
		return false;
	}
	resolver.result.fd = resolver.door.fd;
	resolver.result.exists = resolver.door.fd >= 0;
	resolver.result.status = resolver.status;
	*ret_resolved = resolver.result;
	return true;
}
