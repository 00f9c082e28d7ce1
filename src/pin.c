#include "pin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "mountid.h"

#define LIST_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

#define NOREPLACE 1U /* RENAME_NOREPLACE; not every C library names it */

/* Who makes a call in a directory. */
enum turn {
	NOBODY_YET,
	AS_ROOT,
	AS_OWNER,
};

/* Around one call in DOOR, as the condition of a loop: true when it is to be made, first as root,
 * and where root may not (EACCES), as the owner of DOOR. *ERRNUM is what it came to. When this
 * returns false the thread is root again, so nothing but the loop's end may leave the loop. */
static bool take_turn(struct door *door, enum turn *turn, int *errnum)
{
	if (*turn == AS_OWNER) {
		/* It fails only for want of a few bytes, and then not for long. */
		do
			setfsuid(0);
		while (setfsuid((uid_t)-1) != 0);
		/* When it is not about who looks (a security module, say), the next entry is
		 * tried as root again. */
		door->as_owner |= *errnum != EACCES;
		return false;
	}
	if (*turn == NOBODY_YET && !door->as_owner) {
		*turn = AS_ROOT;
		return true;
	}
	if (*turn == AS_ROOT && (*errnum != EACCES || door->owner == 0))
		return false;
	/* For file system access only: the real, effective and saved ids stay root's, so nobody
	 * may signal or trace this process meanwhile, and the way back is always open. The result
	 * of setfsuid does not tell whether it worked; asking with an id that does not exist does.
	 * Leaving fsuid 0 takes the file system capabilities away, returning to it gives them
	 * back. */
	*turn = AS_OWNER;
	setfsuid(door->owner);
	if ((uid_t)setfsuid((uid_t)-1) == door->owner)
		return true;
	setfsuid(0);
	*errnum = EACCES;
	return false;
}

static int look(const struct fence *fence, int fd, const char *name, int flags,
                struct stat *ret_status, uint64_t *ret_mount)
{
	if (fence->mount != PIN_NO_MOUNT)
		return mountid_stat(fd, name, flags, ret_status, ret_mount);
	*ret_mount = PIN_NO_MOUNT;
	return fstatat(fd, name, ret_status, flags) == 0 ? 0 : errno;
}

static int check_fence(const struct fence *fence, int fd)
{
	uint64_t mount;
	struct stat status;
	int errnum = look(fence, fd, "", AT_EMPTY_PATH, &status, &mount);

	if (errnum == 0 &&
	    (mount != fence->mount || (mount == PIN_NO_MOUNT && status.st_dev != fence->device)))
		errnum = EXDEV;
	return errnum;
}

static int open_within(const struct fence *fence, int fd, const char *name, int *ret_fd)
{
	int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	int opened;
	int errnum;

	if (fence != NULL && fence->can_open)
		return mountid_open(fd, name, flags, ret_fd);
	opened = openat(fd, name, flags);
	if (opened < 0)
		return errno;
	errnum = fence == NULL ? 0 : check_fence(fence, opened);
	if (errnum == 0)
		*ret_fd = opened;
	else
		pin_close(opened);
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

	ret_fence->can_open = mountid_can_open();
	if (mountid_stat(fd, "", AT_EMPTY_PATH, &status, &ret_fence->mount) != 0) {
		ret_fence->mount = PIN_NO_MOUNT;
		if (fstat(fd, &status) != 0)
			return errno;
	}
	ret_fence->device = status.st_dev;
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
	enum turn turn = NOBODY_YET;
	int errnum = 0;

	while (take_turn(door, &turn, &errnum)) {
		errnum = look(fence, door->fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		              ret_status, ret_mount);
		/* gVisor has no automounts, and refuses the flag. */
		if (errnum == EINVAL)
			errnum = look(fence, door->fd, name, AT_SYMLINK_NOFOLLOW, ret_status,
			              ret_mount);
	}
	return errnum;
}

int pin_open(struct door *door, const struct fence *fence, const char *name, int *ret_fd)
{
	enum turn turn = NOBODY_YET;
	int errnum = 0;

	while (take_turn(door, &turn, &errnum))
		errnum = open_within(fence, door->fd, name, ret_fd);
	return errnum;
}

/* In two steps: taken hold of first, as the owner of DOOR if need be, then opened through that,
 * as its own owner if need be; the two may be different people. */
static int enter_slowly(struct door *door, const struct fence *fence, const char *name,
                        bool *ret_as_owner, int *ret_fd)
{
	enum turn turn = NOBODY_YET;
	struct door child;
	struct stat status;
	int pinned = -1;
	int errnum = pin_open(door, fence, name, &pinned);

	if (errnum != 0)
		return errnum;
	errnum = pin_door(pinned, &child, &status);
	if (errnum == 0) {
		while (take_turn(&child, &turn, &errnum)) {
			*ret_fd = openat(pinned, ".", LIST_FLAGS);
			errnum = *ret_fd < 0 ? errno : 0;
		}
		*ret_as_owner = child.as_owner;
	}
	pin_close(pinned);
	return errnum;
}

int pin_enter(struct door *door, const struct fence *fence, const char *name,
              struct door *ret_child, struct stat *ret_status)
{
	bool as_owner = false;
	int errnum = EACCES;
	int fd = -1;

	/* Without openat2 the mount is known only once it is opened, and a directory of another
	 * mount is not to be opened for reading: it may be a server that does not answer. */
	if (fence != NULL && fence->can_open && !door->as_owner)
		errnum = mountid_open(door->fd, name, LIST_FLAGS, &fd);
	if (errnum == EACCES)
		errnum = enter_slowly(door, fence, name, &as_owner, &fd);
	if (errnum != 0)
		return errnum;
	errnum = pin_door(fd, ret_child, ret_status);
	if (errnum == 0)
		ret_child->as_owner = as_owner;
	else
		pin_close(fd);
	return errnum;
}

int pin_list(struct door *door, void *buffer, size_t size, size_t *ret_length)
{
	enum turn turn = NOBODY_YET;
	int errnum = 0;

	while (take_turn(door, &turn, &errnum)) {
		long length = syscall(SYS_getdents64, door->fd, buffer, size);

		if (length >= 0)
			*ret_length = (size_t)length;
		errnum = length < 0 ? errno : 0;
	}
	return errnum;
}

/* A name moved onto itself, and not even that: it exists, so it is not replaced. But to find out
 * the kernel takes the directory's lock, which whoever moves or removes a name holds to the end. */
int pin_settle(struct door *door, const char *name)
{
	enum turn turn = NOBODY_YET;
	int errnum = 0;

	while (take_turn(door, &turn, &errnum))
		errnum = syscall(SYS_renameat2, door->fd, name, door->fd, name, NOREPLACE) == 0
		                 ? 0
		                 : errno;
	return errnum == EEXIST ? 0 : errnum;
}

int pin_mkdir(struct door *door, const char *name)
{
	enum turn turn = NOBODY_YET;
	int errnum = 0;
	/* One thread, and the command gets its umask later. */
	mode_t umask_before = umask(0);

	while (take_turn(door, &turn, &errnum))
		errnum = mkdirat(door->fd, name, 0755) == 0 ? 0 : errno;
	umask(umask_before);
	return errnum;
}

bool pin_is_on(int fd, const uint32_t *types)
{
	struct statfs status;

	if (fstatfs(fd, &status) != 0)
		return false;
	while (*types != 0 && *types != (uint32_t)status.f_type)
		types++;
	return *types != 0;
}
