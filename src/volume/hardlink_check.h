/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_HARDLINK_CHECK_H
#define STEPDOWN_VOLUME_HARDLINK_CHECK_H

#include "volume/chown_job.h"
#include "volume/resolve_path.h"

/* The check whether a file may be changed through one of its hard links (S17). A file has one
 * owner, whatever name leads to it. So a change through a name in the volume changes the file for
 * its names outside too.
 *
 * The attack with a link from outside (S17, CVE-2016-6664):
 *
 *   1. The attacker may write to the volume. /etc/shadow is root's, on the same file system.
 *   2. The attacker makes a hard link to it: link("/etc/shadow", "volume/file").
 *   3. The walk finds "file", which is root's, and gives it to the application.
 *
 * Step 3 is defeated by a count. A file with N links is changed only if the walk met N different
 * names of it below the declared paths. The walk never meets "/etc/shadow", so the file is skipped.
 *
 * The attack on the count (S17): the attacker lets the walk meet "file" twice.
 *
 *   1. The file has two links: "/etc/shadow" and "volume/z/file". The walk counts "z/file" as the
 *      first.
 *   2. The attacker renames "z/file" to "z/other", or the directory "z" to a place that is still
 *      ahead.
 *   3. The walk meets the same link again under a new path, and counts two of two.
 *   4. The walk gives /etc/shadow to the application.
 *
 * Several links. Each rule closes one way to let the walk meet one link twice:
 *
 *   a. Renamed directory. A name is known by the inode of its directory and its last component. A
 *      moved directory keeps its inode, so the walk recognises the name and does not count again.
 *      If the layers of an overlay lie on different file systems, see "Limits".
 *   b. Renamed, added or removed link. rename(2), link(2) and unlink(2) change the ctime of the
 *      file. A file whose ctime or link count differs from the first meeting is not complete.
 *   c. Exchanged name. On XFS and F2FS an exchange (RENAME_EXCHANGE) changes the ctimes of the
 *      directories, but not that of the file. A name existed from the last change of its directory
 *      on until the walk met it. So a file is complete only if all its names existed at one moment:
 *      the youngest ctime of their directories is older than the first meeting.
 *   d. A change within one clock tick. Two changes in one tick leave the same ctime. So the check
 *      first waits until the ctime is older than one tick. A later change then leaves another
 *      ctime.
 *   e. A rename in progress. The kernel sets the ctime and moves the name, and may be interrupted
 *      between. The old and the new name then both show with the new ctime, one after the other. So
 *      the check waits for the lock of the directory (dir_wait_for_rename), which a rename holds to
 *      its end.
 *   f. A name that went meanwhile. After d and e the check reads the name again. Inode, link count
 *      and ctime must be the same as before. The name then existed after the waits of d and e.
 *
 * A file that fails b or c is uncertain, because a change of this start may be the reason: a
 * copy-up of overlayfs, or a declared directory that was made root's. So volume_finish() walks once
 * more, changes nothing in this round, and counts the links of uncertain files anew. If d, e or f
 * fails or takes too long, the name is skipped. The next start may change both kinds of files.
 *
 * One link. The attacker removes the link in the volume while the walk looks at it. The link that
 * is left is then outside. In the middle of unlink(2) the number of links is lower already, and the
 * name is still there:
 *
 *   a. The walk looks at the name, waits for the lock of the directory, opens the name, and looks
 *      again. One wait serves several names (chown_entry.h).
 *   b. If both looks show one link and the same ctime, and the ctime is older than the walk, then
 *      no removal was in progress at the first look. The end of the removal would have removed the
 *      name or changed the ctime.
 *   c. If the looks differ or the ctime is younger, the check waits until the ctime is older than a
 *      tick, looks, waits for the lock, and looks again.
 *   d. If only the ctime differs, the check repeats c, because another start may have changed the
 *      owner.
 *
 * Servers (S43). The ctime may come from another machine, whose tick is 10 ms or a second and whose
 * clock is wrong. So if the file system is not local:
 *
 *   a. The ctimes of a file with several links and of their directories must be older than a minute
 *      (SKIP_YOUNG_HARDLINK).
 *   b. Two looks at a file with one link need not be older than the walk. A new volume has many
 *      young files, and all of them would have to wait a minute.
 *
 * Limits:
 *
 *   - On a server the lock is one of this kernel, so a process on another client may win against
 *     "One link" and e. A process on this client may win against "One link" if the server gives its
 *     removal, a new link and the next removal the same ctime.
 *   - An exchange goes unseen if root sets the clock back between the two meetings.
 *   - If the layers of an overlay lie on different file systems and xino is off, a directory may
 *     get another inode number when the kernel forgets it. A moved directory is then known by its
 *     ctime (c), but a directory below a moved one is not.
 *   - A file and its copy in a snapshot look like two names of one file if the snapshot has the
 *     device number of the original (bcachefs). */

/* Checks NAME in the current directory, which is a link of the file INODE that needs a new owner.
 * FIRST is an earlier look at NAME, before a wait and the open that led to INODE, or NULL.
 * NAME is NULL for the declared path itself. *RET_CHANGE is true if the caller may change the
 * owner: INODE has one link, or NAME was the last of several links to be met. A file that must be
 * skipped is counted, but not a name that is gone. In a further round of the walk nothing is
 * counted as skipped. *RET_CHANGE is false in a recount, and tells in walk_again() whether all
 * links were met. Returns false if memory is used up; *RET_CHANGE is then unspecified. */
bool hardlink_check(struct chown_worker *chowner, const struct inode *first,
                    const struct inode *inode, const char *name, bool *ret_change);

/* Checks RESOLVED, a declared path that is no directory, if a user may remove its name (S47). Makes
 * the step c for one link, whatever its ctime is, because no walk has looked at the name. Returns 0
 * if the name still refers to the file. Returns SKIP_MOVED if it does not, or an errno. */
int hardlink_check_declared(struct chown_job *job, const struct resolved *resolved);

#endif
