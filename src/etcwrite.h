#ifndef STEPDOWN_ETCWRITE_H
#define STEPDOWN_ETCWRITE_H

#include "accountedit.h"

/* The steps of a change to passwd or group, below the directory ETC_FD. They return 0 or an errno,
 * and without success the file is as it was, byte for byte. */

/* The lock that shadow's tools take (lckpwdf(3)); a process that dies gives it back. Waits as
 * long as lckpwdf does, then EAGAIN. *ret_holder is then who has it, 0 when that is not to be
 * seen from here. On success *ret_fd holds the lock until it is closed. */
int etcwrite_lock(int etc_fd, int *ret_fd, uint32_t *ret_holder);

/* Removes what a killed run may have left. Only under the lock. */
void etcwrite_remove_stale(int etc_fd, const char *name);

/* Puts EDITED in the place of the file NAME by rename, with the same owner, mode and extended
 * attributes; a new file is root's, 0644. Only under the lock and with nothing stale left. ELOOP
 * when NAME is not a regular file; EBUSY when it is a mount point. ARENA is scratch. */
int etcwrite_replace(int etc_fd, const char *name, const struct edited_file *edited,
                     struct arena *arena);

/* Opens the existing file NAME to be appended to, and locks it: two containers that share the
 * file do not share the directory in which the other lock lies. Waits like etcwrite_lock. */
int etcwrite_open_append(int etc_fd, const char *name, int *ret_fd);
/* One write of all pieces but the first, which must be what FD holds now. */
int etcwrite_append(int fd, const struct edited_file *edited);

/* A descriptor that is closed where its block ends: int fd AUTOCLOSE = -1; */
#define AUTOCLOSE __attribute__((cleanup(etcwrite_close)))
/* Does nothing when *FD is negative; errno stays. */
void etcwrite_close(const int *fd);

#endif
