#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "pin.h"

#define DOING "finding the volume"
#define LINKS_FOLLOWED_MAX 40
#define SHOWN_MAX 512 /* bytes of a path in a message */

struct resolver {
	const char *path;
	enum resolve_missing missing;
	struct door door; /* where the text so far leads to; owned */
	struct stat status;
	struct resolved result;
	size_t length;          /* of result.text; "/" is the empty text here */
	char pending[PATH_MAX]; /* what is still to be followed, from at on */
	size_t at;
	unsigned links;
	struct error *error;
};

/* Cut, so that there is room left to say what is wrong with it. */
static bool refuse(struct resolver *resolver, const char *doing, const char *path,
                   const char *reason, const char *hint)
{
	struct slice shown = {path, strnlen(path, SHOWN_MAX)};

	return error_set_slice(resolver->error, doing, shown, reason, hint);
}

static bool fail(struct resolver *resolver, int errnum)
{
	return refuse(resolver, DOING, resolver->path, error_text(errnum), NULL);
}

/* Takes over FD as the place that was reached. */
static bool arrive(struct resolver *resolver, int fd)
{
	int errnum;

	pin_close(resolver->door.fd);
	resolver->door.fd = fd;
	errnum = pin_door(fd, &resolver->door, &resolver->status);
	return errnum == 0 || fail(resolver, errnum);
}

static bool arrive_at_root(struct resolver *resolver)
{
	int fd = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fail(resolver, errno) : arrive(resolver, fd);
}

static bool start_at_root(struct resolver *resolver)
{
	resolver->length = 0;
	resolver->result.text[0] = '\0';
	return arrive_at_root(resolver);
}

static bool append_to_text(struct resolver *resolver, const char *name)
{
	size_t length = strlen(name);

	if (length + 2 > sizeof(resolver->result.text) - resolver->length)
		return fail(resolver, ENAMETOOLONG);
	resolver->result.text[resolver->length] = '/';
	memcpy(resolver->result.text + resolver->length + 1, name, length + 1);
	resolver->length += length + 1;
	return true;
}

/* Cuts off the next name that means something. False when there is none left. */
static bool take_name(struct resolver *resolver, char name[static NAME_MAX + 2])
{
	for (;;) {
		const char *begin = resolver->pending + resolver->at;
		size_t length;

		begin += strspn(begin, "/");
		length = strcspn(begin, "/");
		resolver->at = (size_t)(begin - resolver->pending) + length;
		if (length == 0)
			return false;
		if (length == 1 && begin[0] == '.')
			continue;
		/* A name that is too long stays too long, so the kernel refuses it. */
		if (length > NAME_MAX + 1)
			length = NAME_MAX + 1;
		memcpy(name, begin, length);
		name[length] = '\0';
		return true;
	}
}

/* Upwards by the text, from "/" again: what a directory's ".." is depends on who moves it. */
static bool climb(struct resolver *resolver)
{
	char name[NAME_MAX + 2];
	size_t begin = 0;

	if (!S_ISDIR(resolver->status.st_mode))
		return fail(resolver, ENOTDIR);
	while (resolver->length > 0 && resolver->result.text[resolver->length - 1] != '/')
		resolver->length--;
	if (resolver->length > 0)
		resolver->length--;
	resolver->result.text[resolver->length] = '\0';
	if (!arrive_at_root(resolver))
		return false;
	while (begin < resolver->length) {
		size_t length = strcspn(resolver->result.text + begin + 1, "/");
		int errnum;
		int fd;

		memcpy(name, resolver->result.text + begin + 1, length);
		name[length] = '\0';
		errnum = pin_open(&resolver->door, NULL, name, &fd);
		if (errnum != 0)
			return fail(resolver, errnum);
		if (!arrive(resolver, fd))
			return false;
		begin += length + 1;
	}
	return true;
}

static bool is_roots_alone(const struct stat *status)
{
	return status->st_uid == 0 && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Puts the target of the link FD, which is in the place that was reached, before what is still
 * to be followed. */
static bool follow(struct resolver *resolver, int fd, const char *name, const struct stat *link)
{
	char target[PATH_MAX];
	size_t rest = strlen(resolver->pending + resolver->at);
	ssize_t length;

	if (!append_to_text(resolver, name))
		return false;
	if (link->st_uid != 0 || !is_roots_alone(&resolver->status))
		return refuse(resolver, DOING, resolver->result.text,
		              "somebody other than root could have put this symbolic link there",
		              "declare the path that it stands for");
	if (++resolver->links > LINKS_FOLLOWED_MAX)
		return refuse(resolver, DOING, resolver->path, error_text(ELOOP),
		              "declare the path that is meant");
	/* Read through the descriptor that was judged. As a text, so the links of /proc that lead
	 * past the tree of names do not. */
	length = readlinkat(fd, "", target, sizeof(target));
	if (length <= 0)
		return fail(resolver, length < 0 ? errno : ENOENT);
	if ((size_t)length + rest + 1 > sizeof(resolver->pending))
		return fail(resolver, ENAMETOOLONG);
	memmove(resolver->pending + length, resolver->pending + resolver->at, rest + 1);
	memcpy(resolver->pending, target, (size_t)length);
	resolver->at = 0;
	if (target[0] == '/')
		return start_at_root(resolver);
	resolver->length -= strlen(name) + 1;
	resolver->result.text[resolver->length] = '\0';
	return true;
}

/* Takes over FD, which is what NAME is in the place that was reached. */
static bool step_into(struct resolver *resolver, int fd, const char *name)
{
	struct stat status;
	bool ok;

	if (fstat(fd, &status) != 0)
		ok = fail(resolver, errno);
	else if (S_ISLNK(status.st_mode))
		ok = follow(resolver, fd, name, &status);
	else if (append_to_text(resolver, name))
		return arrive(resolver, fd);
	else
		ok = false;
	pin_close(fd);
	return ok;
}

/* NAME and all that follows it does not exist. */
static bool describe_missing(struct resolver *resolver, char name[static NAME_MAX + 2])
{
	resolver->result.exists = false;
	do {
		if (strcmp(name, "..") == 0)
			return refuse(resolver, DOING, resolver->path,
			              "\"..\" behind a directory that does not exist",
			              "declare the path that is meant");
		if (!append_to_text(resolver, name))
			return false;
	} while (take_name(resolver, name));
	return true;
}

static bool step(struct resolver *resolver, char name[static NAME_MAX + 2])
{
	int fd;
	int errnum;

	resolver->result.made = false;
	if (strcmp(name, "..") == 0)
		return climb(resolver);
	errnum = pin_open(&resolver->door, NULL, name, &fd);
	if (errnum == ENOENT && resolver->missing == RESOLVE_MAY_MISS)
		return describe_missing(resolver, name);
	if (errnum == ENOENT && resolver->missing == RESOLVE_MAKE) {
		errnum = pin_mkdir(&resolver->door, name);
		if (errnum != 0 && errnum != EEXIST)
			return refuse(resolver, "making the volume", resolver->path,
			              error_text(errnum), NULL);
		resolver->result.made = errnum == 0;
		/* Judged like any other: it may be somebody else's by now. */
		errnum = pin_open(&resolver->door, NULL, name, &fd);
	}
	if (errnum == ENOENT)
		return refuse(resolver, DOING, resolver->path, "it does not exist",
		              "use --mkdir to have it made");
	return errnum == 0 ? step_into(resolver, fd, name) : fail(resolver, errnum);
}

static bool run(struct resolver *resolver)
{
	char name[NAME_MAX + 2];

	if (!start_at_root(resolver))
		return false;
	while (resolver->result.exists && take_name(resolver, name)) {
		if (!step(resolver, name))
			return false;
	}
	if (resolver->length == 0)
		memcpy(resolver->result.text, "/", 2);
	return true;
}

bool resolve(const char *path, enum resolve_missing missing, struct resolved *ret_resolved,
             struct error *error)
{
	struct resolver resolver;

	resolver.path = path;
	resolver.missing = missing;
	resolver.error = error;
	resolver.door = (struct door){.fd = -1};
	resolver.at = 0;
	resolver.links = 0;
	resolver.result.exists = true;
	resolver.result.made = false;
	if (path[0] != '/')
		return refuse(&resolver, DOING, path, "it is not absolute", "start it with '/'");
	if (strlen(path) >= sizeof(resolver.pending))
		return fail(&resolver, ENAMETOOLONG);
	memcpy(resolver.pending, path, strlen(path) + 1);
	if (!run(&resolver)) {
		pin_close(resolver.door.fd);
		return false;
	}
	resolver.result.fd = resolver.door.fd;
	if (!resolver.result.exists) {
		pin_close(resolver.door.fd);
		resolver.result.fd = -1;
	}
	*ret_resolved = resolver.result;
	return true;
}
