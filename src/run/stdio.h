/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_STDIO_H
#define STEPDOWN_RUN_STDIO_H

#include <sys/types.h>

#include "base/error.h"

/* Occupies each descriptor from 0 to 2 that is closed. Otherwise a file of this program gets such a
 * number, and a message is written into that file. The descriptors are closed again for the command
 * (O_CLOEXEC). Must be called before anything is opened. Returns false and sets *error if / cannot
 * be opened. */
bool stdio_fill(struct error *error);

/* Gives standard input, output and error to UID if they are pipes or terminals. The command can
 * then open /dev/stdout and /dev/stderr again. The group stays.
 *
 * Acts only if an engine or its init started this process (S41). Otherwise the user would keep the
 * terminal of root's shell, or a pipe of root's services, after the command. Regular files,
 * sockets, /dev/tty and other devices are never touched (S23; gosu 1.5 had to undo that).
 *
 * Ignores errors of fchown(2), because the descriptors themselves work without the change. */
void stdio_give(uid_t uid);

#endif
