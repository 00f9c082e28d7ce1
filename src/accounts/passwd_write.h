#ifndef STEPDOWN_ACCOUNTS_PASSWD_WRITE_H
#define STEPDOWN_ACCOUNTS_PASSWD_WRITE_H

#include <sys/stat.h>

#include "core/account_change.h"

#define ETC_FILE_MAX (16 * 1024 * 1024)

/* The steps of a change to passwd or group, below the directory ETC_FD. Without success the file is
 * as it was, byte for byte. */

/* Opens a regular file, whatever NAME is: never blocks, and FLAGS are those of open(2). Returns the
 * descriptor, or -1 and errno, which is EINVAL when it is something else. */
int passwd_write_open(int etc_fd, const char *name, int flags, struct stat *ret_status);

/* Opens and locks a file that is no link. COMMAND is F_SETLK for the lock that shadow's tools take
 * (lckpwdf(3)), or F_OFD_SETLK for a file that is to be appended to: two containers that share the
 * file do not share the directory in which the other lock lies. A process that dies gives it back.
 * Returns the descriptor, or -1 and errno: ETIMEDOUT after 15 s, as lckpwdf waits, or 5 s for F_OFD_SETLK. */
int passwd_write_open_locked(int etc_fd, const char *name, int flags, int command);

/* Carries out CHANGE to the file NAME that has the contents FILE, by rename of a new file with the
 * same owner, mode and extended attributes; a new file is root's, 0644. Only under the lock and with no file of the name
 * TEMPORARY left. Returns 0 or an errno: EBUSY when NAME is a mount point, ELOOP when it is a
 * link, EAGAIN when it holds something else than FILE. */
int passwd_write_replace(int etc_fd, const char *name, const char *temporary,
                         const struct slice *file, const struct line_change *change);

/* The same for ACCOUNT_ADD, by one write to FD, which must hold FILE now: else EAGAIN. */
int passwd_write_append(int fd, const struct slice *file, const struct line_change *change);

/* A descriptor that is closed where its block ends: int fd AUTOCLOSE = -1; */
#define AUTOCLOSE __attribute__((cleanup(passwd_write_close)))
/* Does nothing when *FD is negative; errno stays. */
void passwd_write_close(const int *fd);

#endif
