#ifndef STEPDOWN_VOLUME_PROGRAM_INODES_H
#define STEPDOWN_VOLUME_PROGRAM_INODES_H

#include "base/error.h"
#include "core/ownership.h"
#include "linux/inode.h"

/* Finds the running program by /proc/self/exe, or without /proc by AT_EXECFN (getauxval(3)) from the
 * working directory. An error if neither leads to it, or if more directories hold it than PROGRAM_INODES:
 * then nothing may be given away. */
bool program_inodes_find(struct program_inodes *ret_program, struct error *error);

/* Whether INODE is the program, or a directory that holds it. */
bool program_inodes_have(const struct program_inodes *program, const struct inode *inode);

#endif
