#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

#include "tracer.h"

/* How a system call can fail: with the errnos of its manual page, those that file systems add, and those
 * of a seccomp filter. A call that is not in the table is not known, and a start that makes it is an error
 * of the table. */
bool calls_is_known(long number);
const char *calls_name(long number);

/* The ways are numbered from 0. Returns the deed and the errno of number CHOICE, or false if there are
 * fewer ways. */
bool calls_choose(const struct call *call, size_t choice, enum deed *ret_deed, int *ret_errnum);

/* Returns false if only a filter makes the call fail, because a filter answers each of these calls. */
bool calls_goes_wrong_once(long number);

/* Returns whether the program does all that was asked for without this call. */
bool calls_is_optional(const struct call *call);

#endif
