#ifndef STEPDOWN_HANDOVER_H
#define STEPDOWN_HANDOVER_H

#include <sys/types.h>

/* Gives standard input, output and error to UID where they are pipes or terminals, so that
 * /dev/stdout and /dev/stderr can be opened again after the step down. The group stays. Regular
 * files, sockets and other devices are the owner's business and never touched (gosu 1.5 had to take
 * that back). What cannot be given is left: the descriptors themselves work all the same. */
void handover_stdio(uid_t uid);

#endif
