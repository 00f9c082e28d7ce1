/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_PROGRAM_INODES_H
#define STEPDOWN_VOLUME_PROGRAM_INODES_H

#include "base/error.h"
#include "core/ownership.h"
#include "linux/inode.h"

/* Finds the inodes of the running program and of the directories above it, except "/". The path
 * comes from /proc/self/exe. Without /proc it comes from AT_EXECFN (getauxval(3)), which may be
 * relative to the working directory. Returns false and an error if neither leads to the program, or
 * if more than PROGRAM_INODES inodes are found. The caller must then give no file away, because it
 * might be the program (S37). *RET_PROGRAM is untouched on failure. */
bool program_inodes_find(struct program_inodes *ret_program, struct error *error);

/* Returns true if INODE is the program or a directory that holds it. */
bool program_inodes_have(const struct program_inodes *program, const struct inode *inode);

#endif
