#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

#include "tracer.h"

/* How a system call can go wrong: the errnos of its manual page, those that the file systems add, and
 * those that a seccomp filter gives. */

const char *calls_name(long number);

/* The ways are counted: *ret_deed and *ret_errnum of number CHOICE, from 0; false when there are not so
 * many. */
bool calls_choose(const struct call *call, size_t choice, enum deed *ret_deed, int *ret_errnum);

/* False for a call of which only a filter makes an error, for a filter answers each of these calls. */
bool calls_goes_wrong_once(long number);

/* True if the program does all that was asked for without this call. */
bool calls_is_optional(long number);

/* False for a call that nobody has told how it can fail: the table has to be completed. */
bool calls_is_known(long number);

#endif
