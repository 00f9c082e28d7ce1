/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_ACCOUNTS_PASSWD_FILES_H
#define STEPDOWN_ACCOUNTS_PASSWD_FILES_H

#include "core/account_change.h"

/* Reads the file PATH ("/etc/" and a name) in the directory ETC_FD. Symbolic links are followed.
 * The call never blocks. A missing file reads as empty. Small files are stored in ARENA, larger
 * ones in a mapping that is never freed. Errors: not a regular file; more than ETC_FILE_MAX_BYTES;
 * an error of open(2) or pread(2). On failure *ret_bytes is untouched. */
bool passwd_files_read(int etc_fd, const char *path, struct arena *arena, struct slice *ret_bytes,
                       struct error *error);

struct passwd_files_outcome {
	/* Why at least one file cannot be changed: EROFS, EACCES, EPERM, EBUSY (a mount point),
	 * ELOOP (a symbolic link), or ETIMEDOUT (another process holds a lock). 0: both files are
	 * right. */
	int refused;
	/* The changes that were made; a refused change is ACCOUNT_KEEP. */
	struct account_change change;
};

/* Makes the account of REQUEST in the directory ETC_FD. Takes the lock of lckpwdf(3), reads both
 * files again, plans again, then writes group, then passwd. Each file is replaced by rename(2), so
 * a reader sees the old file or the new one. If a file cannot be replaced, an added line is
 * appended instead.
 * Errors: those of account_change_plan(), no space, an I/O error. On failure the file in the
 * message is as it was, but group may already be changed; *ret_outcome is untouched. */
bool passwd_files_make_account(int etc_fd, const struct account_request *request,
                               struct arena *arena, struct passwd_files_outcome *ret_outcome,
                               struct error *error);

#endif
