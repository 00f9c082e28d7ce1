/* SPDX-License-Identifier: MIT */
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

/* RENAME_NOREPLACE and AT_STATX_DONT_SYNC; some C libraries lack the names. */
#define KERNEL_RENAME_NOREPLACE 1U
#define KERNEL_AT_STATX_DONT_SYNC 0x4000

/* Reads the mount id of FD by SOURCE. Returns 0 or an errno. *RET_MOUNT is MOUNT_ID_UNKNOWN if
 * SOURCE gives no id, also on failure. */
static int read_mount(enum mount_source source, int fd, uint64_t *ret_mount)
{
	struct dir dir = {.fd = fd};
	struct inode inode = {.mount = MOUNT_ID_UNKNOWN};
	int errnum = source == MOUNT_BY_STATX ? statx_in_dir(&dir, "", AT_EMPTY_PATH, &inode)
	                                      : mount_read_id(source, fd, &inode.mount);

	*ret_mount = inode.mount;
	/* Callers read ENOENT as "the name is gone". FD is open, so ENOENT means something else
	 * here. */
	return errnum == ENOENT ? ESTALE : errnum;
}

/* Returns 0 if FD, which refers to INODE, is on the mount of BOUNDARY. Returns EXDEV if FD is on
 * another mount or BOUNDARY has no source, else the errno of the look-up. */
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

int dir_from_fd(int fd, struct dir *ret_dir, struct inode *ret_inode)
{
	int errnum = inode_read(fd, ret_inode);

	if (errnum == 0)
		*ret_dir = (struct dir){.fd = fd, .owner = ret_inode->uid};
	return errnum;
}

void dir_find_mount_boundary(int fd, uint64_t device, struct mount_boundary *ret_boundary)
{
	struct mount_boundary boundary = {.can_open = openat2_works(), .device = device};

	/* statx(2) of Linux 4.11 to 5.7 and of gVisor gives no mount id, so the answer is tested
	 * too. */
	for (boundary.source = MOUNT_BY_STATX; boundary.source < MOUNT_BY_DEVICE;
	     boundary.source++) {
		if (read_mount(boundary.source, fd, &boundary.mount) == 0 &&
		    boundary.mount != MOUNT_ID_UNKNOWN)
			break;
	}
	if (boundary.source == MOUNT_BY_DEVICE && !mount_has_own_device(boundary.device))
		boundary.source = MOUNT_UNKNOWN;
	*ret_boundary = boundary;
}

int dir_stat(struct dir *dir, const struct mount_boundary *boundary, const char *name,
             struct inode *ret_inode)
{
	struct dir found;
	int errnum;

	if (boundary->source == MOUNT_BY_STATX) {
		errnum = statx_in_dir(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, ret_inode);
		/* gVisor refuses AT_NO_AUTOMOUNT with EINVAL, and has no automounts. */
		if (errnum == EINVAL)
			errnum = statx_in_dir(dir, name, AT_SYMLINK_NOFOLLOW, ret_inode);
		return errnum;
	}
	errnum = dir_pin(dir, NULL, name, &found, ret_inode);
	if (errnum == 0)
		fd_close(found.fd);
	return errnum;
}

int dir_stat_mount(struct dir *dir, const char *name, struct inode *ret_inode)
{
	return statx_in_dir(dir, name,
	                    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | KERNEL_AT_STATX_DONT_SYNC,
	                    ret_inode);
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

/* Opens the directory NAME in two steps, because its owner and the owner of DIR may be different
 * users. Step 1 pins NAME with O_PATH, if needed as the owner of DIR. Step 2 opens "." below the
 * pin, if needed as the owner of NAME. Returns the descriptor, or -1 and errno. */
static int open_by_pin(struct dir *dir, const struct mount_boundary *boundary, const char *name,
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
	/* openat2(2) refuses another mount before it opens anything. Without openat2(2) the mount
	 * is known only after an open. So open_by_pin() opens with O_PATH first, because a server
	 * that does not answer blocks an open for reading. */
	if (boundary != NULL && boundary->can_open && !dir->as_owner)
		fd = openat2_in_dir(&pinned, name, LIST_FLAGS);
	if (fd < 0 && errno == EACCES)
		fd = open_by_pin(dir, boundary, name, &pinned);
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

/* Waits as dir_wait_for_rename(), by three calls. getdents64(2) takes the lock of the directory
 * before it looks at the size of the buffer. */
static int wait_by_list(struct dir *dir)
{
	char entries[512];
	size_t length;
	struct dir list;
	struct inode inode;
	int errnum = dir_open(dir, NULL, ".", &list, &inode);

	if (errnum != 0)
		return errnum;
	errnum = dir_list(&list, entries, sizeof(entries), &length);
	fd_close(list.fd);
	return errnum;
}

/* renameat2(name, name, RENAME_NOREPLACE) always fails with EEXIST if NAME exists. To find that out
 * the kernel takes the lock of the directory, which each rename(2) and unlink(2) holds to its end.
 * Afterwards no rename or unlink in DIR is in progress that began before. */
int dir_wait_for_rename(struct dir *dir, const char *name)
{
	(void)as_owner_call(dir, SYS_renameat2, (long)name, dir->fd, (long)name,
	                    KERNEL_RENAME_NOREPLACE);
	/* ENOENT: the name is gone, which the kernel finds out under the lock, too. */
	if (errno == EEXIST || errno == ENOENT)
		return 0;
	/* EPERM, ENOSYS: a system call filter, or Linux before 3.15. EACCES: gVisor asks for the
	 * right to write first. */
	if (errno == EPERM || errno == ENOSYS || errno == EACCES)
		return wait_by_list(dir);
	return errno;
}

int dir_mkdir(struct dir *dir, const char *name, mode_t mode)
{
	/* umask(2) changes the whole process, but no other thread runs now. The umask is restored
	 * below, because the command inherits it. */
	mode_t umask_before = umask(0);
	long result = as_owner_call(dir, SYS_mkdirat, (long)name, (long)mode, 0, 0);

	umask(umask_before);
	return result == 0 ? 0 : errno;
}

bool fd_is_read_only(int fd)
{
	struct statfs file_system;

	return fstatfs(fd, &file_system) == 0 && (file_system.f_flags & ST_RDONLY) != 0;
}

uint32_t fd_file_system(int fd)
{
	struct statfs file_system;

	return fstatfs(fd, &file_system) == 0 ? (uint32_t)file_system.f_type : 0;
}
