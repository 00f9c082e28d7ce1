#ifndef STEPDOWN_LINUX_DIRFD_H
#define STEPDOWN_LINUX_DIRFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "linux/mount_id.h"

/* Taking hold of an inode by its name in a directory: without following links, without leaving
 * the mount, and as the directory's owner where root itself may not look into it. All functions
 * return 0 or an errno, and when they return the process is root again (setfsuid). */

#define PIN_NO_MOUNT UINT64_MAX /* the kernel does not tell */

/* What is asked of one, a third of struct stat. */
struct inode {
	uint64_t device;
	uint64_t number;
	uint64_t mount;   /* PIN_NO_MOUNT: not told */
	uint64_t changed; /* its ctime in nanoseconds, whatever that comes to in 64 bits */
	uint32_t mode;
	uint32_t links;
	uid_t uid;
	gid_t gid;
};

#define PIN_SECOND INT64_C(1000000000)

static inline uint64_t pin_time(int64_t seconds, int64_t nanoseconds)
{
	return (uint64_t)seconds * PIN_SECOND + (uint64_t)nanoseconds;
}

/* The mount that must not be left. */
struct fence {
	bool can_open; /* openat2(2) refuses to leave it */
	enum mount_source source;
	uint64_t mount;  /* by SOURCE; PIN_NO_MOUNT: by device, or unknown */
	uint64_t device; /* for MOUNT_BY_DEVICE */
};

/* A directory and how it is looked into. */
struct door {
	int fd;
	uid_t owner;
	/* Root without CAP_DAC_OVERRIDE, or squashed by a server: found out on the way (S35). */
	bool as_owner;
};

/* The system call NUMBER with the descriptor of DOOR and these arguments: as root, and where root may
 * not (EACCES), for file system access as the owner of DOOR. Its result, or -1 and errno; never one
 * that leaves the thread another than root. */
long pin_call(struct door *door, long number, long first, long second, long third, long fourth);

/* The mount of FD, and how this kernel tells it. Nothing below FD may be entered if that is
 * MOUNT_UNKNOWN and can_open is false: a bind mount could not be seen (S40). */
int pin_fence(int fd, struct fence *ret_fence);
/* What FD is, but for its mount. */
int pin_look(int fd, struct inode *ret_inode);
/* The same, and how it is looked into; it stays the caller's. Where it is none, what errno says. */
int pin_door(int fd, struct door *ret_door, struct inode *ret_inode);

/* What NAME is, without following and without mounting anything. */
int pin_stat(struct door *door, const struct fence *fence, const char *name,
             struct inode *ret_inode);
/* Takes hold of whatever NAME is, ".." included, with an O_PATH descriptor that is the caller's.
 * FENCE may be NULL: any mount. EXDEV: another one. */
int pin_open(struct door *door, const struct fence *fence, const char *name, struct door *ret_found,
             struct inode *ret_inode);
/* The directory NAME, opened to be listed; the descriptor is the caller's. ENOTDIR or ELOOP when
 * it is something else, EXDEV when it is on another mount. */
int pin_enter(struct door *door, const struct fence *fence, const char *name,
              struct door *ret_child, struct inode *ret_inode);
/* The next entries as getdents64(2) gives them; *ret_length is 0 at the end. */
int pin_list(struct door *door, void *buffer, size_t size, size_t *ret_length);
/* Waits until whoever was moving or removing the name has finished, for good: changes nothing.
 * ENOENT when there is no such name any more, EROFS where nothing can be moved. */
int pin_settle(struct door *door, const char *name);
/* Makes the directory NAME, mode 0755 whatever the umask. */
int pin_mkdir(struct door *door, const char *name);
/* Whether FD is on a file system of one of TYPES (as statfs(2) has them), of which the last is 0. */
bool pin_is_on(int fd, const uint32_t *types);
/* Whether nobody can change anything on the mount that FD is on. */
bool pin_is_read_only(int fd);
void pin_close(int fd);

#endif
