/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_CHOWN_BY_NAME_H
#define STEPDOWN_VOLUME_CHOWN_BY_NAME_H

#include "volume/chown_job.h"

/* The check whether fchownat(2) may take a name instead of a pinned inode. A change by name saves
 * three system calls for each entry: openat2(2), statx(2) and close(2).
 *
 * The attack (S16, CVE-2018-15687):
 *
 *   1. The walk looks at "data/file", which is a plain file of root's.
 *   2. The attacker replaces "file" by a hard link to /etc/shadow, or by a directory, in the same
 *      directory.
 *   3. The walk changes "file", which is another inode now.
 *
 * Step 2 needs the right to write to the directory. So a name is used only if all of these hold:
 *
 *   a. Root owns the directory, and neither group nor others may write to it. (An ACL that lets
 *      somebody write shows in the group's bits.) The attacker then cannot make step 2.
 *   b. The walk holds a shared flock(2) on the directory. Another start in the same volume needs
 *      the exclusive lock to give the directory to its application (chown_by_name_exclude). So the
 *      directory cannot become the attacker's between 1 and 3.
 *   c. The ctime of the directory is older than 100 ms, and the same as when the walk opened it. A
 *      directory that somebody gave away and took back just now has a younger or another ctime.
 *   d. The file system is local (fd_is_local), because a server's directory may change behind this
 *      kernel's back.
 *   e. The entry is on the walk's mount, has one link, is no device node and not this program.
 *      Other entries are pinned, and checked after that (chown_pinned).
 *
 * a and c are read again before each change, because other tools of root do not take the lock. */

/* Returns true if the entry of INODE in the current directory may be changed by its name. */
bool chown_by_name_is_safe(const struct chown_worker *chowner, const struct inode *inode);

/* Releases the shared lock of the current directory while the walk is in another directory. */
void chown_by_name_pause(struct chown_worker *chowner);

/* Takes the exclusive lock of the directory FD, which is open for reading, so that no other start
 * changes anything by name there. Returns 0; or a skip_reason or an errno if flock(2) gives no
 * lock. The wait ends if the patience of JOB is used up, because each user who may read the
 * directory may lock it (S44). */
int chown_by_name_exclude(struct chown_job *job, int fd);

#endif
