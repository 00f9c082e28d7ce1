#ifndef STEPDOWN_PIN_H
#define STEPDOWN_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Taking hold of an inode by its name in a directory: without following links, without leaving
 * the mount, and as the directory's owner where root itself may not look into it. All functions
 * return 0 or an errno, and when they return the process is root again (setfsuid). */

#define PIN_NO_MOUNT UINT64_MAX /* the kernel does not tell */

/* The mount that must not be left. */
struct fence {
	bool can_open; /* openat2 */
	bool can_stat; /* statx */
	uint64_t mount;
	dev_t device; /* where the kernel has neither */
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

/* The mount of FD. */
int pin_fence(int fd, struct fence *ret_fence);
/* What FD is; it stays the caller's. Where it is none, what errno says. */
int pin_door(int fd, struct door *ret_door, struct stat *ret_status);

/* What NAME is, without following and without mounting anything: type, mode, ids, links, device,
 * inode and ctime; nothing else is filled in. *ret_mount is its mount. */
int pin_stat(struct door *door, const struct fence *fence, const char *name,
             struct stat *ret_status, uint64_t *ret_mount);
/* Takes hold of whatever NAME is, ".." included, with an O_PATH descriptor that is the caller's.
 * FENCE may be NULL: any mount. EXDEV: another one. */
int pin_open(struct door *door, const struct fence *fence, const char *name, struct door *ret_found,
             struct stat *ret_status);
/* The directory NAME, opened to be listed; the descriptor is the caller's. ENOTDIR or ELOOP when
 * it is something else, EXDEV when it is on another mount. */
int pin_enter(struct door *door, const struct fence *fence, const char *name,
              struct door *ret_child, struct stat *ret_status);
/* The next entries as getdents64(2) gives them; *ret_length is 0 at the end. */
int pin_list(struct door *door, void *buffer, size_t size, size_t *ret_length);
/* Waits until whoever was moving or removing the name has finished, for good: changes nothing.
 * ENOENT when there is no such name any more, EROFS where nothing can be moved. */
int pin_settle(struct door *door, const char *name);
/* Makes the directory NAME, mode 0755 whatever the umask. */
int pin_mkdir(struct door *door, const char *name);
/* Whether FD is on a file system of one of TYPES (as statfs(2) has them), of which the last is 0. */
bool pin_is_on(int fd, const uint32_t *types);
void pin_close(int fd);

#endif
