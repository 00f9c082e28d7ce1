#ifndef STEPDOWN_LINUX_AS_OWNER_H
#define STEPDOWN_LINUX_AS_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* A directory and how it is looked into. */
struct dir {
	int fd;
	uid_t owner;
	/* Root without CAP_DAC_OVERRIDE, or squashed by a server: found out on the way (S35). */
	bool as_owner;
};

/* The system call NUMBER with the descriptor of DIR and these arguments: as root, and where root may
 * not (EACCES), for file system access as the owner of DIR. Its result, or -1 and errno; never one
 * that leaves the thread another than root. */
long as_owner_call(struct dir *dir, long number, long first, long second, long third, long fourth);

#endif
