#include "linux/dirfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "linux/openat2_statx.h"

#define LIST_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

#define NOREPLACE 1U /* RENAME_NOREPLACE; not every C library names it */

/* The mount of FD as SOURCE tells it. MOUNT_ID_UNKNOWN if SOURCE tells none. */
static int read_mount(enum mount_source source, int fd, uint64_t *ret_mount)
{
	struct dir dir = {.fd = fd};
	struct inode inode = {.mount = MOUNT_ID_UNKNOWN};
	int errnum = 0;

	if (source == MOUNT_BY_STATX)
		errnum = statx_in_dir(&dir, "", AT_EMPTY_PATH, &inode);
	else if (source == MOUNT_BY_HANDLE || source == MOUNT_BY_FDINFO)
		errnum = mount_read_id(source, fd, &inode.mount);
	*ret_mount = inode.mount;
	/* FD is open, so ENOENT cannot mean that a name is gone, which is how callers read it. */
	return errnum == ENOENT ? ESTALE : errnum;
}

/* EXDEV if the mount of FD, which is INODE, is another one than that of BOUNDARY, or if nothing tells. */
static int check_mount_boundary(const struct mount_boundary *boundary, int fd,
                                const struct inode *inode)
{
	uint64_t mount;
	int errnum;

	if (boundary->source == MOUNT_UNKNOWN)
		return EXDEV;
	if (boundary->source == MOUNT_BY_DEVICE)
		return inode->device == boundary->device ? 0 : EXDEV;
	errnum = read_mount(boundary->source, fd, &mount);
	if (errnum == 0 && mount != boundary->mount)
		errnum = EXDEV;
	return errnum;
}

int dir_from_fd(int fd, struct dir *ret_door, struct inode *ret_inode)
{
	int errnum = inode_read(fd, ret_inode);

	if (errnum == 0)
		*ret_door = (struct dir){.fd = fd, .owner = ret_inode->uid};
	return errnum;
}

int dir_find_mount_boundary(int fd, struct mount_boundary *ret_fence)
{
	struct mount_boundary boundary = {.can_open = openat2_works(), .mount = MOUNT_ID_UNKNOWN};
	struct inode inode;
	int errnum = inode_read(fd, &inode);

	if (errnum != 0)
		return errnum;
	boundary.device = inode.device;
	/* A kernel may have statx(2) without the mount id: Linux 4.11 to 5.7, gVisor. */
	for (boundary.source = MOUNT_BY_STATX; boundary.source < MOUNT_BY_DEVICE;
	     boundary.source++) {
		if (read_mount(boundary.source, fd, &boundary.mount) == 0 &&
		    boundary.mount != MOUNT_ID_UNKNOWN)
			break;
		boundary.mount = MOUNT_ID_UNKNOWN;
	}
	if (boundary.source == MOUNT_BY_DEVICE && !mount_has_own_device(boundary.device))
		boundary.source = MOUNT_UNKNOWN;
	*ret_fence = boundary;
	return 0;
}

int dir_stat(struct dir *dir, const struct mount_boundary *boundary, const char *name,
             struct inode *ret_inode)
{
	struct dir found;
	int errnum;

	if (boundary->source == MOUNT_BY_STATX) {
		errnum = statx_in_dir(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, ret_inode);
		/* gVisor has no automounts, and refuses the flag. */
		if (errnum == EINVAL)
			errnum = statx_in_dir(dir, name, AT_SYMLINK_NOFOLLOW, ret_inode);
		return errnum;
	}
	errnum = dir_pin(dir, NULL, name, &found, ret_inode);
	if (errnum == 0)
		fd_close(found.fd);
	return errnum;
}

int dir_pin(struct dir *dir, const struct mount_boundary *boundary, const char *name,
            struct dir *ret_found, struct inode *ret_inode)
{
	int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	bool can_open = boundary != NULL && boundary->can_open;
	int fd = can_open ? openat2_in_dir(dir, name, flags)
	                  : (int)as_owner_call(dir, SYS_openat, (long)name, flags, 0, 0);
	int errnum = dir_from_fd(fd, ret_found, ret_inode);

	if (errnum == 0 && !can_open && boundary != NULL)
		errnum = check_mount_boundary(boundary, fd, ret_inode);
	if (errnum != 0)
		fd_close(fd);
	return errnum;
}

/* In two steps: taken hold of first, as the owner of DIR if need be, then opened through that,
 * as its own owner if need be; the two may be different people. */
static int enter_slowly(struct dir *dir, const struct mount_boundary *boundary, const char *name,
                        struct dir *ret_pinned)
{
	struct inode inode;
	int fd;

	errno = dir_pin(dir, boundary, name, ret_pinned, &inode);
	if (errno != 0)
		return -1;
	fd = (int)as_owner_call(ret_pinned, SYS_openat, (long)".", LIST_FLAGS, 0, 0);
	fd_close(ret_pinned->fd);
	return fd;
}

int dir_open(struct dir *dir, const struct mount_boundary *boundary, const char *name,
             struct dir *ret_child, struct inode *ret_inode)
{
	struct dir pinned = {.fd = dir->fd};
	int fd = -1;
	int errnum;

	errno = EACCES;
	/* Without openat2 the mount is known only once it is opened, and a directory of another
	 * mount is not to be opened for reading: it may be a server that does not answer. As root. */
	if (boundary != NULL && boundary->can_open && !dir->as_owner)
		fd = openat2_in_dir(&pinned, name, LIST_FLAGS);
	if (fd < 0 && errno == EACCES)
		fd = enter_slowly(dir, boundary, name, &pinned);
	errnum = dir_from_fd(fd, ret_child, ret_inode);
	if (errnum == 0)
		ret_child->as_owner = pinned.as_owner;
	else
		fd_close(fd);
	return errnum;
}

int dir_list(struct dir *dir, void *buffer, size_t size, size_t *ret_length)
{
	long length = as_owner_call(dir, SYS_getdents64, (long)buffer, (long)size, 0, 0);

	if (length < 0)
		return errno;
	*ret_length = (size_t)length;
	return 0;
}

/* A name moved onto itself, and not even that: it exists, so it is not replaced. But to find out
 * the kernel takes the directory's lock, which whoever moves or removes a name holds to the end. */
int dir_wait_for_rename(struct dir *dir, const char *name)
{
	long result = as_owner_call(dir, SYS_renameat2, (long)name, dir->fd, (long)name, NOREPLACE);

	return result == 0 || errno == EEXIST ? 0 : errno;
}

int dir_mkdir(struct dir *dir, const char *name)
{
	/* One thread, and the command gets its umask later. */
	mode_t umask_before = umask(0);
	long result = as_owner_call(dir, SYS_mkdirat, (long)name, 0755, 0, 0);

	umask(umask_before);
	return result == 0 ? 0 : errno;
}

bool fd_is_read_only(int fd)
{
	struct statfs file_system;

	return fstatfs(fd, &file_system) == 0 && (file_system.f_flags & ST_RDONLY) != 0;
}

bool fd_is_on_file_system(int fd, const uint32_t *types)
{
	struct statfs file_system;

	if (fstatfs(fd, &file_system) != 0)
		return false;
	while (*types != 0 && *types != (uint32_t)file_system.f_type)
		types++;
	return *types != 0;
}
