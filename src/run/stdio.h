#ifndef STEPDOWN_RUN_STDIO_H
#define STEPDOWN_RUN_STDIO_H

#include <sys/types.h>

#include "base/error.h"

/* Occupies those of the descriptors 0 to 2 that are closed, so that no file of the program gets such a number:
 * a message would be written to it. They are closed again for the command. To be called before anything is
 * opened. */
bool stdio_fill(struct error *error);

/* Gives standard input, output and error to UID where they are pipes or terminals, so that
 * /dev/stdout and /dev/stderr can be opened again after the step down. Does so only if an engine or its
 * init started this process (S41): the terminal of root's shell, or a pipe that root's services write to,
 * would stay the user's when the command has ended. The group stays. Regular files, sockets, /dev/tty and
 * other devices are never touched (gosu 1.5 had to take that back). What cannot be given is left: the
 * descriptors themselves work all the same. */
void stdio_give(uid_t uid);

#endif
