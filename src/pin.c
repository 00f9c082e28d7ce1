#include "pin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mountid.h"

#define PIN_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define LIST_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

#define NOREPLACE 1U /* RENAME_NOREPLACE; not every C library names it */

/* One thing to be done in a directory. */
struct look {
	int (*run)(int fd, struct look *look);
	const struct fence *fence;
	const char *name;
	bool upward;
	int flags;
	struct stat status;
	uint64_t mount;
	void *buffer;
	size_t size; /* of the buffer, then of what is in it */
	int result;  /* a descriptor */
};

static int look_as_owner(const struct door *door, struct look *look)
{
	int errnum;

	/* For file system access only: the real, effective and saved ids stay root's, so nobody
	 * may signal or trace this process meanwhile, and the way back is always open. The result
	 * of setfsuid does not tell whether it worked; asking with an id that does not exist does.
	 * Leaving fsuid 0 takes the file system capabilities away, returning to it gives them
	 * back. */
	setfsuid(door->owner);
	if ((uid_t)setfsuid((uid_t)-1) != door->owner) {
		setfsuid(0);
		return EACCES;
	}
	errnum = look->run(door->fd, look);
	/* It fails only for want of a few bytes, and then not for long. */
	do
		setfsuid(0);
	while (setfsuid((uid_t)-1) != 0);
	return errnum;
}

static int look_in(struct door *door, struct look *look)
{
	int errnum;

	if (door->as_owner)
		return look_as_owner(door, look);
	errnum = look->run(door->fd, look);
	if (errnum != EACCES || door->owner == 0)
		return errnum;
	errnum = look_as_owner(door, look);
	/* When it is not about who looks (a security module, say), the next entry is tried as
	 * root again. */
	door->as_owner = errnum != EACCES;
	return errnum;
}

static int run_stat(int fd, struct look *look)
{
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;

	if (look->fence->has_mount)
		return mountid_stat(fd, look->name, flags, &look->status, &look->mount);
	return fstatat(fd, look->name, &look->status, flags) == 0 ? 0 : errno;
}

static int run_list(int fd, struct look *look)
{
	long length = syscall(SYS_getdents64, fd, look->buffer, look->size);

	if (length < 0)
		return errno;
	look->size = (size_t)length;
	return 0;
}

static int run_mkdir(int fd, struct look *look)
{
	/* One thread, and the command gets its umask later. */
	mode_t umask_before = umask(0);
	int errnum = mkdirat(fd, look->name, 0755) == 0 ? 0 : errno;

	umask(umask_before);
	return errnum;
}

/* A name moved onto itself, and not even that: it exists, so it is not replaced. But to find out
 * the kernel takes the directory's lock, which whoever moves or removes a name holds to the end. */
static int run_settle(int fd, struct look *look)
{
	if (syscall(SYS_renameat2, fd, look->name, fd, look->name, NOREPLACE) == 0)
		return 0;
	return errno == EEXIST ? 0 : errno;
}

static int check_fence(const struct fence *fence, int fd)
{
	uint64_t mount;
	struct stat status;

	if (fence->has_mount && mountid_get(fd, &mount))
		return mount == fence->mount ? 0 : EXDEV;
	if (fstat(fd, &status) != 0)
		return errno;
	return !fence->has_mount && status.st_dev == fence->device ? 0 : EXDEV;
}

static int run_open(int fd, struct look *look)
{
	int errnum;

	if (look->fence != NULL && look->fence->can_open)
		return mountid_open(fd, look->name, look->flags, look->upward, &look->result);
	look->result = openat(fd, look->name, look->flags);
	if (look->result < 0)
		return errno;
	errnum = look->fence == NULL ? 0 : check_fence(look->fence, look->result);
	if (errnum != 0)
		pin_close(look->result);
	return errnum;
}

static int open_in(struct door *door, struct look look, int *ret_fd)
{
	int errnum;

	look.run = run_open;
	errnum = look_in(door, &look);
	if (errnum == 0)
		*ret_fd = look.result;
	return errnum;
}

void pin_close(int fd)
{
	int errnum = errno;

	if (fd >= 0)
		close(fd);
	errno = errnum;
}

int pin_fence(int fd, struct fence *ret_fence)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return errno;
	*ret_fence = (struct fence){.can_open = mountid_can_open(), .device = status.st_dev};
	ret_fence->has_mount = mountid_get(fd, &ret_fence->mount);
	return 0;
}

int pin_door(int fd, struct door *ret_door, struct stat *ret_status)
{
	if (fstat(fd, ret_status) != 0)
		return errno;
	*ret_door = (struct door){.fd = fd, .owner = ret_status->st_uid};
	return 0;
}

int pin_stat(struct door *door, const struct fence *fence, const char *name,
             struct stat *ret_status, uint64_t *ret_mount)
{
	struct look look = {.run = run_stat, .fence = fence, .name = name};
	int errnum = look_in(door, &look);

	if (errnum == 0) {
		*ret_status = look.status;
		*ret_mount = look.mount;
	}
	return errnum;
}

int pin_open(struct door *door, const struct fence *fence, const char *name, int *ret_fd)
{
	struct look look = {.fence = fence, .name = name, .flags = PIN_FLAGS};

	return open_in(door, look, ret_fd);
}

/* In two steps: taken hold of first, as the owner of DOOR if need be, then opened through that,
 * as its own owner if need be; the two may be different people. */
static int enter_slowly(struct door *door, const struct fence *fence, const char *name,
                        struct door *ret_child, struct stat *ret_status)
{
	struct look pin = {.fence = fence, .name = name, .flags = PIN_FLAGS | O_DIRECTORY};
	struct look list = {.name = ".", .flags = LIST_FLAGS};
	struct door child = {.fd = -1};
	int fd = -1;
	int pinned;
	int errnum = open_in(door, pin, &pinned);

	if (errnum != 0)
		return errnum;
	errnum = pin_door(pinned, &child, ret_status);
	if (errnum == 0)
		errnum = open_in(&child, list, &fd);
	pin_close(pinned);
	if (errnum != 0)
		return errnum;
	child.fd = fd;
	*ret_child = child;
	return 0;
}

int pin_enter(struct door *door, const struct fence *fence, const char *name,
              struct door *ret_child, struct stat *ret_status)
{
	int errnum = EACCES;
	int fd;

	/* Without openat2 the mount is known only once it is opened, and a directory of another
	 * mount is not to be opened for reading: it may be a server that does not answer. */
	if (fence != NULL && fence->can_open && !door->as_owner)
		errnum = mountid_open(door->fd, name, LIST_FLAGS, false, &fd);
	if (errnum == EACCES)
		return enter_slowly(door, fence, name, ret_child, ret_status);
	if (errnum != 0)
		return errnum;
	errnum = pin_door(fd, ret_child, ret_status);
	if (errnum != 0)
		pin_close(fd);
	return errnum;
}

int pin_above(struct door *door, const struct fence *fence, int *ret_fd)
{
	struct look look = {
		.fence = fence,
		.name = "..",
		.flags = PIN_FLAGS | O_DIRECTORY,
		.upward = true,
	};

	return open_in(door, look, ret_fd);
}

int pin_list(struct door *door, void *buffer, size_t size, size_t *ret_length)
{
	struct look look = {.run = run_list, .buffer = buffer, .size = size};
	int errnum = look_in(door, &look);

	if (errnum == 0)
		*ret_length = look.size;
	return errnum;
}

int pin_settle(struct door *door, const char *name)
{
	struct look look = {.run = run_settle, .name = name};

	return look_in(door, &look);
}

int pin_mkdir(struct door *door, const char *name)
{
	struct look look = {.run = run_mkdir, .name = name};

	return look_in(door, &look);
}
