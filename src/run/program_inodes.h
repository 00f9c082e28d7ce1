#ifndef STEPDOWN_RUN_PROGRAM_INODES_H
#define STEPDOWN_RUN_PROGRAM_INODES_H

#include "base/error.h"
#include "linux/dirfd.h"

#define PROGRAM_INODES 16

/* The file of this program and the directories that hold it, by their inodes. Whoever may replace one of
 * them is root at the next start (S37), by whatever name it is reached: a relative path, a link, a hard
 * link, another mount of the same directory. */
struct program_inodes {
	size_t count; /* the first is the file; 0: nothing is known, and nothing is protected */
	struct {
		uint64_t device;
		uint64_t number;
	} inodes[PROGRAM_INODES];
};

/* Finds the running program by /proc/self/exe, or without /proc by AT_EXECFN (getauxval(3)) from the
 * working directory. An error if neither leads to it, or if more directories hold it than PROGRAM_INODES:
 * then nothing may be given away. */
bool program_inodes_find(struct program_inodes *ret_program, struct error *error);

/* Whether INODE is the program, or a directory that holds it. */
bool program_inodes_have(const struct program_inodes *program, const struct inode *inode);

#endif
