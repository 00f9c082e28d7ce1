/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_ACCOUNTS_PASSWD_WRITE_H
#define STEPDOWN_ACCOUNTS_PASSWD_WRITE_H

#include <sys/stat.h>

#include "core/account_change.h"

/* The largest passwd or group file that is read or written. */
#define ETC_FILE_MAX_BYTES (16 * 1024 * 1024)

/* The steps of a change to passwd or group in the directory ETC_FD. On failure the file is as it
 * was, byte for byte. */

/* Opens the regular file NAME with the FLAGS of open(2). Never blocks, even if NAME is a FIFO.
 * Returns the descriptor, or -1 with errno set. EINVAL: not a regular file. ESTALE: fstat(2) of the
 * open file fails with ENOENT. On failure *ret_status is not valid. */
int passwd_write_open(int etc_fd, const char *name, int flags, struct stat *ret_status);

/* Opens and locks the file NAME, which must not be a symbolic link (ELOOP). COMMAND is F_SETLK for
 * .pwd.lock, the lock of shadow's tools (lckpwdf(3)). COMMAND is F_OFD_SETLK for a file before an
 * append: two containers may share passwd but not /etc, so the file itself is locked too. The
 * kernel releases the lock if the process dies. Returns the descriptor, or -1 with errno set.
 * ETIMEDOUT: another process holds the lock for 15 s, as for lckpwdf(3), or 5 s if COMMAND is
 * F_OFD_SETLK (S48). */
int passwd_write_open_locked(int etc_fd, const char *name, int flags, int command);

/* Applies CHANGE to the file NAME with the contents FILE. Writes the file TEMPORARY with the same
 * owner, mode and extended attributes, then renames TEMPORARY to NAME. If NAME is missing, the new
 * file has owner root and mode 0644. The caller holds the lock of lckpwdf(3) and has removed
 * TEMPORARY. Returns 0 or an errno. EBUSY: NAME is a mount point. ELOOP: NAME is a symbolic link.
 * EAGAIN: the size of NAME is not that of FILE. */
int passwd_write_replace(int etc_fd, const char *name, const char *temporary,
                         const struct slice *file, const struct line_change *change);

/* Appends the line of CHANGE, an ACCOUNT_ADD, by one writev(2) to FD, which is locked and open with
 * O_APPEND. Returns 0 or an errno. EAGAIN: the size of FD is not that of FILE. EIO: a part of the
 * line was written and ftruncate(2) failed to remove it. */
int passwd_write_append(int fd, const struct slice *file, const struct line_change *change);

/* Closes a descriptor at the end of its block: int fd AUTOCLOSE = -1; */
#define AUTOCLOSE __attribute__((cleanup(passwd_write_close)))

/* Closes *FD unless it is negative. Keeps errno. */
void passwd_write_close(const int *fd);

#endif
